package build

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// ofImage are the problems of one image.
type ofImage struct {
	name, file string // file as diagnostics name it
	diags      hcl.Diagnostics
}

// alike says once what several images have in common, with the list of them: sisters on other bases have the same modules and products,
// and a reader who is told the same fifteen times reads nothing. Two problems are one where place and words are the same but for the
// image that they name and for numbers, which per-build values make differ.
func alike(images []ofImage) hcl.Diagnostics {
	type group struct {
		first  *hcl.Diagnostic
		detail string // of the first, without what names its image
		images []string
		others bool // the numbers differ
	}
	var order []string
	groups := make(map[string]*group)
	for _, image := range images {
		for _, d := range image.diags {
			detail := image.unnamed(d.Detail)
			key := fmt.Sprintf("%d|%v|%s|%s", d.Severity, d.Subject, d.Summary, digits.ReplaceAllString(detail, "0"))
			g := groups[key]
			if g == nil {
				g = &group{first: d, detail: detail}
				groups[key] = g
				order = append(order, key)
			}
			if !slices.Contains(g.images, image.name) {
				g.images = append(g.images, image.name)
			}
			g.others = g.others || detail != g.detail
		}
	}
	var out hcl.Diagnostics
	for _, key := range order {
		g := groups[key]
		if len(g.images) > 1 {
			said := *g.first // another image may share the first
			said.Detail += " " + inImages(g.images, len(images), g.others)
			g.first = &said
		}
		out = append(out, g.first)
	}
	return out
}

var digits = regexp.MustCompile(`[0-9]+`)

// unnamed takes the image's own name and file out of a text.
func (i ofImage) unnamed(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, i.file, "FILE"), fmt.Sprintf("%q", i.name), "NAME")
}

func inImages(names []string, all int, others bool) string {
	where := fmt.Sprintf("%d images: %s", len(names), strings.Join(names, ", "))
	if len(names) == all {
		where = fmt.Sprintf("all %d images", all)
	}
	if others {
		return fmt.Sprintf("The same, with numbers of each image's own, is in %s.", where)
	}
	return fmt.Sprintf("The same is in %s.", where)
}
