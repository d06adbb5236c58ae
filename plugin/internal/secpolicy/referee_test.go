package secpolicy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
)

// TestChntpwAgrees holds what is read from the SAM of a real Windows against what a program of other people reads there: every account with
// its name and state, every built-in group with the number of its members.
func TestChntpwAgrees(t *testing.T) {
	b := realHive(t, "SAM")
	path := filepath.Join(t.TempDir(), "SAM")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	lines := func(program string) []string {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the referee %s is not installed (Debian package chntpw)", program)
		}
		out, err := exec.Command(program, "-l", path).Output()
		if err != nil {
			t.Fatalf("%s: %v", program, err)
		}
		return strings.Fields(strings.ReplaceAll(string(out), " ", "_"))
	}
	sam, checked := parse(t, b), 0
	for _, line := range lines("sampasswd") { // rid:name:...:flags:...
		f := strings.Split(line, ":")
		rid, err := strconv.ParseUint(f[0], 16, 32)
		flags, err2 := strconv.ParseUint(f[3], 16, 16)
		if err != nil || err2 != nil {
			t.Fatalf("sampasswd says %q", line)
		}
		a, err := secpolicy.FindAccount(sam, uint32(rid))
		if err != nil || strings.ReplaceAll(a.Name, " ", "_") != f[1] || a.Disabled != (flags&1 != 0) {
			t.Errorf("account %+v, %v; sampasswd says %q", a, err, line)
		}
		checked++
	}
	for _, line := range lines("samusrgrp") { // rid:name:members
		f := strings.Split(line, ":")
		rid, err := strconv.ParseUint(f[0], 16, 32)
		if err != nil {
			t.Fatalf("samusrgrp says %q", line)
		}
		members, err := secpolicy.Members(sam, fmt.Sprint("S-1-5-32-", rid))
		if err != nil || strconv.Itoa(len(members)) != f[2] {
			t.Errorf("group %d has %v, %v; samusrgrp says %q", rid, members, err, line)
		}
		checked++
	}
	if checked < 15 {
		t.Errorf("only %d accounts and groups were compared", checked)
	}
}
