package plan

import "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"

// Setters finds the setting in effect that sets the place of another one. It maps places to ids, and is filled in the order of ids.
type Setters map[setterKey]string

// setterKey is a place, and whether it is what the setting is about: its first claim. Two files in one folder both claim the folder, and
// neither sets the other's place.
type setterKey struct {
	canon string
	about bool
}

// Add adds a setting in effect with its claims.
func (s Setters) Add(id string, claims []setting.Claim) {
	for i, c := range claims {
		for _, about := range []bool{false, i == 0} {
			if key := (setterKey{c.Location.Canon(), about}); s[key] == "" {
				s[key] = id
			}
		}
	}
}

// Of returns the first setting in effect whose place is among the claims, or "". What either of the two is about must be shared.
func (s Setters) Of(claims []setting.Claim) string {
	for i, c := range claims {
		if by := s[setterKey{c.Location.Canon(), i > 0}]; by != "" {
			return by
		}
	}
	return ""
}
