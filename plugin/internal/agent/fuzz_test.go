package agent_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// worked is what a whole run leaves in its state folder, and one whose findings failed.
func worked(f *testing.F) (journals, records, statuses [][]byte) {
	f.Helper()
	for _, fail := range []bool{false, true} {
		m, dir := newMachine(), f.TempDir()
		if fail {
			m.broken = "SeDenyNetworkLogonRight"
		}
		if _, err := agent.Run(f.Context(), options(f, m, dir)); (err != nil) != fail {
			f.Fatal(err)
		}
		for name, list := range map[string]*[][]byte{agent.JournalFile: &journals, agent.RecordFile: &records, agent.StatusFile: &statuses} {
			if raw, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
				*list = append(*list, raw)
			}
		}
	}
	return journals, records, statuses
}

func seed(f *testing.F, v any) []byte {
	f.Helper()
	raw, err := canonical.Marshal(v)
	if err != nil {
		f.Fatal(err)
	}
	return raw
}

// FuzzJournal holds what is read of a journal against its bytes: all of its whole lines and nothing else, or that it was tampered with.
func FuzzJournal(f *testing.F) {
	journals, _, _ := worked(f)
	for _, j := range journals {
		f.Add(j)
		f.Add(j[:len(j)-7])
		f.Add(j[:bytes.IndexByte(j, '\n')+1])
		f.Add(append(bytes.Clone(j), bytes.Repeat([]byte{0}, 40)...))
	}
	f.Add([]byte("\n"))
	f.Add([]byte("null\n"))
	zeros := strings.Repeat("0", 64)
	for _, e := range []agent.Entry{
		{Schema: "other/1", Seq: 1, Prev: zeros}, {Schema: agent.JournalSchema, Seq: 2, Prev: zeros}, {Schema: agent.JournalSchema, Seq: 1, Prev: "x"},
		{Schema: agent.JournalSchema, Seq: 1, Prev: zeros, Type: agent.EntryRun},
	} {
		f.Add(append(seed(f, e), '\n'))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, whole, last, err := agent.ReadEntries(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, agent.ErrTampered) || len(entries) > 0 || whole != 0 {
				t.Fatalf("%d entries, %d bytes, %v", len(entries), whole, err)
			}
			return
		}
		var again []byte
		prev := strings.Repeat("0", 64)
		for i, e := range entries {
			line, err := canonical.Marshal(e)
			if err != nil || e.Seq != i+1 || e.Prev != prev {
				t.Fatalf("entry %d: %+v, %v", i+1, e, err)
			}
			prev = canonical.Digest(line)
			again = append(append(again, line...), '\n')
		}
		if int64(len(again)) != whole || !bytes.HasPrefix(data, again) || prev != last || bytes.IndexByte(data[whole:], '\n') >= 0 {
			t.Fatalf("read %d bytes as\n%s", whole, again)
		}
	})
}

// FuzzRecord takes a record only as it was written.
func FuzzRecord(f *testing.F) {
	_, records, _ := worked(f)
	for _, r := range records {
		f.Add(r)
		f.Add(bytes.Replace(r, []byte(`"passed":true`), []byte(`"passed":null`), 1))
		f.Add(bytes.Replace(r, []byte(`"schema"`), []byte(`"Schema"`), 1))
	}
	var rec agent.Record
	if err := json.Unmarshal(records[0], &rec); err != nil {
		f.Fatal(err)
	}
	for _, change := range []func(*agent.Record){
		func(r *agent.Record) { r.Schema = "other/1" },
		func(r *agent.Record) { r.Summary.Total++ },
		func(r *agent.Record) { r.Findings[0].Outcome = "fine" },
		func(r *agent.Record) { // it passed, and a finding failed
			r.Findings[0].Outcome = setting.Fail
			r.Summary, _ = validate.Summarize(r.Findings)
		},
	} {
		bad := rec
		bad.Findings = slices.Clone(rec.Findings)
		change(&bad)
		f.Add(seed(f, bad))
	}
	f.Add([]byte(`{"extra":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, digest, err := agent.ReadRecord(data)
		if err != nil {
			return
		}
		again, err := canonical.Marshal(rec)
		if err != nil || !bytes.Equal(again, data) || digest != canonical.Digest(data) || rec.Schema != agent.RecordSchema {
			t.Fatalf("%v\n%s", err, again)
		}
	})
}

// FuzzStatus takes a status file only as it was written.
func FuzzStatus(f *testing.F) {
	_, _, statuses := worked(f)
	for _, s := range statuses {
		f.Add(s)
		f.Add(append(bytes.Clone(s), '{'))
		f.Add(append(bytes.Clone(s), ' '))
	}
	f.Add(seed(f, agent.Status{Schema: "other/1"}))
	f.Add([]byte(`{"extra":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := agent.ParseStatus(data)
		if err != nil {
			return
		}
		if again, err := canonical.Marshal(s); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%v\n%s", err, again)
		}
	})
}

// FuzzObservations reads what another machine sent.
func FuzzObservations(f *testing.F) {
	o := options(f, newMachine(), f.TempDir())
	seen, err := agent.Observe(f.Context(), o.Bundle, o.Machine, o.Table)
	if err != nil {
		f.Fatal(err)
	}
	raw, err := canonical.Marshal(seen)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(append(bytes.Clone(raw), '1'))
	f.Add(seed(f, agent.Observations{Schema: "other/1"}))
	f.Add([]byte(`{"extra":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := agent.ReadObservations(data); err == nil && got.Schema != agent.ObservationsSchema {
			t.Fatalf("%+v", got)
		}
	})
}
