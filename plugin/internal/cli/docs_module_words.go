package cli

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// place is a location in words; the name by which Windows or a tool knows it stays beside them.
func (w *pageWords) place(l setting.Location) string {
	scheme, name := l.Scheme(), l.Name()
	if key, value, ok := strings.Cut(name, "!"); ok && scheme == "reg" {
		return w.schemes[scheme] + " " + code(value) + " " + w.words["in-key"] + " " + code(key)
	}
	word := w.schemes[scheme]
	if word == "" {
		return code(scheme) + " " + code(name)
	}
	if scheme == setting.SchemeProgram && name == "*" {
		return w.words["all-programs"]
	}
	if known := w.nameOf(scheme, name); known != "" {
		if scheme != setting.SchemeGroup {
			known = fmt.Sprintf(w.words["quoted"], known)
		}
		return word + " " + known + " (" + code(name) + ")"
	}
	return word + " " + code(name)
}

// nameOf is what a reader calls something that Windows numbers or abbreviates.
func (w *pageWords) nameOf(scheme, name string) string {
	switch scheme {
	case setting.SchemeAudit:
		if len(name) < 9 {
			return ""
		}
		return w.audit[strings.ToLower(name[1:9])]
	case "right":
		return w.rights[name]
	case setting.SchemeAccountPolicy:
		return w.accountPolicies[name]
	case setting.SchemeAccount, setting.SchemeAccountName:
		return w.accounts[name]
	case setting.SchemeGroup:
		return w.sids[name]
	}
	return ""
}

// wish is a claim in words. Rules that Windows keeps as a text of their own are told by what they say.
func (w *pageWords) wish(c setting.Claim) (string, bool) {
	_, data, _ := strings.Cut(c.Value, ":")
	switch {
	case c.Location.Scheme() == setting.SchemeOnly:
		return w.whole(c.Location), true
	case strings.Contains(c.Location.Canon(), `\WINDOWSFIREWALL\FIREWALLRULES!`):
		return w.firewallRule(data)
	case strings.Contains(c.Location.Canon(), `\SRPV2\`):
		return w.appLockerRule(c.Location, data)
	case c.Location.Scheme() == setting.SchemeProgram:
		return w.programs(c)
	case c.Location.Scheme() == setting.SchemeAccountPolicy:
		number := c.Value
		if _, v, ok := strings.Cut(number, ":"); ok {
			number = v
		}
		if unit := w.units[c.Location.Name()]; unit != "" && !strings.HasPrefix(number, "-") {
			return w.place(c.Location) + ": " + inUnits(unit, number), true
		}
	}
	return "", false
}

// whole says that a key holds what the plan sets there and nothing else.
func (w *pageWords) whole(l setting.Location) string {
	path := strings.TrimPrefix(l.Name(), "reg:")
	if key, ok := strings.CutSuffix(path, `\*`); ok {
		return fmt.Sprintf(w.words["only-keys"], code(key))
	}
	return fmt.Sprintf(w.words["only-values"], code(strings.TrimSuffix(path, "!*")))
}

// inUnits is a number with its unit; an English unit loses its plural for one.
func inUnits(unit, number string) string {
	if number == "1" {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf(unit, code(number))
}

var programLists = regexp.MustCompile(`^codes (\[.*\]) names (\[.*\])$`)

// programs says which programs a client may have.
func (w *pageWords) programs(c setting.Claim) (string, bool) {
	lists := programLists.FindStringSubmatch(c.Value)
	if lists == nil {
		return "", false
	}
	var all []string
	for _, list := range lists[1:] {
		var some []string
		if json.Unmarshal([]byte(list), &some) != nil {
			return "", false
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return w.place(c.Location) + ": " + w.words["only-the-products"], true
	}
	return w.place(c.Location) + ": " + w.words["only-the-products-and"] + " " + codes(all), true
}

// firewallRule tells a rule of the firewall from its text in the registry, all but its name and description.
func (w *pageWords) firewallRule(text string) (string, bool) {
	fields := map[string][]string{}
	for part := range strings.SplitSeq(text, "|") {
		if name, value, ok := strings.Cut(part, "="); ok {
			fields[name] = append(fields[name], value)
		}
	}
	if len(fields["Action"]) != 1 || len(fields["Dir"]) != 1 {
		return "", false
	}
	protocol := "any"
	if p := fields["Protocol"]; len(p) > 0 {
		protocol = map[string]string{"1": "icmpv4", "6": "tcp", "17": "udp", "58": "icmpv6"}[p[0]]
		if protocol == "" {
			return "", false
		}
	}
	parts := []string{w.words["rule-"+fields["Action"][0]] + " " + w.words["rule-"+fields["Dir"][0]], w.wordOr(protocol)}
	for _, more := range []struct {
		word  string
		names []string
	}{
		{w.words["rule-local-ports"], []string{"LPort", "LPort2_10"}}, {w.words["rule-remote-ports"], []string{"RPort", "RPort2_10"}},
		{w.peers, []string{"RA4", "RA6"}}, {w.program, []string{"App"}},
	} {
		var values []string
		for _, name := range more.names {
			for _, v := range fields[name] {
				if v = w.peer(v); !strings.Contains(strings.Join(values, ", "), v) {
					values = append(values, v)
				}
			}
		}
		if len(values) > 0 {
			parts = append(parts, more.word+" "+strings.Join(values, ", "))
		}
	}
	return w.words["firewall-rule"] + ": " + strings.Join(parts, ", "), true
}

// peer is an address, or a keyword for some of them in words; so is an account that every Windows has.
func (w *pageWords) peer(s string) string {
	if name := w.sids[s]; name != "" {
		return name + " (" + code(s) + ")"
	}
	if word := w.words["peer-"+strings.ToLower(s)]; word != "" {
		return word
	}
	return code(s)
}

// appLocker is a rule of AppLocker as Windows keeps it.
type appLocker struct {
	XMLName    xml.Name
	User       string         `xml:"UserOrGroupSid,attr"`
	Action     string         `xml:"Action,attr"`
	Conditions appLockerMatch `xml:"Conditions"`
	Exceptions appLockerMatch `xml:"Exceptions"`
}

type appLockerMatch struct {
	Paths []struct {
		Path string `xml:"Path,attr"`
	} `xml:"FilePathCondition"`
	Publishers []struct {
		Publisher string `xml:"PublisherName,attr"`
		Product   string `xml:"ProductName,attr"`
		Binary    string `xml:"BinaryName,attr"`
	} `xml:"FilePublisherCondition"`
}

func (w *pageWords) matches(m appLockerMatch) string {
	var out []string
	for _, p := range m.Paths {
		out = append(out, code(p.Path))
	}
	for _, p := range m.Publishers {
		text := w.words["signed-by"] + " " + code(p.Publisher)
		if p.Publisher == "*" {
			text = w.words["signed-by-anybody"]
		}
		if p.Product != "*" {
			text += ", " + w.words["product"] + " " + code(p.Product)
		}
		if p.Binary != "*" {
			text += ", " + w.words["file"] + " " + code(p.Binary)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

var collections = regexp.MustCompile(`(?i)\\SrpV2\\([A-Za-z]+)[\\!]`)

// appLockerRule tells a rule of AppLocker; the mark that a collection has rules says nothing to a reader.
func (w *pageWords) appLockerRule(l setting.Location, text string) (string, bool) {
	collection := collections.FindStringSubmatch(string(l))
	var rule appLocker
	if collection == nil || xml.Unmarshal([]byte(text), &rule) != nil {
		return "", false
	}
	what := w.matches(rule.Conditions)
	user, action := w.sids[rule.User], w.words["rule-"+rule.Action]
	if what == "" || user == "" || action == "" {
		return "", false
	}
	out := fmt.Sprintf("%s, %s: %s %s: %s", w.words["applocker-rule"], w.wordOr("collection-"+strings.ToLower(collection[1])), action, strings.ToLower(user[:1])+user[1:], what)
	if but := w.matches(rule.Exceptions); but != "" {
		out += "; " + w.words["except"] + " " + but
	}
	return out, true
}

// keys names registry keys; of several below one key, that key and what they are called there.
func (w *pageWords) keys(keys []string) string {
	if len(keys) < 2 {
		return codes(keys)
	}
	shared := strings.Split(keys[0], `\`)
	shared = shared[:len(shared)-1]
	for _, key := range keys[1:] {
		parts := strings.Split(key, `\`)
		n := 0
		for n < len(shared) && n < len(parts)-1 && strings.EqualFold(shared[n], parts[n]) {
			n++
		}
		shared = shared[:n]
	}
	if len(shared) < 3 {
		return codes(keys)
	}
	parent := strings.Join(shared, `\`)
	rest := make([]string, len(keys))
	for i, key := range keys {
		rest[i] = key[len(parent)+1:]
	}
	slices.Sort(rest)
	return code(parent) + " (" + w.words["subkeys"] + " " + codes(rest) + ")"
}

// source is a source by its name, with the words around the name in the page's language.
func (w *pageWords) source(s string) string { return strings.NewReplacer(w.sources...).Replace(s) }
