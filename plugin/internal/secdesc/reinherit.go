package secdesc

import (
	"fmt"
	"slices"
)

// Reinherit returns the descriptor of an object that is there already, after its parent's access list has changed: its own entries stay, and
// behind them stand those that the parent hands down now, in the place of those that it handed down before. The audit list stays.
//
// The object keeps its descriptor, and follows is false, where it takes no part in automatic inheritance (its list is protected, or never
// was marked as inherited, nor any entry of it), and where the parent hands nothing down: then nothing says what should be there instead, and an object
// with an empty list lets nobody in.
func Reinherit(parent, object []byte, container bool, mapping GenericMapping) (descriptor []byte, follows bool, err error) {
	p, err := Parse(parent)
	if err != nil {
		return nil, false, fmt.Errorf("inherit from parent: %w", err)
	}
	o, err := Parse(object)
	if err != nil {
		return nil, false, fmt.Errorf("inherit anew: %w", err)
	}
	if o.DACL == nil || o.Control&DACLProtected != 0 {
		return object, false, nil
	}
	handed := func(e ACE) bool { return e.Flags&Inherited != 0 }
	if o.Control&DACLAutoInherited == 0 && !slices.ContainsFunc(o.DACL.ACEs, handed) {
		return object, false, nil
	}
	h := heir{container: container, mapping: mapping, owner: o.Owner, group: o.Group}
	from := h.list(p.DACL, true)
	if from == nil {
		return object, false, nil
	}
	list := &ACL{Revision: max(o.DACL.Revision, from.Revision)}
	list.ACEs = append(slices.DeleteFunc(o.DACL.ACEs, handed), from.ACEs...)
	o.DACL = list
	descriptor, err = o.Marshal()
	return descriptor, true, err
}
