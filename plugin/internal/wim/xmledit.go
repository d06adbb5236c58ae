package wim

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// counts are the figures that the XML gives of an image.
type counts struct{ dirs, files, total, hard int64 }

func (a counts) minus(b counts) counts {
	return counts{a.dirs - b.dirs, a.files - b.files, a.total - b.total, a.hard - b.hard}
}

// tally counts as DISM and wimlib do: the root is a directory, every name of a
// file counts with all its streams, and what further names of the same file
// repeat is counted again as linked.
func tally(root *node, size func(Hash) int64) counts {
	type file struct {
		link uint64
		data Hash
	}
	var c counts
	seen := map[file]bool{}
	_ = root.walk(func(n *node) error {
		if n.isDir() {
			c.dirs++
		} else {
			c.files++
		}
		var bytes int64
		n.hashes(func(h Hash) { bytes += size(h) })
		c.total += bytes
		if l := n.link(); l != 0 {
			_, data := n.unnamed()
			if seen[file{l, data}] {
				c.hard += bytes
			}
			seen[file{l, data}] = true
		}
		return nil
	})
	return c
}

type splice struct {
	from, to int
	text     string
}

// editXML keeps one image of the XML, makes it number 1, and brings its counts
// and time up to date. All other text stays as it is. The counts change by the
// difference, as programs disagree on what they count. total is the offset of
// the XML in the new file, which is what WIM/TOTALBYTES says.
func editXML(raw []byte, index int, diff counts, modified FileTime, total uint64) ([]byte, error) {
	text, err := decodeXML(raw)
	if err != nil {
		return nil, err
	}
	spans, err := xmlSpans(text)
	if err != nil {
		return nil, err
	}
	cut, keep := splitImages(spans, index)
	hi, lo := fmt.Sprintf("0x%08X", uint32(modified>>32)), fmt.Sprintf("0x%08X", uint32(modified))
	edits := slices.Clone(cut)
	for _, s := range spans {
		inside := s.open > keep.open && s.end < keep.end
		if s.to == s.from || !inside && s.path != "WIM/TOTALBYTES" {
			continue
		}
		value := text[s.from:s.to]
		add := func(n int64) string { // a count that is no number stays as it is
			if v, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil {
				return strconv.FormatInt(max(v+n, 0), 10)
			}
			return value
		}
		switch s.path {
		case "WIM/TOTALBYTES":
			value = strconv.FormatUint(total, 10)
		case "WIM/IMAGE/DIRCOUNT":
			value = add(diff.dirs)
		case "WIM/IMAGE/FILECOUNT":
			value = add(diff.files)
		case "WIM/IMAGE/TOTALBYTES":
			value = add(diff.total)
		case "WIM/IMAGE/HARDLINKBYTES":
			value = add(diff.hard)
		case "WIM/IMAGE/LASTMODIFICATIONTIME/HIGHPART":
			value = hi
		case "WIM/IMAGE/LASTMODIFICATIONTIME/LOWPART":
			value = lo
		default:
			continue
		}
		edits = append(edits, splice{s.from, s.to, value})
	}
	at := regexp.MustCompile(`\bINDEX\s*=\s*("[^"]*"|'[^']*')`).FindStringSubmatchIndex(text[keep.open:keep.from])
	if at == nil {
		return nil, corrupt("XML: image %d has no readable index", index)
	}
	edits = append(edits, splice{keep.open + at[2], keep.open + at[3], `"1"`})
	return encodeXML(applySplices(text, edits)), nil
}

// splitImages returns the cuts that remove all other images, and the one kept.
func splitImages(spans []xmlSpan, index int) (cut []splice, keep xmlSpan) {
	for _, s := range spans {
		if s.path != "WIM/IMAGE" {
			continue
		}
		at := ""
		for _, a := range s.attr {
			if a.Name.Local == "INDEX" {
				at = strings.TrimSpace(a.Value)
			}
		}
		if at == strconv.Itoa(index) {
			keep = s
		} else {
			cut = append(cut, splice{s.open, s.end, ""})
		}
	}
	return cut, keep
}

func applySplices(text string, edits []splice) string {
	slices.SortFunc(edits, func(a, b splice) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.WriteString(text[at:])
	return b.String()
}
