package plan

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unique"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// opKey is an op in the form in which two are the same: names compared as Windows does.
type opKey struct {
	stage                    setting.Stage
	action                   setting.Action
	scope                    setting.PolicyScope
	key, name, needKey, path string
	valueType                setting.ValueType
	data, sha256, sids       string
	size                     int64
	optional                 bool
	location, value          string
}

func keyOf(op setting.Op) opKey {
	return opKey{
		stage: op.Stage, action: op.Action, scope: op.Scope,
		key: upcase.Fold(op.Key), name: upcase.Fold(op.Name), needKey: upcase.Fold(op.NeedKey), path: upcase.Fold(op.Path),
		valueType: op.Type, data: op.Data, sha256: op.SHA256, sids: upcase.Fold(strings.Join(op.SIDs, "\x00")),
		size: op.Size, optional: op.Optional, location: op.Location.Canon(), value: op.Value,
	}
}

// thing is what the op changes, at its stage; two ops on one thing with different results contradict each other.
func (k opKey) thing() opKey {
	class, _, _ := strings.Cut(string(k.action), "-")
	return opKey{stage: k.stage, action: setting.Action(class), scope: k.scope, key: k.key, name: k.name, path: k.path, location: k.location}
}

// result is what the op leaves behind, whatever it takes for it to run.
func (k opKey) result() opKey {
	k.needKey, k.optional = "", false
	return k
}

// stageRank orders stages as they happen; an unknown one is -1.
func stageRank(s setting.Stage) int { return slices.Index(setting.Stages(), s) }

// stageOps lists the ops of all settings in effect by stage, then by setting id, then as the setting orders them, each once.
func (c *composer) stageOps() []*step {
	all := make([]*step, 0, len(c.entries))
	var slab []step // many steps in one piece of memory
	things := make(map[unique.Handle[opKey]]*step, len(c.entries))
	for _, e := range c.entries {
		if !e.active() {
			continue
		}
		f := c.effectiveFacts(e).withOps()
		if f.hitsErr != nil {
			c.fail(e.DefRange, "Table of traits cannot be read", "What %q can do to the build is not known: %s.", e.ID, f.hitsErr)
		}
		e.hazards = f.hazards
		for i := range f.ops {
			op := &f.ops[i]
			if op.rank < 0 {
				c.fail(e.DefRange, "Operation at an unknown stage", "The kind %q has an operation at the stage %q for %q; no such stage exists.", e.Kind, op.Stage, e.ID)
				continue
			}
			first := things[op.thing]
			p := first.same(op)
			if p == nil {
				if len(slab) == cap(slab) {
					slab = make([]step, 0, 512)
				}
				slab = append(slab, step{op: op, settings: f.sole})
				p = &slab[len(slab)-1]
				all = append(all, p)
				if first == nil {
					things[op.thing] = p
				} else {
					c.checkContradiction(e, p, first)
					p.next, first.next = first.next, p
				}
			}
			if p.settings[len(p.settings)-1] != e.ID { // ids come sorted
				if len(p.settings) == 1 {
					p.settings = slices.Clone(p.settings) // this one is shared with other images
				}
				p.settings = append(p.settings, e.ID)
			}
		}
	}
	if byStage := func(a, b *step) int { return cmp.Compare(a.op.rank, b.op.rank) }; !slices.IsSortedFunc(all, byStage) {
		slices.SortStableFunc(all, byStage)
	}
	return all
}

// step is an op on its way into the plan, with the settings that ask for it.
type step struct {
	op       *factOp
	settings []string
	next     *step // another one that changes the same thing
}

// same is the step among p and those behind it that is this op.
func (p *step) same(op *factOp) *step {
	for p != nil && p.op.key != op.key {
		p = p.next
	}
	return p
}

// checkContradiction is a net under the claims: a kind that forgets to claim what it changes must not let the later op win in silence.
// One setting may change a thing in several steps. other is the first that changes what p does.
func (c *composer) checkContradiction(e *entry, p, other *step) {
	key := p.op.key.Value()
	if other.op.key.Value().result() == key.result() || slices.Contains(other.settings, e.ID) {
		return
	}
	first, _ := c.entry(other.settings[0])
	c.fail(e.DefRange, "Operations contradict each other", "%q and %q (%s) change the same thing in different ways at stage %s: %s and %s. Skip one of them with an exception; that their claims do not show it is an error in the kind %q or %q.",
		e.ID, first.ID, placeOf(first.DefRange), key.stage, opText(p.op.Op), opText(other.op.Op), e.Kind, first.Kind)
}

// opText is an op for people, in one line.
func opText(op setting.Op) string {
	parts := []string{string(op.Action)}
	if op.Scope != "" {
		parts = append(parts, string(op.Scope))
	}
	switch {
	case op.Location != "":
		parts = append(parts, string(op.Location))
	case op.Path != "":
		parts = append(parts, op.Path)
	case op.Key != "":
		parts = append(parts, op.Key+"!"+op.Name)
	case op.Name != "":
		parts = append(parts, op.Name)
	}
	if op.Type != "" {
		parts = append(parts, dataText(op.Type, op.Data))
	}
	if op.SHA256 != "" {
		parts = append(parts, "sha256:"+op.SHA256)
	}
	if op.Action == setting.ActionRightSet {
		parts = append(parts, "["+strings.Join(op.SIDs, " ")+"]")
	}
	if op.Value != "" {
		parts = append(parts, op.Value)
	}
	if op.NeedKey != "" {
		parts = append(parts, "where "+op.NeedKey+" exists")
	}
	return strings.Join(parts, " ")
}

// dataText is an op's registry data for people: what it says, in the form that claims have; bytes only where it says nothing else.
func dataText(t setting.ValueType, data string) string {
	raw, err := hex.DecodeString(data)
	if err != nil {
		return string(t) + ":" + data
	}
	text := setting.RegistryValue{Type: t, Data: raw}.Text()
	switch _, said, _ := strings.Cut(text, ":"); {
	case t == setting.TypeDWord || t == setting.TypeQWord || t == setting.TypeDWordBE:
		if n, err := strconv.ParseUint(said, 10, 64); err == nil && n > 9 {
			text += fmt.Sprintf(" (0x%x)", n)
		}
	case strings.HasSuffix(text, data): // bytes, or data that its type does not allow
		const enough = 32
		if len(raw) > enough {
			text = strings.TrimSuffix(text, data) + data[:2*enough] + fmt.Sprintf("... (%d bytes)", len(raw))
		}
	}
	return text
}

// contents gathers the bytes behind file ops, by digest. Content at hand is preferred to content in a file; which file, where several
// hold the same, is the first by name.
func (c *composer) contents(ops []*step) []setting.Content {
	found := make(map[string]setting.Content)
	for _, e := range c.entries {
		if !e.active() {
			continue
		}
		p, ok := e.effective().(setting.ContentProvider)
		if !ok {
			continue
		}
		for _, content := range p.Contents() {
			old, ok := found[content.SHA256]
			if !ok || (old.Bytes == nil && content.Bytes != nil) || (old.Bytes == nil && content.Source < old.Source) {
				found[content.SHA256] = content
			}
		}
	}
	list := make([]setting.Content, 0, len(found))
	for _, content := range found {
		list = append(list, content)
	}
	slices.SortFunc(list, func(a, b setting.Content) int { return cmp.Compare(a.SHA256, b.SHA256) })
	for _, p := range ops {
		op := &p.op.Op
		if op.Action != setting.ActionFilePut {
			continue
		}
		if content, ok := found[op.SHA256]; !ok || content.Size != op.Size {
			e, _ := c.entry(p.settings[0])
			c.fail(e.DefRange, "Operation without content", "%q puts a file with the digest %s and %d bytes, but gives no such content.", e.ID, op.SHA256, op.Size)
		}
	}
	return list
}
