package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// RecordSchema names the form of an audit record. A reader refuses any other.
const RecordSchema = "wmclient/audit-record/1"

// MaxRecord bounds a record that is read: some 10,000 findings.
const MaxRecord = 64 << 20 // bytes

// Way is how a client was looked at.
type Way string

// The ways.
const (
	WayWinRM Way = "winrm" // collected by script, in one command, from elsewhere
	WayLocal Way = "local" // by the agent on the client itself
)

// Record says what came of the audit of one client. Its JSON form is canonical (RFC 8785), so that it can be signed as it is. Where the client was not judged, what
// would be known of it is empty.
type Record struct {
	Schema             string            `json:"schema"`
	Name               string            `json:"name"`               // of the client, as whoever asked knows it
	Way                Way               `json:"way"`                // how it was looked at
	Previous           string            `json:"previous,omitempty"` // SHA-256 of the record before it, where records form a chain
	Started            string            `json:"started"`            // RFC 3339, UTC, by the clock of whoever asked
	Ended              string            `json:"ended"`
	State              State             `json:"state"`
	Reason             string            `json:"reason,omitempty"` // why it was not judged: package remote's reason, or "image", "answer"
	What               string            `json:"what,omitempty"`   // more about that
	Attempts           int               `json:"attempts"`
	ClockAhead         int64             `json:"clock_ahead_seconds,omitempty"` // of the client's clock, where it is more than five minutes off; negative is behind
	Image              string            `json:"image,omitempty"`
	Version            string            `json:"version,omitempty"`
	RecipeDigest       string            `json:"recipe_digest,omitempty"`   // SHA-256 of the plan, lower-case hex
	ManifestDigest     string            `json:"manifest_digest,omitempty"` // SHA-256 of the manifest; "" where the agent on the client does not know it
	BaselineDigest     string            `json:"baseline_digest,omitempty"` // SHA-256 of the record that the inventory was held against
	Policy             string            `json:"policy,omitempty"`          // title of the domain's policy that was expected
	Host               agent.Host        `json:"host"`
	Boot               string            `json:"boot,omitempty"`
	Platform           agent.Platform    `json:"platform,omitempty"`   // as in Host
	ValidatedOnWindows bool              `json:"validated_on_windows"` // false until wmclient itself was accepted on real Windows
	Statement          string            `json:"statement"`
	Expired            []string          `json:"expired"` // exceptions and agreements of the image that held no longer
	Differences        []Difference      `json:"differences"`
	Gaps               []Gap             `json:"gaps"`
	NotCompared        []string          `json:"not_compared"`
	Inventory          Inventory         `json:"inventory"`
	Summary            validate.Summary  `json:"summary"`
	Findings           []setting.Finding `json:"findings"`
}

// statement says what a record does not show.
const statement = "Findings were made by programs that have never been accepted on a real Windows. A record shows what the client answered; it is not " +
	"signed here, and whoever rules the client can make it answer anything."

// Fill takes over what the client was judged to be.
func (r *Record) Fill(res *Result) {
	m := res.Image.Manifest
	r.State, r.Image, r.Version, r.RecipeDigest, r.ManifestDigest = res.State, m.Image.Name, m.Image.Version, m.RecipeDigest, res.Image.Digest
	r.Host, r.Boot, r.Platform, r.Differences, r.Gaps, r.NotCompared = res.Host, res.Boot, res.Host.Platform, res.Differences, res.Gaps, res.NotCompared
	r.Inventory, r.Summary, r.Findings = res.Inventory, res.Summary, res.Findings
	if res.Image.overlay != nil {
		r.Policy = res.Image.overlay.title
	}
}

// Bytes returns the canonical bytes with schema and statement filled in.
func (r *Record) Bytes() ([]byte, error) {
	out := *r
	out.Schema, out.Statement = RecordSchema, statement
	if out.Summary.Outcomes == nil {
		var err error
		if out.Summary, err = validate.Summarize(nil); err != nil {
			return nil, err
		}
	}
	fill(&out.Expired)
	fill(&out.Differences)
	fill(&out.Gaps)
	fill(&out.NotCompared)
	fill(&out.Findings)
	fill(&out.Host.Languages)
	b, err := canonical.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode audit record: %w", err)
	}
	return b, nil
}

// fill makes a list whose JSON is a list.
func fill[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}

// ReadRecord reads a record and returns its digest. Another schema, another form than the canonical one, counts that do not follow from the findings, and a state that
// does not follow from differences and gaps are errors.
func ReadRecord(raw []byte) (*Record, string, error) {
	if len(raw) > MaxRecord {
		return nil, "", fmt.Errorf("audit record: %d bytes are more than %d", len(raw), MaxRecord)
	}
	if err := canonical.Verify(raw); err != nil {
		return nil, "", fmt.Errorf("audit record: %w", err)
	}
	rec := new(Record)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(rec); err != nil {
		return nil, "", fmt.Errorf("audit record: %w", err)
	}
	if rec.Schema != RecordSchema {
		return nil, "", fmt.Errorf("audit record: its schema is %q, this program knows %s", rec.Schema, RecordSchema)
	}
	again, err := rec.Bytes()
	if err != nil || !bytes.Equal(again, raw) {
		return nil, "", fmt.Errorf("audit record: fields are not written as %s has them", RecordSchema)
	}
	return rec, canonical.Digest(raw), rec.check()
}

// check refuses a record that contradicts itself.
func (r *Record) check() error {
	summary, err := validate.Summarize(r.Findings)
	if err != nil {
		return fmt.Errorf("audit record: %w", err)
	}
	a, err1 := canonical.Marshal(summary)
	b, err2 := canonical.Marshal(r.Summary)
	if err := errors.Join(err1, err2); err != nil || !bytes.Equal(a, b) {
		return errors.Join(errors.New("audit record: its counts are not those of its findings"), err)
	}
	res := Result{Differences: r.Differences}
	judged := r.State == OK || r.State == Drift || r.State == Unobservable
	switch {
	case judged && (r.RecipeDigest == "" || r.ManifestDigest == "" && r.Way != WayLocal): // an image cannot carry its manifest's digest
		return errors.New("audit record: it judges by no manifest")
	case judged && (r.State == Drift) != res.Drifted(), r.State == OK && (len(r.Gaps) > 0 || len(r.Findings) == 0):
		return fmt.Errorf("audit record: its state %q does not follow from what it tells", r.State)
	case !judged && r.State != Unreachable && r.State != UnknownImage && r.State != Error:
		return fmt.Errorf("audit record: unknown state %q", r.State)
	}
	return nil
}
