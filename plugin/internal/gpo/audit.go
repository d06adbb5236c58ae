package gpo

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
)

// auditEnd is what the GUIDs of all audit subcategories end in (ntsecapi.h).
const auditEnd = "-69ae-11d9-bed3-505054503030}"

// parseAudit reads audit.csv ([MS-GPAC] 2.2.1). What counts is the GUID and the number: the names beside them differ by language.
func parseAudit(name string, src []byte) (Result, hcl.Diagnostics) {
	out := Result{Files: []string{name}}
	text, err := baseline.Text(src)
	if err != nil {
		return out, hcl.Diagnostics{fault(Place{File: name}, "Unreadable text", "%s.", err)}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	var diags hcl.Diagnostics
	for first := true; ; first = false {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			return out, append(diags, fault(Place{File: name, Line: syntax.Line}, "Malformed CSV", "%s. The file is cut off or damaged: back the policy up anew.", syntax.Err))
		}
		if err != nil {
			return out, append(diags, fault(Place{File: name}, "Malformed CSV", "%s.", err))
		}
		line, _ := r.FieldPos(0)
		at := Place{File: name, Line: line}
		switch {
		case first && !hasGUID(record): // the header, in whatever language
		case len(record) < 7:
			diags = append(diags, fault(at, "Row too short", "The row has %d fields instead of 7: the file is cut off. Back the policy up anew.", len(record)))
		default:
			diags = append(diags, out.auditRow(at, record)...)
		}
		if len(diags) >= maxFaults || out.full() {
			return out, diags
		}
	}
	if len(out.Items)+len(out.Dropped) == 0 && !diags.HasErrors() {
		diags = append(diags, fault(Place{File: name}, "Empty audit policy", "The file names no audit subcategory. Give the audit.csv of a policy."))
	}
	return out, diags
}

func hasGUID(record []string) bool {
	for _, f := range record {
		if strings.HasSuffix(strings.ToLower(strings.TrimSpace(f)), auditEnd) {
			return true
		}
	}
	return false
}

// auditRow carries one row. Its last field is the number of the setting, its fourth the GUID; a comma in a name may have moved both.
func (r *Result) auditRow(at Place, record []string) hcl.Diagnostics {
	var guid string
	for _, f := range record {
		if hasGUID([]string{f}) {
			guid = strings.TrimSpace(f)
		}
	}
	what := strings.Join(record, ",")
	switch {
	case guid == "":
		r.drop(at, what, "no subcategory: an option of the audit policy or a global list of who is audited")
		return nil
	case strings.HasPrefix(strings.ToUpper(strings.TrimSpace(record[1])), "S-1-"):
		r.drop(at, what, "an audit policy of one user; a module states the machine's")
		return nil
	}
	var events []string
	switch number := strings.TrimSpace(record[len(record)-1]); number {
	case "0":
		r.drop(at, what, `0 leaves the subcategory as it is ([MS-GPAC] 2.2.1.3.1), although tools write "No Auditing" beside it: where nothing is to be audited, write an audit_policy with events = ["none"]`)
		return nil
	case "1":
		events = []string{"success"}
	case "2":
		events = []string{"failure"}
	case "3":
		events = []string{"success", "failure"}
	case "4":
		events = []string{"none"}
	default:
		return hcl.Diagnostics{fault(at, "Unknown audit setting", "%.40q is none of the numbers 0 to 4 that the last column holds.", number)}
	}
	r.add(Item{Kind: "audit_policy", Label: "audit " + record[2], At: []Place{at}, Attrs: []Attr{{"subcategory", strings.ToLower(guid)}, {"events", events}}})
	return nil
}
