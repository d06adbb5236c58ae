package manifest

import (
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

// RecordSchema names the form of build-record.json.
const RecordSchema = "wmclient/build-record/1"

// BuildRecord is what differs between two runs that give the same manifest. Nothing in it is needed to trust or use an image.
type BuildRecord struct {
	Schema         string     `json:"schema"`
	ManifestDigest string     `json:"manifest_digest"` // lower-case hex SHA-256
	Started        string     `json:"started"`         // RFC 3339, UTC
	Finished       string     `json:"finished"`        // RFC 3339, UTC
	Durations      []Duration `json:"durations"`       // in the order in which the steps ran
	Tool           Tool       `json:"tool"`
	Host           Host       `json:"host"`
	BasePath       string     `json:"base_path"`
	ImagePath      string     `json:"image_path"` // the profile
	LockPath       string     `json:"lock_path,omitempty"`
	LockDigest     string     `json:"lock_digest,omitempty"` // lower-case hex SHA-256
	AcceptedBase   bool       `json:"accepted_base"`         // a base that the lock does not pin was accepted for this build
	Ops            OpCounts   `json:"ops"`
	Warnings       []string   `json:"warnings"`
}

// Duration is how long one step took.
type Duration struct {
	Step         string `json:"step"`
	Milliseconds int64  `json:"milliseconds"`
}

// Tool is the program that built.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
}

// Host is the kind of machine that built; never its name.
type Host struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
	CPUs int    `json:"cpus"`
}

// OpCounts says what came of the plan's ops at stage image.
type OpCounts struct {
	Changed int `json:"changed"`
	Already int `json:"already"`
	Skipped int `json:"skipped"`
}

// Bytes returns the record's canonical bytes with the schema filled in.
func (r BuildRecord) Bytes() ([]byte, error) {
	r.Schema = RecordSchema
	r.Durations = append([]Duration{}, r.Durations...)
	r.Warnings = append([]string{}, r.Warnings...)
	b, err := canonical.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode build record: %w", err)
	}
	return b, nil
}

// ParseBuildRecord reads a record and refuses another schema and unknown fields.
func ParseBuildRecord(data []byte) (BuildRecord, error) {
	var r BuildRecord
	if err := decodeStrict(data, &r); err != nil {
		return BuildRecord{}, fmt.Errorf("read build record: %w", err)
	}
	if r.Schema != RecordSchema {
		return BuildRecord{}, fmt.Errorf("read build record: schema is %q, this program reads %q", r.Schema, RecordSchema)
	}
	return r, nil
}
