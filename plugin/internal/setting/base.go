package setting

import (
	"strconv"
	"strings"
)

// Base is what a Spec may know of the Windows it is meant for.
type Base struct {
	EditionID string   `json:"edition_id"` // as in the registry's EditionID, for example "IoTEnterpriseS"
	Build     string   `json:"build"`      // build.UBR, for example "19044.1288"
	Arch      string   `json:"arch"`       // "amd64" or "x86"
	Languages []string `json:"languages"`  // BCP 47, the preferred one first
	Channel   string   `json:"channel"`    // "LTSB" or "LTSC"

	// Features are the optional features that servicing has turned on in the base, as DISM names them, sorted. They are stated: nothing
	// public in an image shows them.
	Features []string `json:"features,omitempty"`
}

// Number returns the build number without the UBR, or 0 where Build does not start with a number.
func (b Base) Number() int {
	s, _, _ := strings.Cut(b.Build, ".")
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// UBR returns the update build revision, or 0 where Build has none.
func (b Base) UBR() int {
	_, s, _ := strings.Cut(b.Build, ".")
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
