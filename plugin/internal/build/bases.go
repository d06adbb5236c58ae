package build

import (
	"os"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// Profiles loads a tree of profiles; its problems are a *ProfileError.
func Profiles(dir string) (*profile.Set, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, usagef("%s is no folder of profiles\nhint: say where they are with --profiles DIR", dir)
	}
	table, err := kinds.Table()
	if err != nil {
		return nil, err
	}
	set, diags := profile.Load(dir, table)
	if diags.HasErrors() {
		return nil, problems(diags, set)
	}
	return set, nil
}
