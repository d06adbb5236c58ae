package build

import (
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// marketed are the years by which people call the releases that are serviced for long, by build number: Microsoft, "Windows 10 release
// information".
var marketed = map[int]string{10240: "2015", 14393: "2016", 17763: "2019", 19044: "2021"}

// otherWindows says that an image is another Windows than a base asks for, by its build number; "" where it is the same.
func otherWindows(build string, want plan.Base) string {
	is := setting.Base{Build: build}.Number()
	if is == 0 || want.Number() == 0 || is == want.Number() {
		return ""
	}
	named := func(number int) string {
		if year := marketed[number]; year != "" {
			return fmt.Sprintf("%d (%s)", number, year)
		}
		return fmt.Sprint(number)
	}
	return fmt.Sprintf("this is Windows build %s, and base %q asks for %s", named(is), want.Name, named(want.Number()))
}

// noneIs says that none of the images is the Windows that a base asks for, as their own hives have it: what the XML of a WIM calls a build is
// another number where a release is an older one with one package more. "" where one is, or where that cannot be read.
func noneIs(w *wim.File, indexes []int, want plan.Base) string {
	other := ""
	for _, i := range indexes {
		img, err := w.Image(i)
		if err != nil {
			return ""
		}
		reader, err := image.Open(img)
		if err != nil {
			return ""
		}
		facts, err := reader.Facts()
		if err != nil {
			return ""
		}
		if other = otherWindows(facts.Build, want); other == "" {
			return ""
		}
	}
	return other
}
