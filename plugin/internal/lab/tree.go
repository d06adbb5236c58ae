package lab

import (
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

//go:embed data/tree.csv
var treeTable string

//go:embed data/descriptors.csv
var descriptorsTable string

// entry is one name in the tree of an image.
type entry struct {
	kind       string // dir, file, link, junction, symlink, hive, task
	path       string
	short      string
	attributes string
	descriptor string // name; "" inherits
	target     string
	data       []byte // of hives and tasks
}

// descriptors returns the named descriptors of files.
func (b *Base) descriptors() (map[string][]byte, error) {
	list, err := rows(descriptorsTable, 2)
	if err != nil {
		return nil, fmt.Errorf("read data/descriptors.csv: %w", err)
	}
	out, words := map[string][]byte{}, b.words(nil)
	for _, r := range list {
		if out[r.columns[0]], err = descriptor(words.Replace(r.columns[1]), secdesc.FileMapping()); err != nil {
			return nil, fmt.Errorf("read data/descriptors.csv:%d: %w", r.line, err)
		}
	}
	return out, nil
}

// tree lists everything in an image, parents before children and files before
// their links.
func (b *Base) tree(index int) ([]entry, error) {
	list, err := rows(treeTable, 6)
	if err != nil {
		return nil, fmt.Errorf("read data/tree.csv: %w", err)
	}
	var out []entry
	seen, words := map[string]bool{}, b.words(nil)
	for _, r := range list {
		c := r.columns
		e := entry{kind: c[0], path: words.Replace(c[1]), short: words.Replace(c[2]), attributes: c[3], descriptor: c[4], target: c[5]}
		seen[strings.ToLower(e.path)] = true
		out = append(out, e)
	}
	services, err := Services(b.Facts.Release)
	if err != nil {
		return nil, err
	}
	for _, s := range services {
		if p := programPath(s.ImagePath); !seen[strings.ToLower(p)] {
			seen[strings.ToLower(p)] = true
			out = append(out, entry{kind: "file", path: p, attributes: "a", descriptor: "ti-file"})
		}
	}
	for _, e := range b.tasks() {
		if !seen[strings.ToLower(e.path)] {
			seen[strings.ToLower(e.path)] = true
			out = append(out, e)
		}
	}
	for _, p := range HivePaths() {
		data, err := b.Hive(p, index)
		if err != nil {
			return nil, err
		}
		e := entry{kind: "hive", path: p, attributes: "a", descriptor: "hive", data: data}
		if strings.HasPrefix(p, "Users/") {
			e.attributes, e.descriptor = "ha", "user-hive"
		}
		if !slices.Contains(b.options.Dirty, p) {
			out = append(out, e)
			continue
		}
		var log1, log2 []byte
		if e.data, log1, log2, err = b.dirty(p, index); err != nil {
			return nil, err
		}
		l := e
		l.attributes = "hsa"
		out = append(out, e)
		for i, data := range [][]byte{log1, log2} {
			l.path, l.data = fmt.Sprintf("%s.LOG%d", p, i+1), data
			out = append(out, l)
		}
	}
	return out, nil
}

// programPath returns the path in the image of the program in an ImagePath.
func programPath(image string) string {
	s := strings.TrimPrefix(image, `"`)
	if len(s) < len(image) {
		s, _, _ = strings.Cut(s, `"`)
	} else if i := strings.Index(strings.ToLower(s), ".exe "); i >= 0 {
		s = s[:i+len(".exe")]
	}
	for _, p := range []struct{ prefix, dir string }{
		{`%systemroot%\`, `Windows\`}, {`\systemroot\`, `Windows\`}, {`%programfiles%\`, `Program Files\`}, {`system32\`, `Windows\System32\`},
	} {
		if len(s) > len(p.prefix) && strings.EqualFold(s[:len(p.prefix)], p.prefix) {
			s = p.dir + s[len(p.prefix):]
			break
		}
	}
	return strings.ReplaceAll(s, `\`, "/")
}

// standIn is the content of a file that stands for one of Windows. Its first
// line says so in a form that the readers of the file type would skip.
func standIn(p, release string) []byte {
	comment := "; "
	switch ext := strings.ToLower(path.Ext(p)); {
	case strings.Contains(p, "drivers/etc/"):
		comment = "# "
	case ext == ".exe" || ext == ".dll" || ext == ".sys" || ext == ".efi" || ext == ".mui":
		comment = ""
	}
	return []byte(comment + Marker + "\r\n" + comment + release + " /" + p + "\r\n")
}
