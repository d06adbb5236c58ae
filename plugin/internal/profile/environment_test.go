package profile_test

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// wide is the frozen tree that uses everything.
func wide(t testing.TB) fstest.MapFS {
	t.Helper()
	return tree(t, archive(t, filepath.Join("testdata", "stability", "v2.txtar")))
}

// edit replaces a text in a file of a tree; the text must be there once.
func edit(t testing.TB, fsys fstest.MapFS, name, from, to string) fstest.MapFS {
	t.Helper()
	src := string(fsys[name].Data)
	if strings.Count(src, from) != 1 {
		t.Fatalf("%q stands %d times in %s", from, strings.Count(src, from), name)
	}
	out := maps.Clone(fsys)
	out[name] = &fstest.MapFile{Mode: 0o644, Data: []byte(strings.Replace(src, from, to, 1))}
	return out
}

func stated(t testing.TB, r *profile.Resolved, product string) environment.Environment {
	t.Helper()
	i := slices.IndexFunc(r.Request.Products, func(p plan.Product) bool { return p.Name == product })
	if i < 0 {
		t.Fatalf("no product %s", product)
	}
	return r.Request.Products[i].Environment
}

// A judge names places: every fact that is stated, or stated to be unknown, knows its own.
func TestEnvironmentKeepsPlacesAndStates(t *testing.T) {
	e := stated(t, resolve(t, wide(t), "frozen", profile.Options{}), "gateway")
	line := func(text string) int {
		return 1 + strings.Count(strings.SplitN(string(wide(t)["products/p.hcl"].Data), text, 2)[0], "\n")
	}
	if got := e.Needs.SMB; got.State != environment.Stated || got.Value != "1.0" || got.Range.Filename != "profiles/products/p.hcl" || got.Range.Start.Line != line(`smb         = "SMB1"`) {
		t.Errorf("smb %+v", got)
	}
	if got := e.Needs.TLS; got.State != environment.Unknown || got.Range.Start.Line != line(`tls         = "unknown"`) {
		t.Errorf("tls %+v", got)
	}
	if got := e.Needs.NTLM; got.State != environment.Unstated || got.Range.Filename != "" {
		t.Errorf("ntlm %+v", got)
	}
	if e.Forbids.DefRange.Filename != "" || e.Needs.DefRange.Start.Line != line("needs {") || e.DefRange.Start.Line != line("environment {") {
		t.Errorf("blocks %v %v %v", e.DefRange, e.Needs.DefRange, e.Forbids.DefRange)
	}
	if got := e.Needs.LSAPlugins; got.Complete() || len(got.Items) != 3 || got.Items[1].State != environment.Unknown || got.Items[0].Value.Name.Value != "a.dll" || !got.Items[2].Value.SignedByMicrosoft.Value || got.Items[0].Value.SignedByMicrosoft.State != environment.Unstated {
		t.Errorf("lsa_plugins %+v", got)
	}
	if got := e.Needs.Printers; got.State != environment.Unknown || got.Complete() {
		t.Errorf("printers %+v", got)
	}
	flows := e.Needs.Flows.Items
	if got := flows[0].Value.Port; got.Value != "2575" || got.Range.Start.Line != line(`{ name = "HL7"`) || got.Range.Start.Column < 60 {
		t.Errorf("port %+v", got)
	}
	if got := flows[1].Value.Ports.Items[1]; got.Value != "11112-11114" || got.Range.Start.Line != line(`{ direction = "in", protocol = "tcp", ports`) {
		t.Errorf("ports %+v", got)
	}
	if got := e.Needs.AV.Value.Exclusions; len(got.Items) != 3 || got.Items[0].Value.Value.Value != `C:\Lab` || got.Items[1].Value.Kind.Value != "process" || got.Items[2].State != environment.Unknown {
		t.Errorf("exclusions %+v", got)
	}
	if got := e.Builds; got.State != environment.Stated || !slices.Equal(got.Values(), []string{"^19044", "^14393"}) {
		t.Errorf("builds %+v", got)
	}
	viewer := stated(t, resolve(t, wide(t), "frozen", profile.Options{}), "viewer")
	if viewer.Builds.State != environment.Unknown || viewer.Evidence.Items[0].Value.Page.Value != "12-14" || viewer.Evidence.Items[0].Value.Version.State != environment.Unknown {
		t.Errorf("viewer %+v", viewer)
	}
}

// Whatever the order of files, of the products in the image and of the lists in them, the settings are the same.
func TestNeedsAndFlowsHaveNoOrder(t *testing.T) {
	want := resolve(t, wide(t), "frozen", profile.Options{})
	one, two := "  product \"gateway\" {\n    version = \"1\"\n  }\n", "  product \"viewer\" {\n    version = \"2\"\n  }\n"
	swapped := edit(t, wide(t), "images/first.hcl", one+two, two+one)
	renamed := fstest.MapFS{}
	for name, f := range swapped {
		base := filepath.Base(name)
		renamed[filepath.ToSlash(filepath.Join(filepath.Dir(name), string('z'-base[0]%26)+base))] = f
	}
	for name, fsys := range map[string]fs.FS{"products": swapped, "files": renamed} {
		got := resolve(t, fsys, "frozen", profile.Options{})
		if diff := cmp.Diff(specs(t, want), specs(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(want.Request.Image, got.Request.Image); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// The lists of two flows of one product, the other way round.
	a := `{ name = "HL7", direction = "in", protocol = "tcp", port = 2575, peer = "unknown", reason = "Results" },` + "\n"
	moved := edit(t, edit(t, wide(t), "products/p.hcl", "        "+a, ""), "products/p.hcl", "        { direction = \"unknown\"", "        "+a+"        { direction = \"unknown\"")
	got, wanted := specs(t, resolve(t, moved, "frozen", profile.Options{})), specs(t, want)
	delete(got, "net/needs[ports]") // it shows the list in its own order
	delete(wanted, "net/needs[ports]")
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("flows (-want +got):\n%s", diff)
	}
}

// Two entries that nothing tells apart keep keys of their own.
func TestKeysAreUnique(t *testing.T) {
	flow := `{ direction = "in", protocol = "tcp", ports = ["104", "11112-11114"], peers = ["10.0.0.1", "unknown"], reason = "unknown" },`
	fsys := edit(t, wide(t), "products/p.hcl", flow, flow+flow+strings.Replace(flow, `"in"`, `"in", name = "å"`, 1)+strings.Replace(flow, `"in"`, `"in", name = "HL 7!"`, 1)+strings.Replace(flow, `"in"`, `"in", name = "hl-7"`, 1))
	var got []string
	for id := range specs(t, resolve(t, fsys, "frozen", profile.Options{})) {
		if strings.HasPrefix(id, "net/in[") {
			got = append(got, id)
		}
	}
	want := []string{"net/in[gateway]", "net/in[gateway-hl-7]", "net/in[gateway-hl-7-2]", "net/in[gateway-hl7]", "net/in[gateway-in-tcp-104-11112-11114]", "net/in[gateway-in-tcp-104-11112-11114-2]"}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// Flows and places left alone are the module: a lock sees them.
func TestModuleDigestCoversFlows(t *testing.T) {
	digest := func(fsys fstest.MapFS) string { return resolve(t, fsys, "frozen", profile.Options{}).Modules[0].Digest }
	want := digest(wide(t))
	for _, c := range [][2]string{{"ports     = [53]", "ports     = [54]"}, {`"Namn"`, `"Namnen"`}, {"Net!Left", "Net!Right"}, {`"Deras"`, `"Våra"`}, {`"Utskrift"`, `"Skrivare"`}, {`"the department"`, `"us"`}} {
		if digest(edit(t, wide(t), "modules/net.hcl", c[0], c[1])) == want {
			t.Errorf("%s does not move the digest", c[1])
		}
	}
}

// An image like another is what it would be with all blocks written out.
func TestLike(t *testing.T) {
	fsys := wide(t)
	src := string(fsys["images/first.hcl"].Data)
	for _, c := range [][2]string{
		{`image "first"`, `image "frozen"`}, {`"3.0.0"`, `"1.0.0"`}, {`"2026-11-01"`, `"2026-11-02"`}, {`"ltsb"`, `"ltsc"`}, {`"Shared"`, `"VLAN 7"`},
		{"module \"net\" {\n    version = \"^1.0\"\n", "module \"net\" {\n    version = \"^1.0\"\n    inputs  = { resolver = [\"10.0.0.53\"] }\n"},
	} {
		if !strings.Contains(src, c[0]) {
			t.Fatalf("no %q", c[0])
		}
		src = strings.Replace(src, c[0], c[1], 1)
	}
	before, rest, _ := strings.Cut(src, "  exception \"old/old\"")
	_, after, _ := strings.Cut(rest, "  exception \"conflict")
	written := maps.Clone(fsys)
	written["images/frozen.hcl"] = &fstest.MapFile{Mode: 0o644, Data: []byte(before + "  exception \"conflict" + after)}
	delete(written, "images/first.hcl")
	want, got := resolve(t, written, "frozen", profile.Options{}), resolve(t, fsys, "frozen", profile.Options{})
	if diff := cmp.Diff(specs(t, want), specs(t, got)); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(fmt.Sprint(want.Request.Image, want.RequiredUntil, want.Modules), fmt.Sprint(got.Request.Image, got.RequiredUntil, got.Modules)); diff != "" {
		t.Errorf("image (-want +got):\n%s", diff)
	}
	if got.ImageFile != "images/frozen.hcl" || len(got.Request.Accepted) != 1 || got.Request.Accepted[0].DefRange.Filename != "profiles/images/first.hcl" {
		t.Errorf("file %s, accepted %+v", got.ImageFile, got.Request.Accepted)
	}
}

// A module that uses what products need is read without an image too: there nothing is needed.
func TestNeedsOutsideAnImage(t *testing.T) {
	fsys := wide(t)
	delete(fsys, "images/first.hcl")
	delete(fsys, "images/frozen.hcl")
	fsys = edit(t, fsys, "modules/old.hcl", `method  = "policies"`, "method  = \"policies\"\n  severity_source = \"a test\"")
	if got := check(t, fsys); got != "" {
		t.Errorf("diagnostics:\n%s", got)
	}
	broken := edit(t, fsys, "modules/net.hcl", `value     = "=${each.value}"`, `value     = "=${each.value.x}"`)
	if got := check(t, broken); !strings.Contains(got, "each.value.x") {
		t.Errorf("a mistake behind needs goes unseen:\n%s", got)
	}
}

// An error in a flow keeps only what depends on flows from being looked at.
func TestOneMistakeInAFlow(t *testing.T) {
	broken := edit(t, edit(t, wide(t), "modules/net.hcl", "ports     = [53]", `ports     = ["x"]`), "modules/old.hcl", `"dword"`, `"dwort"`)
	set, _ := profile.LoadFS(broken, "profiles", table(t))
	got := slices.Compact(summaries(set.Check()))
	want := []string{"profiles/modules/net.hcl: Illegal port", "profiles/modules/old.hcl: Unsupported registry type", "profiles/modules/old.hcl: Severity without a source"}
	got = slices.DeleteFunc(got, func(s string) bool { return strings.Contains(s, "profiles/images/") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
