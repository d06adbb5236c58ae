package baseline

import (
	"slices"
	"strings"
)

// Count is how many rows stand how.
type Count struct {
	Rows       int `json:"rows"`
	Met        int `json:"met"`
	Exception  int `json:"exception"`
	Override   int `json:"override"` // beaten by another setting, or set otherwise by a module that says why
	NotManaged int `json:"not_managed"`
	Unmet      int `json:"unmet"`
	Unread     int `json:"unread"`
}

// Add counts one more row.
func (c *Count) Add(s Status) {
	c.Rows++
	switch s {
	case Met:
		c.Met++
	case Excepted:
		c.Exception++
	case Overridden:
		c.Override++
	case NotManaged:
		c.NotManaged++
	case Unmet:
		c.Unmet++
	default: // a status that is none is no pass
		c.Unread++
	}
}

// Plus is the sum of two counts.
func (c Count) Plus(o Count) Count {
	return Count{c.Rows + o.Rows, c.Met + o.Met, c.Exception + o.Exception, c.Override + o.Override, c.NotManaged + o.NotManaged, c.Unmet + o.Unmet, c.Unread + o.Unread}
}

// Unexplained is how many rows are neither met nor answered.
func (c Count) Unexplained() int { return c.Unmet + c.Unread }

// MethodCount is the count of one method's rows.
type MethodCount struct {
	Method string `json:"method"`
	Count
}

// Coverage is how one plan stands to one list.
type Coverage struct {
	List    string        `json:"list"`
	Total   Count         `json:"total"`
	Methods []MethodCount `json:"methods"` // sorted by method
	Results []Result      `json:"rows"`    // in the order of the list
}

// Cover holds a whole list against a plan.
func Cover(s *State, l *List) Coverage {
	c := Coverage{List: l.Name}
	for _, row := range l.Rows {
		r := s.Judge(row)
		c.Results = append(c.Results, r)
		c.Total.Add(r.Status)
		i := slices.IndexFunc(c.Methods, func(m MethodCount) bool { return strings.EqualFold(m.Method, row.Method) })
		if i < 0 {
			i, c.Methods = len(c.Methods), append(c.Methods, MethodCount{Method: row.Method})
		}
		c.Methods[i].Add(r.Status)
	}
	slices.SortFunc(c.Methods, func(a, b MethodCount) int { return byMethod(a.Method, b.Method) })
	return c
}

// Unexplained lists the rows that are neither met nor answered.
func (c Coverage) Unexplained() []Result {
	var out []Result
	for _, r := range c.Results {
		if !r.Explained() {
			out = append(out, r)
		}
	}
	return out
}
