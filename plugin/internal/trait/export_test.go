package trait

// Parse is parse without its result.
func Parse(text string) error { _, err := parse(text); return err }

// Match is match.
var Match = match
