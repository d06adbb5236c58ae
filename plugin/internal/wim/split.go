package wim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxParts is what the header's 16 bits can count.
const maxParts = 1<<16 - 1

// Split is a WIM laid out in parts (SWM), for media whose file system holds no large files. All parts carry the GUID of the whole, its XML
// and the table of their own blobs; the first carries the metadata of all images. What no image names is left out. Compressed data stays as
// it is stored. wimlib joins and applies such parts; the form is the one that wimlib writes.
type Split struct {
	file  *File
	parts []*part
}

// part is what one file of a split WIM holds.
type part struct {
	rows []entry // where each lies in the whole
	meta int     // how many of the first rows are metadata
	size int64   // bytes, without table and XML
}

// whole is the size of the part as a file.
func (p *part) whole(xml int) int64 { return p.size + int64(len(p.rows)*entrySize) + int64(xml) }

// Split lays the WIM out in parts of at most limit bytes. Each image is read, to know what it names. A file whose data alone is larger than a
// part is an error that names it: no part may be larger, since then it would not fit the medium either.
func (f *File) Split(limit int64) (*Split, error) {
	s := &Split{file: f}
	named := map[Hash]string{}
	for i := range f.table.images {
		m, _, err := f.parse(i + 1)
		if err != nil {
			return nil, fmt.Errorf("split WIM: %w", err)
		}
		err = m.root.walk(func(n *node) error {
			n.hashes(func(h Hash) {
				if _, ok := named[h]; !ok {
					named[h] = n.path()
				}
			})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("split WIM: %w", err)
		}
	}
	if err := s.lay(named, limit); err != nil {
		return nil, fmt.Errorf("split WIM: %w", err)
	}
	return s, nil
}

// lay puts metadata into the first part, and blobs into parts in the order in which they lie in the file, so that it is read once from
// beginning to end.
func (s *Split) lay(named map[Hash]string, limit int64) error {
	f, xml := s.file, len(s.file.xmlRaw)
	now := &part{size: headerSize}
	for _, i := range f.table.images {
		now.add(f.table.rows[i])
	}
	now.meta = len(now.rows)
	s.parts = []*part{now}
	if n := now.whole(xml); n > limit {
		return fmt.Errorf("the first part needs %d bytes for the names of the files alone; a part may have %d", n, limit)
	}
	blobs := make([]entry, 0, len(named))
	for h := range named {
		if e, ok := f.table.blob(h); ok { // parse has made sure of it
			blobs = append(blobs, e)
		}
	}
	slices.SortFunc(blobs, func(a, b entry) int { return cmp.Compare(a.off, b.off) })
	for _, e := range blobs {
		if now.whole(xml)+int64(e.resource.size)+entrySize > limit {
			now = &part{size: headerSize}
			s.parts = append(s.parts, now)
		}
		now.add(e)
		if n := now.whole(xml); n > limit {
			return fmt.Errorf("%s makes a part of %d bytes; a part may have %d", named[e.hash], n, limit)
		}
	}
	if len(s.parts) > maxParts {
		return fmt.Errorf("%d parts; a split WIM has at most %d", len(s.parts), maxParts)
	}
	return nil
}

func (p *part) add(e entry) {
	p.rows = append(p.rows, e)
	p.size += int64(e.resource.size)
}

// Parts is the number of files. One part is a whole WIM again, and smaller than the one before where that held what nobody names.
func (s *Split) Parts() int { return len(s.parts) }

// Size is the size of a part (1-based) in bytes.
func (s *Split) Size(part int) int64 { return s.parts[part-1].whole(len(s.file.xmlRaw)) }

// WritePart writes a part (1-based) from beginning to end. Metadata and tables are held against what the layout was made from; the data of
// files is copied as it is stored, and its SHA-1 is for whoever reads it. ErrChanged tells that the WIM was written to meanwhile.
func (s *Split) WritePart(ctx context.Context, number int, out io.Writer, progress func(done, total int64)) error {
	if number < 1 || number > len(s.parts) {
		return fmt.Errorf("write part %d of %d", number, len(s.parts))
	}
	if err := s.write(ctx, number, out, progress); err != nil {
		return fmt.Errorf("write part %d of %d: %w", number, len(s.parts), err)
	}
	return nil
}

func (s *Split) write(ctx context.Context, number int, out io.Writer, progress func(done, total int64)) error {
	p := s.parts[number-1]
	head, table := s.tables(number)
	total, done, told := s.Size(number), int64(0), int64(0)
	put := func(b []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := out.Write(b)
		done += int64(n)
		if progress != nil && (done-told >= copyBlock || done == total) { // most files of a Windows are small
			told = done
			progress(done, total)
		}
		return err
	}
	if err := put(head[:]); err != nil {
		return err
	}
	buf := make([]byte, writeSize)
	for i, e := range p.rows {
		if i < p.meta {
			if err := s.unmoved(e); err != nil {
				return err
			}
		}
		for off, end := e.off, e.off+e.resource.size; off < end; {
			b := buf[:min(writeSize, end-off)]
			if err := s.file.readAt(b, off); err != nil {
				return err
			}
			if err := put(b); err != nil {
				return err
			}
			off += uint64(len(b))
		}
	}
	if err := errors.Join(put(table), put(s.file.xmlRaw)); err != nil {
		return err
	}
	return s.file.unchanged()
}

// unmoved checks metadata by its SHA-1 once more: without it no part means anything.
func (s *Split) unmoved(e entry) error {
	b, _, err := s.file.readPinned(e.resource)
	if err == nil && hashOf(b) != e.hash {
		err = fmt.Errorf("metadata at offset %d: %w", e.off, ErrChanged)
	}
	return err
}

// tables are the header and the lookup table of a part.
func (s *Split) tables(number int) (head [headerSize]byte, table []byte) {
	p, f := s.parts[number-1], s.file
	pos := uint64(headerSize)
	var boot resource
	for i, e := range p.rows {
		e.off, e.part = pos, uint16(number)
		pos += e.resource.size
		if i < p.meta && i+1 == f.BootIndex() {
			boot = e.resource
		}
		table = e.append(table)
	}
	head = f.head.raw
	tr := resource{uint64(len(table)), resMetadata, pos, uint64(len(table))}
	xr := resource{uint64(len(f.xmlRaw)), resMetadata, pos + tr.size, uint64(len(f.xmlRaw))}
	le.PutUint16(head[offPart:], uint16(number))
	le.PutUint16(head[offParts:], uint16(len(s.parts)))
	flags := f.head.flags &^ hdrReadOnly
	if len(s.parts) > 1 {
		flags |= hdrSpanned
	}
	le.PutUint32(head[offFlags:], flags)
	tr.put(head[offTable:])
	xr.put(head[offXML:])
	boot.put(head[offBoot:])
	resource{}.put(head[offIntegrity:])
	if number > 1 { // the part that holds the boot image's metadata says so
		le.PutUint32(head[offBootIndex:], 0)
	}
	return head, table
}
