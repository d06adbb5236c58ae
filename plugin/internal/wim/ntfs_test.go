package wim_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What reaches an NTFS volume is what counts: a missing descriptor would become
// one that lets everyone in. The volume is an image file; nothing is mounted.
func TestAppliedToNTFS(t *testing.T) {
	mkntfs, err := exec.LookPath("mkntfs")
	if err != nil {
		if mkntfs, err = exec.LookPath("/usr/sbin/mkntfs"); err != nil {
			t.Skip("mkntfs is not installed (Debian: ntfs-3g): nothing was applied to NTFS")
		}
	}
	kept := regexp.MustCompile(`(?m)^\s*(Security Descriptor|Short Name|Attributes|Creation Time|Last Write Time|Reparse Tag|Hash|Name)\s+=.*$`)
	for name, base := range bases(t) {
		out, _ := edited(t, base, 2, standard)
		p := save(t, "out.wim", out)
		vol := filepath.Join(t.TempDir(), "volume")
		check(os.WriteFile(vol, nil, 0o600), os.Truncate(vol, 32<<20))
		if text, err := exec.Command(mkntfs, "-F", "-q", "-Q", vol).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		wimlib(t, "apply", p, "1", vol, "--strict-acls")
		q := filepath.Join(t.TempDir(), "again.wim")
		wimlib(t, "capture", vol, q, "again", "--strict-acls", "--norpfix")
		before, after := listing(t, p, "1"), listing(t, q, "1")
		if len(before) < 15 || len(before) != len(after) {
			t.Errorf("%s: %d entries applied, %d captured", name, len(before), len(after))
		}
		for path := range before {
			if d := cmp.Diff(kept.FindAllString(before[path], -1), kept.FindAllString(after[path], -1)); d != "" {
				t.Errorf("%s: %s differs on NTFS (-out +volume):\n%s", name, path, d)
			}
		}
	}
}
