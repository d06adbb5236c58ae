package wim

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// ImageInfo is what the WIM's XML says of one image. It describes the image as
// it was captured: its version and edition do not follow edits of the hives.
type ImageInfo struct {
	Index            int // from 1
	Name             string
	Description      string
	DisplayName      string
	EditionID        string // WINDOWS/EDITIONID, such as IoTEnterpriseS
	InstallationType string // Client, Server, WindowsPE
	ProductType      string // WinNT
	Arch             string // x86, amd64, arm, arm64; "arch N" for others
	Build            string // major.minor.build.spbuild; empty where not stated
	Languages        []string
	DefaultLanguage  string
	SystemRoot       string
	DirCount         int64 // the root counts
	FileCount        int64
	TotalBytes       int64 // hard links count each time
	HardLinkBytes    int64
	Created          FileTime
	Modified         FileTime
}

type xmlTime struct {
	High string `xml:"HIGHPART"`
	Low  string `xml:"LOWPART"`
}

// fileTime reads both halves, each as 0x and at most eight digits; a time that is not there is 0.
func (t xmlTime) fileTime() (FileTime, error) {
	if t == (xmlTime{}) {
		return 0, nil
	}
	var whole uint64
	for _, half := range []string{t.High, t.Low} {
		digits, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(half)), "0x")
		n, err := strconv.ParseUint(digits, 16, 32)
		if !ok || err != nil {
			return 0, corrupt("XML: a time has the halves %q and %q", t.High, t.Low)
		}
		whole = whole<<32 | n
	}
	return FileTime(whole), nil
}

type xmlImage struct {
	Index       int     `xml:"INDEX,attr"`
	Name        string  `xml:"NAME"`
	Description string  `xml:"DESCRIPTION"`
	DisplayName string  `xml:"DISPLAYNAME"`
	Dirs        int64   `xml:"DIRCOUNT"`
	Files       int64   `xml:"FILECOUNT"`
	Total       int64   `xml:"TOTALBYTES"`
	HardLinked  int64   `xml:"HARDLINKBYTES"`
	Created     xmlTime `xml:"CREATIONTIME"`
	Modified    xmlTime `xml:"LASTMODIFICATIONTIME"`
	Windows     struct {
		Arch             string   `xml:"ARCH"`
		EditionID        string   `xml:"EDITIONID"`
		InstallationType string   `xml:"INSTALLATIONTYPE"`
		ProductType      string   `xml:"PRODUCTTYPE"`
		SystemRoot       string   `xml:"SYSTEMROOT"`
		Languages        []string `xml:"LANGUAGES>LANGUAGE"`
		DefaultLanguage  string   `xml:"LANGUAGES>DEFAULT"`
		Version          struct {
			Major   string `xml:"MAJOR"`
			Minor   string `xml:"MINOR"`
			Build   string `xml:"BUILD"`
			SPBuild string `xml:"SPBUILD"`
		} `xml:"VERSION"`
	} `xml:"WINDOWS"`
}

func (x xmlImage) info() (ImageInfo, error) {
	created, err := x.Created.fileTime()
	if err != nil {
		return ImageInfo{}, err
	}
	modified, err := x.Modified.fileTime()
	if err != nil {
		return ImageInfo{}, err
	}
	w, v := x.Windows, x.Windows.Version
	i := ImageInfo{
		Index: x.Index, Name: x.Name, Description: x.Description, DisplayName: x.DisplayName,
		EditionID: w.EditionID, InstallationType: w.InstallationType, ProductType: w.ProductType,
		Languages: w.Languages, DefaultLanguage: w.DefaultLanguage, SystemRoot: w.SystemRoot,
		DirCount: x.Dirs, FileCount: x.Files, TotalBytes: x.Total, HardLinkBytes: x.HardLinked,
		Created: created, Modified: modified,
	}
	if v.Major != "" && v.Build != "" {
		i.Build = strings.Join([]string{v.Major, orZero(v.Minor), v.Build, orZero(v.SPBuild)}, ".")
	}
	if w.Arch != "" {
		i.Arch = "arch " + w.Arch
		for name, n := range archNumbers() {
			if fmt.Sprint(n) == strings.TrimSpace(w.Arch) {
				i.Arch = name
			}
		}
	}
	return i, nil
}

func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

// parseXML reads the images that the XML describes, in order of their index.
func parseXML(raw []byte) ([]ImageInfo, error) {
	text, err := decodeXML(raw)
	if err != nil {
		return nil, err
	}
	var doc struct {
		XMLName xml.Name
		Images  []xmlImage `xml:"IMAGE"`
	}
	d := newXMLDecoder(text)
	if err := d.Decode(&doc); err != nil {
		return nil, corrupt("XML: %w", err)
	}
	if doc.XMLName.Local != "WIM" {
		return nil, corrupt("XML: the root element is %s, not WIM", doc.XMLName.Local)
	}
	slices.SortStableFunc(doc.Images, func(a, b xmlImage) int { return a.Index - b.Index })
	out := make([]ImageInfo, 0, len(doc.Images))
	for i, x := range doc.Images {
		if x.Index != i+1 {
			return nil, corrupt("XML: image %d has index %d", i+1, x.Index)
		}
		info, err := x.info()
		if err != nil {
			return nil, err
		}
		out = append(out, info)
	}
	return out, nil
}

// decodeXML turns the stored UTF-16 with its mark into UTF-8, without loss.
func decodeXML(raw []byte) (string, error) {
	if len(raw) < 2 || len(raw)%2 != 0 || raw[0] != 0xff || raw[1] != 0xfe {
		return "", corrupt("XML: no UTF-16 byte order mark, or %d bytes", len(raw))
	}
	u := getUnits(raw[2:], len(raw)-2)
	r := utf16.Decode(u)
	if !slices.Equal(utf16.Encode(r), u) {
		return "", corrupt("XML: invalid UTF-16")
	}
	return string(r), nil
}

func encodeXML(text string) []byte {
	u := utf16.Encode([]rune(text))
	out := make([]byte, 2+2*len(u))
	out[0], out[1] = 0xff, 0xfe
	putUnits(out[2:], u)
	return out
}

func newXMLDecoder(text string) *xml.Decoder {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it says utf-16
	return d
}

// xmlSpan is one element of the XML and where it stands in the text.
type xmlSpan struct {
	path           string // WIM/IMAGE/DIRCOUNT
	attr           []xml.Attr
	open, from, to int // the element's start, the start and end of what it holds
	end            int
}

// xmlSpans lists the elements down to a depth of four, in order of their ends.
func xmlSpans(text string) ([]xmlSpan, error) {
	d := newXMLDecoder(text)
	var stack, out []xmlSpan
	for {
		before := int(d.InputOffset())
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, corrupt("XML: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			s := xmlSpan{path: t.Name.Local, attr: slices.Clone(t.Attr), open: before, from: int(d.InputOffset())}
			if n := len(stack); n > 0 {
				s.path = stack[min(n, 4)-1].path + "/" + s.path
			}
			stack = append(stack, s)
		case xml.EndElement:
			s := stack[len(stack)-1]
			s.end = int(d.InputOffset())
			s.to = max(s.from, strings.LastIndex(text[:s.end], "</"))
			if len(stack) <= 4 {
				out = append(out, s)
			}
			stack = stack[:len(stack)-1]
		}
	}
}
