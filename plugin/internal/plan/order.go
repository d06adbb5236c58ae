package plan

import "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"

// Hazard says what a setting can do to whoever builds the client.
type Hazard string

// The hazards, named as their traits are.
const (
	CutsConnection Hazard = "cuts-connection" // ends the build's own connection
	LocksAccount   Hazard = "locks-account"   // keeps the build's account out
	StopsAgent     Hazard = "stops-agent"     // keeps the agent from running
)

// Hazards lists all hazards in the order in which plans show them.
func Hazards() []Hazard { return []Hazard{CutsConnection, LocksAccount, StopsAgent} }

// staged is the op at the stage at which it is safe. What is written into an image that does not run cuts nothing. On a running client,
// whatever can shut the door behind the build waits until the build is done: that is what the stage seal is for.
func staged(op setting.Op, hazards []Hazard) setting.Op {
	if len(hazards) > 0 && (op.Stage == setting.StageFirstBoot || op.Stage == setting.StageBuild) {
		op.Stage = setting.StageSeal
	}
	return op
}
