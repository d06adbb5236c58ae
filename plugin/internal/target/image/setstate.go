package image

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var _ apply.StateWriter = (*Editor)(nil)

// SetState changes the one state that an image file allows: the security descriptor of a registry key. The parts that op.Value states
// replace those of the key; the others stay. Keys below follow as they do on a running Windows: in the place of the entries that were
// handed down to them stand those that are handed down now. Where a list is protected, it and those below it stay.
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
		if _, err := h.SetSecurity(path, descriptor, e.epoch); err != nil {
			return false, err
		}
		return true, e.handDown(h, k, path)
	})
}

// handDown gives the keys below what they inherit now. A symbolic link is a key of its own here, but not one that an edit touches.
func (e *Editor) handDown(h *regf.Hive, parent *regf.Key, path string) error {
	for sub := range parent.Subkeys() {
		if sub.IsLink() || sub.Security() == nil {
			continue
		}
		below := strings.TrimPrefix(path+`\`+sub.Name(), `\`)
		descriptor, follows, err := secdesc.Reinherit(parent.Security(), sub.Security(), true, secdesc.KeyMapping())
		if err != nil {
			return fmt.Errorf("hand the descriptor down to %s: %w", below, err)
		}
		if !follows {
			continue
		}
		if _, err := h.SetSecurity(below, descriptor, e.epoch); err != nil {
			return fmt.Errorf("hand the descriptor down to %s: %w", below, err)
		}
		if err := e.handDown(h, sub, below); err != nil {
			return err
		}
	}
	return nil
}
