package secpolicy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// builtinKey is where the groups lie that every Windows has.
const builtinKey = `SAM\Domains\Builtin`

// builtinGroups is what the SIDs of those groups begin with.
const builtinGroups = "S-1-5-32-"

// Members reads from a SAM hive who belongs to a local group, sorted. The group is named by its SID ("S-1-5-32-544"), or by "rid:1001"
// where it is one that somebody made on this machine. An error that wraps ErrAbsent says that there is no such group.
func Members(sam *regf.Hive, group string) ([]string, error) {
	domain, number, ok := builtinKey, "", false
	if number, ok = strings.CutPrefix(group, builtinGroups); !ok {
		domain = accountKey
		number, ok = strings.CutPrefix(group, "rid:")
	}
	rid, err := strconv.ParseUint(number, 10, 32)
	if !ok || err != nil {
		return nil, fmt.Errorf(`group %q is no local group: write "S-1-5-32-544", or "rid:1001" for one made on the machine`, group)
	}
	own, err := samMachine(sam)
	if err != nil {
		return nil, err
	}
	if sam.Find(domain+`\Aliases`) == nil {
		return nil, notMade(domain + `\Aliases`)
	}
	key := fmt.Sprintf(`%s\Aliases\%08X`, domain, rid)
	if sam.Find(key) == nil {
		return nil, fmt.Errorf("group %s: %w", group, ErrAbsent)
	}
	data, err := record(sam, key, "C")
	if err != nil {
		return nil, err
	}
	sids, err := parseMembers(data, uint32(rid))
	if err != nil {
		return nil, layoutError(key, "value C: %v", err)
	}
	names := make([]string, len(sids))
	for i, sid := range sids {
		names[i] = own.name(sid)
	}
	slices.Sort(names)
	return names, nil
}

// samMachine reads the SID of the machine's own accounts from the variable record of their domain.
func samMachine(sam *regf.Hive) (machine, error) {
	data, err := record(sam, accountKey, "V")
	if err != nil {
		return machine{}, err
	}
	sid, err := parseDomainSID(data)
	if err != nil {
		return machine{}, layoutError(accountKey, "value V: %v", err)
	}
	return machine{sid}, nil
}

// parseDomainSID reads a domain's SID: the second of the four fields of its variable record.
func parseDomainSID(b []byte) (secdesc.SID, error) {
	const head, sid = 0x30, 0x0c
	data, err := field(b, sid, head)
	if err != nil {
		return "", err
	}
	return wholeSID(data)
}

// parseMembers reads the members from a group's record: a head with the RID, three fields and the number of members, whose SIDs follow
// one another in the last field.
func parseMembers(b []byte, rid uint32) ([]secdesc.SID, error) {
	const head, members, count = 0x34, 0x28, 0x30
	data, err := field(b, members, head)
	if err != nil {
		return nil, err
	}
	if got := u32(b, 0); got != rid {
		return nil, fmt.Errorf("the record is that of group %d", got)
	}
	var sids []secdesc.SID
	for len(data) > 0 {
		sid, rest, err := secdesc.CutSID(data)
		if err != nil {
			return nil, err
		}
		sids, data = append(sids, sid), rest
	}
	if n := u32(b, count); uint64(n) != uint64(len(sids)) {
		return nil, fmt.Errorf("%d members are announced, %d are there", n, len(sids))
	}
	return sids, nil
}
