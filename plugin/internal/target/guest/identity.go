package guest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ridPrefix marks an account or group of the machine itself, whose SID differs on each.
const ridPrefix = "rid:"

// foreign writes a SID as settings do: one of the machine's own as "rid:<RID>".
func foreign(sid, machine string) string {
	rid, ok := strings.CutPrefix(sid, machine+"-")
	if _, err := strconv.ParseUint(rid, 10, 32); !ok || machine == "" || err != nil {
		return sid
	}
	return ridPrefix + rid
}

// native is the SID that is meant on the machine.
func native(text, machine string) (string, error) {
	rid, ok := strings.CutPrefix(text, ridPrefix)
	if !ok {
		return text, nil
	}
	n, err := strconv.ParseUint(rid, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != rid {
		return "", fmt.Errorf("%q names no account: a RID is a decimal number", text)
	}
	if machine == "" {
		return "", fmt.Errorf("%q: the machine's own SID is not known", text)
	}
	return machine + "-" + rid, nil
}

// foreigners writes SIDs as settings do: sorted, each once.
func foreigners(sids []string, machine string) []string {
	out := make([]string, 0, len(sids))
	for _, s := range sids {
		out = append(out, foreign(s, machine))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// membersText is the canonical text of a list of members.
func membersText(sids []string) (string, error) {
	list := slices.Compact(slices.Sorted(slices.Values(sids)))
	if list == nil {
		list = []string{}
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// parseMembers reads the canonical text of a list of members.
func parseMembers(text string) ([]string, error) {
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil || list == nil {
		return nil, fmt.Errorf("%q is no list of SIDs: the plan is damaged", text)
	}
	return list, nil
}

// parseRID reads a RID in decimal.
func parseRID(text string) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("account %q: accounts are named by their RID in decimal", text)
	}
	return uint32(n), nil
}

// The texts of what is on or off.
const (
	textEnabled  = "enabled"
	textDisabled = "disabled"
)

// onOff is the text of a state that is on or off.
func onOff(on bool) string {
	if on {
		return textEnabled
	}
	return textDisabled
}

// parseOnOff reads it.
func parseOnOff(text string) (bool, error) {
	switch text {
	case textEnabled:
		return true, nil
	case textDisabled:
		return false, nil
	}
	return false, fmt.Errorf("%q is neither %q nor %q: the plan is damaged", text, textEnabled, textDisabled)
}
