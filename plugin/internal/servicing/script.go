package servicing

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

//go:embed script.ps1.tmpl
var scriptText string

// call is one call of DISM on the mounted image.
type call struct {
	Name string // of the step in the record
	Args string // an expression of PowerShell: a list of arguments
}

// steps are the names of all steps that a run of the script takes.
func (s Spec) steps() []string {
	out := []string{"export parent", "mount"}
	for _, c := range s.store() {
		out = append(out, c.Name)
	}
	out = append(out, "clean up")
	for _, c := range s.rest() {
		out = append(out, c.Name)
	}
	return append(out, "unmount", "export result")
}

// store are the calls before the component store is cleaned up: capabilities,
// then packages in their order, so that a cumulative update that stands last
// brings all of them to its level (Microsoft, "Update Windows installation media
// with Dynamic Update").
func (s Spec) store() []call {
	var out []call
	for _, c := range s.Capabilities {
		out = append(out, call{"capability " + c, fmt.Sprintf("@('/Add-Capability', %s, '/LimitAccess') + $payload", quote("/CapabilityName:"+c))})
	}
	for _, p := range s.Packages {
		out = append(out, call{"package " + p.File, fmt.Sprintf("@('/Add-Package', ('/PackagePath:' + (Join-Path $Files %s)))", quote(p.File))})
	}
	return out
}

// rest are the calls after it: a feature may leave work for the first start, and
// the store is not cleaned up while there is some.
func (s Spec) rest() []call {
	var out []call
	for _, f := range s.Features {
		out = append(out, call{"feature " + f, fmt.Sprintf("@('/Enable-Feature', %s, '/All', '/LimitAccess') + $payload", quote("/FeatureName:"+f))})
	}
	for _, d := range s.Drivers {
		folder := quote(strings.ReplaceAll(d, "/", `\`))
		out = append(out, call{"drivers " + d, fmt.Sprintf("@('/Add-Driver', ('/Driver:' + (Join-Path $Files %s)), '/Recurse')", folder)})
	}
	return out
}

// quote makes a literal of PowerShell: single quotes, in which nothing is
// replaced.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Script writes the script that makes the base. It is the same for the same
// description: UTF-8 with the mark that Windows PowerShell 5.1 needs, lines that
// end as on Windows.
func (s Spec) Script() ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	spec, err := s.Bytes()
	if err != nil {
		return nil, err
	}
	t, err := template.New("script").Funcs(template.FuncMap{"quote": quote}).Parse(scriptText)
	if err != nil {
		return nil, fmt.Errorf("servicing script: %w", err)
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{"Spec": s, "JSON": string(spec), "Digest": canonical.Digest(spec), "Store": s.store(), "Rest": s.rest(), "Schema": RecordSchema})
	if err != nil {
		return nil, fmt.Errorf("servicing script: %w", err)
	}
	return []byte("\ufeff" + strings.ReplaceAll(b.String(), "\n", "\r\n")), nil
}
