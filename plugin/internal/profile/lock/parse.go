package lock

import (
	"fmt"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

type fileBlocks struct {
	EngineFormat int           `hcl:"engine_format"`
	Agent        *agentBlock   `hcl:"agent,block"`
	Bases        []baseBlock   `hcl:"base,block"`
	Modules      []moduleBlock `hcl:"module,block"`
	Files        []fileBlock   `hcl:"file,block"`
}

type agentBlock struct {
	DefRange hcl.Range `hcl:",def_range"`
	Version  string    `hcl:"version"`
	SHA256   string    `hcl:"sha256"`
	SHARange hcl.Range `hcl:"sha256,attr_value_range"`
	Size     int64     `hcl:"size"`
}

type baseBlock struct {
	Name      string    `hcl:"name,label"`
	DefRange  hcl.Range `hcl:",def_range"`
	SHA256    string    `hcl:"sha256"`
	SHARange  hcl.Range `hcl:"sha256,attr_value_range"`
	Size      int64     `hcl:"size"`
	EditionID string    `hcl:"edition_id"`
	Build     string    `hcl:"build"`
	Image     string    `hcl:"image"`
}

type moduleBlock struct {
	Name     string    `hcl:"name,label"`
	DefRange hcl.Range `hcl:",def_range"`
	Version  string    `hcl:"version"`
	Digest   string    `hcl:"digest"`
	SHARange hcl.Range `hcl:"digest,attr_value_range"`
}

type fileBlock struct {
	Path     string    `hcl:"path,label"`
	DefRange hcl.Range `hcl:",def_range"`
	SHA256   string    `hcl:"sha256"`
	SHARange hcl.Range `hcl:"sha256,attr_value_range"`
}

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Parse reads a lock file's bytes; name is for messages. A lock that does not parse is no lock: nothing is returned.
func Parse(src []byte, name string) (*Lock, hcl.Diagnostics) {
	if d := profile.TooComplex(src, name); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, profile.Sort(diags)
	}
	var blocks fileBlocks
	diags = append(diags, gohcl.DecodeBody(file.Body, nil, &blocks)...)
	if diags.HasErrors() {
		return nil, profile.Sort(diags)
	}
	c := checker{seen: map[string]hcl.Range{}}
	l := &Lock{EngineFormat: blocks.EngineFormat}
	if a := blocks.Agent; a != nil {
		c.digest(a.SHA256, a.SHARange)
		if a.Size <= 0 {
			c.report(a.DefRange, "The agent has no size.")
		}
		l.Agent = &Agent{a.Version, a.SHA256, a.Size}
	}
	for _, b := range blocks.Bases {
		c.digest(b.SHA256, b.SHARange)
		c.once("base "+b.Name+" "+b.SHA256, b.DefRange)
		if b.Size <= 0 {
			c.report(b.DefRange, "The base %q has no size.", b.Name)
		}
		l.Bases = append(l.Bases, Base{b.Name, b.SHA256, b.Size, b.EditionID, b.Build, b.Image})
	}
	for _, b := range blocks.Modules {
		c.digest(b.Digest, b.SHARange)
		c.once("module "+b.Name, b.DefRange)
		l.Modules = append(l.Modules, Module{Name: b.Name, Version: b.Version, Digest: b.Digest})
	}
	for _, b := range blocks.Files {
		c.digest(b.SHA256, b.SHARange)
		c.once("file "+b.Path, b.DefRange)
		l.Files = append(l.Files, File{Path: b.Path, SHA256: b.SHA256})
	}
	if c.diags.HasErrors() {
		return nil, profile.Sort(c.diags)
	}
	l.sort()
	return l, nil
}

type checker struct {
	diags hcl.Diagnostics
	seen  map[string]hcl.Range
}

func (c *checker) report(at hcl.Range, format string, args ...any) {
	c.diags = append(c.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Malformed lock", Detail: fmt.Sprintf(format, args...), Subject: at.Ptr()})
}

func (c *checker) digest(s string, at hcl.Range) {
	if !digestForm.MatchString(s) {
		c.report(at, "%q is not a SHA-256: 64 lower-case hexadecimal digits.", s)
	}
}

func (c *checker) once(what string, at hcl.Range) {
	if first, dup := c.seen[what]; dup {
		c.report(at, "This was already locked at %s:%d. Remove one of the two.", first.Filename, first.Start.Line)
		return
	}
	c.seen[what] = at
}
