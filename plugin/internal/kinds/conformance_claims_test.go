package kinds_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// agreements are the claims that nobody looks at on a machine: they only make settings collide. A claim that is not listed here must be
// observed, or a setting would own a place and pass whatever stands there.
var agreements = map[string][]string{
	"applocker_collection": {"svc:AppIDSvc"}, // its Start is observed, as a registry value
	"applocker_rule":       {`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe!*`},
	"dns_client":           {"nrpt:"},
	"exploit_protection":   {`file:\Windows`}, // folders: whether the file is there tells
	"file":                 {`file:\Windows\System32\drivers\etc`, `file:\Windows\System32\drivers`, `file:\Windows\System32`, `file:\Windows`},
	"hosts_file":           {`file:\Windows\System32\drivers\etc`, `file:\Windows\System32\drivers`, `file:\Windows\System32`, `file:\Windows`},
	"msi_package":          {`file:\Windows\wmclient`, `file:\Windows`}, // the package is gone once it is installed
	"wdac_policy":          {`file:\Windows\System32\CodeIntegrity`, `file:\Windows\System32`, `file:\Windows`},
	"windows_update":       {"update:regime"},
}

func TestEveryClaimIsObserved(t *testing.T) {
	for _, k := range kinds.All() {
		spec := mustDecode(t, k.Name, k.Example)
		o, err := spec.Observe(applied(t, spec))
		if err != nil {
			t.Fatal(err)
		}
		var unseen []string
		for _, c := range spec.Claims(base) {
			listed := slices.ContainsFunc(agreements[k.Name], func(a string) bool { return strings.HasPrefix(string(c.Location), a) })
			if _, ok := o.Fact(c.Location); !ok && !listed {
				unseen = append(unseen, string(c.Location))
			}
		}
		if len(unseen) > 0 {
			t.Errorf("%s claims and does not look at %s", k.Name, strings.Join(unseen, ", "))
		}
		for _, f := range o.Facts {
			if !slices.ContainsFunc(spec.Claims(base), func(c setting.Claim) bool { return c.Location.Same(f.Location) }) {
				t.Errorf("%s looks at %s and does not claim it: another setting could change it without a word", k.Name, f.Location)
			}
		}
	}
}

// Ops of one stage come in the order in which they must happen, and stages in theirs.
func TestOpsAreInOrderOfStages(t *testing.T) {
	for _, k := range kinds.All() {
		last := 0
		for _, op := range mustDecode(t, k.Name, k.Example).Ops(base) {
			at := slices.Index(setting.Stages(), op.Stage)
			if at < last {
				t.Errorf("%s: an op of stage %s after one of %s", k.Name, op.Stage, setting.Stages()[last])
			}
			last = at
		}
	}
}

var (
	saysWhereSeen = regexp.MustCompile(`offline|in the image|the registry|Registry\.pol|put into the image`)
	saysLimits    = regexp.MustCompile(`refused|Refused|[Nn]ot (supported|seen|offered|set)|never|is not (looked|judged|built|checked)|is another observation|alone|must be there`)
)

// A page that promises without saying where the promise is checked, and what it does not cover, is one that people trust too far.
func TestEveryDocSaysWhereAndWhatNot(t *testing.T) {
	for _, k := range kinds.All() {
		if !saysWhereSeen.MatchString(k.Doc) {
			t.Errorf("%s does not say where it is observed in an image", k.Name)
		}
		if !saysLimits.MatchString(k.Doc) {
			t.Errorf("%s does not say what it refuses or leaves out", k.Name)
		}
	}
}
