package lab

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// Descriptors inside the records of SAM, of the sort that Windows has there.
const (
	userDescriptor  = "O:BAG:BAD:(A;;0x2031b;;;WD)(A;;0xf07ff;;;BA)S:(AU;SAFA;0x50044;;;WD)(AU;SAFA;0x1fffff;;;AN)"
	aliasDescriptor = "O:BAG:BAD:(A;;0x2000c;;;WD)(A;;0xf001f;;;BA)S:(AU;SAFA;0x50013;;;WD)(AU;SAFA;0x1fffff;;;AN)"
	domainSDDL      = "O:BAG:BAD:(A;;0x20385;;;WD)(A;;0xf07ff;;;BA)S:(AU;SAFA;0x5047a;;;WD)(AU;SAFA;0xf07ff;;;AN)"
)

// fieldOfDescriptor is what the table of a record says of its first field, the descriptor.
const fieldOfDescriptor = 0x10002

// addSAM adds accounts, groups and account policy to SAM.
func (b *Base) addSAM(h *regf.Hive) error {
	p := b.policy
	w := hiveWriter{hive: h, epoch: regf.FileTimeOf(b.epoch)}
	for _, d := range []struct {
		key, sid string
		next     uint32
	}{{`SAM\Domains\Account`, MachineSID, 1000}, {`SAM\Domains\Builtin`, "S-1-5-32", 1000}} {
		f, err := p.domainFixed(d.next, uint64(w.epoch))
		if err != nil {
			return err
		}
		v, err := domainVariable(d.sid)
		if err != nil {
			return err
		}
		w.key = d.key
		w.set("F", regf.Binary, f)
		w.set("V", regf.Binary, v)
	}
	for _, a := range p.accounts {
		if err := w.user(a); err != nil {
			return err
		}
	}
	for _, g := range p.groups {
		if err := w.alias(g); err != nil {
			return err
		}
	}
	return w.members(p.groups)
}

// domainFixed is the fixed record of a domain: the account policy, and room for keys, which the lab has none of.
func (p *policy) domainFixed(next uint32, created uint64) ([]byte, error) {
	b := make([]byte, 240)
	le := binary.LittleEndian
	le.PutUint32(b, 0x10003)
	le.PutUint64(b[0x08:], created)
	le.PutUint64(b[0x10:], 1)
	le.PutUint32(b[0x48:], next)
	le.PutUint32(b[0x58:], 1) // enabled
	le.PutUint16(b[0x5c:], 3) // a primary
	le.PutUint32(b[0x60:], 1)
	const day, minute = 864_000_000_000, 600_000_000
	var properties uint32
	for name, text := range p.account {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("account policy %s: %w", name, err)
		}
		span := func(at int, unit int64) {
			v := -n * unit
			if n < 0 {
				v = math.MinInt64
			}
			le.PutUint64(b[at:], uint64(v))
		}
		switch name {
		case "MaximumPasswordAge":
			span(0x18, day)
		case "MinimumPasswordAge":
			span(0x20, day)
		case "ForceLogoffWhenHourExpire":
			if n == 0 {
				n = -1
			} else {
				n = 0
			}
			span(0x28, 1)
		case "LockoutDuration":
			span(0x30, minute)
		case "ResetLockoutCount":
			span(0x38, minute)
		case "PasswordComplexity":
			properties |= uint32(n)
		case "ClearTextPassword":
			properties |= uint32(n) << 4
		case "MinimumPasswordLength":
			le.PutUint16(b[0x50:], uint16(n))
		case "PasswordHistorySize":
			le.PutUint16(b[0x52:], uint16(n))
		case "LockoutBadCount":
			le.PutUint16(b[0x54:], uint16(n))
		}
	}
	le.PutUint32(b[0x4c:], properties)
	return b, nil
}

// table is a record that begins with places, lengths and a third number for each of its fields, whose data follow.
func table(prefix []byte, fields ...tableField) []byte {
	var head, data []byte
	for _, f := range fields {
		head = binary.LittleEndian.AppendUint32(head, uint32(len(data)))
		head = binary.LittleEndian.AppendUint32(head, uint32(len(f.data)))
		head = binary.LittleEndian.AppendUint32(head, f.third)
		data = append(data, f.data...)
		data = append(data, make([]byte, -len(data)&3)...)
	}
	return slices.Concat(prefix, head, data)
}

type tableField struct {
	data  []byte
	third uint32
}

func domainVariable(text string) ([]byte, error) {
	id, err := sid(text)
	if err != nil {
		return nil, err
	}
	sd, err := recordDescriptor(domainSDDL)
	return table(nil, tableField{sd, fieldOfDescriptor}, tableField{data: []byte(id)}, tableField{}, tableField{}), err
}

// AccountRecords are the values F and V of an account in a SAM hive: flags, and the name. It has no password, and no hash of one.
func AccountRecords(name string, rid uint32, off bool) (fixed, variable []byte, err error) {
	const normal, noPassword, noExpiry, disabled = 0x10, 0x04, 0x200, 0x01
	flags := uint16(normal | noPassword | noExpiry)
	if off {
		flags |= disabled
	}
	f := make([]byte, 80)
	binary.LittleEndian.PutUint32(f, 0x10003)
	binary.LittleEndian.PutUint64(f[0x20:], math.MaxInt64) // never expires
	binary.LittleEndian.PutUint32(f[0x30:], rid)
	binary.LittleEndian.PutUint32(f[0x34:], 0x201) // the group of all ordinary users
	binary.LittleEndian.PutUint16(f[0x38:], flags)
	sd, err := recordDescriptor(userDescriptor)
	if err != nil {
		return nil, nil, err
	}
	fields := make([]tableField, 17)
	fields[0] = tableField{sd, fieldOfDescriptor}
	fields[1] = tableField{data: utf16Bytes(name)}
	fields[12] = tableField{[]byte{0x01, 0x02, 0, 0, 7, 0, 0, 0}, 1} // the same group, and one entry
	return f, table(nil, fields...), nil
}

// user writes an account.
func (w *hiveWriter) user(a account) error {
	f, v, err := AccountRecords(a.name, a.rid, a.disabled)
	if err != nil {
		return err
	}
	w.key = fmt.Sprintf(`SAM\Domains\Account\Users\%08X`, a.rid)
	w.set("F", regf.Binary, f)
	w.set("V", regf.Binary, v)
	w.key = `SAM\Domains\Account\Users\Names\` + a.name
	w.set("", regf.ValueType(a.rid), nil)
	return nil
}

// alias writes a group.
func (w *hiveWriter) alias(g group) error {
	sd, err := recordDescriptor(aliasDescriptor)
	if err != nil {
		return err
	}
	var members []byte
	for _, m := range g.members {
		id, err := sid(m)
		if err != nil {
			return err
		}
		members = append(members, id...)
	}
	// The third number of the last field is how many members there are.
	c := table(binary.LittleEndian.AppendUint32(nil, g.rid), tableField{sd, fieldOfDescriptor}, tableField{data: utf16Bytes(g.name)}, tableField{}, tableField{members, uint32(len(g.members))})
	w.key = fmt.Sprintf(`SAM\Domains\Builtin\Aliases\%08X`, g.rid)
	w.set("C", regf.Binary, c)
	w.key = `SAM\Domains\Builtin\Aliases\Names\` + g.name
	w.set("", regf.ValueType(g.rid), nil)
	return nil
}

// members writes the way back: which groups a SID belongs to, by its domain and its last number. The type of the value is how many.
func (w *hiveWriter) members(groups []group) error {
	back := map[secdesc.SID][]byte{}
	for _, g := range groups {
		for _, m := range g.members {
			id, err := sid(m)
			if err != nil {
				return err
			}
			back[id] = binary.LittleEndian.AppendUint32(back[id], g.rid)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(back)) {
		text := id.String()
		at := strings.LastIndexByte(text, '-')
		rid, err := strconv.ParseUint(text[at+1:], 10, 32)
		if err != nil {
			return err
		}
		w.key = fmt.Sprintf(`SAM\Domains\Builtin\Aliases\Members\%s\%08X`, text[:at], rid)
		w.set("", regf.ValueType(len(back[id])/4), back[id])
	}
	return w.err
}
