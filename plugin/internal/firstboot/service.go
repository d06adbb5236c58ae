package firstboot

import (
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentplace"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// ServiceName is the agent's service, and ServiceKey its key.
const (
	ServiceName = agentplace.ServiceName
	ServiceKey  = agentplace.ServiceKey
)

func serviceValues() []named {
	var out []named
	for _, v := range agentplace.Service() {
		out = append(out, named{ServiceKey, v.Name, v.Value})
	}
	return out
}

func serviceOps() []plan.StagedOp {
	var ops []plan.StagedOp
	for _, v := range serviceValues() {
		ops = append(ops, set(ofService, v))
	}
	return ops
}
