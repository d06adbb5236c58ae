package lab

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
)

// plant changes what a base says of itself, so that a test can see whether a deviation is found. Keys are locations in the words of the
// room setting ("right:SeDebugPrivilege", "audit:{...}", "account-policy:...", "account:500", "account-name:500", "group:S-1-5-32-544",
// "task:\Microsoft\..."), values their canonical texts.
func (p *policy) plant(deviations map[string]string) error {
	for _, at := range slices.Sorted(maps.Keys(deviations)) {
		scheme, name, _ := strings.Cut(at, ":")
		text := deviations[at]
		plant := map[string]func(name, text string) error{
			"right": p.plantRight, "audit": p.plantAudit, "account-policy": p.plantPolicy, "account": p.plantAccount,
			"account-name": p.plantName, "group": p.plantGroup, "task": p.plantTask,
		}[scheme]
		if plant == nil {
			return fmt.Errorf("plant %q: the lab keeps nothing of that scheme", at)
		}
		if err := plant(name, text); err != nil {
			return fmt.Errorf("plant %q: %w", at, err)
		}
	}
	return nil
}

func (p *policy) plantRight(name, text string) error {
	if !secpolicy.KnowsRight(name) {
		return fmt.Errorf("unknown right %q", name)
	}
	list, err := sidList(text)
	p.rights[name] = list
	return err
}

func (p *policy) plantAudit(guid, text string) error {
	if !slices.Contains([]string{secpolicy.AuditNone, secpolicy.AuditSuccess, secpolicy.AuditFailure, secpolicy.AuditBoth}, text) {
		return fmt.Errorf("unknown events %q", text)
	}
	if !slices.Contains(auditOrder(), guid) {
		return fmt.Errorf("unknown subcategory %q", guid)
	}
	p.audit[guid] = text
	return nil
}

func (p *policy) plantPolicy(name, text string) error {
	if _, known := p.account[name]; !known {
		return fmt.Errorf("unknown policy %q", name)
	}
	_, err := strconv.Atoi(text)
	p.account[name] = text
	return err
}

func (p *policy) plantAccount(name, text string) error {
	a, err := p.find(name)
	if err != nil {
		return err
	}
	if text != "enabled" && text != "disabled" {
		return fmt.Errorf("unknown state %q", text)
	}
	a.disabled = text == "disabled"
	return nil
}

func (p *policy) plantName(name, text string) error {
	a, err := p.find(name)
	if err != nil {
		return err
	}
	a.name = text
	return nil
}

// find returns the account with a RID in decimal, made if missing.
func (p *policy) find(name string) (*account, error) {
	rid, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.accounts, func(a account) bool { return a.rid == uint32(rid) })
	if i < 0 {
		p.accounts, i = append(p.accounts, account{rid: uint32(rid), name: "planted" + name}), len(p.accounts)
	}
	return &p.accounts[i], nil
}

func (p *policy) plantGroup(name, text string) error {
	i := slices.IndexFunc(p.groups, func(g group) bool { return fmt.Sprintf("S-1-5-32-%d", g.rid) == name })
	if i < 0 {
		return fmt.Errorf("unknown group %q", name)
	}
	list, err := sidList(text)
	p.groups[i].members = list
	return err
}

func (p *policy) plantTask(name, text string) error {
	if text != "enabled" && text != "disabled" {
		return fmt.Errorf("unknown state %q", text)
	}
	i := slices.IndexFunc(p.tasks, func(t task) bool { return strings.EqualFold(t.path, name) })
	if i < 0 {
		p.tasks, i = append(p.tasks, task{path: name}), len(p.tasks)
	}
	p.tasks[i].state = text
	return nil
}

// sidList reads a JSON list of SIDs.
func sidList(text string) ([]string, error) {
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	for _, s := range list {
		if _, err := sid(s); err != nil {
			return nil, err
		}
	}
	return list, nil
}
