// Package image is a Windows inside a WIM: it reads one that is not running, and changes one by editing.
//
// An Image reads the registry out of the hive files, policy entries out of Registry.pol and files out of the tree, and opens a hive
// only when something in it is asked for. An Editor takes the ops of stage image and writes what they change.
//
// HKLM\SOFTWARE, SYSTEM, SAM and SECURITY are the hives of these names under \Windows\System32\config; HKCU is the default profile's
// \Users\Default\NTUSER.DAT, from which Windows makes new profiles; HKU\.DEFAULT is the DEFAULT hive. CurrentControlSet is what
// Select\Current names. Nothing is redirected: WOW6432Node is a plain key, and symbolic links, which a running Windows follows, are
// refused rather than followed or ignored.
//
// The package refuses to guess. A hive that is missing, damaged or dirty is an error that names its path in the image, never an absent
// value; what lives in no file of an image (HKLM\HARDWARE, loaded profiles) is not observable.
package image

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

var (
	_ setting.Reader         = (*Image)(nil)
	_ setting.RegistryReader = (*Image)(nil)
	_ setting.PolicyReader   = (*Image)(nil)
	_ setting.FileReader     = (*Image)(nil)
)

// Image reads one image of a WIM. It keeps opened hives in memory and is not safe for concurrent use.
type Image struct {
	img      *wim.Image
	hives    *hives
	policies map[setting.PolicyScope]policyFile
	rights   map[string][]string // holders by constant; nil until asked for
}

// Open begins to read an image. Nothing but the folder \Windows is looked for yet; an image without it is refused.
func Open(img *wim.Image) (*Image, error) {
	i := &Image{img: img, policies: make(map[setting.PolicyScope]policyFile)}
	i.hives = newHives(i.Describe(), img)
	info, err := img.Stat(`\Windows`)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir():
		return nil, fmt.Errorf(`%s has no folder \Windows: it is no installed Windows (boot images and data images cannot be used); choose `+
			`another image`, i.Describe())
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", i.Describe(), err)
	}
	return i, nil
}

// Describe names the image for messages.
func (i *Image) Describe() string {
	info := i.img.Info()
	return fmt.Sprintf("image %d (%q)", info.Index, info.Name)
}

// File returns facts of the regular file at path. A folder or a reparse point there is an error, not an absent file.
func (i *Image) File(path string) (setting.FileFacts, error) {
	if err := wim.CheckPath(path); err != nil { // what cannot be a file's path must not count as absent
		return setting.FileFacts{}, fmt.Errorf("file %s in %s: %w", path, i.Describe(), err)
	}
	info, err := i.img.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return setting.FileFacts{}, fmt.Errorf("file %s in %s: %w", path, i.Describe(), setting.ErrAbsent)
	case err != nil:
		return setting.FileFacts{}, fmt.Errorf("file %s in %s: %w", path, i.Describe(), err)
	}
	if err := regular(info); err != nil {
		return setting.FileFacts{}, fmt.Errorf("file %s in %s: %w", path, i.Describe(), err)
	}
	r, err := i.img.Open(path)
	if err != nil {
		return setting.FileFacts{}, fmt.Errorf("file %s in %s: %w", path, i.Describe(), err)
	}
	hash := sha256.New()
	n, err := io.Copy(hash, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return setting.FileFacts{}, fmt.Errorf("file %s in %s: %w", path, i.Describe(), err)
	}
	return setting.FileFacts{Size: n, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// regular refuses what has a name but no data of its own.
func regular(info wim.Info) error {
	switch {
	case info.ReparseTag != 0:
		return fmt.Errorf("is a reparse point (tag %#x), which is not followed; give the path of its target", info.ReparseTag)
	case info.Attributes&wim.AttrDirectory != 0:
		return errors.New("is a folder, not a file")
	}
	return nil
}
