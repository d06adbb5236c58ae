package fleet_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/fleet"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/wmguest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	user     = "auditor"
	password = `Correct & "Horse" <7>'$`
)

func theTable(t testing.TB) setting.Table {
	t.Helper()
	table, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

var theBase = setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"en-US"}, Channel: "LTSC"}

// one is a setting of a plan by its kind and the body of its block.
type one struct{ id, kind, body string }

// spec decodes a body as the profile loader does.
func spec(t testing.TB, kind, body string) setting.Spec {
	t.Helper()
	k, ok := theTable(t).Lookup(kind)
	if !ok {
		t.Fatalf("no kind %q", kind)
	}
	file, diags := hclsyntax.ParseConfig([]byte(body), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v\n%s", kind, diags, body)
	}
	s := k.New()
	diags = gohcl.DecodeBody(file.Body, nil, s)
	if e, ok := s.(setting.Evaluator); ok && !diags.HasErrors() {
		diags = append(diags, e.Evaluate(nil)...)
	}
	if diags = append(diags, s.Check()...); diags.HasErrors() {
		t.Fatalf("%s: %v\n%s", kind, diags, body)
	}
	return s
}

// contents gives the bytes behind settings' files.
type contents map[string][]byte

func (c contents) Open(digest string) (io.ReadCloser, error) {
	b, ok := c[digest]
	if !ok {
		return nil, fmt.Errorf("no content %s", digest)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// made is an image, and what brings it about.
type made struct {
	manifest *manifest.Manifest
	specs    []setting.Spec
	contents contents
}

// build makes a manifest of settings, as if all had passed in the image.
func build(t testing.TB, version string, unobservable bool, list ...one) *made {
	t.Helper()
	m := &made{contents: contents{}}
	p := &plan.Plan{
		Schema: plan.Schema, EngineFormat: plan.EngineFormat,
		Image: plan.Image{Name: "viewer", Version: version, Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z", Class: plan.Class{Type: "WM", Groups: []int{0}},
			Management: plan.Management{Path: "none"}, AllowUnobservable: unobservable},
		Base: plan.Base{Name: "b", Base: theBase}, Modules: []plan.Ref{}, Products: []plan.ProductRef{}, Settings: []plan.Setting{}, Ops: []plan.StagedOp{},
	}
	slices.SortFunc(list, func(a, b one) int {
		if a.id < b.id {
			return -1
		}
		return 1
	})
	var findings []setting.Finding
	for _, o := range list {
		s := spec(t, o.kind, o.body)
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var stages []setting.Stage
		for _, op := range s.Ops(theBase) {
			if !slices.Contains(stages, op.Stage) {
				stages = append(stages, op.Stage)
			}
			p.Ops = append(p.Ops, plan.StagedOp{Settings: []string{o.id}, Op: op})
		}
		if c, ok := s.(setting.ContentProvider); ok {
			for _, c := range c.Contents() {
				m.contents[c.SHA256] = c.Bytes
			}
		}
		p.Settings = append(p.Settings, plan.Setting{ID: o.id, Kind: o.kind, Severity: setting.High, Effect: plan.EffectSet, Spec: raw, Stages: append([]setting.Stage{}, stages...)})
		m.specs = append(m.specs, s)
		f := setting.Finding{Setting: o.id, Kind: o.kind, Severity: setting.High, Outcome: setting.Pass, Evidence: []setting.Fact{{Location: "file:x"}}}
		if slices.ContainsFunc(stages, func(s setting.Stage) bool { return s != setting.StageImage }) {
			f.Outcome, f.Reason, f.Evidence = setting.Deferred, "later", nil
		}
		findings = append(findings, f)
	}
	slices.SortStableFunc(p.Ops, func(a, b plan.StagedOp) int {
		return slices.Index(setting.Stages(), a.Op.Stage) - slices.Index(setting.Stages(), b.Op.Stage)
	})
	sum := "00000000000000000000000000000000000000000000000000000000000000ab"
	var err error
	m.manifest, err = manifest.New(manifest.Input{
		Plan: p, BaseFile: manifest.File{Name: "install.wim", SHA256: sum, Size: 1}, BaseIndex: 1,
		BaseFacts: manifest.BaseFacts{ProductName: "x", EditionID: theBase.EditionID, Build: theBase.Build, Arch: theBase.Arch, InstallLanguage: "en-US", Languages: theBase.Languages, StandIn: true},
		Outputs:   []manifest.File{{Name: "image.wim", SHA256: sum, Size: 1}}, Findings: findings,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// install makes the machine what the image says, with its stamp.
func (m *made) install(t testing.TB, w *standin.Machine) {
	t.Helper()
	for _, op := range m.manifest.Stamp.Ops() {
		if _, err := apply.Run(t.Context(), w, []plan.StagedOp{op}, setting.StageImage, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, stage := range setting.Stages() {
		if _, err := apply.Run(t.Context(), w, m.manifest.Plan.Ops, stage, m.contents.Open, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *made) image(t testing.TB, policy *gpo.Result) *audit.Image {
	t.Helper()
	img, err := audit.NewImage(m.manifest, theTable(t), policy)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// machines makes stand-ins that know the collector.
func machines(t testing.TB, n int) []*standin.Machine {
	t.Helper()
	all, err := standin.Machines(lab.Options{}, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if err := wmguest.Register(m, wmguest.Options{Work: t.TempDir(), Now: time.Now, Version: "0.1.0", Language: "en-US"}); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// bed is a lab with its authority.
type bed struct {
	ca *winrm.Authority
}

func newBed(t testing.TB) *bed {
	t.Helper()
	ca, err := winrm.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &bed{ca}
}

// host puts a machine on the network.
func (b *bed) host(t testing.TB, name string, m winrm.Machine, faults winrm.Faults, quotas winrm.Quotas) (fleet.Target, *winrm.Host) {
	t.Helper()
	h, err := winrm.Start(winrm.Options{Address: "127.0.0.1:0", User: user, Password: password, Machine: m, Authority: b.ca, Faults: faults, Quotas: quotas})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	at := netip.MustParseAddrPort(h.Address())
	return fleet.Target{Name: name, Options: remote.Options{Host: at.Addr().String(), Port: int(at.Port()), CA: b.ca.PEM(), User: user, Password: password}}, h
}

// run audits targets and returns outcomes in their order.
func run(t testing.TB, c fleet.Config, targets ...fleet.Target) []fleet.Outcome {
	t.Helper()
	c.Now = time.Now
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	out := make([]fleet.Outcome, len(targets))
	n := 0
	err := fleet.Run(t.Context(), c, targets, func(o fleet.Outcome) error {
		out[o.Index] = o
		n++
		return nil
	})
	if err != nil || n != len(targets) {
		t.Fatalf("%d of %d outcomes, %v", n, len(targets), err)
	}
	return out
}

// foreign is a machine that answers whatever it is told to.
type foreign struct {
	*standin.Machine
	answer func(c winrm.Command) (uint32, error)
}

func (f foreign) Run(_ context.Context, c winrm.Command) (uint32, error) { return f.answer(c) }

// packedText is an answer of the collector's form with any text in it.
func packedText(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}
