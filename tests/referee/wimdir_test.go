package referee

import (
	"encoding/xml"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// file is what `wimlib-imagex dir --detailed` says of one name, by field. Flags of attributes and streams are fields of their own.
type file map[string]string

func (f file) folder() bool { return f["FILE_ATTRIBUTE_DIRECTORY is set"] != "" }

// content are the fields in which another content shows.
func content() []string {
	return []string{"Hash", "Uncompressed size", "Compressed size", "Offset in WIM", "Last Write Time"}
}

// dir lists all names of an image.
func dir(t *testing.T, wim, index string) map[string]file {
	t.Helper()
	out := make(map[string]file)
	at, stream := file{}, ""
	for line := range strings.Lines(run(t, "wimlib-imagex", "dir", wim, index, "--detailed")) {
		line = strings.TrimSuffix(line, "\n")
		name, text, _ := strings.Cut(line, "=")
		name, text = strings.TrimSpace(name), strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(line, "-----"), name == "":
		case name == "Full Path":
			at, stream = file{}, ""
			out[strings.Trim(text, `"`)] = at
		case text == "" && strings.HasSuffix(name, "stream:"), text == "" && strings.HasSuffix(name, "is set"):
			at[name] = "yes"
			if strings.HasSuffix(name, "stream:") && name != "Unnamed data stream:" {
				stream = name + " "
			}
		default:
			at[stream+name] = text
		}
	}
	if len(out) < 100 {
		t.Fatalf("wimlib lists %d names in %s", len(out), wim)
	}
	return out
}

// uncounted takes the reference counts out of a listing: they count the names of all images, of which one is left.
func uncounted(f file) file {
	f = maps.Clone(f)
	maps.DeleteFunc(f, func(field, _ string) bool { return strings.HasSuffix(field, "Reference Count") })
	return f
}

// references holds the reference counts of an image that stands alone against the names and streams with that content.
func references(t *testing.T, files map[string]file) {
	t.Helper()
	counts, said := map[string]int{}, map[string]string{}
	for _, f := range files {
		for field, hash := range f {
			if stream, ok := strings.CutSuffix(field, "Hash"); ok && strings.Trim(hash, "0x") != "" {
				counts[hash]++
				said[hash] = f[stream+"Reference Count"]
			}
		}
	}
	for hash, n := range counts {
		if said[hash] != strconv.Itoa(n) {
			t.Errorf("content %s has the reference count %q, but %d names", hash, said[hash], n)
		}
	}
	t.Logf("%d contents with the right reference counts", len(counts))
}

// linked are all names of the file at p, itself included.
func linked(files map[string]file, p string) []string {
	id := files[p]["Link Group ID"]
	if n, err := strconv.ParseUint(strings.TrimPrefix(id, "0x"), 16, 64); err != nil || n == 0 {
		return []string{p}
	}
	var names []string
	for _, other := range slices.Sorted(maps.Keys(files)) {
		if files[other]["Link Group ID"] == id {
			names = append(names, other)
		}
	}
	return names
}

// parents are the folders above p that files does not have.
func parents(files map[string]file, p string) []string {
	var missing []string
	for d := path.Dir(p); d != "/" && files[d] == nil; d = path.Dir(d) {
		missing = append(missing, d)
	}
	return missing
}

// wimXML is what the tests read of a WIM's XML.
type wimXML struct {
	TotalBytes int64 `xml:"TOTALBYTES"`
	Images     []struct {
		Index         int    `xml:"INDEX,attr"`
		Name          string `xml:"NAME"`
		DirCount      int64  `xml:"DIRCOUNT"`
		FileCount     int64  `xml:"FILECOUNT"`
		TotalBytes    int64  `xml:"TOTALBYTES"`
		HardLinkBytes int64  `xml:"HARDLINKBYTES"`
		Created       string `xml:"CREATIONTIME>LOWPART"`
		Modified      struct {
			High string `xml:"HIGHPART"`
			Low  string `xml:"LOWPART"`
		} `xml:"LASTMODIFICATIONTIME"`
		Windows struct {
			Inner string `xml:",innerxml"`
		} `xml:"WINDOWS"`
	} `xml:"IMAGE"`
}

func readXML(t *testing.T, wim string) wimXML {
	t.Helper()
	raw := []byte(run(t, "wimlib-imagex", "info", wim, "--xml"))
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i]) | uint16(raw[2*i+1])<<8
	}
	text := strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
	var x wimXML
	if err := xml.Unmarshal([]byte(text), &x); err != nil {
		t.Fatalf("the XML of %s: %v", wim, err)
	}
	return x
}

// header returns a field of the WIM's header as wimlib prints it.
func header(t *testing.T, wim, field string) string {
	t.Helper()
	for line := range strings.Lines(run(t, "wimlib-imagex", "info", wim, "--header")) {
		if name, text, ok := strings.Cut(line, "="); ok && strings.TrimSpace(name) == field {
			return strings.TrimSpace(text)
		}
	}
	t.Fatalf("wimlib prints no %q of %s", field, wim)
	return ""
}
