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
}

// languages are Windows' own identifiers ([MS-LCID]).
func languages() []language {
	return []language{
		{"da-DK", "0406", "850", "Danish", "Administrator", "Gæst"},
		{"de-DE", "0407", "850", "German", "Administrator", "Gast"},
		{"en-GB", "0809", "850", "English (United Kingdom)", "Administrator", "Guest"},
		{"en-US", "0409", "437", "English (United States)", "Administrator", "Guest"},
		{"fi-FI", "040B", "850", "Finnish", "Järjestelmänvalvoja", "Vieras"},
		{"fr-FR", "040C", "850", "French", "Administrateur", "Invité"},
		{"nb-NO", "0414", "850", "Norwegian Bokmål", "Administrator", "Gjest"},
		{"sv-SE", "041D", "850", "Swedish", "Administratör", "Gäst"},
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
