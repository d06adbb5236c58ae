// Package firstboot is what an image carries beside its plan so that it settles on the client what no image can: the agent, the bundle
// that the agent works by, the service that starts it, and a firewall that lets nobody in until the agent has validated the client.
//
// All of it is ops of stage image, like those of a plan, made of the plan, the agent and the base. None of it is in the plan, which only
// says that the image has it: an agent's digest is an input of the build, and the manifest states it. Nothing relies on scripts of Windows
// Setup, on an answer file or on a deployment tool: the service is in the SYSTEM hive and starts by itself.
//
// The package refuses a plan that contradicts it: one that wants the firewall off, that sets the service or that writes into the agent's
// folder. It judges an image offline; what runs on the client is the agent's matter, and nothing of it was tried on a real Windows.
package firstboot

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentplace"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Where things lie in an image and on a client. Only administrators and SYSTEM write below \Windows: a new folder there inherits that.
const (
	Folder       = agentplace.Folder
	AgentPath    = manifest.AgentPath
	BundleFolder = agentplace.BundleFolder
	StateFolder  = agentplace.StateFolder
)

// The owners of the ops, in place of settings.
const (
	ofAgent   = "first-boot/agent"
	ofBundle  = "first-boot/bundle"
	ofService = "first-boot/service"
	ofHold    = "first-boot/network-hold"
)

// Input is what New makes the ops of.
type Input struct {
	Plan     *plan.Plan
	Table    setting.Table          // of the plan's kinds
	Contents apply.Contents         // gives the bytes of the plan's later stages; may be nil where they put none
	Agent    agentfile.File         // goes into the image as it is
	Base     setting.RegistryReader // the base before any change: what is held is given back as it was there
}

// Carried is what the image carries.
type Carried struct {
	Ops      []plan.StagedOp // of stage image, to run after the plan's own
	Contents apply.Contents  // gives the bytes behind their digests
	Bundle   *bundle.Bundle
}

// Stages are those that the agent runs on the client: the first boot, and whatever else the plan has ops for.
func Stages(p *plan.Plan) []setting.Stage {
	var out []setting.Stage
	for _, stage := range setting.Stages() {
		has := slices.ContainsFunc(p.Ops, func(o plan.StagedOp) bool { return o.Op.Stage == stage })
		if stage == setting.StageFirstBoot || stage != setting.StageImage && has {
			out = append(out, stage)
		}
	}
	return out
}

// New makes what an image carries whose plan asks for it.
func New(in Input) (*Carried, error) {
	if in.Plan.Image.FirstBoot == nil {
		return nil, errors.New("the image has no first_boot block")
	}
	if in.Agent.SHA256 == "" {
		return nil, errors.New("no agent was given")
	}
	hold, release, err := holdOps(in.Plan, in.Table, in.Base)
	if err != nil {
		return nil, err
	}
	// An image cannot hold the digest of its own manifest, which states the image's. The agent finds the manifest by the recipe.
	b, err := bundle.New(bundle.Input{Plan: in.Plan, Keep: in.Plan.Image.FirstBoot.Keep, Stages: Stages(in.Plan), Release: release, Contents: in.Contents})
	if err != nil {
		return nil, err
	}
	c := &Carried{Bundle: b}
	open := map[string]func() (io.ReadCloser, error){in.Agent.SHA256: in.Agent.Open}
	c.put(ofAgent, AgentPath, in.Agent.SHA256, in.Agent.Size)
	for _, f := range b.Files() {
		open[f.SHA256] = f.Open
		c.put(ofBundle, inBundle(f.Path), f.SHA256, f.Size)
	}
	c.Ops = append(append(c.Ops, serviceOps()...), hold...)
	c.Contents = func(sha256 string) (io.ReadCloser, error) {
		f, ok := open[sha256]
		if !ok {
			return nil, fmt.Errorf("no content %s belongs to the first boot", sha256)
		}
		return f()
	}
	return c, nil
}

func (c *Carried) put(owner, path, sha256 string, size int64) {
	c.Ops = append(c.Ops, plan.StagedOp{Settings: []string{owner}, Op: setting.Op{
		Stage: setting.StageImage, Action: setting.ActionFilePut, Path: path, SHA256: sha256, Size: size,
	}})
}

// inBundle is the path in the image of a bundle's file, whose own path has slashes.
func inBundle(path string) string {
	out := []byte(BundleFolder + `\`)
	for i := range len(path) {
		if path[i] == '/' {
			out = append(out, '\\')
			continue
		}
		out = append(out, path[i])
	}
	return string(out)
}

// ContentPath is where an image carries the content of that digest for its agent.
func ContentPath(sha256 string) string { return inBundle(bundle.ContentFolder + "/" + sha256) }

// set is an op that writes a registry value.
func set(owner string, v named) plan.StagedOp {
	return plan.StagedOp{Settings: []string{owner}, Op: setting.Op{
		Stage: setting.StageImage, Action: setting.ActionRegistrySet, Key: v.key, Name: v.name, Type: v.value.Type, Data: hex.EncodeToString(v.value.Data),
	}}
}

// named is a registry value with its place.
type named struct {
	key, name string
	value     setting.RegistryValue
}
