// Package secret is text that must not be printed: a password on its way from a configuration to where it is used.
//
// It keeps fmt, encoders and logs from showing it. It does not keep a caller from converting it to a string, which is how it is used.
package secret

// Text is a secret. Its zero value is none.
type Text string

// String hides the text.
func (s Text) String() string { return hidden(s) }

// GoString hides the text from %#v.
func (s Text) GoString() string { return hidden(s) }

// MarshalText hides the text from encoders.
func (s Text) MarshalText() ([]byte, error) { return []byte(hidden(s)), nil }

func hidden(s Text) string {
	if s == "" {
		return ""
	}
	return "(hidden)"
}
