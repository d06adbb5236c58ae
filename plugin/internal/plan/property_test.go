package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// randomRequest makes an image with few places, so that much agrees, merges and collides. Overrides and exceptions may be wrong.
func randomRequest(r *rand.Rand, overrides bool) plan.Request {
	var settings []plan.Candidate
	for i := range 3 + r.IntN(12) {
		id := fmt.Sprintf("m%d/s%d", r.IntN(4), i)
		name, value := fmt.Sprint("n", r.IntN(5)), fmt.Sprint(r.IntN(3))
		spec := reg(name, value)
		switch r.IntN(4) {
		case 0:
			spec = joins("list"+fmt.Sprint(r.IntN(2)), value, fmt.Sprint(r.IntN(9)))
		case 1:
			spec.At = append(spec.At, "svc:S"+fmt.Sprint(r.IntN(2)))
		}
		settings = append(settings, cand(id, 2+r.IntN(4), spec)) // some share a line, as for_each does
	}
	req := request(settings...)
	pick := func() string { return settings[r.IntN(len(settings))].ID }
	for i := range r.IntN(3) {
		req.Exceptions = append(req.Exceptions, skip(pick(), 10+i))
	}
	if overrides {
		for i := range r.IntN(5) {
			req.Overrides = append(req.Overrides, over(pick(), 20+i, pick(), pick()))
		}
	}
	for i := range r.IntN(3) {
		req.Products = append(req.Products, plan.Product{ProductRef: plan.ProductRef{Name: fmt.Sprint("p", i), Version: "1"}, NeedsServices: []string{"S0", "S1"}, DefRange: at("products.hcl", i)})
	}
	return req
}

func shuffled(r *rand.Rand, req plan.Request) plan.Request {
	req.Settings, req.Modules, req.Products = shuffle(r, req.Settings), shuffle(r, req.Modules), shuffle(r, req.Products)
	req.Exceptions, req.Overrides = shuffle(r, req.Exceptions), shuffle(r, req.Overrides)
	req.Image.Class.Groups, req.Image.Management.From = shuffle(r, req.Image.Class.Groups), shuffle(r, req.Image.Management.From)
	for i, o := range req.Overrides {
		req.Overrides[i].Over = shuffle(r, o.Over)
	}
	for i, p := range req.Products {
		req.Products[i].NeedsServices = shuffle(r, p.NeedsServices)
	}
	return req
}

func shuffle[E any](r *rand.Rand, list []E) []E {
	out := slices.Clone(list)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// result is everything that Compose says, as text.
func result(t *testing.T, req plan.Request) string {
	t.Helper()
	c, diags := plan.Compose(req)
	if c == nil {
		return text(diags)
	}
	sidecar, err := c.Provenance.Marshal("profiles")
	if err != nil {
		t.Fatal(err)
	}
	var sb strings.Builder
	if err := plan.WriteText(&sb, c, plan.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return string(c.Bytes) + "\n" + string(sidecar) + "\n" + sb.String() + text(diags)
}

func TestOrderFree(t *testing.T) {
	composed, refused := 0, 0
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		req := randomRequest(r, seed%2 == 0)
		want := result(t, req)
		if strings.HasPrefix(want, "{") {
			composed++
		} else {
			refused++
		}
		for range 4 {
			if got := result(t, shuffled(r, req)); got != want {
				t.Fatalf("seed %d: another order gives\n%s\nnot\n%s", seed, got, want)
			}
		}
	}
	if composed < 100 || refused < 100 {
		t.Errorf("%d composed, %d refused: the property needs many of both", composed, refused)
	}
}

// collisions lists the settings at whose places collisions are reported, as summaries with their ids.
func collisions(req plan.Request) int {
	_, diags := plan.Compose(req)
	n := 0
	for _, d := range diags {
		if d.Summary == "Settings collide" || d.Summary == "Settings cannot be merged" {
			n++
		}
	}
	return n
}

func TestRemovingNeverAddsCollisions(t *testing.T) {
	seen := 0
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 2))
		req := randomRequest(r, false)
		req.Exceptions = nil
		whole := collisions(req)
		seen += whole
		for i := range req.Settings {
			less := req
			less.Settings = slices.Delete(slices.Clone(req.Settings), i, i+1)
			if got := collisions(less); got > whole {
				t.Fatalf("seed %d: %d collisions, and %d without %s:\n%s", seed, whole, got, req.Settings[i].ID, result(t, less))
			}
		}
	}
	if seen == 0 {
		t.Error("no collision was ever seen")
	}
}

func TestUnionsWhateverTheOrder(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		var settings []plan.Candidate
		var all []string
		for i := range 2 + r.IntN(6) {
			list := []string{fmt.Sprint(r.IntN(5)), fmt.Sprint(r.IntN(50))}
			all = append(all, list...)
			settings = append(settings, cand(fmt.Sprintf("m%d/x", i), 3, joins("L", union(list, nil)...)))
		}
		c := compose(t, request(shuffle(r, settings)...))
		for id, spec := range c.Specs {
			if got, want := spec.(*fake).List, union(all, nil); !slices.Equal(got, want) {
				t.Fatalf("seed %d: %s has %q, want %q", seed, id, got, want)
			}
		}
		if len(c.Plan.Ops) != 1 || len(c.Plan.Ops[0].Settings) != len(settings) {
			t.Fatalf("seed %d: ops %v, want one for all", seed, c.Plan.Ops)
		}
	}
}

// large is an image with 40 modules and the given number of settings; a tenth of them agree, and a tenth join lists.
func large(settings int) plan.Request {
	list := make([]plan.Candidate, settings)
	for i := range list {
		spec := &fake{At: []string{fmt.Sprintf(`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\Area%d\Sub!Value%d`, i%97, i-i%10/9)}, Value: "dword:1"}
		if i%10 == 5 {
			spec = joins(fmt.Sprint("L", i/70), fmt.Sprint("S-1-5-32-", i)) // seven join a list
		}
		list[i] = cand(fmt.Sprintf("module-%02d/setting-%05d", i%40, i), i, spec)
	}
	return request(list...)
}

func BenchmarkCompose(b *testing.B) {
	for _, n := range []int{500, 2000, 8000} {
		b.Run(fmt.Sprintf("40 modules, %d settings", n), func(b *testing.B) {
			req := large(n)
			for b.Loop() {
				if c, diags := plan.Compose(req); c == nil {
					b.Fatal(text(diags))
				}
			}
		})
	}
}
