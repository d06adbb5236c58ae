package lock_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile/lock"
)

// TestLocksOfTheProject: a lock that is committed must fit the profiles beside it, or the first build of a new clone stops.
func TestLocksOfTheProject(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..", "profiles")
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	set, diags := profile.Load(root, tab)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	found := 0
	for _, name := range set.Images() {
		r, diags := set.Resolve(name, profile.Options{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		path := lock.Path(filepath.Join(root, r.ImageFile))
		l, err := lock.Read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // an image that nobody has built yet
		}
		if err != nil {
			t.Error(err)
			continue
		}
		found++
		for _, m := range lock.Compare(l, r) {
			t.Errorf("%s is stale: %s", path, m)
		}
	}
	if found == 0 {
		t.Error("no image has a lock")
	}
}
