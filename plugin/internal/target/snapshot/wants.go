package snapshot

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Word says what is to be read. Its arguments stand behind it; keys are in the form of setting.NormalKey, paths absolute on the system volume.
type Word string

// The words, with their arguments and what their rows hold.
const (
	WordExists       Word = "exists"        // key
	WordValue        Word = "value"         // key, name: type's number, data
	WordKeys         Word = "keys"          // key: a name each
	WordNames        Word = "names"         // key: a name each
	WordBelow        Word = "below"         // key, name: of each key right below its name and, where it has that value, type's number and data
	WordFile         Word = "file"          // path: size, SHA-256
	WordBytes        Word = "bytes"         // path: content
	WordFolder       Word = "folder"        // path, beginning and end of names: of each such file its name, size, SHA-256
	WordRight        Word = "right"         // constant: a SID each
	WordGroup        Word = "group"         // SID: a SID each
	WordAudit        Word = "audit"         // GUID: POLICY_AUDIT_EVENT bits
	WordPolicy       Word = "policy"        // none: the nine numbers of guest.AccountCalls
	WordAccounts     Word = "accounts"      // none: RID, flags, name of each
	WordTask         Word = "task"          // path: 1 or 0
	WordFeature      Word = "feature"       // name: InstallState of Win32_OptionalFeature
	WordKeySecurity  Word = "key-security"  // key: descriptor
	WordFileSecurity Word = "file-security" // path: descriptor
	WordMachine      Word = "machine"       // none: "computer", "sid", "platform", "boot", each with its value
)

// arity is how many arguments each word has, and how many fields a row of its answer has at least and at most.
var arity = map[Word][3]int{
	WordExists: {1, 0, 0}, WordValue: {2, 2, 2}, WordKeys: {1, 1, 1}, WordNames: {1, 1, 1}, WordBelow: {2, 1, 3}, WordFile: {1, 2, 2}, WordBytes: {1, 1, 1},
	WordFolder: {3, 3, 3}, WordRight: {1, 1, 1}, WordGroup: {1, 1, 1}, WordAudit: {1, 1, 1}, WordPolicy: {0, 9, 9}, WordAccounts: {0, 3, 3}, WordTask: {1, 1, 1},
	WordFeature: {1, 1, 1}, WordKeySecurity: {1, 1, 1}, WordFileSecurity: {1, 1, 1}, WordMachine: {0, 2, 2},
}

// Want is one thing to read.
type Want struct {
	Word Word
	Args []string
}

// id is the same for two wants that mean the same.
func (w Want) id() string { return string(w.Word) + "\x00" + upcase.Fold(strings.Join(w.Args, "\x00")) }

// Request is what a machine is asked: everything that any of the plans needs, once, for machines whose stamp names one of the recipes. A machine with
// another stamp, or none, answers no more than the stamp.
type Request struct {
	Recipes []string // recipe digests, lower-case hex
	Wants   []Want
	seen    map[string]bool
}

// Add asks for one more thing; what is asked for already is not asked again.
func (r *Request) Add(word Word, args ...string) {
	w := Want{word, args}
	if r.seen == nil {
		r.seen = make(map[string]bool)
	}
	if id := w.id(); !r.seen[id] {
		r.seen[id] = true
		r.Wants = append(r.Wants, w)
	}
}

// The first lines of the two forms.
const (
	requestForm = "wmclient/collect/1"
	answerForm  = "wmclient/collected/1"
)

// maxRequest bounds a request that is read, unpacked: for stand-ins.
const maxRequest = 16 << 20 // bytes

// Bytes is the request as the script reads it: gzip of lines. The first has the form's name; "recipe" lines come before the wants, one a line: a word and
// its arguments in base64 of UTF-8; "end" is the last. The same request gives the same bytes.
func (r *Request) Bytes() ([]byte, error) {
	var text strings.Builder
	text.WriteString(requestForm + "\n")
	for _, d := range slices.Sorted(slices.Values(r.Recipes)) {
		text.WriteString("recipe " + d + "\n")
	}
	for _, w := range r.Wants {
		text.WriteString(string(w.Word))
		for _, a := range w.Args {
			text.WriteString(" " + field([]byte(a)))
		}
		text.WriteString("\n")
	}
	text.WriteString("end\n")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text.String()); err != nil {
		return nil, fmt.Errorf("pack request: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack request: %w", err)
	}
	return b.Bytes(), nil
}

// ReadRequest reads what Bytes has written, for stand-ins of the script.
func ReadRequest(in io.Reader) (*Request, error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	s := bufio.NewScanner(io.LimitReader(z, maxRequest))
	s.Buffer(nil, maxRequest)
	r := new(Request)
	first, ended := true, false
	for s.Scan() && !ended {
		parts := strings.Split(s.Text(), " ")
		switch {
		case first && s.Text() != requestForm:
			return nil, fmt.Errorf("read request: it is of the form %.80q, known is %s", s.Text(), requestForm)
		case first:
		case parts[0] == "end" && len(parts) == 1:
			ended = true
		case parts[0] == "recipe" && len(parts) == 2 && len(r.Wants) == 0:
			r.Recipes = append(r.Recipes, parts[1])
		default:
			w := Want{Word: Word(parts[0])}
			n, ok := arity[w.Word]
			if !ok || len(parts) != n[0]+1 {
				return nil, fmt.Errorf("read request: no such want: %.80q", s.Text())
			}
			for _, p := range parts[1:] {
				arg, err := fromField(p)
				if err != nil {
					return nil, fmt.Errorf("read request: %w", err)
				}
				w.Args = append(w.Args, string(arg))
			}
			r.Wants = append(r.Wants, w)
		}
		first = false
	}
	if err := s.Err(); err != nil || !ended {
		return nil, errors.Join(errors.New("read request: it has no end"), err)
	}
	return r, nil
}

// field is bytes as a word of a line.
func field(b []byte) string {
	if len(b) == 0 {
		return "-"
	}
	return base64.StdEncoding.EncodeToString(b)
}

func fromField(s string) ([]byte, error) {
	if s == "-" {
		return []byte{}, nil
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("%.40q is no base64", s)
	}
	return b, nil
}
