package lab

import "strings"

// language is one language of Windows media.
type language struct {
	tag  string // BCP 47, as the language folders are called
	id   string // language identifier in hexadecimal, as in Nls\Language
	oem  string // OEM code page, as in Nls\CodePage
	name string // in English
	// The built-in accounts as Setup names them in this language.
	administrator, guest string
	// And the built-in groups.
	administrators, users, guests string
}

// groupColumn is the column of data/groups.csv with the names of the other groups.
func (l language) groupColumn() int {
	if l.tag == "sv-SE" {
		return 4
	}
	return 3
}

// languages are Windows' own identifiers ([MS-LCID]).
func languages() []language {
	return []language{
		{"da-DK", "0406", "850", "Danish", "Administrator", "Gæst", "Administratorer", "Brugere", "Gæster"},
		{"de-DE", "0407", "850", "German", "Administrator", "Gast", "Administratoren", "Benutzer", "Gäste"},
		{"en-GB", "0809", "850", "English (United Kingdom)", "Administrator", "Guest", "Administrators", "Users", "Guests"},
		{"en-US", "0409", "437", "English (United States)", "Administrator", "Guest", "Administrators", "Users", "Guests"},
		{"fi-FI", "040B", "850", "Finnish", "Järjestelmänvalvoja", "Vieras", "Järjestelmänvalvojat", "Käyttäjät", "Vieraat"},
		{"fr-FR", "040C", "850", "French", "Administrateur", "Invité", "Administrateurs", "Utilisateurs", "Invités"},
		{"nb-NO", "0414", "850", "Norwegian Bokmål", "Administrator", "Gjest", "Administratorer", "Brukere", "Gjester"},
		{"sv-SE", "041D", "850", "Swedish", "Administratör", "Gäst", "Administratörer", "Användare", "Gäster"},
	}
}

// Languages returns the language tags that Options takes, sorted.
func Languages() []string {
	var tags []string
	for _, l := range languages() {
		tags = append(tags, l.tag)
	}
	return tags
}

func findLanguage(tag string) (language, error) {
	for _, l := range languages() {
		if strings.EqualFold(l.tag, tag) {
			return l, nil
		}
	}
	return language{}, unknown("language", tag, Languages())
}
