package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// RecordSchema names the form of a first-boot record. A reader refuses any other.
const RecordSchema = "wmclient/first-boot-record/1"

// maxRecord bounds a record that is read: some 10,000 findings.
const maxRecord = 64 << 20 // bytes

// Record says what came of the work on one machine. Its JSON form is canonical (RFC 8785), so that it can be signed as it is.
type Record struct {
	Schema             string            `json:"schema"`
	Previous           string            `json:"previous,omitempty"` // SHA-256 of the record before it in this state folder; "" for the first
	Image              string            `json:"image"`
	Version            string            `json:"version"`
	RecipeDigest       string            `json:"recipe_digest"`             // SHA-256 of the plan, lower-case hex
	ManifestDigest     string            `json:"manifest_digest,omitempty"` // of the image's manifest, where the bundle knows it
	BundleDigest       string            `json:"bundle_digest"`             // SHA-256 of bundle.json
	Agent              Program           `json:"agent"`
	Host               Host              `json:"host"`
	Platform           Platform          `json:"platform"`             // as in Host
	ValidatedOnWindows bool              `json:"validated_on_windows"` // false until wmclient itself was accepted on real Windows
	Statement          string            `json:"statement"`
	Started            string            `json:"started"` // RFC 3339, UTC, by the clock of the machine
	Ended              string            `json:"ended"`
	Boots              []string          `json:"boots"` // boot ids, in the order in which the work met them
	Stages             []setting.Stage   `json:"stages"`
	Journal            string            `json:"journal"`         // SHA-256 of the journal's last line before this record; it covers all lines
	JournalEntries     int               `json:"journal_entries"` // how many lines that are
	Passed             bool              `json:"passed"`
	Summary            validate.Summary  `json:"summary"`
	Findings           []setting.Finding `json:"findings"`
}

// statement says what a record does not show.
const statement = "Findings were made by programs that have never been accepted on a real Windows. A record shows what the agent read back; it is not " +
	"signed here, and whoever rules the machine can make another one."

// record writes the record and returns its digest. Records before it stay, with a number.
func (r *run) record(findings []setting.Finding, summary validate.Summary, passed bool) (string, error) {
	host, err := r.Machine.Host()
	if err != nil {
		return "", fmt.Errorf("what machine is %s: %w", r.Machine.Describe(), err)
	}
	path := filepath.Join(r.Dir, RecordFile)
	previous, err := r.putAside(path)
	if err != nil {
		return "", err
	}
	b, entries := r.Bundle, r.journal.entries
	rec := Record{
		Schema: RecordSchema, Previous: previous, Image: b.Image, Version: b.Version, RecipeDigest: b.RecipeDigest, ManifestDigest: b.ManifestDigest,
		BundleDigest: b.Digest(), Agent: r.Program, Host: host, Platform: host.Platform, Statement: statement,
		Started: entries[0].Time, Ended: r.Clock().UTC().Format(time.RFC3339), Boots: boots(entries), Stages: b.Stages,
		Journal: r.journal.prev, JournalEntries: len(entries), Passed: passed, Summary: summary, Findings: findings,
	}
	raw, err := canonical.Marshal(rec)
	if err != nil {
		return "", fmt.Errorf("write record: %w", err)
	}
	if err := partial.WriteFile(path, raw); err != nil {
		return "", fmt.Errorf("write record: %w", err)
	}
	return canonical.Digest(raw), nil
}

// putAside gives the record that stands there a number of its own, and returns its digest.
func (r *run) putAside(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read record: %w", err)
	}
	for n := 1; ; n++ {
		aside := path + "." + strconv.Itoa(n)
		was, err := os.ReadFile(aside)
		if err == nil && !bytes.Equal(was, raw) {
			continue
		}
		if err := partial.WriteFile(aside, raw); err != nil {
			return "", fmt.Errorf("keep record: %w", err)
		}
		return canonical.Digest(raw), nil
	}
}

// ReadRecord reads a record and returns its digest. Another schema, another form than the canonical one, and counts that do not follow from
// the findings are errors.
func ReadRecord(raw []byte) (*Record, string, error) {
	if len(raw) > maxRecord {
		return nil, "", fmt.Errorf("record: %d bytes are more than %d", len(raw), maxRecord)
	}
	if err := canonical.Verify(raw); err != nil {
		return nil, "", fmt.Errorf("record: %w", err)
	}
	rec := new(Record)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(rec); err != nil {
		return nil, "", fmt.Errorf("record: %w", err)
	}
	if rec.Schema != RecordSchema {
		return nil, "", fmt.Errorf("record: its schema is %q, this program knows %s", rec.Schema, RecordSchema)
	}
	// encoding/json takes field names in any case and null for anything: what it did not take as written shows here.
	if again, err := canonical.Marshal(rec); err != nil || !bytes.Equal(again, raw) {
		return nil, "", fmt.Errorf("record: fields are not written as %s has them", RecordSchema)
	}
	summary, err := validate.Summarize(rec.Findings)
	if err != nil {
		return nil, "", fmt.Errorf("record: %w", err)
	}
	same, err := sameJSON(summary, rec.Summary)
	if err != nil || !same {
		return nil, "", errors.Join(errors.New("record: its counts are not those of its findings"), err)
	}
	if gate := (validate.Gate{AllowUnobservable: true}); rec.Passed && validate.Failed(summary, gate) {
		return nil, "", errors.New("record: it says that it passed, and findings failed")
	}
	return rec, canonical.Digest(raw), nil
}

func sameJSON(a, b any) (bool, error) {
	x, err := canonical.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := canonical.Marshal(b)
	return bytes.Equal(x, y), err
}

// boots lists the boot ids that a journal names, each once.
func boots(entries []Entry) []string {
	var out []string
	for _, e := range entries {
		if len(out) == 0 || out[len(out)-1] != e.Boot {
			out = append(out, e.Boot)
		}
	}
	return out
}
