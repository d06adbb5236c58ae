package gpo

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// parseList reads a list of recommended values. It names no types and may ask for a range: what had to be assumed is noted.
func parseList(name string, src []byte, table setting.Table) (Result, hcl.Diagnostics) {
	out := Result{Files: []string{name}}
	list, diags := baseline.Parse(name, src, table)
	if diags.HasErrors() {
		return out, diags
	}
	for _, row := range list.Rows {
		at := Place{File: name, Line: row.Line}
		what := strings.TrimSpace(row.Method + " " + row.Name)
		if row.Unread != "" {
			out.drop(at, what, "%s", row.Unread)
			continue
		}
		it, why := rowItem(row)
		if why != "" {
			out.drop(at, what, "%s", why)
			continue
		}
		it.At = []Place{at}
		switch row.Operator {
		case baseline.OpEqual, baseline.OpAbsent, baseline.OpEqualOrEmpty:
		case baseline.OpContains, baseline.OpAtLeast, baseline.OpAtMost, baseline.OpAtMostNot0:
			it.Note = fmt.Sprintf("the list asks for %s %s; a module states one value", row.Operator, row.Wanted)
		default:
			out.drop(at, what, "the list asks for %s %s, and a module states one value", row.Operator, row.Wanted)
			continue
		}
		out.add(it)
	}
	return out, nil
}

// rowItem makes a setting of a row; why says what stands in the way.
func rowItem(row baseline.Row) (it Item, why string) {
	scheme, name := row.Location.Scheme(), row.Location.Name()
	it.Label = name
	switch scheme {
	case "reg":
		return registryItem(row)
	case "right":
		sids, err := parseJSONList(row.Wanted)
		if err != nil {
			return it, err.Error()
		}
		it.Kind, it.Attrs = "user_right", []Attr{{"right", name}, {"sids", sids}}
		if len(sids) == 0 {
			it.Attrs[1] = Attr{"nobody", true}
		}
	case setting.SchemeAudit:
		it.Kind, it.Label = "audit_policy", "audit "+row.Name
		it.Attrs = []Attr{{"subcategory", name}, {"events", strings.Split(row.Wanted, ",")}}
	case setting.SchemeAccountPolicy:
		n, err := strconv.ParseInt(row.Wanted, 10, 64)
		if err != nil {
			return it, "its value is no number"
		}
		it.Kind, it.Attrs = "account_policy", []Attr{{"name", name}, {"value", n}}
	case setting.SchemeAccount, setting.SchemeAccountName:
		rid, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			return it, "it names no account by its RID"
		}
		it.Kind, it.Label, it.Attrs = "local_account", "account "+name, []Attr{{"rid", rid}, {"enabled", row.Wanted == "enabled"}}
		if scheme == setting.SchemeAccountName {
			it.Attrs[1] = Attr{"name", row.Wanted}
		}
	case "svc":
		it.Kind, it.Attrs = "service", []Attr{{"name", name}, {"start", row.Wanted}}
	case setting.SchemeTask:
		it.Kind, it.Attrs = "scheduled_task", []Attr{{"path", name}, {"state", row.Wanted}}
	case setting.SchemeFeature:
		it.Kind, it.Attrs = "optional_feature", []Attr{{"name", name}, {"state", row.Wanted}}
	default:
		return it, "no kind of setting sets " + string(row.Location)
	}
	return it, ""
}

func registryItem(row baseline.Row) (it Item, why string) {
	key, name, ok := strings.Cut(row.Location.Name(), "!")
	if !ok {
		return it, "it names no value"
	}
	it = Item{Kind: "registry_value", Label: name, Attrs: []Attr{{"key", key}, {"name", name}}}
	if name == "*" && row.AnyName {
		return it, "the list asks for an entry of a list whatever its name, and a module names it"
	}
	if row.Operator == baseline.OpAbsent {
		it.Attrs = append(it.Attrs, Attr{"ensure", "absent"})
		return it, ""
	}
	wanted := row.Wanted
	var list []string
	switch n, ok := baseline.Number(wanted); {
	case ok && n >= -1<<31 && n < 1<<32:
		it.Attrs = append(it.Attrs, Attr{"type", string(setting.TypeDWord)}, Attr{"value", uint64(uint32(n))}) // a negative one is the same 32 bits
		it.Note = "the list names no type; dword was assumed"
	case ok:
		it.Attrs = append(it.Attrs, Attr{"type", string(setting.TypeSZ)}, Attr{"value", strings.TrimSpace(wanted)})
		it.Note = "the list names no type, and the number does not fit into a dword; sz was assumed"
	case strings.HasPrefix(wanted, "[") && json.Unmarshal([]byte(wanted), &list) == nil:
		it.Attrs = append(it.Attrs, Attr{"type", string(setting.TypeMultiSZ)}, Attr{"value", list})
	default:
		it.Attrs = append(it.Attrs, Attr{"type", string(setting.TypeSZ)}, Attr{"value", wanted})
		it.Note = "the list names no type; sz was assumed"
	}
	return it, ""
}
