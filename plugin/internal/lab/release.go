package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Release names a Windows 10 long-term servicing release.
type Release string

// The releases that the lab knows.
const (
	LTSB2016 Release = "ltsb-2016"
	LTSC2019 Release = "ltsc-2019"
	LTSC2021 Release = "ltsc-2021"
)

// Releases returns the releases, oldest first.
func Releases() []Release { return []Release{LTSB2016, LTSC2019, LTSC2021} }

// Image is one of the two images in a base.
type Image struct {
	Name      string // as chosen by name, for example "Windows 10 IoT Enterprise LTSC 2021"
	EditionID string // as in SOFTWARE and in the XML
	Product   string // ProductName in SOFTWARE
	IoT       bool   // whether this is the IoT image
}

// Facts are what a release says of itself.
type Facts struct {
	Release        Release
	Build          int       // CurrentBuild
	UBR            int       // update build revision of the medium
	Version        string    // "1607", "1809", "21H2"
	ReleaseID      string    // ReleaseId, which stayed at 2009 after 20H2
	DisplayVersion string    // "" before 20H2
	Branch         string    // of the build laboratory, for example "rs1_release"
	LabBuild       string    // build number of the component set, which is not CurrentBuild for 19044
	LabStamp       string    // date and time of the laboratory's build
	Channel        string    // "LTSB" or "LTSC"
	Released       time.Time // general availability; the epoch of the base
	Images         []Image   // two in every language; real media of 2021 reportedly have IoT in English only
}

// BuildUBR returns build.UBR, "19044.1288" for example.
func (f Facts) BuildUBR() string { return fmt.Sprintf("%d.%d", f.Build, f.UBR) }

// serviced returns the facts of the release at a later update revision; see Options.Build.
func (f Facts) serviced(build string) (Facts, error) {
	if build == "" {
		return f, nil
	}
	number, revision, found := strings.Cut(build, ".")
	ubr, err := strconv.Atoi(revision)
	if !found || err != nil || number != strconv.Itoa(f.Build) || ubr < f.UBR || ubr > 65535 {
		return f, fmt.Errorf("build %q is not of the release %s, whose medium is %s; updates make its last number higher, to 65535 at most", build, f.Release, f.BuildUBR())
	}
	f.UBR = ubr
	return f, nil
}

// Ambiguous reports whether the edition id alone does not choose an image.
// IoT Enterprise 2016 and 2019 report EnterpriseS, as Enterprise does: only the
// licence tells them apart. An edition id of its own (IoTEnterpriseS) came with
// 2021. This is as reported, not seen on IoT media of 2016 and 2019.
func (f Facts) Ambiguous() bool {
	return len(f.Images) > 1 && f.Images[0].EditionID == f.Images[1].EditionID
}

// Facts returns what is known of a release. Builds are those of the media at
// the release date; that of 2019 is the refreshed medium of November 2018, as
// the evaluation medium's file name gives it (the volume licence medium was not
// seen). Dates: lifecycle data as published by Microsoft.
func (r Release) Facts() (Facts, error) {
	switch r {
	case LTSB2016:
		return Facts{
			Release: r, Build: 14393, UBR: 0, Version: "1607", ReleaseID: "1607",
			Branch: "rs1_release", LabBuild: "14393", LabStamp: "160715-1616",
			Channel: "LTSB", Released: date(2016, time.August, 2),
			Images: []Image{
				{Name: "Windows 10 Enterprise 2016 LTSB", EditionID: "EnterpriseS", Product: "Windows 10 Enterprise 2016 LTSB"},
				{Name: "Windows 10 IoT Enterprise 2016 LTSB", EditionID: "EnterpriseS", Product: "Windows 10 Enterprise 2016 LTSB", IoT: true},
			},
		}, nil
	case LTSC2019:
		return Facts{
			Release: r, Build: 17763, UBR: 107, Version: "1809", ReleaseID: "1809",
			Branch: "rs5_release", LabBuild: "17763", LabStamp: "180914-1434",
			Channel: "LTSC", Released: date(2018, time.November, 13),
			Images: []Image{
				{Name: "Windows 10 Enterprise LTSC 2019", EditionID: "EnterpriseS", Product: "Windows 10 Enterprise LTSC 2019"},
				{Name: "Windows 10 IoT Enterprise LTSC 2019", EditionID: "EnterpriseS", Product: "Windows 10 Enterprise LTSC 2019", IoT: true},
			},
		}, nil
	case LTSC2021:
		return Facts{
			Release: r, Build: 19044, UBR: 1288, Version: "21H2", ReleaseID: "2009", DisplayVersion: "21H2",
			Branch: "vb_release", LabBuild: "19041", LabStamp: "191206-1406",
			Channel: "LTSC", Released: date(2021, time.November, 16),
			Images: []Image{
				{Name: "Windows 10 Enterprise LTSC 2021", EditionID: "EnterpriseS", Product: "Windows 10 Enterprise LTSC 2021"},
				{Name: "Windows 10 IoT Enterprise LTSC 2021", EditionID: "IoTEnterpriseS", Product: "Windows 10 IoT Enterprise LTSC 2021", IoT: true},
			},
		}, nil
	}
	return Facts{}, unknown("release", string(r), Releases())
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// ParseRelease reads a release as people write it: "ltsc-2021", "LTSB 2016",
// "ltsc2019", "2021", the version ("21H2", "1809") or the build ("19044").
func ParseRelease(s string) (Release, error) {
	word := strings.NewReplacer("-", "", " ", "", "_", "").Replace(strings.ToLower(s))
	for _, r := range Releases() {
		f, err := r.Facts()
		if err != nil {
			return "", err
		}
		year := string(r)[len("ltsx-"):]
		if slices.Contains([]string{"ltsb" + year, "ltsc" + year, year, strings.ToLower(f.Version), fmt.Sprint(f.Build)}, word) {
			return r, nil
		}
	}
	return "", unknown("release", s, Releases())
}

// unknown returns the error for a word that is not in the list, with the
// nearest one where there is one.
func unknown[T ~string](what, got string, known []T) error {
	names := make([]string, len(known))
	best, at := 4, -1
	for i, k := range known {
		names[i] = string(k)
		if d := distance(strings.ToLower(got), strings.ToLower(names[i])); d < best {
			best, at = d, i
		}
	}
	hint := ""
	if at >= 0 {
		hint = fmt.Sprintf("; did you mean %q?", names[at])
	}
	return fmt.Errorf("unknown %s %q, known are %s%s", what, got, strings.Join(names, ", "), hint)
}

// distance is the number of single-character edits between a and b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)]
}
