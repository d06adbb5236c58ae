package manifest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// StampKey is the registry key by which an image, and the client made from it, says what it is.
const StampKey = `HKLM\SOFTWARE\wmclient`

// Stamp is what the image says of itself. It cannot be part of the plan, since it holds the plan's digest.
type Stamp struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	RecipeDigest string `json:"recipe_digest"`
	Class        string `json:"class"` // for example "WM 0,1"
	Management   string `json:"management"`
}

// StampOf is the stamp of an image made by the plan.
func StampOf(p *plan.Plan, recipeDigest string) Stamp {
	groups := make([]string, len(p.Image.Class.Groups))
	for i, g := range p.Image.Class.Groups {
		groups[i] = strconv.Itoa(g)
	}
	class := strings.TrimSpace(p.Image.Class.Type + " " + strings.Join(groups, ","))
	return Stamp{p.Image.Name, p.Image.Version, recipeDigest, class, p.Image.Management.Path}
}

// Ops are the ops that write the stamp, to run at stage image after the plan's own.
func (s Stamp) Ops() []plan.StagedOp {
	var ops []plan.StagedOp
	for _, f := range s.fields() {
		v := setting.SZ(*f.text)
		ops = append(ops, plan.StagedOp{Settings: []string{"stamp"}, Op: setting.Op{
			Stage: setting.StageImage, Action: setting.ActionRegistrySet, Key: StampKey, Name: f.name, Type: v.Type, Data: hex.EncodeToString(v.Data),
		}})
	}
	return ops
}

// ErrStampForm is the error of a stamp in which a value is something else than text: it was read, and it is not what wmclient writes.
var ErrStampForm = errors.New("a stamp's values are text")

// ReadStamp reads the stamp of a target. A value that is missing is an error that wraps setting.ErrAbsent, one that is no text wraps
// ErrStampForm.
func ReadStamp(r setting.RegistryReader) (Stamp, error) {
	var s Stamp
	for _, f := range s.fields() {
		v, err := r.RegistryValue(StampKey, f.name)
		if err != nil {
			return Stamp{}, fmt.Errorf("read the stamp %s!%s: %w", StampKey, f.name, err)
		}
		text, ok := strings.CutPrefix(v.Text(), string(setting.TypeSZ)+":")
		if !ok {
			return Stamp{}, fmt.Errorf("read the stamp %s!%s: %s: %w", StampKey, f.name, v.Text(), ErrStampForm)
		}
		*f.text = text
	}
	return s, nil
}

// stampField is one registry value of the stamp, a REG_SZ.
type stampField struct {
	name string
	text *string
}

// fields lists the stamp's values in the order in which they are written.
func (s *Stamp) fields() []stampField {
	return []stampField{
		{"Name", &s.Name}, {"Version", &s.Version}, {"RecipeDigest", &s.RecipeDigest}, {"Class", &s.Class}, {"Management", &s.Management},
	}
}
