package wim

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// xmlWriter writes elements as DISM does: no white space between them.
type xmlWriter struct{ strings.Builder }

func (w *xmlWriter) leaf(name, value string) {
	if value == "" {
		return
	}
	w.WriteString("<" + name + ">")
	_ = xml.EscapeText(w, []byte(value)) // a strings.Builder does not fail
	w.WriteString("</" + name + ">")
}

func (w *xmlWriter) time(name string, t FileTime) {
	w.group(name, func() {
		w.leaf("HIGHPART", fmt.Sprintf("0x%08X", uint32(t>>32)))
		w.leaf("LOWPART", fmt.Sprintf("0x%08X", uint32(t)))
	})
}

func (w *xmlWriter) group(name string, f func()) {
	w.WriteString("<" + name + ">")
	f()
	w.WriteString("</" + name + ">")
}

// xml describes all images; total is the offset at which it will stand.
func (b *Builder) xml(total uint64) []byte {
	w := new(xmlWriter)
	w.group("WIM", func() {
		w.leaf("TOTALBYTES", fmt.Sprint(total))
		for _, i := range b.images {
			w.image(i.info, tally(i.meta.root, b.blobSize))
		}
	})
	return encodeXML(w.String())
}

// image writes one image in the order of Microsoft's install.wim.
func (w *xmlWriter) image(i ImageInfo, c counts) {
	w.WriteString(`<IMAGE INDEX="` + strconv.Itoa(i.Index) + `">`)
	w.leaf("DIRCOUNT", fmt.Sprint(c.dirs))
	w.leaf("FILECOUNT", fmt.Sprint(c.files))
	w.leaf("TOTALBYTES", fmt.Sprint(c.total))
	w.leaf("HARDLINKBYTES", fmt.Sprint(c.hard))
	w.time("CREATIONTIME", i.Created)
	w.time("LASTMODIFICATIONTIME", i.Modified)
	if i.EditionID != "" || i.Build != "" || i.Arch != "" {
		w.group("WINDOWS", func() { w.windows(i) })
	}
	w.leaf("NAME", i.Name)
	w.leaf("DESCRIPTION", i.Description)
	w.leaf("FLAGS", i.EditionID)
	w.leaf("DISPLAYNAME", i.DisplayName)
	w.leaf("DISPLAYDESCRIPTION", i.Description)
	w.WriteString("</IMAGE>")
}

func (w *xmlWriter) windows(i ImageInfo) {
	if n, ok := archNumbers()[i.Arch]; ok {
		w.leaf("ARCH", fmt.Sprint(n))
	}
	if i.EditionID != "" {
		w.leaf("PRODUCTNAME", "Microsoft® Windows® Operating System")
	}
	w.leaf("EDITIONID", i.EditionID)
	w.leaf("INSTALLATIONTYPE", i.InstallationType)
	w.leaf("PRODUCTTYPE", i.ProductType)
	if len(i.Languages) > 0 {
		w.group("LANGUAGES", func() {
			for _, l := range i.Languages {
				w.leaf("LANGUAGE", l)
			}
			w.leaf("DEFAULT", i.DefaultLanguage)
		})
	}
	if v := strings.Split(i.Build, "."); len(v) == 4 {
		w.group("VERSION", func() {
			for n, name := range []string{"MAJOR", "MINOR", "BUILD", "SPBUILD"} {
				w.leaf(name, v[n])
			}
			w.leaf("SPLEVEL", "0")
		})
	}
	w.leaf("SYSTEMROOT", i.SystemRoot)
}
