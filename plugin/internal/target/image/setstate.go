package image

import (
	"bytes"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var _ apply.StateWriter = (*Editor)(nil)

// SetState changes the one state that an image file allows: the security descriptor of a registry key. The parts that op.Value states
// replace those of the key; the others stay. Keys below keep theirs, as they do when a key's own list is written without handing it down.
// Every other scheme belongs to a later stage, and a descriptor cannot be removed.
func (e *Editor) SetState(op setting.Op) (bool, error) {
	if op.Location.Scheme() != setting.SchemeRegistrySecurity || op.Action != setting.ActionStateSet {
		return false, fmt.Errorf("%s %s: only descriptors of registry keys can be set in an image file; the op belongs to the stage %q",
			op.Action, op.Location, setting.StageFirstBoot)
	}
	key := op.Location.Name()
	return e.inHive(key, func(h *regf.Hive, path string) (bool, error) {
		k := h.Find(path)
		switch {
		case k == nil:
			return false, fmt.Errorf("set the descriptor of %s: there is no such key; check the name against this base, or make the key with a "+
				"setting that stands before this one", key)
		case k.Security() == nil:
			return false, fmt.Errorf("set the descriptor of %s: it has none to begin with; take another base", key)
		}
		descriptor, err := secdesc.Override(k.Security(), op.Value, secdesc.KeyMapping())
		if err != nil {
			return false, fmt.Errorf("set the descriptor of %s: %w", key, err)
		}
		if bytes.Equal(descriptor, k.Security()) {
			return false, nil
		}
		return h.SetSecurity(path, descriptor, e.epoch)
	})
}
