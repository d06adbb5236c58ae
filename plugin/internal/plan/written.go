package plan

import (
	"bytes"
	"cmp"
	"iter"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

// texts are the settings and ops of a plan in canonical form, put together from texts that are the same in every plan that has them. RFC 8785
// orders the members of an object by name and leaves lists as they are, with nothing between two entries but a comma: so the canonical form
// of a plan is that of its parts in the right places.
type texts struct {
	settings, ops list
}

// list are the entries of a list.
type list [][]byte

var comma = []byte(",")

// size is in bytes, with the commas.
func (l list) size() int {
	n := max(0, len(l)-1)
	for _, entry := range l {
		n += len(entry)
	}
	return n
}

// join makes one text of all, in place of an entry.
func (l list) join() list { return list{bytes.Join(l, comma)} }

// write is the canonical text of the settings and ops; nil where one of them has none.
func (c *core) write() *texts {
	out := &texts{make(list, 0, len(c.settings)), make(list, 0, len(c.steps))}
	for i := range c.settings {
		text, err := c.kept[i].planned().canonical(c.settings[i])
		if err != nil {
			return nil
		}
		out.settings = append(out.settings, text)
	}
	for _, p := range c.steps {
		text, err := p.canonical()
		if err != nil {
			return nil
		}
		out.ops = append(out.ops, text)
	}
	return out
}

// document is a plan in canonical form.
type document struct {
	head, middle, tail []byte
	*texts
}

// around puts a plan around the settings and ops. Where one of them has no canonical form, the plan is written as a whole, for the error.
func (c *core) around(p *Plan) (document, error) {
	if c.text == nil {
		whole := *p
		whole.Ops = c.ops()
		_, err := canonical.Marshal(whole)
		return document{}, cmp.Or(err, errNoList)
	}
	bare := *p
	bare.Settings, bare.Ops = []Setting{}, []StagedOp{}
	text, err := canonical.Marshal(bare)
	if err != nil {
		return document{}, err
	}
	// Names and quoted texts cannot hold these: a quotation mark inside a text is escaped.
	const ops, settings = `"ops":[`, `"settings":[`
	i, k := bytes.Index(text, []byte(ops+"]")), bytes.Index(text, []byte(settings+"]"))
	if i < 0 || k < i {
		return document{}, errNoList
	}
	i, k = i+len(ops), k+len(settings)
	return document{text[:i], text[i:k], text[k:], c.text}, nil
}

func (d document) size() int {
	return len(d.head) + d.ops.size() + len(d.middle) + d.settings.size() + len(d.tail)
}

// parts are the document piece by piece.
func (d document) parts() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		entries := func(l list) bool {
			for i, entry := range l {
				if i > 0 && !yield(comma) || !yield(entry) {
					return false
				}
			}
			return true
		}
		_ = yield(d.head) && entries(d.ops) && yield(d.middle) && entries(d.settings) && yield(d.tail)
	}
}

// bytes are the document as a whole.
func (d document) bytes() []byte {
	out := make([]byte, 0, d.size())
	for part := range d.parts() {
		out = append(out, part...)
	}
	return out
}
