package kinds

import (
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// observeStates reads one fact for each location, in the order given.
func observeStates(r setting.Reader, locations ...setting.Location) (setting.Observed, error) {
	var o setting.Observed
	for _, l := range locations {
		fact, err := setting.ObserveState(r, l)
		if err != nil {
			return setting.Observed{}, err
		}
		o.Facts = append(o.Facts, fact)
	}
	return o, nil
}

// claimed is one fact for each claim: what a kind wants is what it claims.
func claimed(claims []setting.Claim) []setting.Fact {
	facts := make([]setting.Fact, len(claims))
	for i, c := range claims {
		facts[i] = setting.Fact{Location: c.Location, Present: c.Value != setting.Absent, Value: c.Value}
		if c.Value == setting.Absent {
			facts[i].Value = ""
		}
	}
	return facts
}

// mayBeMissing turns a failure into "not applicable" where the thing at l is absent and may be.
func mayBeMissing(v setting.Verdict, o setting.Observed, l setting.Location, what string) setting.Verdict {
	fact, ok := o.Fact(l)
	if v.Outcome != setting.Fail || !ok || fact.Present {
		return v
	}
	return setting.Verdict{Outcome: setting.NotApplicable, Expected: v.Expected, Observed: fact.String(), Reason: what + " is not there, and may be missing"}
}

// whole reads a number that an attribute holds, which must be whole: HCL knows one type of number only.
func whole(n float64) (int64, bool) {
	i := int64(n)
	return i, float64(i) == n && i > -1<<53 && i < 1<<53
}

// isProductCode knows the form of a Windows Installer product code.
func isProductCode(s string) bool {
	return len(s) == 38 && s[0] == '{' && s[37] == '}' && isGUID(s[1:37])
}

// isGUID knows a GUID without braces.
func isGUID(s string) bool {
	groups := strings.Split(s, "-")
	if len(groups) != 5 {
		return false
	}
	for i, n := range []int{8, 4, 4, 4, 12} {
		if len(groups[i]) != n || strings.Trim(strings.ToLower(groups[i]), "0123456789abcdef") != "" {
			return false
		}
	}
	return true
}
