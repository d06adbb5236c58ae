package agent_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
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
	}
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
	f.Add(append(raw, '1'))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := agent.ReadObservations(data); err == nil && got.Schema != agent.ObservationsSchema {
			t.Fatalf("%+v", got)
		}
	})
}
