package environment_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

func TestFactsAreThreeThings(t *testing.T) {
	var f environment.Fact[bool]
	if _, ok := f.Get(); ok || f.State != environment.Unstated || f.State.String() != "unstated" {
		t.Error("a fact that nobody stated counts as stated")
	}
	at := hcl.Range{Filename: "x"}
	f.Set(environment.Unknown, at)
	if _, ok := f.Get(); ok || !f.Or(true) || f.Range != at || f.State.String() != "unknown" {
		t.Error("an unknown fact counts as stated")
	}
	f.Set(environment.Stated, at)
	*f.Target().(*bool) = true
	if v, ok := f.Get(); !ok || !v || f.Grow() != nil || f.State.String() != "stated" {
		t.Error("a stated fact is not")
	}
}

func TestLists(t *testing.T) {
	var l environment.List[string]
	if l.Complete() || l.Target() != nil {
		t.Error("a list that nobody stated says what is not in it")
	}
	l.Set(environment.Stated, hcl.Range{})
	if !l.Complete() || len(l.Values()) != 0 {
		t.Error("an empty list says that there is none")
	}
	for _, text := range []string{"a", "b"} {
		s := l.Grow()
		s.Set(environment.Stated, hcl.Range{})
		*s.Target().(*string) = text
	}
	if !l.Complete() || !slices.Equal(l.Values(), []string{"a", "b"}) {
		t.Errorf("got %v", l.Values())
	}
	l.Grow().Set(environment.Unknown, hcl.Range{})
	if l.Complete() || !slices.Equal(l.Values(), []string{"a", "b"}) {
		t.Error("a list with an unknown entry is complete")
	}
}

func TestFlowPorts(t *testing.T) {
	stated := func(s string) environment.Fact[string] {
		return environment.Fact[string]{State: environment.Stated, Value: s}
	}
	unknown := environment.Fact[string]{State: environment.Unknown}
	list := environment.List[string]{State: environment.Stated, Items: []environment.Fact[string]{stated("2"), stated("3")}}
	holes := environment.List[string]{State: environment.Stated, Items: []environment.Fact[string]{stated("2"), unknown}}
	for name, c := range map[string]struct {
		flow     environment.Flow
		want     []string
		complete bool
	}{
		"none":           {environment.Flow{}, nil, false},
		"one":            {environment.Flow{Port: stated("1")}, []string{"1"}, true},
		"both":           {environment.Flow{Port: stated("1"), Ports: list}, []string{"1", "2", "3"}, true},
		"one unknown":    {environment.Flow{Port: unknown, Ports: list}, []string{"2", "3"}, false},
		"a hole":         {environment.Flow{Port: stated("1"), Ports: holes}, []string{"1", "2"}, false},
		"list unknown":   {environment.Flow{Port: stated("1"), Ports: environment.List[string]{State: environment.Unknown}}, []string{"1"}, false},
		"only a list":    {environment.Flow{Ports: list}, []string{"2", "3"}, true},
		"only a unknown": {environment.Flow{Port: unknown}, nil, false},
	} {
		if got, complete := c.flow.AllPorts(); !slices.Equal(got, c.want) || complete != c.complete {
			t.Errorf("%s: %v %v", name, got, complete)
		}
		peers := environment.Flow{Peer: c.flow.Port, Peers: c.flow.Ports}
		if got, complete := peers.AllPeers(); !slices.Equal(got, c.want) || complete != c.complete {
			t.Errorf("%s, peers: %v %v", name, got, complete)
		}
	}
}
