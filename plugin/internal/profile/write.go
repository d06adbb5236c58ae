package profile

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// WriteOptions say how WriteDiags writes.
type WriteOptions struct {
	JSON  bool // one object a line instead of text
	Color bool // text only
	Width uint // text only: columns to wrap details at; 0 means do not
}

type jsonDiag struct {
	Severity string     `json:"severity"` // "error" or "warning"
	Summary  string     `json:"summary"`
	Detail   string     `json:"detail,omitempty"`
	Subject  *jsonRange `json:"subject,omitempty"`
	Context  *jsonRange `json:"context,omitempty"`
	Snippet  string     `json:"snippet,omitempty"` // the source lines of subject
}

type jsonRange struct {
	Filename string  `json:"filename"`
	Start    jsonPos `json:"start"`
	End      jsonPos `json:"end"`
}

type jsonPos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// WriteDiags writes diagnostics, sorted, with snippets from files (Set.Files; may be nil). As JSON it is one object a line: severity,
// summary, detail, subject and context {filename, start {line, column, byte}, end}, snippet.
func WriteDiags(w io.Writer, diags hcl.Diagnostics, files map[string]*hcl.File, opts WriteOptions) error {
	diags = Sort(diags)
	if !opts.JSON {
		if err := hcl.NewDiagnosticTextWriter(w, files, opts.Width, opts.Color).WriteDiagnostics(diags); err != nil {
			return fmt.Errorf("write diagnostics: %w", err)
		}
		return nil
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, d := range diags {
		out := jsonDiag{Severity: "error", Summary: d.Summary, Detail: d.Detail, Subject: toJSON(d.Subject), Context: toJSON(d.Context)}
		if d.Severity == hcl.DiagWarning {
			out.Severity = "warning"
		}
		if d.Subject != nil {
			out.Snippet = snippet(*d.Subject, files)
		}
		if err := enc.Encode(out); err != nil {
			return fmt.Errorf("write diagnostics: %w", err)
		}
	}
	return nil
}

func toJSON(r *hcl.Range) *jsonRange {
	if r == nil {
		return nil
	}
	return &jsonRange{r.Filename, jsonPos(r.Start), jsonPos(r.End)}
}

func snippet(r hcl.Range, files map[string]*hcl.File) string {
	file := files[r.Filename]
	if file == nil || r.Start.Line < 1 {
		return ""
	}
	lines := strings.Split(string(file.Bytes), "\n")
	first, last := min(r.Start.Line, len(lines)), min(max(r.End.Line, r.Start.Line), len(lines))
	return strings.Join(lines[first-1:last], "\n")
}
