package plan

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

// stageOps lists the ops of all settings in effect by stage, then by setting id, then as the setting orders them, each once. It also
// gives the stages of each setting.
func (c *composer) stageOps() ([]StagedOp, map[*entry][]setting.Stage) {
	all := []StagedOp{}
	index := make(map[opKey]int)
	things := make(map[opKey]int)
	stages := make(map[*entry][]setting.Stage)
	for _, e := range c.entries {
		if !e.active() {
			continue
		}
		e.hazards = c.hazards(e)
		for _, op := range e.effective().Ops(c.base) {
			op = staged(op, e.hazards)
			if stageRank(op.Stage) < 0 {
				c.fail(e.DefRange, "Operation at an unknown stage", "The kind %q has an operation at the stage %q for %q; no such stage exists.", e.Kind, op.Stage, e.ID)
				continue
			}
			if !slices.Contains(stages[e], op.Stage) {
				stages[e] = append(stages[e], op.Stage)
			}
			key := keyOf(op)
			i, ok := index[key]
			if !ok {
				i = len(all)
				index[key] = i
				all = append(all, StagedOp{Op: op})
				c.checkContradiction(e, all, things, key)
			}
			if n := len(all[i].Settings); n == 0 || all[i].Settings[n-1] != e.ID { // ids come sorted
				all[i].Settings = append(all[i].Settings, e.ID)
			}
		}
		slices.SortFunc(stages[e], func(a, b setting.Stage) int { return cmp.Compare(stageRank(a), stageRank(b)) })
	}
	slices.SortStableFunc(all, func(a, b StagedOp) int { return cmp.Compare(stageRank(a.Op.Stage), stageRank(b.Op.Stage)) })
	return all, stages
}

// checkContradiction is a net under the claims: a kind that forgets to claim what it changes must not let the later op win in silence.
// One setting may change a thing in several steps.
func (c *composer) checkContradiction(e *entry, all []StagedOp, things map[opKey]int, key opKey) {
	i, ok := things[key.thing()]
	if !ok {
		things[key.thing()] = len(all) - 1
		return
	}
	other := all[i]
	if keyOf(other.Op).result() == key.result() || slices.Contains(other.Settings, e.ID) {
		return
	}
	first := c.byID[other.Settings[0]]
	c.fail(e.DefRange, "Operations contradict each other", "%q and %q (%s) change the same thing in different ways at stage %s: %s and %s. Skip one of them with an exception; that their claims do not show it is an error in the kind %q or %q.",
		e.ID, first.ID, placeOf(first.DefRange), key.stage, opText(all[len(all)-1].Op), opText(other.Op), e.Kind, first.Kind)
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
func (c *composer) contents(ops []StagedOp) []setting.Content {
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
	for _, op := range ops {
		if content, ok := found[op.Op.SHA256]; op.Op.Action == setting.ActionFilePut && (!ok || content.Size != op.Op.Size) {
			e := c.byID[op.Settings[0]]
			c.fail(e.DefRange, "Operation without content", "%q puts a file with the digest %s and %d bytes, but gives no such content.", e.ID, op.Op.SHA256, op.Op.Size)
		}
	}
	return list
}
