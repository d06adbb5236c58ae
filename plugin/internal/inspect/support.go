package inspect

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

//go:embed support.json
var supportData []byte

// SupportTable is the one data file of support dates.
type SupportTable struct {
	Schema   int       `json:"schema"`  // 1
	Updated  string    `json:"updated"` // the day the table was last held against its sources
	Source   string    `json:"source"`
	Editions []Edition `json:"editions"`
}

// Edition is the support of one edition of one build. Editions of one id and
// build differ by licence; then there are several rows.
type Edition struct {
	EditionID  string `json:"edition_id"`
	Build      int    `json:"build"`
	Product    string `json:"product"`
	Mainstream string `json:"mainstream_end"` // a day, 2006-01-02
	Extended   string `json:"extended_end"`   // the last day with security updates
	Note       string `json:"note,omitempty"`
}

// Support returns the table that this program carries.
func Support() (*SupportTable, error) { return ParseSupport(supportData) }

// ParseSupport reads a table of support dates: a newer one than the program's own.
func ParseSupport(b []byte) (*SupportTable, error) {
	var t SupportTable
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return nil, fmt.Errorf("support dates: %w", err)
	}
	if t.Schema != 1 {
		return nil, fmt.Errorf("support dates: schema %d; this program reads 1", t.Schema)
	}
	if len(t.Editions) == 0 {
		return nil, errors.New("support dates: the table is empty")
	}
	seen := map[string]bool{}
	for _, e := range t.Editions {
		for _, day := range []string{e.Mainstream, e.Extended} {
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				return nil, fmt.Errorf("support dates: %s %d: %q is no day", e.EditionID, e.Build, day)
			}
		}
		key := fmt.Sprint(strings.ToLower(e.EditionID), e.Build)
		if seen[key] || e.EditionID == "" || e.Product == "" || e.Extended < e.Mainstream {
			return nil, fmt.Errorf("support dates: the row %s %d stands twice, or contradicts itself", e.EditionID, e.Build)
		}
		seen[key] = true
	}
	return &t, nil
}

// Find returns the row of an edition id and a build number.
func (t *SupportTable) Find(editionID string, build int) (Edition, bool) {
	for _, e := range t.Editions {
		if strings.EqualFold(e.EditionID, editionID) && e.Build == build {
			return e, true
		}
	}
	return Edition{}, false
}
