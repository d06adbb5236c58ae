package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Same reports whether two names lead to one file, whatever links stand in between. Names that lead nowhere are the same as nothing.
func Same(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// Spare refuses an output that is one of the inputs, which it would destroy: ErrUsage. flag names the output in the message.
func Spare(flag, out string, inputs ...string) error {
	for _, in := range inputs {
		if out != "" && in != "" && Same(out, in) {
			return usagef("%s %s is %s, which is read: it would be overwritten\nhint: name another file with %s", flag, out, in, flag)
		}
	}
	return nil
}

// checkFolder refuses an output folder that is a file, or would lie in one, before anything is read for it.
func checkFolder(out string) error {
	for dir := filepath.Clean(out); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return usagef("make output folder: %s is a file\nhint: name a folder with --out", dir)
		}
		if err == nil || filepath.Dir(dir) == dir {
			return nil
		}
	}
}

// checkOut refuses a file for the rebuilt image that would take the place of anything: the base, what was released, or whatever else.
// Nothing was read yet.
func (in *RebuildInputs) checkOut() error {
	if in.Out == "" {
		return nil
	}
	const way = "\nhint: name a file that is not there yet, in another folder than the release's, with --out"
	said := in.Manifest
	if info, err := os.Stat(said); err == nil && info.IsDir() {
		said = filepath.Join(said, ManifestFile)
	}
	switch there, err := os.Lstat(in.Out); {
	case Same(in.Out, in.Base):
		return usagef("--out %s is the base, which would be overwritten%s", in.Out, way)
	case Same(in.Out, said):
		return usagef("--out %s is the manifest, which would be overwritten%s", in.Out, way)
	case Same(filepath.Dir(in.Out), filepath.Dir(said)):
		return usagef("--out %s lies in the folder of the release that is rebuilt%s", in.Out, way)
	case err == nil && there.IsDir():
		return usagef("--out %s is a folder%s", in.Out, way)
	case err == nil:
		return usagef("--out %s is there already, and a rebuild overwrites nothing%s", in.Out, way)
	case !errors.Is(err, fs.ErrNotExist):
		return usagef("look at --out: %w%s", err, way)
	}
	return nil
}

// giveName gives a finished file its name where nothing has that name. Where the file system knows no links, another program may take the
// name between the look and the renaming.
func giveName(file, name string) error {
	err := os.Link(file, name)
	if err == nil {
		return os.Remove(file)
	}
	if _, there := os.Lstat(name); there == nil {
		return fmt.Errorf("%s was made by another program meanwhile, and stays\nhint: name a file that is not there yet with --out", name)
	}
	return os.Rename(file, name)
}

// IsLabBase reports whether a file is a lab base as `lab base` writes it, and no image that was built from one. What cannot be read as one
// is none.
func IsLabBase(path string) bool {
	o, err := openWIM(path, "1", nil)
	if err != nil {
		return false
	}
	defer o.close()
	facts, err := o.reader.Facts()
	if err != nil || manifest.PlatformOf(manifest.BaseFacts(facts)) != manifest.PlatformLab {
		return false
	}
	_, err = manifest.ReadStamp(o.reader)
	return errors.Is(err, setting.ErrAbsent)
}
