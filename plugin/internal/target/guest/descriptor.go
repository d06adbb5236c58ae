package guest

import (
	"bytes"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// Parts of a descriptor in calls (SECURITY_INFORMATION, winnt.h). The audit list is neither read nor set: no setting has one.
const (
	partOwner = 1
	partGroup = 2
	partList  = 4
	partsRead = partOwner | partGroup | partList
)

// stated are the parts that the text of a descriptor states.
func stated(text string) (uint32, error) {
	d, err := secdesc.ParseSDDL(text)
	if err != nil {
		return 0, err
	}
	var parts uint32
	if d.Owner != "" {
		parts |= partOwner
	}
	if d.Group != "" {
		parts |= partGroup
	}
	if d.Control&secdesc.DACLPresent != 0 {
		parts |= partList
	}
	return parts, nil
}

// asStated reports whether a descriptor, in the text that readers give, has the parts that want states.
func asStated(read, want string, mapping secdesc.GenericMapping) (bool, error) {
	now, err := secdesc.ParseSDDL(read)
	if err != nil {
		return false, nil //nolint:nilerr // an entry that has no text of its own is in no setting, so it is not as wanted
	}
	current, err := now.Marshal()
	if err != nil {
		return false, err
	}
	wanted, err := secdesc.Override(current, want, mapping)
	if err != nil {
		return false, err
	}
	return bytes.Equal(wanted, current), nil
}

// forKernel is a descriptor as the calls take it: whether the list took part in automatic inheritance is kept only where the caller says so
// with both marks ([MS-DTYP] 2.4.6, "Security Descriptor Control Bits": SE_DACL_AUTO_INHERIT_REQ).
func forKernel(descriptor []byte) ([]byte, error) {
	d, err := secdesc.Parse(descriptor)
	if err != nil {
		return nil, err
	}
	if d.Control&secdesc.DACLAutoInherited != 0 {
		d.Control |= secdesc.DACLAutoInheritReq
	}
	return d.Marshal()
}

// shown is the text of a descriptor as a call gives it. The marks that only ask for something (see forKernel) are not part of what is kept;
// Wine shows them.
func shown(descriptor []byte) (string, error) {
	d, err := secdesc.Parse(descriptor)
	if err != nil {
		return "", err
	}
	d.Control &^= secdesc.DACLAutoInheritReq | secdesc.SACLAutoInheritReq
	return d.String(), nil
}
