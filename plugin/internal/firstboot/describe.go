package firstboot

import (
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Description says what an image carries beside its plan, for people and programs.
type Description struct {
	Carried bool            `json:"carried"` // false: the image has no first_boot block, and the rest is empty
	Keep    bool            `json:"keep"`
	Agent   string          `json:"agent,omitempty"`   // path in the image
	Bundle  string          `json:"bundle,omitempty"`  // path of the folder in the image
	Service []Value         `json:"service,omitempty"` // the registry values that make the service
	Stages  []setting.Stage `json:"stages,omitempty"`  // that the agent runs
	Held    []Value         `json:"held,omitempty"`    // registry values that keep the network shut until the client is validated
}

// Value is a registry value in canonical text.
type Value struct {
	Location string `json:"location"` // "HKLM\...!Name"
	Value    string `json:"value"`
	Planned  bool   `json:"planned,omitempty"` // the plan wants it too, so that it stays
}

// Describe says what an image with this plan carries. A management path that names no networks is an error.
func Describe(p *plan.Plan) (Description, error) {
	if p.Image.FirstBoot == nil {
		return Description{}, nil
	}
	d := Description{Carried: true, Keep: p.Image.FirstBoot.Keep, Agent: AgentPath, Bundle: BundleFolder, Stages: Stages(p)}
	for _, v := range serviceValues() {
		d.Service = append(d.Service, v.described(false))
	}
	values, err := held(p)
	if err != nil {
		return Description{}, err
	}
	for _, v := range values {
		_, planned, err := plannedAt(p, v)
		if err != nil {
			return Description{}, err
		}
		d.Held = append(d.Held, v.described(planned))
	}
	return d, nil
}

func (v named) described(planned bool) Value {
	return Value{strings.TrimPrefix(string(setting.RegistryLocation(v.key, v.name)), "reg:"), v.value.Text(), planned}
}
