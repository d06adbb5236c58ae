package snapshot

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The bounds of an answer.
const (
	MaxPacked   = 16 << 20  // bytes as they come
	MaxUnpacked = 128 << 20 // bytes of lines
	maxRows     = 2_000_000
)

// ErrUnknownImage is the error of a machine whose stamp names no recipe that was asked for, or that has none. The snapshot holds the stamp alone.
var ErrUnknownImage = errors.New("the machine was made from none of the images at hand")

// answer is what came of one want.
type answer struct {
	absent bool
	failed string // why it could not be read; "" where it was
	rows   [][][]byte
	names  map[string][][]byte // the rows by their first field, folded; made when it is asked for
}

// Parse reads the answer to a request. Whatever is not exactly of the form is an error: another form, a cut end, an answer to what was not asked, a second
// answer. A want without an answer is not: it was not collected, and is not observable.
func Parse(r *Request, packed []byte) (*Snapshot, error) {
	if len(packed) > MaxPacked {
		return nil, fmt.Errorf("answer: %d bytes are more than %d", len(packed), MaxPacked)
	}
	text, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{answers: make(map[string]*answer), request: r}
	p := parser{s: s, r: r}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("answer, line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if !p.ended {
		return nil, errors.New("answer: its end is missing")
	}
	return s, nil
}

// unpack takes base64 and gzip off an answer.
func unpack(packed []byte) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(packed)))
	if err != nil {
		return nil, fmt.Errorf("answer: it is not what the collector writes: %.60q", packed)
	}
	in := bytes.NewReader(raw)
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("answer: it is not what the collector writes: %w", err)
	}
	z.Multistream(false)
	text, err := io.ReadAll(io.LimitReader(z, MaxUnpacked+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("answer: it is cut or damaged: %w", err)
	case len(text) > MaxUnpacked:
		return nil, fmt.Errorf("answer: it has more than %d bytes", MaxUnpacked)
	case in.Len() > 0:
		return nil, fmt.Errorf("answer: %d bytes stand behind it", in.Len())
	}
	return text, nil
}

// parser reads an answer line by line.
type parser struct {
	s     *Snapshot
	r     *Request
	began bool
	ended bool
	rows  int
	now   int // the want whose rows come, from 1; 0 for none
}

func (p *parser) line(text string) error {
	parts := strings.Split(text, " ")
	switch {
	case !p.began:
		if p.began = true; text != answerForm {
			return fmt.Errorf("it is of the form %.80q, known is %s", text, answerForm)
		}
		return nil
	case p.ended:
		return errors.New("something stands behind the end")
	case len(parts) == 2 && parts[0] == "end":
		if parts[1] != strconv.Itoa(len(p.s.answers)) {
			return fmt.Errorf("it says that %.20q things were read, and %d came", parts[1], len(p.s.answers))
		}
		p.ended = true
		return nil
	case text == "unknown" && len(p.s.answers) == 0:
		p.s.unknown = true
		return nil
	case len(parts) == 4 && parts[0] == "stamp":
		return p.stamp(parts[1:])
	}
	return p.answer(parts)
}

// stamp reads one value of the stamp: its name, its type's number and its data.
func (p *parser) stamp(parts []string) error {
	name, err1 := fromField(parts[0])
	v, err2 := registryValue(parts[1], parts[2])
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if len(p.s.answers) > 0 || len(p.s.stamp) >= maxStamp {
		return errors.New("the stamp has more values than a stamp has, or comes late")
	}
	if p.s.stamp == nil {
		p.s.stamp = make(map[string]value)
	}
	p.s.stamp[string(name)] = v
	return nil
}

const maxStamp = 100

func (p *parser) answer(parts []string) error {
	n, err := strconv.Atoi(parts[0])
	if err != nil || n < 1 || n > len(p.r.Wants) || len(parts) < 2 || p.s.unknown {
		return fmt.Errorf("%.40q answers nothing that was asked", strings.Join(parts, " "))
	}
	w := p.r.Wants[n-1]
	if parts[1] == "row" {
		return p.row(n, w, parts[2:])
	}
	if p.s.answers[w.id()] != nil {
		return fmt.Errorf("a second answer to %d", n)
	}
	a := new(answer)
	switch {
	case parts[1] == "ok" && len(parts) == 2:
	case parts[1] == "absent" && len(parts) == 2:
		a.absent = true
	case parts[1] == "failed" && len(parts) == 3:
		why, err := fromField(parts[2])
		if err != nil {
			return err
		}
		if a.failed = strings.TrimSpace(string(why)); a.failed == "" {
			a.failed = "it does not say why"
		}
	default:
		return fmt.Errorf("%.40q is no answer", strings.Join(parts[1:], " "))
	}
	p.s.answers[w.id()], p.now = a, n
	return nil
}

// row takes one row of the answer that was begun last.
func (p *parser) row(n int, w Want, parts []string) error {
	a := p.s.answers[w.id()]
	if n != p.now || a == nil || a.absent || a.failed != "" {
		return fmt.Errorf("a row of %d, whose answer was not begun", n)
	}
	if p.rows++; p.rows > maxRows {
		return fmt.Errorf("more than %d rows", maxRows)
	}
	if form := arity[w.Word]; len(parts) < form[1] || len(parts) > form[2] {
		return fmt.Errorf("a row of %s has %d fields", w.Word, len(parts))
	}
	fields := make([][]byte, len(parts))
	for i, f := range parts {
		var err error
		if fields[i], err = fromField(f); err != nil {
			return err
		}
	}
	a.rows = append(a.rows, fields)
	return nil
}

// Writer writes an answer, for stand-ins of the script. Each want is answered by Row any number of times behind OK, or by Absent or Failed.
type Writer struct {
	text strings.Builder
	n    int
}

// NewWriter begins an answer.
func NewWriter() *Writer {
	w := new(Writer)
	w.text.WriteString(answerForm + "\n")
	return w
}

// Stamp writes one value of the stamp; they come before all else.
func (w *Writer) Stamp(name string, number uint32, data []byte) {
	fmt.Fprintf(&w.text, "stamp %s %d %s\n", field([]byte(name)), number, field(data))
}

// Unknown says that the stamp names no recipe that was asked for: nothing else was read.
func (w *Writer) Unknown() { w.text.WriteString("unknown\n") }

// OK begins the answer to want i of the request, from 0.
func (w *Writer) OK(i int) { w.n++; fmt.Fprintf(&w.text, "%d ok\n", i+1) }

// Absent says that what want i means does not exist.
func (w *Writer) Absent(i int) { w.n++; fmt.Fprintf(&w.text, "%d absent\n", i+1) }

// Failed says why want i could not be read.
func (w *Writer) Failed(i int, why string) {
	w.n++
	fmt.Fprintf(&w.text, "%d failed %s\n", i+1, field([]byte(why)))
}

// Row adds a row to the answer of want i.
func (w *Writer) Row(i int, fields ...[]byte) {
	fmt.Fprintf(&w.text, "%d row", i+1)
	for _, f := range fields {
		w.text.WriteString(" " + field(f))
	}
	w.text.WriteString("\n")
}

// Bytes ends the answer and returns it as it goes over the wire.
func (w *Writer) Bytes() ([]byte, error) {
	fmt.Fprintf(&w.text, "end %d\n", w.n)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, w.text.String()); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return []byte(base64.StdEncoding.EncodeToString(b.Bytes())), nil
}
