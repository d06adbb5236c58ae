package lab

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
)

// The forms below are those that a real Windows 10 has (secpolicy says where they are known from). Descriptors inside records, which nobody
// here reads, are short ones of the same sort.

// addSecurity adds rights and audit policy to SECURITY. The default values have no type there.
func (b *Base) addSecurity(h *regf.Hive) error {
	p := b.policy
	w := hiveWriter{hive: h, epoch: regf.FileTimeOf(b.epoch)}
	machine, err := sid(MachineSID)
	if err != nil {
		return err
	}
	inside, err := recordDescriptor("O:BAG:SYD:(A;;0xf000f;;;BA)(A;;0x20000;;;WD)")
	if err != nil {
		return err
	}
	w.record(`Policy\PolRevision`, []byte{0x12, 0, 1, 0})
	w.record(`Policy\PolAcDmS`, []byte(machine))
	w.record(`Policy\PolAdtEv`, p.auditRecord())
	sids, privileges, access := p.holders()
	for _, text := range sids {
		holder, err := sid(text)
		if err != nil {
			return err
		}
		key := `Policy\Accounts\` + holder.String()
		w.record(key+`\Sid`, []byte(holder))
		w.record(key+`\SecDesc`, inside)
		if list := privileges[text]; list != nil {
			w.record(key+`\Privilgs`, privilegeSet(list))
		}
		if bits := access[text]; bits != 0 {
			w.record(key+`\ActSysAc`, binary.LittleEndian.AppendUint32(nil, bits))
		}
	}
	return w.err
}

// record sets the default value of a key of the security databases.
func (w *hiveWriter) record(key string, data []byte) {
	w.key = key
	w.set("", regf.None, data)
}

// privilegeSet is a PRIVILEGE_SET: count, control, and number and attributes of each.
func privilegeSet(luids []uint32) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(luids)))
	for _, luid := range luids {
		b = binary.LittleEndian.AppendUint64(b, uint64(luid))
		b = binary.LittleEndian.AppendUint32(b, 0)
	}
	return b
}

// auditOrder is the order in which Windows 10 keeps the subcategories.
func auditOrder() []string { return secpolicy.AuditLayouts()[0].GUIDs }

// auditRecord is the audit policy: head, a number for each subcategory, one that means nothing, and how many each category has.
func (p *policy) auditRecord() []byte {
	layout := secpolicy.AuditLayouts()[0]
	texts := []string{secpolicy.AuditNone, secpolicy.AuditSuccess, secpolicy.AuditFailure, secpolicy.AuditBoth}
	b := binary.LittleEndian.AppendUint32(nil, 0x100)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(layout.Counts)))
	b = binary.LittleEndian.AppendUint32(b, uint32(12+2*len(layout.GUIDs)+2))
	for _, guid := range layout.GUIDs {
		b = binary.LittleEndian.AppendUint16(b, uint16(max(0, slices.Index(texts, p.audit[guid]))))
	}
	b = binary.LittleEndian.AppendUint16(b, 0)
	for _, n := range layout.Counts {
		b = binary.LittleEndian.AppendUint16(b, n)
	}
	return b
}

// recordDescriptor is a descriptor inside a record.
func recordDescriptor(sddl string) ([]byte, error) {
	d, err := secdesc.ParseSDDL(strings.TrimSpace(sddl))
	if err != nil {
		return nil, err
	}
	return d.Marshal()
}
