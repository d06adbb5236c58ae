package remote

// ParseAnswer reads an answer: what it brings of standard output, and the code of a command that has ended.
func ParseAnswer(raw []byte) (out []byte, code int64, err error) {
	a, err := parseAnswer(raw)
	if err != nil {
		return nil, 0, err
	}
	err = a.output(func(_ string, data []byte) error {
		out = append(out, data...)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	code, _, err = a.done()
	return out, code, err
}

// Pause is the time before the next attempt at a machine.
var Pause = pause
