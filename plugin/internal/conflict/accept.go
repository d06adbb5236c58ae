package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// accept hands each acceptance to the conflicts that it names; one that names nothing is an error, like an exception that changes nothing.
func (j *judge) accept() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, x := range j.req.Accepted {
		used := false
		for i := range j.found {
			c := &j.found[i]
			if c.Level != Block && c.Level != Ask || !meant(x.Setting, *c) {
				continue
			}
			used = true
			if c.Accepted == nil {
				c.Accepted = &x
			}
		}
		if !used {
			summary, detail := j.unused(x.Setting)
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Subject: x.DefRange.Ptr(), Detail: detail})
		}
	}
	return diags
}

// meant reports whether an acceptance means a conflict: its row, for all products or for its own.
func meant(id string, c Conflict) bool {
	name := AcceptPrefix + c.Row
	return id == name || id == name+"["+c.Product+"]"
}

// unused says why an acceptance stands for nothing: its row or product is unknown, what it names needs no acceptance, or does not occur.
func (j *judge) unused(id string) (summary, detail string) {
	row, product, bracket := strings.Cut(strings.TrimPrefix(id, AcceptPrefix), "[")
	product = strings.TrimSuffix(product, "]")
	rows := append(rowNames(), unstated)
	if !slices.Contains(rows, row) {
		return "Exception for an unknown conflict", fmt.Sprintf("There is no conflict %q.%s The rows are %s; a product's name may follow in brackets.", id, plan.DidYouMean(row, rows), strings.Join(rowNames(), ", "))
	}
	var products []string
	for _, p := range j.products() {
		products = append(products, p.Name)
	}
	if bracket && !slices.Contains(products, product) {
		hint := plan.DidYouMean(product, products)
		if hint == "" && len(products) > 0 {
			hint = " Its products are " + strings.Join(quoted(products), ", ") + "."
		}
		return "Accepted conflict does not occur", fmt.Sprintf("The image accepts %q, but has no product %q.%s", id, product, hint)
	}
	var others []string
	for _, c := range j.found {
		if meant(id, c) {
			return "Accepted conflict needs no acceptance", fmt.Sprintf("The image accepts %q, but what the plan has of it is %s, which stops nothing and needs no acceptance. Remove the exception.", id, c.Level)
		}
		if c.Row == row && (c.Level == Block || c.Level == Ask) && c.Product != "" {
			others = append(others, fmt.Sprintf("%q", AcceptPrefix+row+"["+c.Product+"]"))
		}
	}
	if len(others) > 0 {
		slices.Sort(others)
		return "Accepted conflict does not occur", fmt.Sprintf("The image accepts %q, but the plan has no such conflict that would stop it; it has %s. Name that one, or remove the exception.", id, strings.Join(slices.Compact(others), ", "))
	}
	return "Accepted conflict does not occur", fmt.Sprintf("The image accepts %q, but the plan has no such conflict that would stop it. Remove the exception.", id)
}

func rowNames() []string {
	var names []string
	for _, r := range Rows() {
		names = append(names, r.Name)
	}
	return names
}
