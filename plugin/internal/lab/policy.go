package lab

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
)

//go:embed data/rights.csv
var rightsTable string

//go:embed data/audit.csv
var auditTable string

//go:embed data/accountpolicy.csv
var accountPolicyTable string

//go:embed data/groups.csv
var groupsTable string

//go:embed data/accounts.csv
var accountsTable string

//go:embed data/tasks.csv
var tasksTable string

// MachineSID is what the SIDs of a lab base's own accounts begin with. Its numbers are plainly made up.
const MachineSID = "S-1-5-21-1000000001-1000000002-1000000003"

// policy is what the SECURITY and SAM hives of a base hold, and its tasks: what the tables say, with what Options.Plant changes.
type policy struct {
	rights   map[string][]string // holders by right
	audit    map[string]string   // text by GUID
	account  map[string]string   // value by name of a security template
	accounts []account
	groups   []group
	tasks    []task
}

type account struct {
	rid      uint32
	name     string
	disabled bool
}

type group struct {
	rid     uint32
	name    string
	members []string
}

type task struct{ path, state string }

// newPolicy reads the tables for a build and a language, and plants the deviations.
func (b *Base) newPolicy() (*policy, error) {
	p := &policy{rights: map[string][]string{}, audit: map[string]string{}, account: map[string]string{}}
	words := b.words(nil)
	for _, t := range []struct {
		name, table string
		columns     int
		take        func(c []string) error
	}{
		{"rights.csv", rightsTable, 2, func(c []string) error {
			if !secpolicy.KnowsRight(c[0]) {
				return fmt.Errorf("unknown right %q", c[0])
			}
			p.rights[c[0]] = strings.Fields(c[1])
			return nil
		}},
		{"audit.csv", auditTable, 2, func(c []string) error { p.audit[c[0]] = c[1]; return nil }},
		{"accountpolicy.csv", accountPolicyTable, 2, func(c []string) error { p.account[c[0]] = c[1]; return nil }},
		{"accounts.csv", accountsTable, 3, func(c []string) error {
			rid, here, err := ridHere(c, b.Facts.Build)
			if here {
				p.accounts = append(p.accounts, account{rid, words.Replace(c[2]), true})
			}
			return err
		}},
		{"groups.csv", groupsTable, 5, func(c []string) error {
			rid, here, err := ridHere(c, b.Facts.Build)
			if here {
				p.groups = append(p.groups, group{rid, words.Replace(c[b.lang.groupColumn()]), strings.Fields(c[2])})
			}
			return err
		}},
		{"tasks.csv", tasksTable, 3, func(c []string) error {
			here, err := inBuilds(c[1], b.Facts.Build)
			if here {
				p.tasks = append(p.tasks, task{c[0], c[2]})
			}
			return err
		}},
	} {
		list, err := rows(t.table, t.columns)
		if err != nil {
			return nil, fmt.Errorf("read data/%s: %w", t.name, err)
		}
		for _, r := range list {
			if err := t.take(r.columns); err != nil {
				return nil, fmt.Errorf("read data/%s:%d: %w", t.name, r.line, err)
			}
		}
	}
	return p, p.plant(b.options.Plant)
}

// ridHere reads the first two columns of a table of accounts or groups: the RID, and whether the build has it.
func ridHere(c []string, build int) (uint32, bool, error) {
	rid, err := strconv.ParseUint(c[0], 10, 32)
	if err != nil {
		return 0, false, err
	}
	here, err := inBuilds(c[1], build)
	return uint32(rid), here, err
}

// holders lists the rights of each SID: privileges by their number, logon rights as bits. Both are as Windows keeps them.
func (p *policy) holders() (sids []string, privileges map[string][]uint32, access map[string]uint32) {
	privileges, access = map[string][]uint32{}, map[string]uint32{}
	hold := func(right string, give func(sid string)) {
		for _, sid := range p.rights[right] {
			if !slices.Contains(sids, sid) {
				sids = append(sids, sid)
			}
			give(sid)
		}
	}
	for _, x := range secpolicy.Privileges() {
		hold(x.Name, func(sid string) { privileges[sid] = append(privileges[sid], x.LUID) })
	}
	for _, x := range secpolicy.LogonRights() {
		hold(x.Name, func(sid string) { access[sid] |= x.Bit })
	}
	slices.Sort(sids)
	return sids, privileges, access
}

// sid makes a SID of its text, or of "rid:500".
func sid(text string) (secdesc.SID, error) {
	if rid, ok := strings.CutPrefix(text, "rid:"); ok {
		text = MachineSID + "-" + rid
	}
	return secdesc.ParseSID(text)
}
