package guest

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	netapi32              = windows.NewLazySystemDLL("netapi32.dll")
	netAPIBufferFree      = netapi32.NewProc("NetApiBufferFree")
	netUserModalsGet      = netapi32.NewProc("NetUserModalsGet")
	netUserModalsSet      = netapi32.NewProc("NetUserModalsSet")
	netUserGetInfo        = netapi32.NewProc("NetUserGetInfo")
	netUserSetInfo        = netapi32.NewProc("NetUserSetInfo")
	netGroupGetMembers    = netapi32.NewProc("NetLocalGroupGetMembers")
	netGroupSetMembers    = netapi32.NewProc("NetLocalGroupSetMembers")
	netGroupMembersPrefix = uint32(0xffffffff) // MAX_PREFERRED_LENGTH
)

// modals reads what NetUserModalsGet shows at a level.
func modals[T any](level uint32) (T, error) {
	var p *T
	var none T
	if err := invoke(netUserModalsGet, 0, uintptr(level), uintptr(unsafe.Pointer(&p))); err != nil {
		return none, err
	}
	if p == nil {
		return none, &UnansweredError{"NetUserModalsGet", "it says nothing"}
	}
	defer func() { _ = invoke(netAPIBufferFree, uintptr(unsafe.Pointer(p))) }()
	return *p, nil
}

func (g *Guest) accountPolicy(name string) (string, error) {
	rule, err := ruleOf(name)
	if err != nil {
		return "", err
	}
	if rule.bit != 0 {
		return g.passwordProperty(rule.bit)
	}
	var m0 modals0
	var m3 modals3
	if rule.level == 3 {
		m3, err = modals[modals3](3)
	} else {
		m0, err = modals[modals0](0)
	}
	if err != nil {
		return "", err
	}
	return rule.text(name, *rule.field(name, &m0, &m3))
}

func (g *Guest) setAccountPolicy(op setting.Op) error {
	name := op.Location.Name()
	rule, err := ruleOf(name)
	if err != nil {
		return err
	}
	if rule.bit != 0 {
		return g.setPasswordProperty(rule.bit, op.Value)
	}
	n, err := rule.number(name, op.Value)
	if err != nil {
		return err
	}
	if rule.level != 3 {
		return invoke(netUserModalsSet, 0, uintptr(rule.level), uintptr(unsafe.Pointer(&n)), 0)
	}
	m, err := modals[modals3](3)
	if err != nil {
		return err
	}
	m = m.lockout(name, n)
	return invoke(netUserModalsSet, 0, 3, uintptr(unsafe.Pointer(&m)), 0)
}

// userInfo20 is USER_INFO_20.
type userInfo20 struct {
	Name, FullName, Comment *uint16
	Flags, RID              uint32
}

const accountDisabled = 0x0002 // UF_ACCOUNTDISABLE

// findAccount finds a local account by its RID, under whatever name.
func (g *Guest) findAccount(text string) (name string, flags uint32, err error) {
	rid, err := parseRID(text)
	if err != nil {
		return "", 0, err
	}
	machine, err := g.machineSID()
	if err != nil {
		return "", 0, err
	}
	name, err = nameOf(fmt.Sprintf("%s-%d", machine, rid), windows.SidTypeUser)
	if err != nil {
		return "", 0, err
	}
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return "", 0, err
	}
	var info *userInfo20
	err = invoke(netUserGetInfo, 0, uintptr(unsafe.Pointer(p)), 20, uintptr(unsafe.Pointer(&info)))
	if code(err) == errUserNotFound {
		return "", 0, fmt.Errorf("its SID has the name %q, and the accounts have not: %w", name, err)
	}
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = invoke(netAPIBufferFree, uintptr(unsafe.Pointer(info))) }()
	if info.RID != rid {
		return "", 0, fmt.Errorf("the account with that SID has RID %d", info.RID)
	}
	return windows.UTF16PtrToString(info.Name), info.Flags, nil
}

// nameOf is the name, in the machine's own language, of what a SID means; setting.ErrAbsent where it means nothing.
func nameOf(text string, want uint32) (string, error) {
	sid, err := windows.StringToSid(text)
	if err != nil {
		return "", fmt.Errorf("SID %s: %w", text, err)
	}
	name, _, use, err := sid.LookupAccount("")
	switch {
	case errors.Is(err, windows.ERROR_NONE_MAPPED):
		return "", fmt.Errorf("SID %s: %w", text, setting.ErrAbsent)
	case err != nil:
		return "", fmt.Errorf("SID %s: %w", text, err)
	case use == windows.SidTypeDeletedAccount || use == windows.SidTypeUnknown || use == windows.SidTypeInvalid:
		return "", fmt.Errorf("SID %s: %w", text, setting.ErrAbsent)
	case use != want && !(want == windows.SidTypeAlias && use == windows.SidTypeWellKnownGroup):
		return "", fmt.Errorf("SID %s is of kind %d, not %d (SID_NAME_USE)", text, use, want)
	}
	return name, nil
}

func (g *Guest) account(rid string) (string, error) {
	_, flags, err := g.findAccount(rid)
	if err != nil {
		return "", err
	}
	return onOff(flags&accountDisabled == 0), nil
}

func (g *Guest) accountName(rid string) (string, error) {
	name, _, err := g.findAccount(rid)
	return name, err
}

func (g *Guest) setAccount(op setting.Op) error {
	on, err := parseOnOff(op.Value)
	if err != nil {
		return err
	}
	name, flags, err := g.findAccount(op.Location.Name())
	if err != nil {
		return err
	}
	if flags &^= accountDisabled; !on {
		flags |= accountDisabled
	}
	return setUser(name, 1008, unsafe.Pointer(&flags)) // USER_INFO_1008: the flags
}

func (g *Guest) setAccountName(op setting.Op) error {
	name, _, err := g.findAccount(op.Location.Name())
	if err != nil {
		return err
	}
	p, err := windows.UTF16PtrFromString(op.Value)
	if err != nil {
		return err
	}
	info := struct{ Name *uint16 }{p}
	return setUser(name, 0, unsafe.Pointer(&info)) // USER_INFO_0: a new name
}

func setUser(name string, level uint32, info unsafe.Pointer) error {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	return invoke(netUserSetInfo, 0, uintptr(unsafe.Pointer(p)), uintptr(level), uintptr(info), 0)
}

// groupName finds a local group by its SID, or by "rid:1001" where somebody made it on this machine.
func (g *Guest) groupName(sid string) (name, machine string, err error) {
	if machine, err = g.machineSID(); err != nil {
		return "", "", err
	}
	if sid, err = native(sid, machine); err != nil {
		return "", "", err
	}
	name, err = nameOf(sid, windows.SidTypeAlias)
	return name, machine, err
}

func (g *Guest) group(sid string) (string, error) {
	name, machine, err := g.groupName(sid)
	if err != nil {
		return "", err
	}
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return "", err
	}
	var list **windows.SID // LOCALGROUP_MEMBERS_INFO_0
	var read, total uint32
	err = invoke(netGroupGetMembers, 0, uintptr(unsafe.Pointer(p)), 0, uintptr(unsafe.Pointer(&list)), uintptr(netGroupMembersPrefix),
		uintptr(unsafe.Pointer(&read)), uintptr(unsafe.Pointer(&total)), 0)
	if c := code(err); c == errGroupNotFound || c == errNoSuchAlias {
		return "", fmt.Errorf("%w: %w", setting.ErrAbsent, err)
	}
	if err != nil {
		return "", err
	}
	if list != nil {
		defer func() { _ = invoke(netAPIBufferFree, uintptr(unsafe.Pointer(list))) }()
	}
	if read != total || list == nil && read > 0 {
		return "", fmt.Errorf("NetLocalGroupGetMembers: %d of %d members were told", read, total)
	}
	sids := make([]string, 0, read)
	for _, sid := range unsafe.Slice(list, read) {
		sids = append(sids, sid.String())
	}
	return membersText(foreigners(sids, machine))
}

// setGroup sets all members in one call, so that there is no time in which somebody is missing.
func (g *Guest) setGroup(op setting.Op) error {
	want, err := parseMembers(op.Value)
	if err != nil {
		return err
	}
	name, machine, err := g.groupName(op.Location.Name())
	if err != nil {
		return err
	}
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	sids := make([]*windows.SID, 0, len(want)+1)
	for _, w := range want {
		text, err := native(w, machine)
		if err != nil {
			return err
		}
		sid, err := windows.StringToSid(text)
		if err != nil {
			return fmt.Errorf("SID %s: %w", text, err)
		}
		sids = append(sids, sid)
	}
	err = invoke(netGroupSetMembers, 0, uintptr(unsafe.Pointer(p)), 0, uintptr(unsafe.Pointer(&append(sids, nil)[0])), uintptr(len(sids)))
	runtime.KeepAlive(sids)
	return err
}
