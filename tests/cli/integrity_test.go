package cli_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestLockChecksTheIntegrityTable vouches for no base whose own table says that it is damaged. A build of a base that no lock names does
// not look, and says so.
func TestLockChecksTheIntegrityTable(t *testing.T) {
	dir := t.TempDir()
	checked, wrong := filepath.Join(dir, "checked.wim"), filepath.Join(dir, "wrong.wim")
	harness.Command{Path: harness.Tool(t, "wimlib-imagex"), Args: []string{"export", harness.LabBase(t, "ltsc-2021", "sv-SE"), "all", checked, "--check"}}.Run(t).Must(t, 0)
	b := bytes.Clone(load(t, checked))
	table := binary.LittleEndian.Uint64(b[124+8:])
	b[table+12] ^= 1 // the first digest
	save(t, wrong, b)
	profile := filepath.Join(harness.CopyProfiles(t), "images", rebuiltImage+".hcl")
	lock := strings.TrimSuffix(profile, ".hcl") + ".lock.hcl"
	was := load(t, lock)
	if r := harness.Wmclient(t, "", "lock", profile, "--accept-base", wrong).Must(t, 1); !strings.Contains(r.Stderr, "integrity table") {
		t.Error(r.Stderr)
	}
	if !bytes.Equal(load(t, lock), was) {
		t.Error("the lock was changed")
	}
	harness.Wmclient(t, "", "lock", profile, "--accept-base", checked).Must(t, 0)
	r := harness.Wmclient(t, "", "build", profile, "--base", wrong, "--accept-base", "--out", filepath.Join(dir, "out")).Must(t, 0)
	if !regexp.MustCompile(`integrity table.*unchecked`).MatchString(r.Stdout + r.Stderr) {
		t.Error(r.Stderr)
	}
}

// TestDoctorKnowsWhatIsLeftOfARelease calls a release that has lost files damaged, whichever it lost.
func TestDoctorKnowsWhatIsLeftOfARelease(t *testing.T) {
	whole := release(t)
	for _, kept := range [][]string{{"manifest.json", "image.wim"}, {"SHA256SUMS", "image.wim", "plan.json"}, {"build-record.json", "image.wim"}} {
		t.Run(strings.Join(kept, ","), func(t *testing.T) {
			mine := whole.copied(t)
			mine.keep(t, kept...)
			r := harness.Wmclient(t, "", "doctor", mine.dir)
			if r.Code != 5 && r.Code != 1 {
				t.Errorf("code %d: %s%s", r.Code, r.Stdout, r.Stderr)
			}
			if strings.Contains(r.Stdout, "1 whole") {
				t.Error(r.Stdout)
			}
		})
	}
}
