package plan

import (
	"bytes"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

// canonical is the plan in canonical form, put together from the texts of its settings and ops, which are the same in every plan that has
// them. RFC 8785 orders the members of an object by name and leaves lists as they are, with nothing between two entries but a comma: so the
// canonical form of a plan is that of its parts in the right places. Where a part has none, the plan is written as a whole, for the error.
func (c *Composed) canonical(ops []*step) ([]byte, error) {
	settings, changes := newList(len(c.Plan.Settings)), newList(len(ops))
	for i := range c.Plan.Settings {
		text, err := c.facts[i].canonical(c.Plan.Settings[i])
		if err != nil {
			return canonical.Marshal(c.Plan)
		}
		settings.add(text)
	}
	for _, p := range ops {
		text, err := p.canonical()
		if err != nil {
			return canonical.Marshal(c.Plan)
		}
		changes.add(text)
	}
	around := *c.Plan
	around.Settings, around.Ops = []Setting{}, []StagedOp{}
	text, err := canonical.Marshal(around)
	if err != nil {
		return canonical.Marshal(c.Plan)
	}
	// Names and quoted texts cannot hold these: a quotation mark inside a text is escaped.
	head, rest, found := bytes.Cut(text, []byte(`"ops":[]`))
	middle, tail, both := bytes.Cut(rest, []byte(`"settings":[]`))
	if !found || !both {
		return canonical.Marshal(c.Plan)
	}
	out := make([]byte, 0, len(text)+settings.size+changes.size)
	out = append(append(out, head...), `"ops":[`...)
	out = append(changes.appendTo(out), ']')
	out = append(append(out, middle...), `"settings":[`...)
	out = append(settings.appendTo(out), ']')
	return append(out, tail...), nil
}

// list are the entries of a list on their way into one text.
type list struct {
	entries [][]byte
	size    int // with the commas, and one too many
}

func newList(n int) *list { return &list{entries: make([][]byte, 0, n)} }

func (l *list) add(text []byte) {
	l.entries = append(l.entries, text)
	l.size += len(text) + 1
}

func (l *list) appendTo(out []byte) []byte {
	for i, text := range l.entries {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, text...)
	}
	return out
}
