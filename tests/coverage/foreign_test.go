// Package coverage_test counts what the tests cover of the product: which kinds of settings a foreign reader looks at.
package coverage_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// reader says who of the referees (tests/referee) can read what a kind writes into an image.
type reader string

const (
	hives  reader = "hivexregedit, reglookup and regparser read the hive"
	files  reader = "wimlib reads the file"
	both   reader = "hivexregedit, reglookup and regparser read the hive, wimlib the file"
	nobody reader = ""
)

// foreign is the table of kinds. nobody means that nothing foreign reads it in our tests: set once Windows runs, or only observed.
var foreign = map[string]reader{
	"account_policy": nobody, "applocker_collection": hives, "applocker_rule": hives, "asr_rule": hives, "audit_policy": nobody,
	"autologon": hives, "certificate": hives, "defender_exclusion": hives, "defender_preference": hives, "device_installation": hives,
	"dns_client": hives, "event_forwarding": hives, "event_log": hives, "exploit_protection": both, "file": files, "file_permission": nobody,
	"firewall_profile": hives, "firewall_rule": hives, "group_membership": nobody, "hosts_file": files, "installed_program": nobody,
	"local_account": nobody, "msi_package": files, "optional_feature": nobody, "power_setting": hives, "program_allowlist": nobody,
	"proxy": hives, "registry_exclusive": nobody, "registry_permission": nobody, "registry_value": hives, "removable_storage": hives, "scheduled_task": nobody,
	"screen_lock": hives, "service": hives, "shell": hives, "user_right": nobody, "wdac_policy": files, "windows_update": hives,
}

// TestForeignReaders holds the table against the kinds' goldens: who is said to read a kind must find something in the image to read,
// and a kind that writes there must not be said to be read by nobody.
func TestForeignReaders(t *testing.T) {
	root := harness.Root(t)
	reference, err := os.ReadFile(filepath.Join(root, "docs", "reference", "kinds.md"))
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for line := range strings.SplitSeq(string(reference), "\n") {
		if name, ok := strings.CutPrefix(line, "## "); ok && !strings.Contains(name, " ") {
			known = append(known, name)
		}
	}
	read := 0
	var unread []string
	for _, kind := range known {
		who, ok := foreign[kind]
		if !ok {
			t.Logf("%s is in no row of the table and counts as read by nobody", kind) // no failure: a new kind touches no list but its own
			continue
		}
		if want := readerOf(t, filepath.Join(root, "plugin", "internal", "kinds", "testdata", kind, "ops.json")); who != want {
			t.Errorf("%s: the table says %q, its golden %q", kind, who, want)
		}
		if who != nobody {
			read++
		} else {
			unread = append(unread, kind)
		}
	}
	for kind := range foreign {
		if !slices.Contains(known, kind) {
			t.Errorf("the table has a kind %s, and there is none", kind)
		}
	}
	t.Logf("%d of %d kinds write what the foreign readers of tests/referee can read (derived from their goldens; what those tests do read is what their images hold); not read: %s. "+
		"Of these, rights, audit and account policy, accounts and tasks are written by foreign writers in TestObserved and read back by the product", read, len(known), strings.Join(unread, ", "))
}

// readerOf finds from a kind's golden what of it lies in an image that the referees open.
func readerOf(t *testing.T, golden string) reader {
	t.Helper()
	raw, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatalf("%s: %v", golden, err)
	}
	var hive, file bool
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				visit(e)
			}
		case map[string]any:
			if action, _ := v["action"].(string); v["stage"] == "image" {
				hive = hive || strings.HasPrefix(action, "registry-")
				file = file || strings.HasPrefix(action, "file-")
			}
			for _, e := range v {
				visit(e)
			}
		}
	}
	visit(doc)
	switch {
	case hive && file:
		return both
	case hive:
		return hives
	case file:
		return files
	}
	return nobody
}
