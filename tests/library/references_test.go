package library_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// rule is one row of testdata/stig.csv: a rule's number and what the public source shows of it.
type rule struct{ id, cci, location, operator, value string }

// meets reports whether a claim's value is one that the rule allows.
func (r rule) meets(value string) bool {
	number := value
	if kind, data, ok := strings.Cut(value, ":"); ok && (kind == "dword" || kind == "sz") {
		number = data
	}
	words := strings.Fields(r.value)
	switch r.operator {
	case "=":
		return strings.EqualFold(value, r.value)
	case "in":
		return slices.Contains(words, number)
	case "<=", ">=":
		n, err := strconv.Atoi(number)
		limit, err2 := strconv.Atoi(r.value)
		return err == nil && err2 == nil && n > 0 && (r.operator == "<=" && n <= limit || r.operator == ">=" && n >= limit)
	case "set":
		var got []string
		if json.Unmarshal([]byte(value), &got) != nil {
			return false
		}
		slices.Sort(got)
		slices.Sort(words)
		return slices.Equal(got, words)
	case "has":
		return slices.Contains(strings.Split(value, ","), r.value)
	}
	return false
}

func stig(t *testing.T) map[string][]rule {
	t.Helper()
	f, err := os.Open("testdata/stig.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]rule{}
	for _, r := range rows[1:] {
		out[r[0]] = append(out[r[0]], rule{r[0], strings.ReplaceAll(r[1], " ", ", "), r[2], r[3], r[4]})
	}
	return out
}

var (
	stigForm = regexp.MustCompile(`^DISA STIG for Windows 10: (V-[0-9]{6}), (CCI-[0-9]{6}(?:, CCI-[0-9]{6})*)$`)
	stigWord = regexp.MustCompile(`STIG|CCI-|\bV-[0-9]`)
)

// TestSTIGNumbers holds each rule number that a setting cites against the table of what the public source shows: the number has to be there
// with its CCI, and some image has to set the rule's place to a value that the rule allows.
func TestSTIGNumbers(t *testing.T) {
	table := stig(t)
	dir := harness.CopyProfiles(t)
	type cite struct{ setting, id string }
	met := map[cite]bool{}
	for _, profile := range images(t, dir) {
		file := filepath.Join(t.TempDir(), "provenance.json")
		harness.Wmclient(t, "", "plan", profile, "--provenance", file).Must(t, 0)
		var p struct {
			Settings []struct {
				ID         string   `json:"id"`
				References []string `json:"references"`
				Claims     []struct {
					Location string `json:"location"`
					Value    string `json:"value"`
				} `json:"claims"`
			} `json:"settings"`
		}
		decode(t, file, &p)
		for _, s := range p.Settings {
			id, _, _ := strings.Cut(s.ID, "[")
			for _, ref := range s.References {
				m := stigForm.FindStringSubmatch(ref)
				if m == nil {
					if stigWord.MatchString(ref) && !strings.HasPrefix(ref, "DISA STIG for Internet Explorer 11: ") { // those are held by no table
						t.Errorf("%s cites %q; the form is \"DISA STIG for Windows 10: V-220000, CCI-000000\"", id, ref)
					}
					continue
				}
				rules := table[m[1]]
				if len(rules) == 0 || rules[0].cci != m[2] {
					t.Errorf("%s cites %q, which testdata/stig.csv does not have", id, ref)
					continue
				}
				c := cite{id, m[1]}
				for _, claim := range s.Claims {
					met[c] = met[c] || slices.ContainsFunc(rules, func(r rule) bool { return strings.EqualFold(r.location, claim.Location) && r.meets(claim.Value) })
				}
			}
		}
	}
	for c, ok := range met {
		if !ok {
			t.Errorf("%s cites %s, and in no image it sets the rule's place to what the rule asks for", c.setting, c.id)
		}
	}
	cited := map[string]bool{}
	for c := range met {
		cited[c.id] = true
	}
	if len(met) < 100 {
		t.Errorf("only %d citations were found", len(met))
	}
	t.Logf("%d settings and rules, %d rule numbers", len(met), len(cited))
}

// TestEverySettingHasReferences fails where a setting of a module says nowhere what it rests on, and counts what they rest on.
func TestEverySettingHasReferences(t *testing.T) {
	kinds := map[string]int{}
	settings := 0
	list := regexp.MustCompile(`(?s)\n    references += \[(.*?)\]`)
	for _, m := range modules(t, harness.CopyProfiles(t)) {
		for label, text := range m.settings {
			settings++
			refs := list.FindStringSubmatch(text)
			if refs == nil {
				t.Errorf("%s/%s has no references", m.name, label)
				continue
			}
			for name, form := range map[string]string{"Microsoft security baseline": `Microsoft security baseline`, "NSA host baseline": `NSA host baseline`, "Windows policy or value": `Windows (policy|value)`,
				"STIG rule": `DISA STIG for`, "NIST SP 800-53": `NIST SP 800-53`, "Microsoft documentation": `Microsoft (Learn|Docs)|MSRC|ADV[0-9]|KB[0-9]|CVE-`} {
				if regexp.MustCompile(form).MatchString(refs[1]) {
					kinds[name]++
				}
			}
		}
	}
	t.Logf("%d settings: %v", settings, kinds)
}
