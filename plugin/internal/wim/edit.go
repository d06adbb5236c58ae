package wim

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// EditOptions are the inputs of an edit besides the base and the changes.
type EditOptions struct {
	// Epoch is the time of new entries, of replaced data and of the image.
	Epoch FileTime
	// Seed, such as the digest of the plan, enters the file's GUID.
	Seed []byte
}

// Editor collects changes to one image. It is not safe for concurrent use.
// After an error of Put, Mkdir or Delete, WriteTo refuses; only a Delete of what
// does not exist leaves it usable.
type Editor struct {
	file     *File
	index    int
	opt      EditOptions
	meta     *metadata
	pin      pin
	before   counts
	sds      *descriptors
	contents map[Hash]Content
	notes    []string
	failed   error
}

// Edit begins an edit of an image (1-based). The File is not changed by it.
func (f *File) Edit(index int, opt EditOptions) (*Editor, error) {
	m, p, err := f.parse(index)
	if err != nil {
		return nil, err
	}
	return &Editor{
		file: f, index: index, opt: opt, meta: m, pin: p,
		before: tally(m.root, f.blobSize), sds: newDescriptors(m), contents: map[Hash]Content{},
	}, nil
}

// Put sets the unnamed data of a file. An existing file keeps its attributes,
// creation time, short name, descriptor and named streams; all its hard links
// follow. A new one, and folders missing on the way, get the descriptor that
// they would inherit. Data that the base already has is not stored again.
func (e *Editor) Put(path string, c Content) error {
	return e.keep(e.put(path, c), "put", path)
}

func (e *Editor) put(path string, c Content) error {
	if err := errors.Join(CheckPath(path), c.check()); err != nil {
		return err
	}
	dir, err := e.folder(path)
	if err != nil {
		return err
	}
	if err := e.store(c); err != nil {
		return err
	}
	name := lastName(path)
	n, err := dir.child(name)
	if errors.Is(err, fs.ErrNotExist) {
		if n, err = e.create(dir, name, AttrArchive); err != nil {
			return err
		}
		return n.setData(c.SHA1)
	}
	if err != nil {
		return err
	}
	return e.replace(n, c.SHA1)
}

// replace sets the data of n and of all other names of the same file.
func (e *Editor) replace(n *node, h Hash) error {
	switch a := n.attributes(); {
	case a&AttrReparse != 0:
		return fmt.Errorf("%s is a reparse point (tag %#x); give the path of its target", n.path(), n.reparseTag())
	case a&AttrDirectory != 0:
		return fmt.Errorf("%s is a directory", n.path())
	case a&AttrEncrypted != 0:
		return unsupported("%s is encrypted with EFS; decrypt it on Windows (cipher /d) before the capture", n.path())
	}
	names := []*node{n}
	if l := n.link(); l != 0 {
		_, data := n.unnamed()
		names = nil
		_ = e.meta.root.walk(func(o *node) error {
			if _, d := o.unnamed(); o.link() == l && d == data {
				names = append(names, o)
			}
			return nil
		})
	}
	for _, o := range names {
		if err := o.setData(h); err != nil {
			return err
		}
		le.PutUint64(o.raw[dentWritten:], uint64(e.opt.Epoch))
	}
	return nil
}

// store remembers data for the appended part. A blob of the base is read once,
// as other files are now going to depend on it.
func (e *Editor) store(c Content) error {
	if c.Size == 0 {
		return nil
	}
	row, ok := e.file.table.blob(c.SHA1)
	if !ok {
		if old, ok := e.contents[c.SHA1]; ok && old.Size != c.Size {
			return fmt.Errorf("two contents with SHA-1 %s have %d and %d bytes", c.SHA1, old.Size, c.Size)
		}
		e.contents[c.SHA1] = c
		return nil
	}
	if row.plain != uint64(c.Size) {
		return corrupt("blob %s has %d bytes, the content %d", c.SHA1, row.plain, c.Size)
	}
	if _, err := io.Copy(io.Discard, e.file.openBlob(c.SHA1, "blob of the base")); err != nil {
		return err
	}
	return nil
}

// Mkdir makes a directory, and those missing above it, if it does not exist.
func (e *Editor) Mkdir(path string) error {
	return e.keep(e.mkdir(path), "make directory", path)
}

func (e *Editor) mkdir(path string) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	n, err := e.folder(path + "/x")
	if err != nil {
		return err
	}
	return n.enter()
}

// Delete removes one name: a file, a reparse point or an empty directory.
// Other hard links of the file stay. The error is fs.ErrNotExist where there is
// nothing.
func (e *Editor) Delete(path string) error {
	err := CheckPath(path)
	if err != nil {
		return e.keep(err, "delete", path)
	}
	n, err := e.meta.root.find(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // nothing was changed: the edit may go on
		return fmt.Errorf("delete %q: %w", path, err)
	case err != nil:
	case len(n.kids) > 0:
		err = errors.New("the directory is not empty")
	default:
		n.remove()
	}
	return e.keep(err, "delete", path)
}

// Stat describes an entry as it will be written.
func (e *Editor) Stat(path string) (Info, error) {
	n, err := e.meta.root.find(path)
	if err != nil {
		return Info{}, err
	}
	i := (&Image{e.file, e.index, e.meta}).info(n)
	i.Size = e.blobSize(i.SHA1)
	return i, nil
}

func (e *Editor) keep(err error, verb, path string) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s %q in image %d: %w", verb, path, e.index, err)
	if e.failed == nil {
		e.failed = err
	}
	return err
}

// folder finds the directory that holds path and makes what is missing.
func (e *Editor) folder(path string) (*node, error) {
	n := e.meta.root
	parts := splitPath(path)
	for _, p := range parts[:len(parts)-1] {
		if err := n.enter(); err != nil {
			return nil, err
		}
		k, err := n.child(p)
		if errors.Is(err, fs.ErrNotExist) {
			k, err = e.create(n, p, AttrDirectory)
		}
		if err != nil {
			return nil, err
		}
		n = k
	}
	return n, n.enter()
}

func (e *Editor) create(dir *node, name string, attr Attributes) (*node, error) {
	t := e.opt.Epoch
	n := newNode(name, "", attr, t, t, t)
	sd, none, err := e.sds.inherit(dir, attr&AttrDirectory != 0)
	if err != nil {
		return nil, err
	}
	dir.insert(n)
	if none {
		e.notes = append(e.notes, fmt.Sprintf("%s: no folder above it has a security descriptor; SYSTEM and Administrators got full access, nobody else any", n.path()))
	}
	le.PutUint32(n.raw[dentSecurity:], e.sds.id(sd))
	return n, nil
}

func (e *Editor) blobSize(h Hash) int64 {
	if c, ok := e.contents[h]; ok {
		return c.Size
	}
	return e.file.blobSize(h)
}

func lastName(path string) string {
	parts := splitPath(path)
	return parts[len(parts)-1]
}

// layout is the appended part of the output.
type layout struct {
	blobs []Content
	tail  []byte // metadata, lookup table, XML
	head  [headerSize]byte
	size  int64
}

func (e *Editor) layoutError() error { return fmt.Errorf("an earlier change failed: %w", e.failed) }

// layout decides where everything goes.
func (e *Editor) layout() (*layout, error) {
	if e.failed != nil {
		return nil, e.layoutError()
	}
	l := &layout{head: e.file.head.raw}
	pos := uint64(e.file.size)
	refs, order := references(e.meta.root)
	row := e.file.table.rows[e.file.table.images[e.index-1]]
	table := e.keptRows(refs)
	for _, h := range order {
		c, ok := e.contents[h]
		if !ok {
			continue
		}
		r := resource{size: uint64(c.Size), off: pos, plain: uint64(c.Size)}
		table = entry{r, 1, refs[h], h}.append(table)
		l.blobs = append(l.blobs, c)
		pos += r.size
	}
	meta := e.meta.marshal()
	if len(meta) > maxMetadata {
		return nil, fmt.Errorf("metadata of %d bytes: at most %d are possible", len(meta), maxMetadata)
	}
	row.refs = 1
	row.flags &^= resFree
	if h := hashOf(meta); h != row.hash { // an unchanged tree stays where it is
		row.hash = h
		row.resource = resource{uint64(len(meta)), resMetadata, pos, uint64(len(meta))}
		l.tail = meta
		pos += row.size
	}
	table = append(row.append(nil), table...)
	tr := resource{uint64(len(table)), resMetadata, pos, uint64(len(table))}
	pos += tr.size
	text, err := editXML(e.file.xmlRaw, e.index, tally(e.meta.root, e.blobSize).minus(e.before), e.opt.Epoch, pos)
	if err != nil {
		return nil, err
	}
	xr := resource{uint64(len(text)), resMetadata, pos, uint64(len(text))}
	l.size = int64(pos + xr.size)
	l.tail = append(append(l.tail, table...), text...)
	boot := e.file.head.boot == uint32(e.index)
	finishHeader(&l.head, tr, xr, row.resource, 1, boot)
	e.guid(l, table, text)
	return l, nil
}

// keptRows are the blobs of the base that the image still names, with true
// counts: those in bases cannot be trusted.
func (e *Editor) keptRows(refs map[Hash]uint32) []byte {
	var out []byte
	for i, row := range e.file.table.rows {
		if row.flags&resMetadata != 0 || refs[row.hash] == 0 || e.file.table.blobs[row.hash] != i {
			continue
		}
		row.refs = refs[row.hash]
		row.flags &^= resFree
		out = row.append(out)
	}
	return out
}

// references counts how often blobs are named, and lists them in the order of
// the tree.
func references(root *node) (map[Hash]uint32, []Hash) {
	refs := map[Hash]uint32{}
	var order []Hash
	root.count(func(h Hash) {
		if refs[h] == 0 {
			order = append(order, h)
		}
		refs[h]++
	})
	return refs, order
}

// finishHeader sets what differs from the base's header.
func finishHeader(h *[headerSize]byte, table, text, meta resource, images uint32, boot bool) {
	table.put(h[offTable:])
	text.put(h[offXML:])
	le.PutUint32(h[offImages:], images)
	le.PutUint32(h[offFlags:], le.Uint32(h[offFlags:])&^hdrReadOnly)
	clear(h[offBoot:offIntegrity])
	clear(h[offIntegrity : offIntegrity+resourceSize])
	if boot {
		meta.put(h[offBoot:])
		le.PutUint32(h[offBootIndex:], 1)
	}
}

// guid derives the identifier from all that decides the bytes; the content of
// blobs is in it through the table's hashes.
func (e *Editor) guid(l *layout, table, text []byte) {
	sum := sha256.New()
	base := e.file
	for _, b := range [][]byte{[]byte("wmclient edit 1"), base.head.raw[:], base.table.raw, base.xmlRaw, table, text, e.opt.Seed} {
		_, _ = sum.Write(le.AppendUint64(nil, uint64(len(b))))
		_, _ = sum.Write(b)
	}
	putGUID(&l.head, sum.Sum(nil))
}

// putGUID stores a version 8 (vendor's own) UUID.
func putGUID(h *[headerSize]byte, sum []byte) {
	g := h[offGUID : offGUID+16]
	copy(g, sum)
	g[7] = g[7]&0x0f | 0x80 // the third group is little-endian
	g[8] = g[8]&0x3f | 0x80
}
