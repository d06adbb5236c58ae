package validate

import (
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// The reasons that this package gives. %s stands for what differs from one finding to the next. A finding holds the English sentence,
// which manifests keep; the Swedish one says the same wherever a finding is shown.
var (
	reasonLater        = plan.Text{EN: "settled at stage %s; until then: %s", SV: "avgörs i steget %s; till dess: %s"}
	reasonValue        = plan.Text{EN: "as the exception's value says, which is not the module's", SV: "som undantagets värde säger, vilket inte är modulens"}
	reasonAlone        = plan.Text{EN: "not managed: an exception leaves the base's state alone; %s", SV: "styrs inte: ett undantag låter basens tillstånd vara; %s"}
	reasonSkipped      = plan.Text{EN: "skipped by an exception, but %s sets the same place; %s", SV: "hoppas över genom ett undantag, men %s ställer in samma plats; %s"}
	reasonAllSame      = plan.Text{EN: "it is as the module wants all the same", SV: "det är ändå som modulen vill ha det"}
	reasonExpected     = plan.Text{EN: "expected %s, observed %s", SV: "väntat %s, funnet %s"}
	reasonNothing      = plan.Text{EN: "the kind passes although it observed nothing", SV: "inställningsslaget godkänner utan att ha sett något"}
	reasonNotCollected = plan.Text{EN: "nobody looked at it: what was collected does not name it", SV: "ingen har sett efter: det insamlade nämner den inte"}
	reasonNoWord       = plan.Text{EN: "the kind answered %q, which is not a judgement", SV: "inställningsslaget svarade %q, vilket inte är någon bedömning"}
)

// sentence is a reason in both languages.
type sentence struct {
	plan.Text
	place  bool // the first hole is a location: without that, the sentence would fit what it does not mean
	nested bool // the last hole is a reason of its own
	values bool // the holes behind a place are values
}

// valueWords are the words by which kinds say a state. Registry data always begins with its type, so that none of it is taken for one.
var valueWords = map[string]string{
	setting.Absent: "saknas", "enabled": "påslagen", "disabled": "avstängd", "manual": "startas vid behov", "automatic": "startas automatiskt",
	"delayed": "startas automatiskt, fördröjt", "none": "inget", "installed": "installerat", "success": "lyckade", "failure": "misslyckade",
	"success,failure": "lyckade och misslyckade", "directory": "mapp", "made-on-client": "skapas på klienten",
}

// SwedishValue says what was wanted or found in Swedish where it is a word of the tool's own. Data, names and digests stay as they are.
func SwedishValue(text string) string {
	rest, least := strings.CutPrefix(text, "at least ")
	word, known := valueWords[rest]
	switch {
	case !known:
		return text
	case least:
		return "minst " + word
	}
	return word
}

// sentences are what findings give as reasons, this package's own and the fixed ones of kinds and targets. Where two fit, the first is meant.
func sentences() []sentence {
	gone := setting.ErrUnobservable.Error()
	list := []sentence{
		{Text: reasonLater, nested: true}, {Text: reasonAlone, nested: true}, {Text: reasonSkipped, nested: true}, {Text: reasonExpected, values: true},
		{Text: plan.Text{EN: "observe %s: %s", SV: "se efter %s: %s"}, place: true, nested: true},
		{Text: plan.Text{EN: "%s in %s: " + gone, SV: "%s i %s: går inte att se här"}, place: true},
		{Text: plan.Text{EN: "%s was not observed", SV: "%s har inte setts"}, place: true},
		{Text: plan.Text{EN: "%s is " + setting.Absent, SV: "%s saknas"}, place: true},
		{Text: plan.Text{EN: "%s is %s", SV: "%s är %s"}, place: true, values: true},
	}
	for _, t := range []plan.Text{
		reasonValue, reasonAllSame, reasonNothing, reasonNotCollected, reasonNoWord,
		{EN: "the setting expects nothing", SV: "inställningen väntar sig ingenting"},
		{EN: "service %s is not installed, and may be missing", SV: "tjänsten %s är inte installerad, och får saknas"},
		{EN: "service %s is not installed", SV: "tjänsten %s är inte installerad"},
		{EN: "nobody looked whether service %s exists", SV: "ingen har sett efter om tjänsten %s finns"},
		{EN: "there is no list of installed programs: %s is missing", SV: "det finns ingen förteckning över installerade program: %s saknas"},
		{EN: "the list of installed programs cannot be read", SV: "förteckningen över installerade program går inte att läsa"},
		{EN: "on no list: %s", SV: "på ingen lista: %s"},
		{EN: "key %s is in no hive of %s: " + gone, SV: "nyckeln %s ligger inte i någon registerfil i %s: går inte att se här"},
		{EN: "user rights in %s: " + gone, SV: "användarrättigheter i %s: går inte att se här"},
		{EN: "security databases in %s: " + gone, SV: "säkerhetsdatabaser i %s: går inte att se här"},
		{EN: "lists of registry keys in %s: " + gone, SV: "listor över registernycklar i %s: går inte att se här"},
		{EN: "the registry in %s: " + gone, SV: "registret i %s: går inte att se här"},
		{EN: "policy files in %s: " + gone, SV: "policyfiler i %s: går inte att se här"},
		{EN: "files in %s: " + gone, SV: "filer i %s: går inte att se här"},
	} {
		list = append(list, sentence{Text: t})
	}
	return list
}

// Swedish says a reason in Swedish. Data, names and what a target answered stay as they are; so does a reason that is none of the known
// sentences: half a translation is worse than none.
func Swedish(reason string) string {
	for _, r := range sentences() {
		args, ok := holes(r.EN, reason)
		if !ok || r.place && !isPlace(args[0]) {
			continue
		}
		for i := range args {
			switch {
			case r.nested && i == len(args)-1:
				args[i] = Swedish(args[i])
			case r.values && (!r.place || i > 0 && !strings.HasPrefix(args[0], setting.SchemeAccountName+":")):
				args[i] = SwedishValue(args[i])
			}
		}
		parts := strings.Split(strings.ReplaceAll(r.SV, "%q", "%s"), "%s")
		var sb strings.Builder
		for i, part := range parts {
			sb.WriteString(part)
			if i < len(args) {
				sb.WriteString(args[i])
			}
		}
		return sb.String()
	}
	return reason
}

// isPlace reports whether a text is a location: one word, a colon and a name.
func isPlace(text string) bool {
	scheme, name, ok := strings.Cut(text, ":")
	return ok && name != "" && scheme != "" && strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz-") == "" && name[0] != ' '
}

// holes are what stands in a sentence's holes, the shortest that fits for each but the last.
func holes(form, text string) ([]string, bool) {
	parts := strings.Split(strings.ReplaceAll(form, "%q", "%s"), "%s")
	if len(parts) == 1 {
		return nil, form == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return nil, false
	}
	var out []string
	for _, part := range parts[1 : len(parts)-1] {
		before, after, ok := strings.Cut(rest, part)
		if !ok || before == "" {
			return nil, false
		}
		out, rest = append(out, before), after
	}
	rest, ok = strings.CutSuffix(rest, parts[len(parts)-1])
	return append(out, rest), ok && rest != ""
}
