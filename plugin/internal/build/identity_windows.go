package build

import (
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
)

// fileBasicInfo is FILE_BASIC_INFO of winbase.h. Its change time is the one that ordinary programs do not set.
type fileBasicInfo struct {
	creation, access, write, change windows.Filetime
	attributes, _                   uint32 // the C struct ends at a multiple of 8 bytes, and no other length is taken
}

// identify returns what the file system says of an open file.
func identify(f *os.File) (manifest.FileIdentity, error) {
	var basic fileBasicInfo
	var info windows.ByHandleFileInformation
	h := windows.Handle(f.Fd())
	err := windows.GetFileInformationByHandle(h, &info)
	if err == nil {
		err = windows.GetFileInformationByHandleEx(h, windows.FileBasicInfo, (*byte)(unsafe.Pointer(&basic)), uint32(unsafe.Sizeof(basic))) //nolint:gosec // the one way to a change time
	}
	if err != nil {
		return manifest.FileIdentity{}, &os.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	stamp := func(t windows.Filetime) string { return time.Unix(0, t.Nanoseconds()).UTC().Format(time.RFC3339Nano) }
	return manifest.FileIdentity{
		Volume: strconv.FormatUint(uint64(info.VolumeSerialNumber), 16), ID: strconv.FormatUint(uint64(info.FileIndexHigh)<<32|uint64(info.FileIndexLow), 16),
		Size: int64(info.FileSizeHigh)<<32 | int64(info.FileSizeLow), Modified: stamp(basic.write), Changed: stamp(basic.change),
	}, nil
}
