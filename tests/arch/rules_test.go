// Package arch_test holds the code to the arrows of the design: which room may see which, and who may use the clock,
// the environment, the network and the process. It reads the import graph that the go command reports and knows nothing
// else about the rooms. A room that no rule names is a failure, so that a new one cannot stand outside the house.
package arch_test

import "slices"

// module is this repository's module path; rooms are named by their path under plugin/internal.
const module = "github.com/mt-eklient/packer-plugin-wmclient"

// rule says what one room may do. Everything that it does not grant is refused.
type rule struct {
	room string
	// sees lists the rooms that this one may reach, directly or through others.
	sees []string
	// uses lists guarded packages (see guarded) that this room itself may import.
	uses []string
	// world is true where the room may read the clock and the environment and may end the process.
	world bool
	// pure is true where the room does no I/O at all: see impure.
	pure bool
}

// Sets of rooms that the rules below are written with.
var (
	// formats know bytes and nothing of settings; they are the ground floor.
	formats = []string{"upcase", "canonical", "secdesc", "regf", "regpol", "wim", "secpolicy", "udf", "servicing"}
	// data are the formats that have to do with values only, not with files.
	data = []string{"upcase", "canonical", "secdesc", "regpol"}
	// core is the engine without any door or target.
	core = join(formats, "partial", "conflict", "setting", "environment", "trait", "kinds", "profile", "plan", "apply", "validate", "manifest", "report", "bundle", "agent", "agentfile", "agentplace", "firstboot")
	// sealing is what taking away what a build left takes.
	sealing = []string{"agentplace", "secret", "unattend", "seal", "seal/setuplog"}
	// audited is what judging a client takes.
	audited = join(formats, "partial", "setting", "environment", "trait", "plan", "apply", "validate", "manifest", "bundle", "agent", "baseline", "gpo", "target", "target/guest", "target/snapshot")
	// house is all that a door may open on to.
	house = join(core, "delta", "target", "target/image", "remote", "medium", "secret", "unattend", "agentfile", "firstboot", "seal", "seal/setuplog", "online", "build")
)

// rules is the table: one line for each room, from the ground floor up.
var rules = []rule{
	// Ground floor: formats. None knows a setting.
	{room: "upcase", pure: true},
	{room: "canonical", pure: true},
	{room: "secret", pure: true},
	{room: "secdesc", pure: true},
	{room: "regpol", sees: []string{"upcase"}, pure: true},
	{room: "regf", sees: []string{"upcase", "secdesc"}},
	{room: "wim", sees: []string{"upcase", "secdesc"}},
	{room: "delta", sees: []string{"canonical"}, pure: true},
	{room: "secpolicy", sees: []string{"upcase", "secdesc", "regf"}},
	{room: "udf", sees: []string{"upcase"}},
	{room: "servicing", sees: []string{"canonical"}, pure: true},
	// partial gives files their names when they are whole; it knows no format.
	{room: "partial"},
	{room: "medium", sees: []string{"upcase", "udf"}},
	// unattend writes answer files and holds them against a base that others have read.
	{room: "unattend", sees: []string{"secret"}, pure: true},

	// The contract, and what stands on it. plan, apply, validate and manifest never see a kind by name.
	{room: "setting", sees: data, pure: true},
	{room: "kinds", sees: join(data, "setting"), pure: true},
	{room: "environment", pure: true},
	{room: "trait", sees: join(data, "setting"), pure: true},
	{room: "plan", sees: join(data, "setting", "environment", "trait"), pure: true},
	{room: "conflict", sees: join(data, "setting", "environment", "trait", "plan"), pure: true},
	{room: "profile", sees: join(data, "partial", "setting", "environment", "trait", "kinds", "plan", "servicing"), uses: []string{"github.com/zclconf/go-cty"}},
	{room: "apply", sees: join(data, "setting", "environment", "trait", "plan")},
	{room: "validate", sees: join(data, "setting", "environment", "trait", "plan")},
	{room: "bundle", sees: join(data, "setting", "environment", "trait", "plan", "apply")},
	{room: "agent", sees: join(data, "partial", "setting", "environment", "trait", "plan", "apply", "validate", "manifest", "bundle")},
	// agentfile is the agent as bytes; firstboot what an image carries of it.
	{room: "agentfile"},
	// agentplace is where the agent lies; the agent sees it, and never its own bytes.
	{room: "agentplace", sees: join(data, "setting"), pure: true},
	{room: "firstboot", sees: join(data, "setting", "environment", "trait", "plan", "apply", "validate", "manifest", "bundle", "agentfile", "agentplace")},
	// seal judges what a build left on a captured disk, and takes it away on a running one: the names come from who makes it.
	{room: "seal", sees: join(data, "setting", "environment", "trait", "plan", "secret", "unattend", "agentplace"), pure: true},
	{room: "seal/setuplog", pure: true},
	{room: "agentcli", sees: join(join(audited, sealing...), "kinds", "audit")},
	{room: "online", sees: join(join(data, sealing...), "partial", "setting", "environment", "trait", "plan", "apply", "validate", "manifest", "bundle", "agent", "agentfile", "secret", "remote")},
	{room: "manifest", sees: join(data, "setting", "environment", "trait", "plan", "validate"), pure: true},
	{room: "report", sees: join(data, "setting", "environment", "trait", "plan", "validate", "manifest")},

	// What comes from other tools: lists to be held against a plan, domain policies, and the modules made of both.
	{room: "baseline", sees: join(data, "setting", "environment", "trait", "plan"), pure: true},
	{room: "gpo", sees: join(data, "setting", "environment", "trait", "plan", "baseline"), pure: true},
	{room: "importer", sees: join(data, "partial", "servicing", "setting", "kinds", "environment", "trait", "plan", "profile", "baseline", "gpo")},

	// Targets are readers and writers of a Windows. They fill the interfaces that setting and apply ask for, and so see
	// the plan from afar; never a kind, never the judge.
	{room: "target", sees: join(data, "setting")},
	{room: "target/image", sees: join(formats, "setting", "environment", "trait", "plan", "apply", "target")},
	{room: "target/guest", sees: join(formats, "partial", "setting", "environment", "trait", "plan", "apply", "target"), world: true},
	{room: "target/fake", sees: join(formats, "setting", "environment", "trait", "plan", "apply", "target")},
	// snapshot is a Windows as one answer of it; audit judges it by its image's manifest, fleet asks many for theirs.
	{room: "target/snapshot", sees: join(formats, "partial", "setting", "environment", "trait", "plan", "apply", "target", "target/guest")},
	{room: "audit", sees: audited},
	{room: "fleet", sees: join(audited, "audit", "secret", "remote")},
	{room: "remote", sees: []string{"secret"}, uses: []string{"net", "net/http", "github.com/masterzen/winrm"}, world: true},
	{room: "lab", sees: join(formats, "setting")},
	// The WinRM lab: a server for tests and trials, the machines behind it, and the one room that runs a program: Wine, where a user names its prefix.
	{room: "lab/winrm", uses: []string{"net", "net/http", "log"}},
	{room: "lab/winrm/standin", sees: join(formats, "setting", "environment", "trait", "plan", "apply", "secret", "remote", "target", "target/image", "lab", "lab/winrm")},
	{room: "lab/winrm/wmguest", sees: join(join(core, sealing...), "agentcli", "baseline", "gpo", "audit", "secret", "remote", "target", "target/image", "target/guest", "target/snapshot", "lab", "lab/winrm", "lab/winrm/standin"), uses: []string{"net/http"}},
	{room: "lab/winrm/wine", sees: []string{"lab/winrm"}, uses: []string{"os/exec"}},
	{room: "inspect", sees: join(formats, "setting", "environment", "trait", "plan", "apply", "target", "target/image", "medium")},

	// build runs the whole for every door and is still no door: clock and environment are handed to it.
	{room: "build", sees: join(core, "seal", "secret", "unattend", "delta", "target", "target/image", "medium")},

	// The doors. Neither opens on to the other.
	{room: "cli", sees: join(house, "lab", "lab/winrm", "lab/winrm/standin", "lab/winrm/wmguest", "lab/winrm/wine", "agentcli", "baseline", "gpo", "importer", "inspect", "target/guest", "target/snapshot", "audit", "fleet"), uses: []string{"github.com/spf13/cobra", "github.com/yuin/goldmark", "log", "log/slog"}, world: true},
	{room: "packer", sees: house, uses: []string{"github.com/hashicorp/packer-plugin-sdk", "github.com/zclconf/go-cty", "log"}, world: true},
	{room: "cmd/wmclient", sees: join(house, "lab", "lab/winrm", "lab/winrm/standin", "lab/winrm/wmguest", "lab/winrm/wine", "agentcli", "baseline", "gpo", "importer", "inspect", "target/guest", "target/snapshot", "audit", "fleet", "cli"), world: true},
	{room: "cmd/wmguest", sees: join(join(formats, sealing...), "partial", "setting", "environment", "trait", "kinds", "plan", "apply", "validate", "bundle", "manifest", "agent", "agentcli", "baseline", "gpo", "audit", "target", "target/guest", "target/snapshot"), world: true},
	{room: "cmd/packer-plugin-wmclient", sees: join(house, "packer"), uses: []string{"github.com/hashicorp/packer-plugin-sdk"}, world: true},

	// hostile is for tests: no other room sees it.
	{room: "hostile", uses: []string{"testing"}},

	// gendoc writes the kinds' reference pages; `go generate` runs it and no release ships it.
	// benchdata writes what `make bench` measures on, benchonline does what `make bench-online` measures; no release ships it either.
	// jumpclock is the command with a clock that jumps, for the tests of faults; no release ships it.
	{room: "cli/internal/jumpclock", sees: join(house, "lab", "lab/winrm", "lab/winrm/standin", "lab/winrm/wmguest", "lab/winrm/wine", "agentcli", "baseline", "gpo", "importer", "inspect", "target/guest", "target/snapshot", "audit", "fleet", "cli"), world: true},
	{room: "lab/internal/benchdata", sees: []string{"upcase", "secdesc", "regf"}, world: true},
	{room: "lab/internal/benchonline", sees: join(house, "lab", "lab/winrm", "lab/winrm/standin", "lab/winrm/wmguest", "agentcli", "baseline", "gpo", "audit", "target/guest", "target/snapshot"), uses: []string{"net", "net/http"}, world: true},
	{room: "kinds/internal/gendoc", sees: join(data, "setting", "kinds"), world: true},
}

// guarded names the packages, with all below them, that a room may import only where its rule says so. What no rule
// grants at all is kept out of the product: it runs no external program, and it needs no C compiler.
var guarded = []string{
	"C",
	"os/exec",
	"net",
	"net/http",
	"log",
	"log/slog",
	"math/rand",
	"math/rand/v2",
	"testing",
	"github.com/spf13/cobra",
	"github.com/yuin/goldmark",
	"github.com/masterzen/winrm",
	"github.com/hashicorp/packer",
	"github.com/hashicorp/packer-plugin-sdk",
	"github.com/zclconf/go-cty",
	"www.velocidex.com/golang/regparser",
}

// harmless lies below a guarded package and only handles text.
var harmless = []string{"net/netip", "net/url"}

// impure names the packages that a pure room may not import besides the guarded ones.
var impure = []string{"os", "io/ioutil", "os/signal", "path/filepath", "syscall", "golang.org/x/sys", "golang.org/x/term"}

// worldly names, by package, what only a room with world may mention.
var worldly = map[string][]string{
	"time": {"Now", "Since", "Until"},
	"os":   {"Exit", "Getenv", "LookupEnv", "Environ", "ExpandEnv", "UserHomeDir", "UserCacheDir", "UserConfigDir", "Hostname", "Stdin", "Stdout", "Stderr"},
}

// join returns a set of rooms and some more.
func join(set []string, more ...string) []string {
	return append(slices.Clone(set), more...)
}
