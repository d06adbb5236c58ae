// Package baseline reads lists of recommended values as HardeningKitty and its like write them (CSV), and holds a composed plan against
// them: which rows it meets, which an exception or a not_managed mark answers, and which nothing explains.
//
// A row is carried as a location and a predicate, so that it does not matter by which kind a plan sets the thing. What cannot be carried
// (a method that reads a live machine only, a name where a SID belongs) stays in the list with the reason: no row is ever dropped, and a
// row that is not understood is never met. The package is pure: bytes and a plan in, data out.
package baseline

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// MaxRows is how many rows a list may have. Real ones have a few hundred.
const MaxRows = 20_000

// List is one list of recommended values.
type List struct {
	Name string
	Rows []Row
}

// Row is one recommended value.
type Row struct {
	List     string           `json:"list"`
	Line     int              `json:"line"` // in the file, from 1
	ID       string           `json:"id,omitempty"`
	Name     string           `json:"name,omitempty"`
	Method   string           `json:"method"`
	Location setting.Location `json:"location,omitempty"`
	Operator string           `json:"operator"`
	Wanted   string           `json:"wanted"` // canonical for the location's scheme where there is one, else as the list has it

	// AnyName means that the value's name does not count: it is an entry of a list that Windows keeps as the values of one key.
	AnyName bool `json:"any_name,omitempty"`

	// Unread says why the row cannot be carried; "" where it can.
	Unread string `json:"unread,omitempty"`

	source source
}

// source is what the row's place is made of, as the list has it.
type source struct{ argument, path, item, class, property, fallback string }

// At is the row's place, "file:line".
func (r Row) At() string { return fmt.Sprintf("%s:%d", r.List, r.Line) }

// Parse reads a list. name is the file's name for messages. Errors are of the file's form; rows that are not understood are kept.
func Parse(name string, src []byte, table setting.Table) (*List, hcl.Diagnostics) {
	text, err := Text(src)
	if err != nil {
		return nil, hcl.Diagnostics{fault(name, 1, "Unreadable list", "%s.", err)}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	r.Comma = delimiter(text)
	header, err := r.Read()
	if err != nil {
		return nil, hcl.Diagnostics{csvFault(name, err)}
	}
	columns, d := readHeader(name, header)
	if d != nil {
		return nil, hcl.Diagnostics{d}
	}
	list := &List{Name: name}
	for {
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			if len(list.Rows) == 0 {
				return nil, hcl.Diagnostics{fault(name, 1, "Empty list", "The list has a header and no row. An empty list would be met by anything: give the whole file.")}
			}
			return list, nil
		case err != nil:
			return nil, hcl.Diagnostics{csvFault(name, err)}
		case len(list.Rows) == MaxRows:
			return nil, hcl.Diagnostics{fault(name, 1, "Too many rows", "The list has more than %d rows. Split it.", MaxRows)}
		}
		line, _ := r.FieldPos(0)
		if len(record) < columns.least {
			return nil, hcl.Diagnostics{fault(name, line, "Row too short", "The row has %d fields, and the header promises %d: the file is cut off, or a quote is missing. Export it anew.", len(record), len(header))}
		}
		list.Rows = append(list.Rows, columns.row(name, line, record).carried(table))
	}
}

// delimiter is a semicolon where the header has more of them than commas, as a Swedish Excel writes.
func delimiter(text string) rune {
	header, _, _ := strings.Cut(text, "\n")
	if strings.Count(header, ";") > strings.Count(header, ",") {
		return ';'
	}
	return ','
}

func csvFault(name string, err error) *hcl.Diagnostic {
	var at *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return fault(name, 1, "Empty list", "The file is empty.")
	case errors.As(err, &at):
		return fault(name, at.Line, "Malformed CSV", "Column %d: %s. Quotes within a quoted field are doubled.", at.Column, at.Err)
	}
	return fault(name, 1, "Malformed CSV", "%s.", err)
}

func fault(name string, line int, summary, format string, args ...any) *hcl.Diagnostic {
	at := hcl.Pos{Line: line, Column: 1}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...),
		Subject: &hcl.Range{Filename: name, Start: at, End: at}}
}

// columns are the places of the columns that are read; -1 where a list lacks one.
type columns struct {
	id, name, method, argument, path, item, class, namespace, property, fallback, wanted, operator int
	least                                                                                          int
}

func readHeader(name string, header []string) (columns, *hcl.Diagnostic) {
	at := make(map[string]int, len(header))
	for i, h := range header {
		h = strings.ToLower(strings.TrimSpace(h))
		if _, twice := at[h]; twice && h != "" {
			return columns{}, fault(name, 1, "Column twice", "The column %q stands in the header twice. Remove one.", h)
		}
		at[h] = i
	}
	find := func(names ...string) int {
		for _, n := range names {
			if i, ok := at[n]; ok {
				return i
			}
		}
		return -1
	}
	c := columns{
		id: find("id"), name: find("name"), method: find("method"), argument: find("methodargument"), path: find("registrypath"),
		item: find("registryitem"), class: find("classname"), namespace: find("namespace"), property: find("property"),
		fallback: find("defaultvalue"), wanted: find("recommendedvalue"), operator: find("operator"),
	}
	if c.method < 0 || c.wanted < 0 {
		return c, fault(name, 1, "No list of recommended values", "The header has no column Method or none called RecommendedValue. The columns are those of a HardeningKitty finding list: ID, Category, Name, Method, MethodArgument, RegistryPath, RegistryItem, ..., RecommendedValue, Operator.")
	}
	c.least = max(c.method, c.wanted) + 1
	return c, nil
}

func (c columns) row(list string, line int, record []string) Row {
	get := func(i int) string {
		if i < 0 || i >= len(record) {
			return ""
		}
		return record[i]
	}
	r := Row{
		List: list, Line: line, ID: get(c.id), Name: get(c.name), Method: strings.TrimSpace(get(c.method)),
		Wanted: get(c.wanted), Operator: strings.TrimSpace(get(c.operator)),
	}
	r.source = source{argument: strings.TrimSpace(get(c.argument)), path: strings.TrimSpace(get(c.path)), item: get(c.item), class: get(c.class), property: strings.TrimSpace(get(c.property)),
		fallback: get(c.fallback)}
	return r
}
