package wim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// archNumbers are the PROCESSOR_ARCHITECTURE_ values that WINDOWS/ARCH uses.
func archNumbers() map[string]int {
	return map[string]int{"x86": 0, "arm": 5, "ia64": 6, "amd64": 9, "arm64": 12}
}

// Images lists the images, by index.
func (f *File) Images() []ImageInfo { return slices.Clone(f.images) }

// Select finds the one image that sel means: its index, its name, its display
// name or its edition id, in any case. The empty sel means the only image. The
// error lists the images where none or several fit.
func (f *File) Select(sel string) (int, error) {
	if sel == "" && len(f.images) == 1 {
		return 1, nil
	}
	if n, err := strconv.Atoi(sel); err == nil && n >= 1 && n <= len(f.images) {
		return n, nil
	}
	var fits []string
	found := 0
	for _, by := range selectors() {
		for _, i := range f.images {
			if sel != "" && upcase.Equal(by(i), sel) {
				found = i.Index
				fits = append(fits, strconv.Itoa(i.Index))
			}
		}
		if len(fits) > 0 {
			break // a name goes before an edition id
		}
	}
	switch {
	case len(fits) == 1:
		return found, nil
	case len(fits) > 1:
		return 0, fmt.Errorf("image %q is ambiguous: images %s fit; choose by index\n%s", sel, strings.Join(fits, ", "), f.list())
	case sel == "":
		return 0, fmt.Errorf("the WIM has %d images; choose one by index, name or edition id\n%s", len(f.images), f.list())
	}
	return 0, fmt.Errorf("no image %q in the WIM%s\n%s", sel, f.suggest(sel), f.list())
}

func selectors() []func(ImageInfo) string {
	return []func(ImageInfo) string{
		func(i ImageInfo) string { return i.Name },
		func(i ImageInfo) string { return i.DisplayName },
		func(i ImageInfo) string { return i.EditionID },
	}
}

// suggest names what sel may have meant.
func (f *File) suggest(sel string) string {
	best, dist := "", max(2, len(sel)/3)+1
	for _, by := range selectors() {
		for _, i := range f.images {
			s := by(i)
			if d := levenshtein.Distance(upcase.Fold(s), upcase.Fold(sel), nil); s != "" && d < dist {
				best, dist = s, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// list describes the images for a message, one a line.
func (f *File) list() string {
	var b strings.Builder
	for n, i := range f.images {
		if n > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "  %d: %q", i.Index, i.Name)
		for _, s := range []string{i.EditionID, i.Arch, i.Build, i.DefaultLanguage} {
			if s != "" {
				b.WriteString(", " + s)
			}
		}
	}
	return b.String()
}
