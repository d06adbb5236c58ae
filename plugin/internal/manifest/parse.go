package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

// ErrOther is another document of wmclient: a plan, a build record.
var ErrOther = errors.New("it is no manifest")

// Parse reads a manifest and refuses one that is not canonical, that has fields this version does not know, or that contradicts
// itself. What it returns gives the same bytes again.
func Parse(data []byte) (*Manifest, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("read manifest: not JSON%s: %w", placeOf(err), err)
	}
	if name, _, _ := strings.Cut(Schema, "manifest/"); strings.HasPrefix(head.Schema, name) && !strings.HasPrefix(head.Schema, name+"manifest/") {
		return nil, fmt.Errorf("read manifest: %w: its schema is %q", ErrOther, head.Schema)
	}
	if head.Schema != Schema {
		return nil, fmt.Errorf("read manifest: schema is %q, this program reads %q: use the version that made it", head.Schema, Schema)
	}
	m := new(Manifest)
	if err := decodeStrict(data, m); err != nil {
		return nil, fmt.Errorf("read manifest%s: %w", placeOf(err), err)
	}
	if m.Plan == nil {
		return nil, errors.New("read manifest: it holds no plan")
	}
	if err := canonical.Verify(data); err != nil {
		return nil, fmt.Errorf("read manifest: it was changed or formatted after it was made, take the original file: %w", err)
	}
	// Canonical bytes can still differ from what was understood: a name in another case, an empty member that is written as absent.
	again, err := m.Bytes()
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if !bytes.Equal(again, data) {
		return nil, errors.New("read manifest: it says things in a way in which no version writes them: take the original file")
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("read manifest: it contradicts itself, do not use it: %w", err)
	}
	return m, nil
}

// placeOf says where in the bytes a JSON error stands, where it knows.
func placeOf(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf(" at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf(" at byte %d", kind.Offset)
	}
	return ""
}

// decodeStrict decodes exactly one JSON value without unknown fields.
func decodeStrict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("there is more behind the JSON value")
	}
	return nil
}
