package wim_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// richWIM has one of everything, in two images.
func richWIM() []byte {
	b := wim.NewBuilder([]byte("rich"))
	sd := must(secdesc.FromSDDL(rootSDDL))
	for n, edition := range []string{"EnterpriseS", "IoTEnterpriseS"} {
		i := b.AddImage(info("image", edition), wim.Meta{Created: released, Accessed: released, Written: released, Security: sd})
		check(
			i.Dir("d", wim.Meta{ShortName: "D~1", Security: must(secdesc.FromSDDL(hostsSDDL))}),
			i.File("d/file", wim.Bytes(fmt.Appendf(nil, "content %d", n)), wim.Meta{ShortName: "FILE~1"}),
			i.File("d/streams", wim.Bytes([]byte("unnamed")), wim.Meta{}),
			i.Stream("d/streams", "one", wim.Bytes([]byte("one"))),
			i.Stream("d/streams", "two", wim.Bytes([]byte("two"))),
			i.Dir("empty", wim.Meta{}),
			i.File("nothing", wim.Bytes(nil), wim.Meta{}),
			i.Link("link", "d/file"),
			i.File("large", wim.Bytes(bytes.Repeat([]byte("large file "), 3500)), wim.Meta{}),
			i.Reparse("junction", junctionTag, junction(`\??\C:\d`), wim.Meta{Attributes: wim.AttrDirectory}),
		)
	}
	b.SetBoot(2)
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	return m.b
}

// readingOf is all that a WIM says: of itself, of its images, of every file with its data.
func readingOf(b []byte) (hostile.Reading, error) {
	f, err := wim.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	out := hostile.Reading{"GUID": fmt.Sprint(f.GUID()), "file": fmt.Sprint(f.Compression(), f.HasIntegrity()), "boot": fmt.Sprint(f.BootIndex())}
	for n, info := range f.Images() {
		img, err := f.Image(n + 1)
		if err != nil {
			return nil, err
		}
		out[fmt.Sprintf("XML %d", n+1)] = fmt.Sprintf("%+v", info)
		err = img.Walk("/", func(i wim.Info) error {
			place := fmt.Sprintf("image %d: %s", n+1, i.Path)
			text := fmt.Sprintf("%q %x %d %d %d link=%d reparse=%#x sd=%x", i.ShortName, i.Attributes, i.Created, i.Accessed, i.Written, i.LinkID,
				i.ReparseTag, i.SecurityDescriptor())
			data, err := []byte(nil), error(nil)
			switch {
			case i.ReparseTag != 0:
				data, err = img.ReadReparse(i.Path)
			case !i.IsDir():
				data, err = img.ReadFile(i.Path, 1<<30)
			}
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" data=%x", data)
			var streams strings.Builder
			for _, s := range i.Streams {
				r, err := img.OpenStream(i.Path, s.Name)
				if err != nil {
					return err
				}
				var data bytes.Buffer
				if _, err := data.ReadFrom(r); err != nil {
					return err
				}
				fmt.Fprintf(&streams, " %q=%x", s.Name, data.Bytes())
			}
			out[place] = text + streams.String()
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// wimOwn lists what no reader of a WIM can know.
var wimOwn = map[string]string{
	"header.GUID":               "a number like any other",
	"header.boot index":         "another image, or none",
	"security table.descriptor": "another descriptor that is one",
	"entry.attributes":          "attributes are attributes",
	"entry.security id":         "another descriptor of the table, or none",
	"entry.created":             "a time is a time",
	"entry.accessed":            "a time is a time",
	"entry.written":             "a time is a time",
	"entry.link or reparse tag": "another group of links, another kind of link",
	"entry.name":                "names have no checksum but that of all metadata",
	"entry.short name":          "names have no checksum but that of all metadata",
	"entry.short name length":   "no short name",
	"stream.name":               "names have no checksum but that of all metadata",
	"XML.ARCH":                  xmlOwn,
	"XML.BUILD":                 xmlOwn,
	"XML.DEFAULT":               xmlOwn,
	"XML.DESCRIPTION":           xmlOwn,
	"XML.DIRCOUNT":              xmlOwn,
	"XML.DISPLAYNAME":           xmlOwn,
	"XML.EDITIONID":             xmlOwn,
	"XML.FILECOUNT":             xmlOwn,
	"XML.HARDLINKBYTES":         xmlOwn,
	"XML.INSTALLATIONTYPE":      xmlOwn,
	"XML.LANGUAGE":              xmlOwn,
	"XML.MAJOR":                 xmlOwn,
	"XML.MINOR":                 xmlOwn,
	"XML.NAME":                  xmlOwn,
	"XML.PRODUCTTYPE":           xmlOwn,
	"XML.SPBUILD":               xmlOwn,
	"XML.SYSTEMROOT":            xmlOwn,
	"XML.TOTALBYTES":            xmlOwn,
}

const xmlOwn = "a letter of a text"

const checked = "LZX with an integrity table"

// verified is the reading of a WIM whose integrity table fits. No checksum of it is made right after a change, so that whatever it covers is refused.
func verified(b []byte) (hostile.Reading, error) {
	f, err := wim.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	if err := f.VerifyIntegrity(context.Background(), nil); err != nil {
		return nil, err
	}
	return readingOf(b)
}

func TestCorruptions(t *testing.T) {
	plain := richWIM()
	for name, b := range map[string][]byte{"uncompressed": plain, "XPRESS without wimlib": packedWIM(), "XPRESS": nil, "LZX": nil, checked: nil} {
		t.Run(name, func(t *testing.T) {
			read, integrity := readingOf, name == checked
			if b == nil {
				if _, err := exec.LookPath("wimlib-imagex"); err != nil {
					t.Skip("wimlib-imagex is not installed (Debian: wimtools): it makes the compressed file")
				}
				if integrity {
					b, read = withIntegrity(t, plain), verified
				} else {
					b = compressed(t, plain, name, "32K")
				}
			}
			f := hostile.Format{Read: read, Mend: mendMetadata, Own: wimOwn, Strict: name == "uncompressed", Named: func(err error) bool {
				return errors.Is(err, wim.ErrCorrupt) || errors.Is(err, wim.ErrUnsupported)
			}}
			report := hostile.Corrupt(t, b, fieldsOf(b), f, nil)
			t.Logf("fields of a WIM, %s\n%s", name, report)
		})
	}
}

// packedWIM has a file in three XPRESS chunks, made by the packer of the tests.
func packedWIM() []byte {
	b := wim.NewBuilder([]byte("packed"))
	i := b.AddImage(info("packed", "EnterpriseS"), wim.Meta{})
	plain := bytes.Repeat([]byte{'a'}, 70000)
	check(i.File("large", wim.Bytes(plain), wim.Meta{}), i.File("small", wim.Bytes([]byte("small")), wim.Meta{}))
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	var table, chunks []byte
	for left := len(plain); left > 0; left -= 32 << 10 {
		if left < len(plain) {
			table = le.AppendUint32(table, uint32(len(chunks)))
		}
		chunks = append(chunks, pack([]item{{lit: 'a'}, {dist: 1, size: min(left, 32<<10) - 1}})...)
	}
	out, size := m.b, len(table)+len(chunks)
	row := out[bytes.LastIndex(out, sha1Of(plain))-30:]
	le.PutUint64(row, uint64(size)|4<<56)
	le.PutUint64(row[8:], uint64(len(out)))
	le.PutUint32(out[16:], le.Uint32(out[16:])|0x20002)
	le.PutUint32(out[20:], 32<<10)
	return append(append(out, table...), chunks...)
}

func sha1Of(b []byte) []byte {
	sum := sha1.Sum(b)
	return sum[:]
}

func TestPackedWIM(t *testing.T) {
	got, err := readingOf(packedWIM())
	if err != nil || !strings.Contains(got["image 1: /large"], strings.Repeat("61", 70000)) {
		t.Errorf("%v, %.200s", err, got["image 1: /large"])
	}
}
