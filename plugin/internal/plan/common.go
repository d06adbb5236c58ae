package plan

import (
	"reflect"
	"sync"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Common is what a list of settings comes to in every image that has it on the same base and says nothing more of it: no exception, and no
// override but those that stand inside the settings. The first such image works it out. Only what went without a word is kept, since a
// message may be about the image. A Common may be used by several goroutines; whoever makes one promises not to change the list any more.
//
// The zero Common is ready. It belongs to one list: requests with another one do not use it.
type Common struct {
	once    sync.Once
	list    []Candidate
	base    setting.Base
	modules map[string]Module
	core    *core // nil where something was to be said
}

// of is the core of the composer's plan; nil where it is to be worked out for this image.
func (m *Common) of(c *composer) *core {
	if m == nil || c.diags.HasErrors() || len(c.req.Exceptions) > 0 || len(c.req.Overrides) > 0 || len(c.req.Settings) == 0 {
		return nil
	}
	m.once.Do(func() {
		m.list, m.base = c.req.Settings, c.base
		own := newComposer(c.req)
		core := own.core()
		if m.modules = own.modules; core != nil && core.text != nil && len(own.diags) == 0 {
			core.text = &texts{core.text.settings.join(), core.text.ops.join()}
			core.shared = true
			m.core = core
		}
	})
	if len(m.list) != len(c.req.Settings) || &m.list[0] != &c.req.Settings[0] || !reflect.DeepEqual(m.base, c.base) {
		return nil
	}
	for name := range m.modules {
		if _, ok := c.modules[name]; !ok {
			return nil
		}
	}
	return m.core
}
