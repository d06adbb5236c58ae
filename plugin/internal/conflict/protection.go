package conflict

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

func protectionRows() []Row {
	return []Row{
		{Name: "av-exclusions", Levels: []Level{Auto, Block, Warn}, Title: plan.Text{EN: "Real-time scanning and exclusions that a product needs", SV: "Realtidsskydd och undantag som en produkt behöver"}, find: avExclusions},
		{Name: "av-forbidden", Levels: []Level{Block}, Title: plan.Text{EN: "Antivirus where a product forbids it", SV: "Virusskydd där en produkt förbjuder det"}, find: avForbidden},
		{Name: "av-repair", Levels: []Level{Block, Auto}, Title: plan.Text{EN: "Automatic repair where a product forbids it", SV: "Automatisk sanering där en produkt förbjuder den"}, find: avRepair},
		{Name: "av-signatures", Levels: []Level{Ask, Block}, Title: plan.Text{EN: "Antivirus without a source of signatures", SV: "Virusskydd utan källa för signaturer"}, find: avSignatures},
		{Name: "path-rules", Levels: []Level{Block}, Title: plan.Text{EN: "Allow rules by path on places that users write to", SV: "Sökvägsregler på platser där användare kan skriva"}, find: pathRules},
		{Name: "hash-rules", Levels: []Level{Warn}, Title: plan.Text{EN: "Allow rules by hash and updated programs", SV: "Hashregler och uppdaterade program"}, find: hashRules},
		{Name: "scripts-and-libraries", Levels: []Level{Warn, Ask}, Title: plan.Text{EN: "Script and library rules", SV: "Regler för skript och bibliotek"}, find: scriptRules},
		{Name: "wdac-policies", Levels: []Level{Block, Auto}, Title: plan.Text{EN: "Several code-integrity policies before build 18362", SV: "Flera kodintegritetspolicyer före version 18362"}, find: wdacPolicies},
	}
}

func avOn(j *judge) []claimed {
	if j.has("av-off", "av-scans-not") {
		return nil
	}
	return j.of("av-scans")
}

func avExclusions(j *judge) {
	scans, asked := avOn(j), map[string]bool{}
	for _, p := range j.products() {
		list := p.Environment.Needs.AV
		if len(scans) == 0 || j.silent(p, "needs.av", list.State, list.Range, scans) {
			continue
		}
		gaps(j, p, "needs.av.exclusions", list.Value.Exclusions, scans)
		for _, x := range list.Value.Exclusions.Items {
			value, ok := x.Value.Value.Get()
			if x.State != environment.Stated || !ok {
				j.silent(p, "needs.av.exclusions", environment.Unknown, x.Range, scans)
				continue
			}
			kind := x.Value.Kind.Or("path")
			asked[folderOf(value).text()] = true
			j.exclusion(p, exclusionAt{value, kind, x.Range, excluding(j, value, kind)}, scans)
			if x.Value.Document.State != environment.Stated {
				j.add(Warn, p, x.Range, scans, fmt.Sprintf("The product %q asks that antivirus leave %q alone and names no document that says so.", p.Name, value), "Write the manufacturer's document into the exclusion.")
			}
		}
	}
	if len(scans) > 0 {
		j.strays(asked)
	}
}

// exclusionAt is an exclusion that a product asks for, and the settings that make it.
type exclusionAt struct {
	value, kind string
	at          hcl.Range
	by          []claimed
}

// exclusion holds one exclusion against the plan and against whoever writes to its place.
func (j *judge) exclusion(p plan.Product, x exclusionAt, scans []claimed) {
	if x.kind != "extension" {
		gaps(j, p, "needs.writable_folders", p.Environment.Needs.WritableFolders, scans)
		gaps(j, p, "needs.code_locations", p.Environment.Needs.CodeLocations, scans)
		if j.refused(p, x, scans) {
			return
		}
	}
	if len(x.by) == 0 {
		j.add(Block, p, x.at, scans, fmt.Sprintf("The product %q needs %q to be left alone by antivirus, but %s everything and nothing in the plan excludes it.", p.Name, x.value, does(scans, "scan")),
			"Select a module that takes exclusions from products (protection), unless the exclusion is one that it refuses: a root, a folder that users write to, a wildcard.")
		return
	}
	j.narrowed(p, x.at, scans, x.by, fmt.Sprintf("Antivirus leaves %q alone, as the product %q needs.", x.value, p.Name))
	if o := j.writable(x.value); x.kind != "extension" && o.why != "" && !j.runsKnownOnly(x.value) {
		j.add(Warn, p, x.at, x.by, fmt.Sprintf("Antivirus leaves %q alone, as the product %q needs, and %s.", x.value, p.Name, o.why), youngWay)
	}
}

// exclusionKeys are the keys of policy's lists of exclusions.
var exclusionKeys = map[string]string{"path": `\PATHS!`, "process": `\PROCESSES!`, "extension": `\EXTENSIONS!`}

// excluding finds the exclusions of a kind that leave the value alone. Extensions are written with and without their full stop.
func excluding(j *judge, value, kind string) []claimed {
	var out []claimed
	plain := func(s string) string { return folderOf(s).text() }
	if kind == "extension" {
		plain = func(s string) string { return strings.TrimPrefix(upcase.Fold(s), ".") }
	}
	for _, c := range j.of("av-exclusion") {
		_, name, ok := strings.Cut(c.canon, exclusionKeys[kind])
		if ok && plain(name) == plain(value) {
			out = append(out, c)
		}
	}
	return out
}

func avForbidden(j *judge) {
	scans := avOn(j)
	silent := !j.has("av-off", "av-scans-not", "av-scans") // Windows has antivirus, and it is on where nobody says otherwise
	for _, p := range j.products() {
		av := p.Environment.Needs.AV
		if mode, ok := av.Value.Mode.Get(); silent && !ok {
			j.mutter(p, "needs.av.mode", av.Range, nil)
		} else if silent && mode == "none" {
			j.add(Block, p, av.Value.Mode.Range, nil, fmt.Sprintf("The product %q must run without antivirus, and nothing in the plan turns off the one that Windows has.", p.Name),
				"Protect the client by allow-listing instead (module protection, input regime), and write down why.")
		}
		if len(scans) == 0 || j.silent(p, "needs.av", av.State, av.Range, scans) {
			continue
		}
		if says(j, p, "needs.av.mode", av.Value.Mode, "none", scans) {
			j.add(Block, p, av.Value.Mode.Range, scans, fmt.Sprintf("The product %q must run without antivirus, but %s it on.", p.Name, does(scans, "turn")),
				"Protect the client by allow-listing instead (module protection, input regime), and write down why.")
		}
	}
}

func avRepair(j *judge) {
	scans := avOn(j)
	for _, p := range j.products() {
		av := p.Environment.Needs.AV
		if len(scans) == 0 || j.silent(p, "needs.av", av.State, av.Range, scans) || j.silent(p, "needs.av.remediation", av.Value.Remediation.State, av.Value.Remediation.Range, scans) {
			continue
		}
		if word := av.Value.Remediation.Value; word == "ask" || word == "none" {
			if by := j.of("av-no-repair"); len(by) > 0 {
				j.narrowed(p, av.Value.Remediation.Range, scans, by, fmt.Sprintf("Antivirus repairs nothing by itself, as the product %q needs.", p.Name))
				continue
			}
			j.add(Block, p, av.Value.Remediation.Range, scans, fmt.Sprintf("The product %q does not allow automatic repair (%s), but antivirus is on (%s) and nothing turns its repair off.", p.Name, word, names(scans)),
				"Set the repair mode in the module protection.")
		}
	}
}

func avSignatures(j *judge) {
	scans, cut := avOn(j), j.of("outbound-block")
	if len(scans) == 0 || len(cut) == 0 {
		return
	}
	if cloud := j.of("av-cloud"); len(cloud) > 0 {
		j.own(Block, cloud, fmt.Sprintf("Antivirus asks the manufacturer's cloud (%s), but the client does not reach the internet (%s).", names(cloud), names(cut)), "Turn cloud protection off for this client: the module protection does so where the image is offline.")
	}
	switch missing := j.sources(); {
	case j.has("av-frozen"): // somebody decided that none come
	case len(j.of("av-source")) == 0:
		j.own(Ask, scans, fmt.Sprintf("Antivirus is on (%s) on a client that does not reach the internet (%s), and nothing says where its signatures come from.", names(scans), names(cut)), signaturesWay)
	case len(missing) > 0:
		order := j.of("av-source")
		j.own(Ask, order, fmt.Sprintf("%s where signatures come from, on a client that does not reach the internet (%s), and none of it leads anywhere: %s.", does(order, "say"), names(cut), strings.Join(missing, "; ")), signaturesWay)
	}
}

const signaturesWay = "Say so in the module protection (input signatures): wsus together with a server in the module patching, share together with shares, or frozen."

// sources are the reasons why no source of signatures that the plan names can be asked without the internet; none where one can.
func (j *judge) sources() []string {
	var missing []string
	for _, c := range j.of("av-source") {
		for name := range strings.SplitSeq(strings.Trim(textOf(c.claim.Value), "{} "), "|") {
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "InternalDefinitionUpdateServer"):
				if j.has("update-server") && !j.has("update-server-ignored") {
					return nil
				}
				missing = append(missing, name+" is the hospital's update server, and nothing names one")
			case strings.EqualFold(name, "FileShares"):
				if j.has("av-share") {
					return nil
				}
				missing = append(missing, name+" are shares, and nothing names any")
			case name != "":
				missing = append(missing, name+" is Microsoft's, on the internet")
			}
		}
	}
	return missing
}

func pathRules(j *judge) {
	var rules []claimed
	for _, c := range j.of("allow-rule") {
		if _, ok := pathOf(c.claim.Value); ok {
			rules = append(rules, c)
		}
	}
	for _, p := range j.products() {
		gaps(j, p, "needs.code_locations", p.Environment.Needs.CodeLocations, rules)
		for _, loc := range p.Environment.Needs.CodeLocations.Stated() {
			path, ok := loc.Value.Path.Get()
			if !ok {
				j.silent(p, "needs.code_locations", environment.Unknown, loc.Range, rules)
				continue
			}
			hits := allowing(rules, path)
			if says(j, p, "needs.code_locations[].user_writable", loc.Value.UserWritable, true, hits) {
				j.add(Block, p, loc.Range, hits, fmt.Sprintf("%s programs by path in %s, where the product %q says that users write: whoever writes there runs anything.", does(hits, "allow"), path, p.Name),
					"Allow these programs by their publisher, or else by hash.")
			}
		}
		gaps(j, p, "needs.writable_folders", p.Environment.Needs.WritableFolders, rules)
		for _, folder := range p.Environment.Needs.WritableFolders.Stated() {
			path, ok := folder.Value.Path.Get()
			if !ok {
				j.silent(p, "needs.writable_folders", environment.Unknown, folder.Range, rules)
				continue
			}
			if hits := allowing(rules, path); len(hits) > 0 {
				j.add(Block, p, folder.Range, hits, fmt.Sprintf("%s programs by path in %s, which the product %q needs its users to write to: whoever writes there runs anything.", does(hits, "allow"), path, p.Name),
					"Except the folder from the rule, or allow the programs by their publisher, or else by hash.")
			}
		}
	}
}

// allowing are the rules that let people run something in the folder, or the very file.
func allowing(rules []claimed, path string) []claimed {
	var hits []claimed
	for _, c := range rules {
		if allowsPath(c.claim.Value, path) && !excepts(c.claim.Value, path) {
			hits = append(hits, c)
		}
	}
	return hits
}

// administrators are who may run everything by AppLocker's own rules: what they start is theirs to answer for.
const administrators = `USERORGROUPSID="S-1-5-32-544"`

// pathOf is the pattern of an AppLocker rule that lets people run programs by path.
func pathOf(xml string) (string, bool) {
	text := upcase.Fold(xml)
	text, _, _ = strings.Cut(text, "<EXCEPTIONS>")
	if !strings.Contains(text, "<FILEPATHRULE") || !strings.Contains(text, `ACTION="ALLOW"`) || strings.Contains(text, administrators) {
		return "", false
	}
	_, rest, ok := strings.Cut(text, ` PATH="`)
	pattern, _, closed := strings.Cut(rest, `"`)
	return pattern, ok && closed
}

// pathWords are AppLocker's words for folders.
var pathWords = map[string][]string{
	`%OSDRIVE%`: {`C:`}, `%WINDIR%`: {`C:\WINDOWS`}, `%SYSTEM32%`: {`C:\WINDOWS\SYSTEM32`, `C:\WINDOWS\SYSWOW64`},
	`%PROGRAMFILES%`: {`C:\PROGRAM FILES`, `C:\PROGRAM FILES (X86)`},
}

// allowsPath reports whether an AppLocker rule lets people run something in the folder, or the very file.
func allowsPath(xml, folder string) bool {
	pattern, ok := pathOf(xml)
	if !ok {
		return false
	}
	folder = programPath(strings.TrimRight(folder, `\*`))
	return slices.ContainsFunc(spelled(pattern), func(p string) bool { return matches(p, folder) || reaches(p, folder+`\`) })
}

// excepts reports whether an AppLocker rule leaves out the whole folder by an exception of its own: PATH\* with no other wildcard.
func excepts(xml, folder string) bool {
	_, rest, _ := strings.Cut(upcase.Fold(xml), "<EXCEPTIONS>")
	rest, _, closed := strings.Cut(rest, "</EXCEPTIONS>")
	folder = programPath(strings.TrimRight(folder, `\*`)) + `\`
	for closed {
		var pattern string
		if _, rest, closed = strings.Cut(rest, `<FILEPATHCONDITION PATH="`); !closed {
			break
		}
		if pattern, rest, closed = strings.Cut(rest, `"`); !closed {
			break
		}
		for _, p := range spelled(pattern) {
			if prefix, all := strings.CutSuffix(p, `*`); all && strings.HasSuffix(prefix, `\`) && !strings.Contains(prefix, "*") && strings.HasPrefix(folder, prefix) {
				return true
			}
		}
	}
	return false
}

// spelled is a pattern with AppLocker's word for a folder written out.
func spelled(pattern string) []string {
	for _, word := range sortedKeys(pathWords) {
		if rest, ok := strings.CutPrefix(pattern, word); ok {
			var patterns []string
			for _, at := range pathWords[word] {
				patterns = append(patterns, at+rest)
			}
			return patterns
		}
	}
	return []string{pattern}
}

// matches reports whether the pattern, in which * stands for any text, is the text.
func matches(pattern, text string) bool { return slices.Contains(ends(pattern, text), len(pattern)) }

// reaches reports whether the pattern is some text that begins with the prefix.
func reaches(pattern, prefix string) bool { return len(ends(pattern, prefix)) > 0 }

// ends are the places in a pattern at which the text may have led.
func ends(pattern, text string) []int {
	at := map[int]bool{}
	var add func(i int)
	add = func(i int) {
		if at[i] = true; i < len(pattern) && pattern[i] == '*' && !at[i+1] {
			add(i + 1)
		}
	}
	add(0)
	for _, c := range []byte(text) {
		now := sortedPlaces(at)
		at = map[int]bool{}
		for _, i := range now {
			switch {
			case i < len(pattern) && pattern[i] == '*':
				add(i)
			case i < len(pattern) && pattern[i] == c:
				add(i + 1)
			}
		}
	}
	return sortedPlaces(at)
}

func sortedPlaces(at map[int]bool) []int { return slices.Sorted(maps.Keys(at)) }

func hashRules(j *judge) {
	var hits []claimed
	for _, c := range j.of("allow-rule") {
		if strings.Contains(upcase.Fold(c.claim.Value), "<FILEHASHRULE") {
			hits = append(hits, c)
		}
	}
	for _, p := range j.products() {
		if says(j, p, "needs.hash_updates", p.Environment.Needs.HashUpdates, true, hits) {
			j.add(Warn, p, p.Environment.Needs.HashUpdates.Range, hits, fmt.Sprintf("The manufacturer of %q replaces program files between versions, and %s programs by hash: such rules belong to version %q alone.", p.Name, does(hits, "allow"), p.Version),
				"Make new rules with each update of the product, or allow its publisher.")
		}
	}
}

func scriptRules(j *judge) {
	scripts, libraries := j.of("script-enforced", "constrained-language", "scripts-off", "wdac-policy"), j.of("dll-enforced", "wdac-policy")
	for _, p := range j.products() {
		needs := p.Environment.Needs
		if len(scripts) > 0 {
			switch {
			case needs.ScriptHosts.State == environment.Unstated: // told together with everything else that nobody stated
				j.silent(p, "needs.script_hosts", needs.ScriptHosts.State, needs.ScriptHosts.Range, scripts)
			case !needs.ScriptHosts.Complete():
				j.add(Ask, p, needs.ScriptHosts.Range, scripts, fmt.Sprintf("%s rules for scripts, and whether the product %q runs scripts is not known.", does(scripts, "enforce"), p.Name),
					"Run the audit twin of the rules first (module mt-only, input mode = \"audit\"), read what it would have stopped, and write the answer into the product's file.")
			case len(needs.ScriptHosts.Values()) > 0:
				j.add(Warn, p, needs.ScriptHosts.Range, scripts, fmt.Sprintf("The product %q runs scripts (%s), and %s rules for scripts.", p.Name, strings.Join(needs.ScriptHosts.Values(), ", "), does(scripts, "enforce")),
					"Try the product with the audit twin of the rules first.")
			}
		}
		if says(j, p, "needs.unsigned_dlls", needs.UnsignedDLLs, true, libraries) {
			j.add(Warn, p, needs.UnsignedDLLs.Range, libraries, fmt.Sprintf("The product %q loads libraries that nobody signed, and %s rules for libraries.", p.Name, does(libraries, "enforce")),
				"Try the product with the audit twin of the rules first, and allow its libraries by hash.")
		}
	}
}

func wdacPolicies(j *judge) {
	const severalFrom = 18362 // Windows 10 1903, Microsoft Learn: multiple active policies
	hits := j.of("wdac-policy")
	places := map[string]bool{}
	for _, c := range hits {
		places[c.canon] = true
	}
	if len(hits) == 0 || j.base.Number() >= severalFrom {
		return
	}
	if len(places) > 1 {
		j.own(Block, hits, fmt.Sprintf("%s several code-integrity policies, and Windows of build %d enforces one only.", does(hits, "place"), j.base.Number()), "Merge them on Windows (Merge-CIPolicy), compile the result, and place that one.")
		return
	}
	if len(j.req.Products) > 1 {
		j.own(Auto, hits, fmt.Sprintf("One code-integrity policy stands for all %d products, as build %d demands: it must have been merged from theirs.", len(j.req.Products), j.base.Number()), "")
		j.found[len(j.found)-1].Narrowed = ids(hits)
	}
}
