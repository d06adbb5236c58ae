package wim

// Info describes one file or directory of an image.
type Info struct {
	Name       string // as stored; empty for the root
	Path       string // from the root, with slashes: /Windows/System32
	ShortName  string // 8.3 name, empty for none
	Attributes Attributes
	Created    FileTime
	Accessed   FileTime
	Written    FileTime
	LinkID     uint64 // equal and non-zero for names of one file; compare SHA1 too
	Size       int64  // of the unnamed data, in bytes
	SHA1       Hash   // of the unnamed data; zero when empty
	ReparseTag uint32 // 0 for what is no reparse point
	Streams    []StreamInfo
	security   []byte
}

// StreamInfo describes a named data stream.
type StreamInfo struct {
	Name string
	Size int64 // bytes
	SHA1 Hash
}

// IsDir reports a directory; junctions and directory links are none.
func (i Info) IsDir() bool { return i.Attributes&(AttrDirectory|AttrReparse) == AttrDirectory }

// SecurityDescriptor is the self-relative descriptor, nil for none. The caller
// must not change it.
func (i Info) SecurityDescriptor() []byte { return i.security }

func (m *Image) info(n *node) Info {
	_, data := n.unnamed()
	i := Info{
		Path:       n.path(),
		ShortName:  n.shortName(),
		Attributes: n.attributes(),
		Created:    n.time(dentCreated),
		Accessed:   n.time(dentAccessed),
		Written:    n.time(dentWritten),
		LinkID:     n.link(),
		Size:       m.file.blobSize(data),
		SHA1:       data,
		ReparseTag: n.reparseTag(),
		security:   m.meta.descriptor(n),
	}
	if n.parent != nil {
		i.Name = n.name()
	}
	for _, s := range n.streams {
		if streamNamed(s) {
			h := Hash(s[streamHash:])
			i.Streams = append(i.Streams, StreamInfo{streamTitle(s), m.file.blobSize(h), h})
		}
	}
	return i
}

func (m *metadata) descriptor(n *node) []byte {
	if id := n.security(); id != noSecurity {
		return m.sds[id]
	}
	return nil
}
