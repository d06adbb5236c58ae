package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// module writes one module.
func (p *modulePage) module(m profile.Described) {
	w := p.words
	p.line("\n### %s (%s)\n", escape(w.text(m.Title)), code(m.Name))
	if s := w.prose(m.Summary); s != "" {
		p.line("%s\n", s)
	}
	p.fact(w.version, m.Version)
	if m.Builds == "" {
		p.fact(w.windows, w.allBuilds)
	} else {
		p.fact(w.windows, w.buildsText(m.Builds))
	}
	p.fact(w.requires, p.required(m.Requires))
	p.fact(w.capabilities, w.capabilityNames(m.Capabilities))
	p.fact(w.severitySource, w.prose(m.SeveritySource))
	p.breaks(m)
	p.inputs(m)
	p.settings(m)
	p.flows(m)
	p.leaves(m)
}

func (p *modulePage) fact(name, value string) {
	if value != "" {
		p.line("- %s: %s", name, value)
	}
}

// required names the modules that a module brings along, with a link to each that is on the page.
func (p *modulePage) required(requires []string) string {
	out := slices.Clone(requires)
	for i, r := range requires {
		name, _, _ := strings.Cut(r, " ")
		out[i] = code(r)
		for _, m := range p.modules {
			if m.Name == name {
				out[i] = p.link(m) + " (" + code(r) + ")"
			}
		}
	}
	return strings.Join(out, ", ")
}

func (p *modulePage) link(m profile.Described) string {
	return fmt.Sprintf("[%s](#%s)", escape(p.words.text(m.Title)), p.words.anchor(m))
}

func (p *modulePage) heading(text string) { p.line("\n#### %s\n", text) }

func (p *modulePage) breaks(m profile.Described) {
	if len(m.Breaks) == 0 {
		return
	}
	p.heading(p.words.breaks)
	for _, b := range m.Breaks {
		p.line("- %s", p.words.prose(b))
	}
}

func (p *modulePage) inputs(m profile.Described) {
	if len(m.Inputs) == 0 {
		return
	}
	w := p.words
	p.heading(w.inputs)
	for _, in := range m.Inputs {
		given := w.required
		if in.Default != "" {
			given = w.byDefault + " " + w.given(short(in.Default))
		}
		p.line("- **%s** (%s): %s %s.", code(in.Name), w.typeWords(in.Type), w.prose(in.Description), given)
	}
}

func (p *modulePage) flows(m profile.Described) {
	if len(m.Flows) == 0 {
		return
	}
	w, r := p.words, p.reader(m)
	p.heading(w.flows)
	for _, f := range m.Flows {
		parts := []string{w.wordOr(f.Direction), w.wordOr(f.Protocol)}
		for _, more := range []struct{ name, value string }{{w.ports, f.Ports}, {w.peers, f.Peers}, {w.program, f.Program}} {
			if more.value != "" {
				parts = append(parts, more.name+" "+r.valueOf(more.value))
			}
		}
		text := fmt.Sprintf("- **%s**: %s. %s", f.Label, strings.Join(parts, ", "), w.prose(f.Reason))
		if f.When != "" {
			text += " " + w.when + " " + r.condition(f.When) + "."
		}
		p.line("%s", text)
	}
}

func (p *modulePage) leaves(m profile.Described) {
	for _, part := range []struct {
		heading  string
		deviates bool
	}{{p.words.leaves, false}, {p.words.deviates, true}} {
		headed := false
		for _, l := range m.NotManaged {
			if (len(l.Values) > 0) != part.deviates {
				continue
			}
			if !headed {
				p.heading(part.heading)
				headed = true
			}
			p.line("- %s: %s", p.words.place(setting.Location(l.Location)), p.words.prose(l.Reason))
		}
	}
}

func (p *modulePage) settings(m profile.Described) {
	if len(m.Settings) == 0 {
		return
	}
	p.heading(p.words.settings)
	for i, s := range m.Settings {
		if i > 0 {
			p.gap()
		}
		p.setting(s, p.reader(m))
	}
}

// setting writes one setting: its name and severity, why, and what is set.
func (p *modulePage) setting(s profile.DescribedSetting, r *reader) {
	w := p.words
	name := "**" + code(s.Label) + "**"
	if t := w.text(s.Title); t != "" {
		name = "**" + escape(t) + "** (" + code(s.Label) + ")"
	}
	severity := w.severity + " " + w.wordOr(string(s.Severity))
	if source := w.prose(s.SeveritySource); source != "" {
		severity += " (" + source + ")"
	}
	p.line("%s — %s\n", name, severity)
	p.line("%s\n", w.prose(s.Rationale))
	p.wishes(s, r)
	if s.Builds != "" {
		p.line("- %s", w.onlyBuilds+" "+w.buildsText(s.Builds))
	}
	if s.When != "" {
		p.line("- %s %s", w.when, r.condition(s.When))
	}
	if s.ForEach != "" && len(s.Wishes) == 0 {
		p.line("- %s", r.eachOf(s.ForEach))
	}
	if s.Until != "" && s.Until != "null" {
		p.line("- "+w.until, r.valueOf(s.Until))
	}
	if len(s.References) > 0 {
		p.line("- %s: %s", w.references, escape(w.source(strings.Join(s.References, "; "))))
	}
}

// maxLines is how much a page shows of what one setting wants.
const maxLines = 60

// wishes writes what a setting wants. Where that differs from build to build, the builds come first.
func (p *modulePage) wishes(s profile.DescribedSetting, r *reader) {
	w := p.words
	if len(s.Wishes) == 0 {
		p.line("- %s, %s:", w.kindOf(s.Kind), w.byImage)
		for _, a := range s.Arguments {
			p.line("  - %s: %s", code(a.Name), r.valueOf(a.Written))
		}
		return
	}
	claims := map[string][]setting.Claim{} // by builds
	var groups []string
	for _, wish := range s.Wishes {
		builds := strings.Join(wish.Builds, ", ")
		if claims[builds] == nil {
			groups = append(groups, builds)
		}
		claims[builds] = append(claims[builds], mainClaims(wish.Claims)...)
	}
	for _, builds := range groups {
		prefix := ""
		if len(groups) > 1 {
			prefix = w.build + " " + builds + ": "
		}
		lines := w.claimLines(claims[builds])
		for i, line := range lines {
			if i == maxLines {
				p.line("- %s%s", prefix, fmt.Sprintf(w.more, len(lines)-i))
				break
			}
			p.line("- %s%s", prefix, line)
		}
	}
}

// claimLines says what claims want. Registry values of one name that want the same in several keys share a line.
func (w *pageWords) claimLines(claims []setting.Claim) []string {
	type wish struct{ name, value string }
	keys := map[wish][]string{}
	var order []wish
	var others []string
	for _, c := range claims {
		if text, ok := w.wish(c); ok {
			others = append(others, text)
			continue
		}
		key, name, ok := strings.Cut(c.Location.Name(), "!")
		if !ok || c.Location.Scheme() != "reg" {
			others = append(others, w.place(c.Location)+": "+w.value(c.Value))
			continue
		}
		v := wish{name, c.Value}
		if keys[v] == nil {
			order = append(order, v)
		}
		keys[v] = append(keys[v], key)
	}
	var out []string
	for _, v := range order {
		name := w.words["default value"]
		if v.name != "" {
			name = code(v.name)
		}
		out = append(out, fmt.Sprintf("%s %s %s %s: %s", w.schemes["reg"], name, w.words["in-key"], w.keys(keys[v]), w.value(v.value)))
	}
	return append(others, out...)
}

// mainClaims are those that say something of their own: an entry of Registry.pol repeats the registry value, a service's values repeat its
// start type, and the folders above a file go without saying.
func mainClaims(claims []setting.Claim) []setting.Claim {
	var out []setting.Claim
	for _, c := range claims {
		l := string(c.Location)
		implied := slices.ContainsFunc(claims, func(o setting.Claim) bool {
			switch {
			case strings.HasPrefix(string(o.Location), "svc:"):
				return strings.HasPrefix(c.Location.Canon(), `reg:HKLM\SYSTEM\CURRENTCONTROLSET\SERVICES\`+strings.TrimPrefix(o.Location.Canon(), "svc:")+"!")
			case strings.HasPrefix(l, "file:"):
				return strings.HasPrefix(o.Location.Canon(), c.Location.Canon()+`\`)
			}
			return false
		})
		mark := strings.HasSuffix(l, `!*`) && strings.Contains(c.Location.Canon(), `\SRPV2\`) // says only that a collection has rules
		if !implied && !mark && !strings.HasPrefix(l, "pol:") && !strings.HasPrefix(l, setting.SchemeOnly+":pol:") {
			out = append(out, c)
		}
	}
	return out
}

// short keeps expressions of many lines from filling the page.
func short(s string) string {
	const most = 300
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + " ..."
	}
	return s
}

// anchor is the name that a page's viewer gives to the heading of a module: small letters, digits and hyphens for blanks.
func (w *pageWords) anchor(m profile.Described) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return r
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.ToLower(w.text(m.Title)+" "+m.Name))
}

// code is text in a code span, whatever backticks it has.
func code(s string) string {
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if fence != "`" {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

func codes(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = code(s)
	}
	return strings.Join(out, ", ")
}

// escape keeps Markdown from reading a text's characters as its own, and the text on one line.
func escape(s string) string { return plainText(strings.Join(strings.Fields(s), " ")) }

// plainText is escape for a piece of a text, which keeps the blanks at its ends.
func plainText(s string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "*", `\*`, "`", "\\`", "|", `\|`, `\`, `\\`).Replace(s)
}
