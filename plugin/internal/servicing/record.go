package servicing

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

// RecordSchema is the form of records.
const RecordSchema = "wmclient/servicing-record/1"

// Record is what the script writes down of one run.
type Record struct {
	Schema     string   `json:"schema"`
	Spec       string   `json:"spec"`        // the description's canonical JSON, as text
	SpecSHA256 string   `json:"spec_sha256"` // its digest
	Parent     File     `json:"parent"`
	Steps      []Step   `json:"steps"`
	Features   []string `json:"features"` // of the result, as DISM lists them as enabled, or to be so after the first start
	Packages   []string `json:"packages"` // of the result, as DISM lists them as installed, or to be so
	Drivers    []string `json:"drivers"`  // INF files of other makers, as published
	DISM       string   `json:"dism_version"`
	Host       string   `json:"host_version"`
	Started    string   `json:"started"`  // RFC 3339
	Finished   string   `json:"finished"` // RFC 3339
	Output     File     `json:"output"`
}

// File is a WIM.
type File struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"` // bytes
}

// Step is one call of DISM.
type Step struct {
	Name string `json:"name"`
	Exit int    `json:"exit_code"`
}

// Exit codes of DISM that are no failure.
const (
	exitDone    = 0
	exitRestart = 3010 // done, and a restart is wanted; offline there is none
)

// Result is what was read from the WIM that came out.
type Result struct {
	SHA256    string
	Size      int64 // bytes
	EditionID string
	Build     string
	Arch      string
	Language  string // of the installation
	Languages []string
}

// ErrMismatch is a record that is not about this file, this description or a run
// that went well.
var ErrMismatch = errors.New("record and base do not belong together")

// ParseRecord reads a record. The script is PowerShell's, which writes lists of
// one entry as lists only when told to; so a text stands for a list of one.
func ParseRecord(b []byte) (*Record, error) {
	const limit = 16 << 20
	if len(b) > limit {
		return nil, fmt.Errorf("servicing record: %d bytes; no record has more than %d", len(b), limit)
	}
	b = []byte(strings.TrimPrefix(string(b), "\ufeff"))
	var r Record
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("servicing record: %w", err)
	}
	if r.Schema != RecordSchema {
		return nil, fmt.Errorf("servicing record: schema %q, this program reads %q", r.Schema, RecordSchema)
	}
	if got := canonical.Digest([]byte(r.Spec)); got != r.SpecSHA256 {
		return nil, fmt.Errorf("servicing record: %w: its description has SHA-256 %s, it states %s", ErrMismatch, got, r.SpecSHA256)
	}
	return &r, nil
}

// Description is what the script followed.
func (r *Record) Description() (Spec, error) {
	var s Spec
	d := json.NewDecoder(strings.NewReader(r.Spec))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Spec{}, fmt.Errorf("servicing record: its description: %w", err)
	}
	if b, err := s.Bytes(); err != nil || string(b) != r.Spec {
		return Spec{}, fmt.Errorf("servicing record: %w: its description is not in canonical form", ErrMismatch)
	}
	return s, s.Check()
}

// Compare holds a record against the WIM that came out and, where want is not
// nil, against the description that the profiles hold now. All that differs is
// told at once, as ErrMismatch.
func (r *Record) Compare(got Result, want *Spec) error {
	s, err := r.Description()
	if err != nil {
		return err
	}
	var wrong []string
	differ := func(what, have, need string) {
		if !strings.EqualFold(have, need) {
			wrong = append(wrong, fmt.Sprintf("its %s is %s, the record says %s", what, have, need))
		}
	}
	differ("SHA-256", got.SHA256, r.Output.SHA256)
	differ("size", strconv.FormatInt(got.Size, 10), strconv.FormatInt(r.Output.Size, 10))
	differ("edition id", got.EditionID, s.EditionID)
	differ("build", got.Build, s.Build)
	differ("architecture", got.Arch, s.Arch)
	if len(s.Languages) > 0 {
		differ("language", got.Language, s.Languages[0])
	}
	has := func(list []string, v string) bool {
		return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, v) })
	}
	for _, l := range s.Languages {
		if !has(got.Languages, l) {
			wrong = append(wrong, fmt.Sprintf("it lacks the language %s", l))
		}
	}
	for _, f := range s.Features {
		if !has(r.Features, f) {
			wrong = append(wrong, fmt.Sprintf("DISM did not list the feature %s as enabled", f))
		}
	}
	if s.ParentSHA256 != "" && !strings.EqualFold(s.ParentSHA256, r.Parent.SHA256) {
		wrong = append(wrong, fmt.Sprintf("the parent was %s, not %s", r.Parent.SHA256, s.ParentSHA256))
	}
	if CheckDigest(r.Parent.SHA256) != nil {
		wrong = append(wrong, "the record does not name its parent")
	}
	wrong = append(wrong, r.unfinished(s)...)
	if want != nil && !r.follows(s, *want) {
		wrong = append(wrong, fmt.Sprintf("the profiles describe base %q otherwise now: write the script anew and run it", want.Base))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrMismatch, strings.Join(wrong, "; "))
	}
	return nil
}

// unfinished lists the steps that failed or never came.
func (r *Record) unfinished(s Spec) []string {
	var wrong []string
	for _, step := range r.Steps {
		if step.Exit != exitDone && step.Exit != exitRestart {
			wrong = append(wrong, fmt.Sprintf("the step %q ended with %d", step.Name, step.Exit))
		}
	}
	for _, name := range s.steps() {
		if !slices.ContainsFunc(r.Steps, func(x Step) bool { return x.Name == name }) {
			wrong = append(wrong, fmt.Sprintf("the step %q is missing", name))
		}
	}
	return wrong
}

// follows reports whether the run followed want. A parent that was named after
// the run, as base import does, may be the one of the run.
func (r *Record) follows(s, want Spec) bool {
	if s.ParentSHA256 == "" && strings.EqualFold(want.ParentSHA256, r.Parent.SHA256) {
		want.ParentSHA256 = ""
	}
	b, err := want.Bytes()
	return err == nil && string(b) == r.Spec
}
