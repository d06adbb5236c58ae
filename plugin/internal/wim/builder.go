package wim

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Builder makes a small uncompressed WIM from trees in memory. The same calls
// give the same bytes; nothing is taken from the host.
//
//	b := wim.NewBuilder(seed)
//	img := b.AddImage(wim.ImageInfo{Name: "Windows 10", ...}, wim.Meta{Security: sd})
//	err := img.Dir("Windows", wim.Meta{})
//	err = img.File("Windows/notepad.exe", wim.Bytes(data), wim.Meta{})
//	result, err := b.WriteTo(ctx, out, nil)
type Builder struct {
	seed     []byte
	images   []*ImageBuilder
	contents map[Hash]Content
	boot     int
}

// NewBuilder begins a WIM. seed enters its GUID, together with all it holds.
func NewBuilder(seed []byte) *Builder {
	return &Builder{seed: seed, contents: map[Hash]Content{}}
}

// SetBoot makes an image (1-based) the one that Windows Setup boots.
func (b *Builder) SetBoot(index int) { b.boot = index }

// Meta are the properties of an entry besides its data. A zero time takes the
// parent's.
type Meta struct {
	Attributes Attributes // AttrDirectory and AttrReparse are set as needed
	Created    FileTime
	Accessed   FileTime
	Written    FileTime
	ShortName  string // 8.3; empty for none
	// Security is a self-relative descriptor. Nil takes what the entry would
	// inherit; in an image whose root has none, no entry gets one that way.
	Security []byte
}

// ImageBuilder is one image of a Builder. Folders must be made before what is
// in them.
type ImageBuilder struct {
	owner *Builder
	info  ImageInfo
	meta  *metadata
	sds   *descriptors
	links uint64
}

// AddImage begins an image with what the XML is to say of it. Index and the
// counts of info are computed; a zero Created or Modified takes the root's.
func (b *Builder) AddImage(info ImageInfo, root Meta) *ImageBuilder {
	n := newNode("", "", root.Attributes|AttrDirectory, root.Created, root.Accessed, root.Written)
	m := &metadata{security: marshalSecurity(nil), root: n}
	i := &ImageBuilder{owner: b, info: info, meta: m, sds: newDescriptors(m)}
	if root.Security != nil {
		le.PutUint32(n.raw[dentSecurity:], i.sds.id(root.Security))
	}
	if i.info.Created == 0 {
		i.info.Created = root.Created
	}
	if i.info.Modified == 0 {
		i.info.Modified = root.Written
	}
	b.images = append(b.images, i)
	i.info.Index = len(b.images)
	return i
}

// Dir adds a directory.
func (i *ImageBuilder) Dir(path string, m Meta) error {
	m.Attributes |= AttrDirectory
	_, err := i.add(path, m)
	return i.named("add directory", path, err)
}

// File adds a file.
func (i *ImageBuilder) File(path string, c Content, m Meta) error {
	return i.named("add file", path, i.file(path, c, m))
}

func (i *ImageBuilder) file(path string, c Content, m Meta) error {
	if err := c.check(); err != nil {
		return err
	}
	n, err := i.add(path, m)
	if err != nil {
		return err
	}
	copy(n.raw[dentHash:], c.SHA1[:])
	i.owner.store(c)
	return nil
}

// Link adds another name, without a short name, to an existing file. All names
// must be added after the file's streams.
func (i *ImageBuilder) Link(path, existing string) error {
	return i.named("add link", path, i.link(path, existing))
}

func (i *ImageBuilder) link(path, existing string) error {
	old, err := i.meta.root.find(existing)
	if err != nil {
		return err
	}
	if old.attributes()&(AttrDirectory|AttrReparse) != 0 {
		return fmt.Errorf("%s is no plain file", old.path())
	}
	dir, err := i.vacant(path)
	if err != nil {
		return err
	}
	if old.link() == 0 {
		i.links++
		le.PutUint64(old.raw[dentLink:], i.links)
	}
	n := newNode(lastName(path), "", old.attributes(), old.time(dentCreated), old.time(dentAccessed), old.time(dentWritten))
	copy(n.raw[dentSecurity:dentChildren], old.raw[dentSecurity:dentChildren])
	copy(n.raw[dentHash:dentShortLen], old.raw[dentHash:dentShortLen])
	for _, s := range old.streams {
		n.streams = append(n.streams, append([]byte(nil), s...))
	}
	dir.insert(n)
	return nil
}

// Stream adds a named data stream to a file or directory.
func (i *ImageBuilder) Stream(path, name string, c Content) error {
	return i.named("add stream "+name, path, i.stream(path, name, c))
}

func (i *ImageBuilder) stream(path, name string, c Content) error {
	n, err := i.meta.root.find(path)
	if err != nil {
		return err
	}
	switch _, err := n.stream(name); {
	case name == "" || checkName(name) != nil:
		return fmt.Errorf("%w: stream name %q", ErrPath, name)
	case err == nil:
		return fmt.Errorf("stream %q: %w", name, fs.ErrExist)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case n.link() != 0:
		return errors.New("the file has links already; add its streams first")
	}
	if err := c.check(); err != nil {
		return err
	}
	if len(n.streams) == 0 { // then the unnamed stream becomes an entry too
		if n.attributes()&AttrDirectory == 0 || n.attributes()&AttrReparse != 0 {
			n.streams = [][]byte{newStream("", Hash(n.raw[dentHash:]))}
			clear(n.raw[dentHash : dentHash+len(Hash{})])
		}
	}
	n.setStreams(append(n.streams, newStream(name, c.SHA1)))
	i.owner.store(c)
	return nil
}

// Reparse adds a reparse point with its tag and data. AttrDirectory in m makes
// a junction or a link to a directory.
func (i *ImageBuilder) Reparse(path string, tag uint32, data []byte, m Meta) error {
	if len(data) == 0 {
		return i.named("add reparse point", path, errors.New("without data"))
	}
	m.Attributes |= AttrReparse
	n, err := i.add(path, m)
	if err != nil {
		return i.named("add reparse point", path, err)
	}
	c := Bytes(data)
	le.PutUint32(n.raw[dentReparseTag:], tag)
	copy(n.raw[dentHash:], c.SHA1[:])
	i.owner.store(c)
	return nil
}

func (i *ImageBuilder) named(verb, path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q to image %d: %w", verb, path, i.info.Index, err)
}

// vacant finds the directory in which path can be added.
func (i *ImageBuilder) vacant(path string) (*node, error) {
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	dir := i.meta.root
	parts := splitPath(path)
	for _, p := range parts[:len(parts)-1] {
		k, err := dir.child(p)
		if err != nil {
			return nil, err
		}
		dir = k
	}
	if err := dir.enter(); err != nil {
		return nil, err
	}
	switch k, err := dir.child(lastName(path)); {
	case err == nil:
		return nil, fmt.Errorf("%s: %w", k.path(), fs.ErrExist)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return dir, nil
}

func (i *ImageBuilder) add(path string, m Meta) (*node, error) {
	dir, err := i.vacant(path)
	if err != nil {
		return nil, err
	}
	if u := upcase.Units(m.ShortName); m.ShortName != "" && (len(u) > 12 || checkName(m.ShortName) != nil) {
		return nil, fmt.Errorf("%w: short name %q", ErrPath, m.ShortName)
	}
	for _, t := range []struct {
		of *FileTime
		at int
	}{{&m.Created, dentCreated}, {&m.Accessed, dentAccessed}, {&m.Written, dentWritten}} {
		if *t.of == 0 {
			*t.of = dir.time(t.at)
		}
	}
	if m.Attributes == 0 {
		m.Attributes = AttrArchive
	}
	n := newNode(lastName(path), m.ShortName, m.Attributes, m.Created, m.Accessed, m.Written)
	sd, none := m.Security, false
	if sd == nil {
		if sd, none, err = i.sds.inherit(dir, m.Attributes&AttrDirectory != 0); err != nil {
			return nil, err
		}
	}
	if !none {
		le.PutUint32(n.raw[dentSecurity:], i.sds.id(sd))
	}
	dir.insert(n)
	return n, nil
}

func (b *Builder) store(c Content) {
	if _, ok := b.contents[c.SHA1]; !ok && c.Size > 0 {
		b.contents[c.SHA1] = c
	}
}

func (b *Builder) blobSize(h Hash) int64 { return b.contents[h].Size }

// WriteTo writes the WIM: zero header, blobs, metadata, lookup table, XML, then
// the header. Errors and progress are as with Editor.WriteTo.
func (b *Builder) WriteTo(ctx context.Context, out Output, progress func(done, total int64)) (Result, error) {
	r, err := b.write(ctx, out, progress)
	if err != nil {
		return Result{}, fmt.Errorf("write WIM: %w", err)
	}
	return r, nil
}

func (b *Builder) write(ctx context.Context, out Output, progress func(done, total int64)) (Result, error) {
	l, err := b.layout()
	if err != nil {
		return Result{}, err
	}
	if err := errors.Join(ctx.Err(), out.Truncate(0)); err != nil {
		return Result{}, err
	}
	if _, err := out.WriteAt(make([]byte, headerSize), 0); err != nil {
		return Result{}, err
	}
	w := &writer{ctx: ctx, out: out, sum: sha256.New(), total: l.size, at: headerSize, progress: progress}
	w.sum.Write(l.head[:])
	if err := w.finish(l); err != nil {
		return Result{}, err
	}
	return Result{
		SHA256: Digest(w.sum.Sum(nil)), Size: l.size, GUID: [16]byte(l.head[offGUID:]),
		BlobsAdded: len(l.blobs), BytesAppended: l.size - headerSize,
	}, nil
}

func (b *Builder) layout() (*layout, error) {
	if b.boot < 0 || b.boot > len(b.images) {
		return nil, fmt.Errorf("boot image %d of %d", b.boot, len(b.images))
	}
	refs, order := map[Hash]uint32{}, []Hash(nil)
	for _, i := range b.images {
		r, o := references(i.meta.root)
		for _, h := range o {
			if refs[h] == 0 {
				order = append(order, h)
			}
			refs[h] += r[h]
		}
	}
	l := new(layout)
	pos := uint64(headerSize)
	var blobs, table []byte
	for _, h := range order {
		c := b.contents[h]
		r := resource{size: uint64(c.Size), off: pos, plain: uint64(c.Size)}
		blobs = entry{r, 1, refs[h], h}.append(blobs)
		l.blobs = append(l.blobs, c)
		pos += r.size
	}
	var boot resource
	for _, i := range b.images {
		meta := i.meta.marshal()
		r := resource{uint64(len(meta)), resMetadata, pos, uint64(len(meta))}
		if i.info.Index == b.boot {
			boot = r
		}
		table = entry{r, 1, 1, hashOf(meta)}.append(table)
		l.tail = append(l.tail, meta...)
		pos += r.size
	}
	table = append(table, blobs...)
	if len(b.images) == 0 {
		return nil, errors.New("no image was added")
	}
	tr := resource{uint64(len(table)), resMetadata, pos, uint64(len(table))}
	pos += tr.size
	text := b.xml(pos)
	xr := resource{uint64(len(text)), resMetadata, pos, uint64(len(text))}
	l.size = int64(pos + xr.size)
	l.tail = append(append(l.tail, table...), text...)
	b.header(l, tr, xr, boot, table, text)
	return l, nil
}

func (b *Builder) header(l *layout, table, text, boot resource, raw ...[]byte) {
	h := l.head[:]
	copy(h, magicPlain)
	le.PutUint32(h[8:], headerSize)
	le.PutUint32(h[12:], versionPlain)
	le.PutUint32(h[offFlags:], hdrReparseFix)
	le.PutUint16(h[offPart:], 1)
	le.PutUint16(h[offParts:], 1)
	finishHeader(&l.head, table, text, boot, uint32(len(b.images)), b.boot > 0)
	le.PutUint32(h[offBootIndex:], uint32(b.boot))
	sum := sha256.New()
	for _, p := range append([][]byte{[]byte("wmclient new 1"), b.seed}, raw...) {
		sum.Write(le.AppendUint64(nil, uint64(len(p))))
		sum.Write(p)
	}
	putGUID(&l.head, sum.Sum(nil))
}
