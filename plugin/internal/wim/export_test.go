package wim

import "bytes"

// RoundTrip parses metadata and lays it out again.
func RoundTrip(b []byte) ([]byte, error) {
	m, err := parseMetadata(b)
	if err != nil {
		return nil, err
	}
	return m.marshal(), nil
}

// MetadataOf returns the metadata of the first image of a good file.
func MetadataOf(b []byte) []byte {
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		panic(err)
	}
	m, _, err := f.metadata(1)
	if err != nil {
		panic(err)
	}
	return m
}
