package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// Reparse tags and the flag of a symbolic link ([MS-FSCC] 2.1.2.1, 2.1.2.4).
const (
	tagMountPoint uint32 = 0xa0000003
	tagSymlink    uint32 = 0xa000000c
)

// builder puts all images into a WIM builder.
func (b *Base) builder() (*wim.Builder, error) {
	w := wim.NewBuilder([]byte("wmclient lab " + string(b.Facts.Release) + " " + b.lang.tag))
	sds, err := b.descriptors()
	if err != nil {
		return nil, err
	}
	for n, img := range b.Facts.Images {
		m := b.times("")
		m.Security = sds["root"]
		into := w.AddImage(b.imageInfo(img), m)
		tree, err := b.tree(n + 1)
		if err != nil {
			return nil, err
		}
		for _, e := range tree {
			if err := b.put(into, e, sds); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

func (b *Base) imageInfo(img Image) wim.ImageInfo {
	t := wim.NewFileTime(b.epoch)
	return wim.ImageInfo{
		Name: img.Name, DisplayName: img.Name, Description: b.description(),
		EditionID: img.EditionID, InstallationType: "Client", ProductType: "WinNT", Arch: b.options.Arch,
		// Media of 21H2 say 19041 here: the enablement package that makes it
		// 19044 changes the registry only.
		Build:     fmt.Sprintf("10.0.%s.%d", b.Facts.LabBuild, b.Facts.UBR),
		Languages: []string{b.lang.tag}, DefaultLanguage: b.lang.tag, SystemRoot: "WINDOWS",
		Created: t, Modified: t,
	}
}

// put adds one entry.
func (b *Base) put(into *wim.ImageBuilder, e entry, sds map[string][]byte) error {
	m := b.times(e.path)
	m.ShortName = e.short
	var err error
	if m.Attributes, err = attributes(e.attributes); err != nil {
		return fmt.Errorf("%s %q: %w", e.kind, e.path, err)
	}
	if e.descriptor != "" {
		if m.Security = sds[e.descriptor]; m.Security == nil {
			return fmt.Errorf("%s %q: unknown descriptor %q", e.kind, e.path, e.descriptor)
		}
	}
	switch e.kind {
	case "dir":
		return into.Dir(e.path, m)
	case "file":
		return into.File(e.path, wim.Bytes(standIn(e.path, string(b.Facts.Release))), m)
	case "hive", "task":
		return into.File(e.path, wim.Bytes(e.data), m)
	case "link":
		return into.Link(e.path, e.target)
	case "junction":
		m.Attributes |= wim.AttrDirectory
		return into.Reparse(e.path, tagMountPoint, mountPoint(e.target), m)
	case "symlink":
		m.Attributes |= wim.AttrDirectory
		return into.Reparse(e.path, tagSymlink, symlink(e.target), m)
	}
	return fmt.Errorf("%q: unknown kind %q", e.path, e.kind)
}

// times gives each path its own times within the thirty days before the epoch,
// so that a mix-up of times shows in tests.
func (b *Base) times(path string) wim.Meta {
	h := fnv.New32a()
	_, _ = h.Write([]byte(path)) // a hash does not fail
	back := time.Duration(h.Sum32()%(30*24*3600)) * time.Second
	written := b.epoch.Add(-back)
	return wim.Meta{
		Created:  wim.NewFileTime(written.Add(-time.Hour)),
		Written:  wim.NewFileTime(written),
		Accessed: wim.NewFileTime(b.epoch),
	}
}

func attributes(letters string) (wim.Attributes, error) {
	var a wim.Attributes
	for _, c := range letters {
		switch c {
		case 'r':
			a |= wim.AttrReadOnly
		case 'h':
			a |= wim.AttrHidden
		case 's':
			a |= wim.AttrSystem
		case 'a':
			a |= wim.AttrArchive
		case 'i':
			a |= 0x2000 // FILE_ATTRIBUTE_NOT_CONTENT_INDEXED
		default:
			return 0, fmt.Errorf("unknown attribute %q", c)
		}
	}
	return a, nil
}

// mountPoint is the data of a junction without the header that the WIM's entry
// replaces: offsets and lengths of the substitute and the print name, and both
// names with a closing zero ([MS-FSCC] 2.1.2.5).
func mountPoint(target string) []byte { return reparse(target, nil) }

// symlink is the same for a symbolic link, with its flags, which are zero for
// an absolute target.
func symlink(target string) []byte { return reparse(target, make([]byte, 4)) }

func reparse(target string, flags []byte) []byte {
	substitute, print := utf16Bytes(`\??\`+target), utf16Bytes(target)
	var b []byte
	for _, n := range []int{0, len(substitute), len(substitute) + 2, len(print)} {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	b = append(append(b, flags...), substitute...)
	b = append(append(b, 0, 0), print...)
	return append(b, 0, 0)
}

func utf16Bytes(s string) []byte {
	var b []byte
	for _, u := range upcase.Units(s) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// Write writes the WIM to out, as wim.Builder.WriteTo does.
func (b *Base) Write(ctx context.Context, out wim.Output) (wim.Result, error) {
	w, err := b.builder()
	if err != nil {
		return wim.Result{}, fmt.Errorf("make lab base: %w", err)
	}
	return w.WriteTo(ctx, out, nil)
}

// memory is a wim.Output in memory.
type memory struct{ data []byte }

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, fmt.Errorf("write at %d", at)
	}
	if end := at + int64(len(p)); end > int64(len(m.data)) {
		m.data = append(m.data, make([]byte, end-int64(len(m.data)))...)
	}
	return copy(m.data[at:], p), nil
}

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.data).ReadAt(p, off)
}

func (m *memory) Truncate(size int64) error {
	if size < 0 || size > int64(len(m.data)) {
		m.data = append(m.data, make([]byte, max(0, size-int64(len(m.data))))...)
	}
	m.data = m.data[:max(0, size)]
	return nil
}

func (m *memory) Sync() error { return nil }
