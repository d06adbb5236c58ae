package secpolicy

import (
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// auditKey holds the audit policy in its default value.
const auditKey = `Policy\PolAdtEv`

// The canonical texts of what a subcategory writes to the security log.
const (
	AuditNone    = "none"
	AuditSuccess = "success"
	AuditFailure = "failure"
	AuditBoth    = "success,failure"
)

// AuditLayout is one known form of the audit policy record: which subcategories a Windows has, in which order it keeps them.
type AuditLayout struct {
	Name   string   // of the Windows that keeps it so
	Counts []uint16 // subcategories in each category, as the record itself says
	GUIDs  []string // of the subcategories, in the record's order; nil where the order is not known well enough
}

// auditTail is what all subcategories' GUIDs end in (ntsecapi.h).
const auditTail = "-69ae-11d9-bed3-505054503030"

// windows10Audit are the subcategories of Windows 10 1607 to 22H2, by the first part of their GUID ([MS-GPAC] 2.2.1.2), a line for each
// category, in the record's order. That is not the order of the GUIDs: Special Logon stands before the IPsec modes, Other Object Access
// Events behind SAM.
//
// Sources: the record says how many each category has; the order is that of two public readers of the record (dissect.target and,
// for these builds, RegRipper), and what a real Windows 10 of 2021 holds reads, in this order, exactly as its documented default. The order
// among subcategories that all have one value there (most of them: none) rests on those readers alone.
var windows10Audit = []string{
	"0cce9210", "0cce9211", "0cce9212", "0cce9213", "0cce9214",
	"0cce9215", "0cce9216", "0cce9217", "0cce9218", "0cce921b", "0cce9219", "0cce921a", "0cce921c", "0cce9243", "0cce9247", "0cce9249",
	"0cce921d", "0cce921e", "0cce921f", "0cce9220", "0cce9227", "0cce9221", "0cce9222", "0cce9223", "0cce9224", "0cce9225", "0cce9226", "0cce9244", "0cce9245", "0cce9246",
	"0cce9228", "0cce9229", "0cce922a",
	"0cce922b", "0cce922c", "0cce922d", "0cce922e", "0cce9248", "0cce924a",
	"0cce922f", "0cce9230", "0cce9231", "0cce9232", "0cce9233", "0cce9234",
	"0cce9235", "0cce9236", "0cce9237", "0cce9238", "0cce9239", "0cce923a",
	"0cce923b", "0cce923c", "0cce923d", "0cce923e",
	"0cce923f", "0cce9240", "0cce9241", "0cce9242",
}

// AuditLayouts lists the known forms. Those without GUIDs are recognised only to be refused by name.
func AuditLayouts() []AuditLayout {
	windows10 := make([]string, len(windows10Audit))
	for i, guid := range windows10Audit {
		windows10[i] = "{" + guid + auditTail + "}"
	}
	return []AuditLayout{
		{"Windows 10 1607 to 22H2", []uint16{5, 11, 14, 3, 6, 6, 6, 4, 4}, windows10},
		{"Windows 10 1507 and 1511", []uint16{5, 11, 14, 3, 5, 6, 6, 4, 4}, nil},
		{"Windows 7", []uint16{5, 9, 12, 3, 4, 6, 6, 4, 4}, nil},
		{"a later Windows 11", []uint16{5, 12, 14, 3, 6, 6, 6, 4, 4}, nil},
	}
}

// Audit reads from a SECURITY hive what each subcategory of the audit policy writes to the security log: one of the Audit texts, by the
// subcategory's GUID. All subcategories of the Windows are in it.
func Audit(security *regf.Hive) (map[string]string, error) {
	data, err := record(security, auditKey, "")
	if err != nil {
		return nil, err
	}
	policy, err := parseAudit(data)
	if err != nil {
		return nil, layoutError(auditKey, "%v", err)
	}
	return policy, nil
}

// parseAudit reads the record: a head of 12 bytes (form, number of categories, where their counts lie), one 16-bit number for each
// subcategory, one more that means nothing and holds chance, and the counts.
func parseAudit(b []byte) (map[string]string, error) {
	const head, form, categories, spare = 12, 0x100, 9, 2
	if len(b) < head || u32(b, 0) != form || u32(b, 4) != categories {
		return nil, fmt.Errorf("an audit policy of %d bytes does not begin with form %#x and %d categories", len(b), form, categories)
	}
	at := uint64(u32(b, 8))
	if at < head+spare || at%2 != 0 || at+2*categories != uint64(len(b)) {
		return nil, fmt.Errorf("an audit policy of %d bytes keeps its counts at %d", len(b), at)
	}
	counts, total := make([]uint16, categories), 0
	for i := range counts {
		counts[i] = u16(b, int(at)+2*i)
		total += int(counts[i])
	}
	if head+2*total+spare != int(at) {
		return nil, fmt.Errorf("an audit policy with %d subcategories keeps its counts at %d", total, at)
	}
	layouts := AuditLayouts()
	i := slices.IndexFunc(layouts, func(l AuditLayout) bool { return slices.Equal(l.Counts, counts) })
	switch {
	case i < 0:
		return nil, fmt.Errorf("an audit policy with %v subcategories is of no Windows known here", counts)
	case layouts[i].GUIDs == nil:
		return nil, fmt.Errorf("an audit policy with %v subcategories is that of %s, whose order is not known here", counts, layouts[i].Name)
	}
	texts := []string{AuditNone, AuditSuccess, AuditFailure, AuditBoth}
	policy := make(map[string]string, total)
	for n, guid := range layouts[i].GUIDs {
		value := u16(b, head+2*n)
		if int(value) >= len(texts) {
			return nil, fmt.Errorf("subcategory %s has the value %#x, known are 0 to 3", guid, value)
		}
		policy[guid] = texts[value]
	}
	return policy, nil
}
