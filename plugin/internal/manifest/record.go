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
	Kept           *Kept      `json:"kept,omitempty"` // nil where a later build has to look at everything
}

// Kept says by which files a later build can tell that nothing has changed, without reading them again. It is worth what the file
// system's word is worth, and whoever can write the record can make it lie: it saves time and proves nothing.
type Kept struct {
	Base      FileIdentity `json:"base"`
	BaseImage string       `json:"base_image"` // how the image in the base was asked for; "" by edition
	Image     FileIdentity `json:"image"`      // the image that was written
	Program   string       `json:"program"`    // lower-case hex SHA-256 of the program that built
}

// FileIdentity is a file as its file system knows it: another content, another file of that name or another copy has another identity.
type FileIdentity struct {
	Volume   string `json:"volume"` // the file system's number, hexadecimal
	ID       string `json:"id"`     // the file's number in it, hexadecimal
	Size     int64  `json:"size"`   // bytes
	Modified string `json:"modified"`
	Changed  string `json:"changed"` // RFC 3339, as the one above; programs can set that one, but not this
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
