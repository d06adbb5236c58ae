package lab

import (
	"fmt"
	"strconv"
	"strings"
)

// trustedInstaller is NT SERVICE\TrustedInstaller.
const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

// words returns what the placeholders of the data files stand for. img may be
// nil where nothing depends on the image.
func (b *Base) words(img *Image) *strings.Replacer {
	f, ubr := b.Facts, strconv.Itoa(b.Facts.UBR)
	labUBR := "1" // the component set of a release with later updates on it
	if f.UBR == 0 {
		labUBR = "0"
	}
	list := []string{
		"{arch}", b.options.Arch, "{ARCH}", strings.ToUpper(b.options.Arch),
		"{ti}", trustedInstaller,
		"{release}", string(f.Release), "{build}", strconv.Itoa(f.Build), "{ubr}", ubr,
		"{ext}", (ubr + "_N")[:3],
		"{lab}", f.LabBuild, "{labubr}", labUBR, "{branch}", f.Branch, "{stamp}", f.LabStamp,
		"{releaseid}", f.ReleaseID, "{displayversion}", f.DisplayVersion,
		"{lang}", b.lang.tag, "{langid}", b.lang.id, "{keyboard}", "0000" + strings.ToLower(b.lang.id),
		"{oemcp}", b.lang.oem, "{administrator}", b.lang.administrator, "{guest}", b.lang.guest,
		"{administrators}", b.lang.administrators, "{users}", b.lang.users, "{guests}", b.lang.guests,
	}
	if img != nil {
		list = append(list, "{edition}", img.EditionID, "{product}", img.Product)
	}
	return strings.NewReplacer(list...)
}

// description says what the base and everything in it is.
func (b *Base) description() string {
	return fmt.Sprintf("%s: shape and facts of %s %s, %s, %s", Marker, b.Facts.Release, b.Facts.BuildUBR(), b.options.Arch, b.lang.tag)
}

// rows returns the rows of a data file without comments, blank lines and
// heading, with their line numbers.
func rows(table string, columns int) ([]row, error) {
	var out []row
	heading := true
	for i, line := range strings.Split(table, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c := strings.Split(line, ";")
		if columns == 2 { // descriptors hold semicolons themselves
			c = strings.SplitN(line, ";", 2)
		}
		if len(c) != columns {
			return nil, fmt.Errorf("line %d: %d columns, %d are needed", i+1, len(c), columns)
		}
		if !heading {
			out = append(out, row{i + 1, c})
		}
		heading = false
	}
	return out, nil
}

// row is one row of a data file.
type row struct {
	line    int
	columns []string
}
