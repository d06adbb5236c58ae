//go:build unix

package build

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
)

// identify returns what the file system says of an open file. The change time is one that no program can set.
func identify(f *os.File) (manifest.FileIdentity, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return manifest.FileIdentity{}, &os.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	stamp := func(t unix.Timespec) string { return time.Unix(t.Unix()).UTC().Format(time.RFC3339Nano) }
	return manifest.FileIdentity{
		Volume: strconv.FormatUint(uint64(st.Dev), 16), ID: strconv.FormatUint(st.Ino, 16), //nolint:unconvert // Dev is an int32 on macOS
		Size: st.Size, Modified: stamp(st.Mtim), Changed: stamp(st.Ctim),
	}, nil
}
