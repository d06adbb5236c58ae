package kinds

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec            = (*File)(nil)
	_ setting.Sourced         = (*File)(nil)
	_ setting.ContentProvider = (*File)(nil)
)

func fileKind() setting.Kind {
	return setting.Kind{
		Name: "file",
		Doc: "One file of the system volume, with exactly the given content or absent.\n\n" +
			"The content is written in the setting (`content`) or lies beside the profiles (`source`, with its `sha256`). It is judged by its SHA-256. " +
			"A new file gets the security descriptor that it would inherit in its folder; a file that exists keeps its own.\n\n" +
			"Refused: paths with `.` or `..`, other volumes, shares, device names, streams, reserved characters, names that end in a dot or blank, 8.3 short names (`PROGRA~1`), " +
			"whose long names cannot be known before the file system makes them, and the files that other kinds own: registry hives, `Registry.pol` and `gpt.ini`.",
		Principal: "content",
		New:       func() setting.Spec { return new(File) },
		Example: `path    = "C:\\Windows\\System32\\drivers\\etc\\hosts"
content = "127.0.0.1 localhost\n"
newline = "crlf"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"path":     "The file, as `C:\\\\...` (C: being the system volume) or `\\\\...`.",
			"ensure":   "`present` (default) or `absent`; an absent file has no content.",
			"content":  "The text of the file.",
			"source":   "The file's content: a path with slashes from the profile root on.",
			"sha256":   "The SHA-256 of `source`, 64 hex digits.",
			"encoding": "How `content` is written: `utf-8` (default, without a byte order mark) or `utf-16le` (with one).",
			"newline":  "How the line ends of `content` are written: `lf` or `crlf`; by default as they stand.",
		},
	}
}

// File is the desired state of one file.
type File struct {
	Path     string  `hcl:"path" json:"path"`
	Ensure   string  `hcl:"ensure,optional" json:"ensure,omitempty"`
	Content  *string `hcl:"content,optional" json:"content,omitempty"`
	From     string  `hcl:"source,optional" json:"source,omitempty"`
	SHA256   string  `hcl:"sha256,optional" json:"sha256,omitempty"`
	Encoding string  `hcl:"encoding,optional" json:"encoding,omitempty"`
	Newline  string  `hcl:"newline,optional" json:"newline,omitempty"`

	// Size is the size of the source in bytes, as SetSource was told.
	Size int64 `json:"size,omitempty"`

	PathRange     hcl.Range `hcl:"path,attr_value_range" json:"-"`
	EnsureRange   hcl.Range `hcl:"ensure,attr_value_range" json:"-"`
	ContentRange  hcl.Range `hcl:"content,attr_value_range" json:"-"`
	SourceRange   hcl.Range `hcl:"source,attr_value_range" json:"-"`
	SHA256Range   hcl.Range `hcl:"sha256,attr_value_range" json:"-"`
	EncodingRange hcl.Range `hcl:"encoding,attr_value_range" json:"-"`
	NewlineRange  hcl.Range `hcl:"newline,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *File) Check() hcl.Diagnostics {
	diags := checkPath(s.Path, s.PathRange)
	diags = append(diags, choice(s.EnsureRange, "ensure", s.Ensure, true, ensurePresent, ensureAbsent)...)
	diags = append(diags, choice(s.EncodingRange, "encoding", s.Encoding, true, encodingUTF8, encodingUTF16)...)
	diags = append(diags, choice(s.NewlineRange, "newline", s.Newline, true, newlineLF, newlineCRLF)...)
	hasContent, hasSource := s.Content != nil, s.From != ""
	switch {
	case s.Ensure == ensureAbsent:
		if hasContent || hasSource || s.SHA256 != "" {
			diags = append(diags, problem(either(s.ContentRange, s.SourceRange, s.SHA256Range, s.PathRange), "Content of an absent file",
				`The setting says ensure = "absent", so it has no content. Remove one of the two.`))
		}
	case hasContent == hasSource:
		diags = append(diags, problem(either(s.SourceRange, s.PathRange), "Missing or double file content",
			`Write either "content" or "source" with "sha256"; or ensure = "absent" to remove the file.`))
	case hasSource:
		diags = append(diags, s.checkSource()...)
	case s.SHA256 != "":
		diags = append(diags, problem(s.SHA256Range, "Digest without source", `"sha256" belongs to "source". The digest of "content" is computed.`))
	}
	if !hasContent && (s.Encoding != "" || s.Newline != "") {
		diags = append(diags, problem(either(s.EncodingRange, s.NewlineRange, s.PathRange), "Encoding without content",
			`"encoding" and "newline" say how "content" is written; a "source" is copied byte for byte.`))
	}
	return diags
}

func (s *File) checkSource() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for part := range strings.SplitSeq(s.From, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsAny(part, `\:`) || hasControl(part) {
			diags = append(diags, problem(s.SourceRange, "Illegal source path",
				`%q does not stay inside the profiles. Write a path with slashes from the profile root on, such as "files/banner.txt".`, s.From))
			break
		}
	}
	if len(s.SHA256) != 64 || strings.Trim(strings.ToLower(s.SHA256), "0123456789abcdef") != "" {
		diags = append(diags, problem(either(s.SHA256Range, s.SourceRange), "Missing or malformed digest",
			`A "source" needs its "sha256", 64 hex digits. "sha256sum %s" prints it.`, s.From))
	}
	if s.Size < 0 {
		diags = append(diags, problem(s.SourceRange, "Illegal size", "The size %d is negative.", s.Size))
	}
	return diags
}

// Source implements setting.Sourced.
func (s *File) Source() (string, hcl.Range, bool) { return s.From, s.SourceRange, s.From != "" }

// WantDigest implements setting.Sourced.
func (s *File) WantDigest() (string, hcl.Range) {
	return strings.ToLower(s.SHA256), either(s.SHA256Range, s.SourceRange)
}

// SetSource implements setting.Sourced.
func (s *File) SetSource(size int64) { s.Size = size }

// Contents is the content behind the file op.
func (s *File) Contents() []setting.Content {
	if s.Ensure == ensureAbsent {
		return nil
	}
	return []setting.Content{s.body()}
}

func (s *File) body() setting.Content {
	if s.Content != nil {
		return textContent(*s.Content, s.Encoding, s.Newline)
	}
	return setting.Content{SHA256: strings.ToLower(s.SHA256), Size: s.Size, Source: s.From}
}

func (s *File) want() setting.Fact {
	f := setting.Fact{Location: setting.FileLocation(tidyPath(s.Path))}
	if s.Ensure != ensureAbsent {
		f.Present, f.Value = true, digestText(s.body().SHA256)
	}
	return f
}

func digestText(sha256 string) string { return "sha256:" + sha256 }

// Claims are the file, and each folder above it as a folder: a file cannot stand where another one's folder is wanted.
func (s *File) Claims(setting.Base) []setting.Claim {
	want := s.want()
	claims := []setting.Claim{{Location: want.Location, Value: want.String()}}
	if !want.Present {
		return claims
	}
	path := tidyPath(s.Path)
	for i := strings.LastIndex(path, `\`); i > 0; i = strings.LastIndex(path[:i], `\`) {
		claims = append(claims, setting.Claim{Location: setting.FileLocation(path[:i]), Value: "directory"})
	}
	return claims
}

// Ops writes or removes the file.
func (s *File) Ops(setting.Base) []setting.Op {
	op := setting.Op{Stage: setting.StageImage, Action: setting.ActionFileDelete, Path: tidyPath(s.Path)}
	if s.Ensure != ensureAbsent {
		c := s.body()
		op.Action, op.SHA256, op.Size = setting.ActionFilePut, c.SHA256, c.Size
	}
	return []setting.Op{op}
}

// Observe takes the file's digest.
func (s *File) Observe(r setting.Reader) (setting.Observed, error) {
	return observeFile(r, tidyPath(s.Path))
}

// observeFile is the digest of a file; that there is none is a fact.
func observeFile(r setting.Reader, path string) (setting.Observed, error) {
	files, err := setting.AsFiles(r)
	if err != nil {
		return setting.Observed{}, err
	}
	fact := setting.Fact{Location: setting.FileLocation(path)}
	facts, err := files.File(path)
	switch {
	case errors.Is(err, setting.ErrAbsent):
	case err != nil:
		return setting.Observed{}, fmt.Errorf("observe %s: %w", fact.Location, err)
	default:
		fact.Present, fact.Value = true, digestText(facts.SHA256)
	}
	return setting.Observed{Facts: []setting.Fact{fact}}, nil
}

// Judge passes where the file has the wanted digest, or is absent as wanted.
func (s *File) Judge(o setting.Observed) setting.Verdict {
	return setting.JudgeFacts([]setting.Fact{s.want()}, o)
}
