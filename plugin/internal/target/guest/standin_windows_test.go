package guest_test

import (
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

// standIn answers the calls that Wine does not, from a store, as their pages describe them: in which order the arguments come, what a level holds,
// what is refused. It refuses what it does not know. That it agrees with Windows nobody has seen; it shows that what is meant is what is called.
type standIn struct {
	t       *testing.T
	calls   []string
	modals  [5]uint32 // USER_MODALS_INFO_0
	lockout [3]uint32 // USER_MODALS_INFO_3
	flags   uint32
	name    string
	rights  map[string][]string
	members []string
	audit   uint32
	orAudit bool // AuditSetSystemPolicy adds bits
	domain  domainPassword
	feature uint32
	restart bool // DISM asks for a restart, after which the feature is as wanted
	secret  []uint16
	word    []uint16 // the account's password
	deaf    bool     // it takes changes and makes none
	kept    []any
}

type domainPassword struct {
	MinLength, History uint16
	Properties         uint32
	MaxAge, MinAge     int64
}

const machine = "S-1-5-21-0-0-0" // Wine's own, by which it finds names

// at is what an argument points to.
func at[T any](arg uintptr) *T { return *(**T)(unsafe.Pointer(&arg)) }

// give stores a pointer where an argument says.
func give[T any](s *standIn, arg uintptr, v *T) {
	s.kept = append(s.kept, v)
	*at[*T](arg) = v
}

const (
	badParameter, badLevel        = 87, 124
	noMore, notFound, noPrivilege = 0x8000001a, 0xc0000034, 0xc0000060
)

func newStandIn(t *testing.T) *standIn {
	s := &standIn{t: t, modals: [5]uint32{0, 42 * 86400, 0, 0xffffffff, 0}, lockout: [3]uint32{1800, 1800, 0}, flags: 0x10200, name: "Administrator",
		rights: map[string][]string{}, feature: 4}
	ok := func([]uintptr) uintptr { return 0 }
	functions := map[string]func([]uintptr) uintptr{
		"LsaOpenPolicy": s.openPolicy, "LsaClose": ok, "LsaFreeMemory": ok, "LsaQueryInformationPolicy": s.queryPolicy,
		"LsaEnumerateAccountsWithUserRight": s.enumerate, "LsaAddAccountRights": s.addRight, "LsaRemoveAccountRights": s.removeRight,
		"LsaStorePrivateData": s.store, "LsaRetrievePrivateData": s.retrieve, "LogonUserW": s.logon,
		"NetApiBufferFree": ok, "NetUserModalsGet": s.getModals, "NetUserModalsSet": s.setModals, "NetUserGetInfo": s.getUser, "NetUserSetInfo": s.setUser,
		"NetLocalGroupGetMembers": s.getMembers, "NetLocalGroupSetMembers": s.setMembers,
		"AuditQuerySystemPolicy": s.queryAudit, "AuditSetSystemPolicy": s.setAudit, "AuditFree": ok,
		"SamConnect": ok, "SamOpenDomain": s.openDomain, "SamQueryInformationDomain": s.queryDomain, "SamSetInformationDomain": s.setDomain, "SamCloseHandle": ok, "SamFreeMemory": ok,
		"DismInitialize": ok, "DismShutdown": ok, "DismOpenSession": s.openSession, "DismCloseSession": ok, "DismDelete": ok,
		"DismGetFeatureInfo": s.featureInfo, "DismEnableFeature": s.enable, "DismDisableFeature": s.disable,
	}
	for name, f := range functions {
		functions[name] = func(args []uintptr) uintptr {
			s.calls = append(s.calls, name)
			return f(args)
		}
	}
	guest.Instead(t, functions)
	return s
}

func (s *standIn) openPolicy(a []uintptr) uintptr {
	if len(a) != 4 || a[0] != 0 || a[2] == 0 {
		return badParameter
	}
	*at[uintptr](a[3]) = 1
	return 0
}

func (s *standIn) queryPolicy(a []uintptr) uintptr {
	if len(a) != 3 || a[1] != 5 {
		return badParameter
	}
	give(s, a[2], &struct {
		Name windows.NTUnicodeString
		SID  *windows.SID
	}{SID: s.sid(machine)})
	return 0
}

func (s *standIn) sid(text string) *windows.SID {
	sid, err := windows.StringToSid(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return sid
}

func (s *standIn) sids(list []string) **windows.SID {
	out := []*windows.SID{}
	for _, text := range list {
		out = append(out, s.sid(text))
	}
	s.kept = append(s.kept, out)
	return unsafe.SliceData(out)
}

func word(arg uintptr) string { return at[windows.NTUnicodeString](arg).String() }

func text(arg uintptr) string { return windows.UTF16PtrToString(at[uint16](arg)) }

func (s *standIn) enumerate(a []uintptr) uintptr {
	holders := s.rights[word(a[1])]
	switch {
	case len(a) != 4:
		return badParameter
	case word(a[1]) == "SeUnknownPrivilege":
		return noPrivilege
	case len(holders) == 0:
		return noMore
	}
	*at[**windows.SID](a[2]) = s.sids(holders)
	*at[uint32](a[3]) = uint32(len(holders))
	return 0
}

func (s *standIn) addRight(a []uintptr) uintptr {
	if len(a) != 4 || a[3] != 1 {
		return badParameter
	}
	if !s.deaf {
		s.rights[word(a[2])] = append(s.rights[word(a[2])], at[windows.SID](a[1]).String())
	}
	return 0
}

func (s *standIn) removeRight(a []uintptr) uintptr {
	if len(a) != 5 || a[2] != 0 || a[4] != 1 {
		return badParameter
	}
	if s.deaf {
		return 0
	}
	holders := s.rights[word(a[3])]
	i := slices.Index(holders, at[windows.SID](a[1]).String())
	if i < 0 {
		return notFound
	}
	s.rights[word(a[3])] = slices.Delete(holders, i, i+1)
	return 0
}

func (s *standIn) store(a []uintptr) uintptr {
	if len(a) != 3 || word(a[1]) != "DefaultPassword" {
		return badParameter
	}
	data := at[windows.NTUnicodeString](a[2])
	s.secret = slices.Clone(unsafe.Slice(data.Buffer, data.Length/2))
	return 0
}

func (s *standIn) retrieve(a []uintptr) uintptr {
	if len(a) != 3 || word(a[1]) != "DefaultPassword" {
		return badParameter
	}
	if s.secret == nil {
		return notFound
	}
	kept := slices.Clone(s.secret) // the caller clears it
	give(s, a[2], &windows.NTUnicodeString{Length: uint16(2 * len(kept)), MaximumLength: uint16(2 * len(kept)), Buffer: unsafe.SliceData(kept)})
	return 0
}

func (s *standIn) logon(a []uintptr) uintptr {
	const failure, notGranted = 1326, 1385
	switch {
	case len(a) != 6 || text(a[1]) != "." || a[3] != 3 || a[4] != 0:
		return badParameter
	case text(a[0]) != "kiosk" || text(a[2]) != windows.UTF16ToString(s.word):
		return failure
	}
	return notGranted // network logons are what hardened clients deny
}

func (s *standIn) getModals(a []uintptr) uintptr {
	switch a[1] {
	case 0:
		give(s, a[2], new(s.modals))
	case 3:
		give(s, a[2], new(s.lockout))
	default:
		return badLevel
	}
	return 0
}

func (s *standIn) setModals(a []uintptr) uintptr {
	switch level := a[1]; {
	case len(a) != 4:
		return badParameter
	case level >= 1001 && level <= 1005:
		s.modals[level-1001] = *at[uint32](a[2])
	case level == 3:
		m := *at[[3]uint32](a[2])
		if m[1] > m[0] {
			return badParameter
		}
		s.lockout = m
	default:
		return badLevel
	}
	return 0
}

func (s *standIn) getUser(a []uintptr) uintptr {
	switch {
	case len(a) != 4 || a[2] != 20:
		return badLevel
	case text(a[1]) == "":
		return 2221
	}
	name, err := windows.UTF16PtrFromString(s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	give(s, a[3], &struct {
		Name, Full, Comment *uint16
		Flags, RID          uint32
	}{name, nil, nil, s.flags, 500})
	return 0
}

func (s *standIn) setUser(a []uintptr) uintptr {
	switch {
	case len(a) != 5:
		return badParameter
	case a[2] == 1003 && text(a[1]) == "kiosk":
		p := *at[*uint16](a[3])
		s.word = windows.StringToUTF16(windows.UTF16PtrToString(p))
	case text(a[1]) != s.name:
		return 2221
	case a[2] == 1008:
		s.flags = *at[uint32](a[3])
	case a[2] == 0:
		s.name = windows.UTF16PtrToString(*at[*uint16](a[3]))
	default:
		return badLevel
	}
	return 0
}

func (s *standIn) getMembers(a []uintptr) uintptr {
	if len(a) != 8 || a[2] != 0 || a[4] != 0xffffffff || a[7] != 0 {
		return badParameter
	}
	*at[**windows.SID](a[3]) = s.sids(s.members)
	*at[uint32](a[5]), *at[uint32](a[6]) = uint32(len(s.members)), uint32(len(s.members))
	return 0
}

func (s *standIn) setMembers(a []uintptr) uintptr {
	if len(a) != 5 || a[2] != 0 {
		return badParameter
	}
	s.members = nil
	for _, sid := range unsafe.Slice(at[*windows.SID](a[3]), a[4]) {
		s.members = append(s.members, sid.String())
	}
	return 0
}

type auditRow struct {
	Subcategory [16]byte
	Bits        uint32
	Category    [16]byte
}

func (s *standIn) queryAudit(a []uintptr) uintptr {
	if len(a) != 3 || a[1] != 1 {
		return badParameter
	}
	give(s, a[2], &auditRow{*at[[16]byte](a[0]), s.audit, [16]byte{1}})
	return 0
}

func (s *standIn) setAudit(a []uintptr) uintptr {
	bits := at[auditRow](a[0]).Bits
	switch {
	case len(a) != 2 || a[1] != 1 || bits > 4 || bits == 0 || at[auditRow](a[0]).Category != [16]byte{1}:
		return badParameter
	case bits == 4:
		s.audit = 0
	case s.orAudit:
		s.audit |= bits
	default:
		s.audit = bits
	}
	return 0
}

func (s *standIn) openDomain(a []uintptr) uintptr {
	if len(a) != 4 || at[windows.SID](a[2]).String() != machine {
		return badParameter
	}
	return 0
}

func (s *standIn) queryDomain(a []uintptr) uintptr {
	if len(a) != 3 || a[1] != 1 {
		return badParameter
	}
	give(s, a[2], new(s.domain))
	return 0
}

func (s *standIn) setDomain(a []uintptr) uintptr {
	if len(a) != 3 || a[1] != 1 {
		return badParameter
	}
	s.domain = *at[domainPassword](a[2])
	return 0
}

func (s *standIn) openSession(a []uintptr) uintptr {
	if len(a) != 4 || text(a[0]) != "DISM_{53BFAE52-B167-4E2F-A258-0A37B57FF845}" {
		return badParameter
	}
	*at[uint32](a[3]) = 7
	return 0
}

func (s *standIn) featureInfo(a []uintptr) uintptr {
	switch {
	case len(a) != 5 || a[0] != 7 || a[3] != 0:
		return badParameter
	case text(a[1]) != "SMB1Protocol":
		return 0x800f080c
	}
	give(s, a[4], &struct {
		Name  *uint16
		State uint32
	}{nil, s.feature})
	return 0
}

func (s *standIn) enable(a []uintptr) uintptr {
	if len(a) != 11 || a[0] != 7 || a[4] != 1 || a[7] != 1 {
		return badParameter
	}
	return s.turn(4, 5)
}

func (s *standIn) disable(a []uintptr) uintptr {
	if len(a) != 7 || a[0] != 7 || a[3] != 0 {
		return badParameter
	}
	return s.turn(2, 1)
}

func (s *standIn) turn(now, pending uint32) uintptr {
	if s.restart {
		s.feature = pending
		return 3010
	}
	s.feature = now
	return 0
}
