package plan

import (
	"bytes"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

// texts are the settings and ops of a plan in canonical form, put together from texts that are the same in every plan that has them. RFC 8785
// orders the members of an object by name and leaves lists as they are, with nothing between two entries but a comma: so the canonical form
// of a plan is that of its parts in the right places.
type texts struct {
	settings, ops pieces
}

// pieces are a text in pieces.
type pieces [][]byte

func (p pieces) size() int {
	n := 0
	for _, piece := range p {
		n += len(piece)
	}
	return n
}

// join makes one piece of all.
func (p pieces) join() pieces { return pieces{bytes.Join(p, nil)} }

// entry adds an entry of a list.
func (p *pieces) entry(text []byte) {
	if len(*p) > 0 {
		*p = append(*p, comma)
	}
	*p = append(*p, text)
}

var comma = []byte(",")

// write is the canonical text of the settings and ops; nil where one of them has none.
func (c *core) write(steps []*step) *texts {
	out := &texts{make(pieces, 0, 2*len(c.settings)), make(pieces, 0, 2*len(steps))}
	for i := range c.settings {
		text, err := c.facts[i].canonical(c.settings[i])
		if err != nil {
			return nil
		}
		out.settings.entry(text)
	}
	for _, p := range steps {
		text, err := p.canonical()
		if err != nil {
			return nil
		}
		out.ops.entry(text)
	}
	return out
}

// around is the plan in canonical form, of which these are the settings and ops. Where there is no text of a part, the plan is written as a
// whole, for the error.
func (t *texts) around(p *Plan) (pieces, error) {
	if t != nil {
		bare := *p
		bare.Settings, bare.Ops = []Setting{}, []StagedOp{}
		text, err := canonical.Marshal(bare)
		// Names and quoted texts cannot hold these: a quotation mark inside a text is escaped.
		head, rest, found := bytes.Cut(text, []byte(`"ops":[]`))
		middle, tail, both := bytes.Cut(rest, []byte(`"settings":[]`))
		if err == nil && found && both {
			out := make(pieces, 0, len(t.ops)+len(t.settings)+7)
			out = append(append(append(out, head, []byte(`"ops":[`)), t.ops...), []byte("]"), middle)
			return append(append(append(out, []byte(`"settings":[`)), t.settings...), []byte("]"), tail), nil
		}
	}
	whole, err := canonical.Marshal(p)
	return pieces{whole}, err
}
