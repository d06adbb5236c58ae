package guest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// partSuffix ends the name of a file that is not whole yet. Nothing reads such a file, and the next write of the same file replaces it.
const partSuffix = ".wmclient-part"

// whole is a path of the system volume as the program opens it: in the form that Windows does not touch up.
func (g *Guest) whole(path string) string { return `\\?\` + g.drive + tidyPath(path) }

// stat looks at a file, and refuses a path that goes through a reparse point: what is meant lies elsewhere then.
func (g *Guest) stat(path string) (os.FileInfo, error) {
	if err := wim.CheckPath(path); err != nil { // what cannot be a file's path must not count as absent
		return nil, fmt.Errorf("file %s in %s: %w", path, g.Describe(), err)
	}
	var info os.FileInfo
	tidy := tidyPath(path)
	for end := 1; end < len(tidy); { // each folder on the way, then the file
		at := tidy
		if i := strings.IndexByte(tidy[end:], '\\'); i >= 0 {
			at = tidy[:end+i]
		}
		end = len(at) + 1
		var err error
		info, err = os.Lstat(g.whole(at))
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil, fmt.Errorf("file %s in %s: %w", path, g.Describe(), setting.ErrAbsent)
		case err != nil:
			return nil, fmt.Errorf("file %s in %s: %w", path, g.Describe(), neutral("look", err))
		}
		if d, ok := info.Sys().(*syscall.Win32FileAttributeData); !ok || d.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0 {
			return nil, fmt.Errorf("file %s in %s: %s is a reparse point, which is not followed; give the path of its target", path, g.Describe(), at)
		}
	}
	return info, nil
}

// regular looks at a file that must be one.
func (g *Guest) regular(path string) (os.FileInfo, error) {
	info, err := g.stat(path)
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("file %s in %s is a folder, not a file", path, g.Describe())
	}
	return info, err
}

// File returns facts of the regular file at path. A folder or a reparse point there is an error, not an absent file.
func (g *Guest) File(path string) (setting.FileFacts, error) {
	if _, err := g.regular(path); err != nil {
		return setting.FileFacts{}, err
	}
	f, err := os.Open(g.whole(path))
	if err != nil {
		return setting.FileFacts{}, fmt.Errorf("file %s in %s: %w", path, g.Describe(), neutral("open", err))
	}
	defer f.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return setting.FileFacts{}, fmt.Errorf("file %s in %s: %w", path, g.Describe(), err)
	}
	return setting.FileFacts{Size: n, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// readFile reads a regular file of at most limit bytes.
func (g *Guest) readFile(path string, limit int64) ([]byte, error) {
	info, err := g.regular(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("file %s in %s has %d bytes, at most %d are read", path, g.Describe(), info.Size(), limit)
	}
	f, err := os.Open(g.whole(path))
	if err != nil {
		return nil, fmt.Errorf("file %s in %s: %w", path, g.Describe(), neutral("open", err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("file %s in %s: %w", path, g.Describe(), err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("file %s in %s has more than %d bytes", path, g.Describe(), limit)
	}
	return data, nil
}

// PutFile writes the content to path, making missing folders. A file that is there keeps its descriptor; one that is as wanted is not
// touched.
func (g *Guest) PutFile(path string, c apply.Content) (bool, error) {
	if err := mayWrite(path); err != nil {
		return false, err
	}
	switch facts, err := g.File(path); {
	case errors.Is(err, setting.ErrAbsent):
	case err != nil:
		return false, err
	case facts.SHA256 == c.SHA256 && facts.Size == c.Size:
		return false, nil
	}
	r, err := c.Open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	if err := g.replace(path, r); err != nil {
		return false, err
	}
	facts, err := g.File(path)
	if err != nil || facts.SHA256 != c.SHA256 {
		return true, fmt.Errorf("write file %s in %s: %w", path, g.Describe(), errors.Join(ErrNotHeld, err))
	}
	return true, nil
}

// writeFile writes one of Windows' own files.
func (g *Guest) writeFile(path string, data []byte) error {
	return g.replace(path, bytes.NewReader(data))
}

var replaceFile = windows.NewLazySystemDLL("kernel32.dll").NewProc("ReplaceFileW")

// replace puts what r gives in the place of the file, whole or not at all.
func (g *Guest) replace(path string, r io.Reader) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write file %s in %s: %w", path, g.Describe(), err)
		}
	}()
	_, err = g.regular(path)
	there := err == nil
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return err
	}
	to := g.whole(path)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	part := to + partSuffix
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = moveOver(part, to, there)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

// moveOver gives a whole file its name. ReplaceFile keeps descriptor, attributes and streams of the file that was there.
func moveOver(from, to string, there bool) error {
	f, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	t, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	if !there {
		return windows.MoveFileEx(f, t, windows.MOVEFILE_WRITE_THROUGH)
	}
	if ok, _, err := replaceFile.Call(uintptr(unsafe.Pointer(t)), uintptr(unsafe.Pointer(f)), 0, 0, 0, 0); ok == 0 {
		return err
	}
	return nil
}

// DeleteFile removes the file; one that is not there is no error, a folder is.
func (g *Guest) DeleteFile(path string) (bool, error) {
	if err := mayWrite(path); err != nil {
		return false, err
	}
	_, err := g.regular(path)
	if errors.Is(err, setting.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := os.Remove(g.whole(path)); err != nil {
		return false, fmt.Errorf("delete file %s in %s: %w", path, g.Describe(), err)
	}
	if _, err := g.regular(path); !errors.Is(err, setting.ErrAbsent) {
		return true, fmt.Errorf("delete file %s in %s: %w", path, g.Describe(), errors.Join(ErrNotHeld, err))
	}
	return true, nil
}

// FolderFiles returns the facts of the files right in a folder whose names begin and end so, in any case, by name; none where there is no such folder.
func (g *Guest) FolderFiles(folder, prefix, suffix string) (map[string]setting.FileFacts, error) {
	list, err := os.ReadDir(g.whole(folder))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s in %s: %w", folder, g.Describe(), neutral("list", err))
	}
	out := map[string]setting.FileFacts{}
	for _, e := range list {
		name := upcase.Fold(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, upcase.Fold(prefix)) || !strings.HasSuffix(name, upcase.Fold(suffix)) {
			continue
		}
		if out[e.Name()], err = g.File(folder + `\` + e.Name()); err != nil {
			return nil, err
		}
	}
	return out, nil
}
