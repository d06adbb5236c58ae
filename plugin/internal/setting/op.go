package setting

// Stage is when an op runs.
type Stage string

// The stages in the order in which they happen.
const (
	StageImage     Stage = "image"      // offline, in the WIM
	StageFirstBoot Stage = "first-boot" // on the client, after Windows Setup
	StageBuild     Stage = "build"      // online, while Packer builds
	StageSeal      Stage = "seal"       // last: closes the door
)

// Stages lists all stages in the order in which they happen.
func Stages() []Stage { return []Stage{StageImage, StageFirstBoot, StageBuild, StageSeal} }

// Action says what an op does and which of its fields matter.
type Action string

// The closed set of actions.
const (
	// ActionRegistrySet writes Key!Name with Type and Data, making missing keys; with NeedKey, only where that key exists.
	ActionRegistrySet Action = "registry-set"
	// ActionRegistryDelete removes the value Key!Name; a value or key that is not there is fine.
	ActionRegistryDelete Action = "registry-delete"
	// ActionPolicySet writes Key!Name with Type and Data into the Registry.pol of Scope.
	ActionPolicySet Action = "policy-set"
	// ActionPolicyDelete writes Registry.pol's "delete this value" entry for Key!Name, in place of any entry that sets it.
	ActionPolicyDelete Action = "policy-delete"
	// ActionFilePut writes the content with digest SHA256 and Size bytes to Path.
	ActionFilePut Action = "file-put"
	// ActionFileDelete removes the file at Path; one that is not there is fine.
	ActionFileDelete Action = "file-delete"
	// ActionRightSet makes exactly SIDs the holders of the user right Name.
	ActionRightSet Action = "right-set"
	// ActionStateSet makes the thing at Location read Value, in the canonical text of its scheme. A program that is to be installed
	// names its package with Path, SHA256 and Size.
	ActionStateSet Action = "state-set"
	// ActionStateDelete removes the thing at Location; one that is not there is fine.
	ActionStateDelete Action = "state-delete"
)

// Actions lists all actions.
func Actions() []Action {
	return []Action{ActionRegistrySet, ActionRegistryDelete, ActionPolicySet, ActionPolicyDelete, ActionFilePut, ActionFileDelete,
		ActionRightSet, ActionStateSet, ActionStateDelete}
}

// Op is one change as data. Which fields are set depends on Action; all others are empty.
type Op struct {
	Stage    Stage       `json:"stage"`
	Action   Action      `json:"action"`
	Scope    PolicyScope `json:"scope,omitempty"`    // policy ops
	Key      string      `json:"key,omitempty"`      // registry and policy ops, as in NormalKey
	Name     string      `json:"name,omitempty"`     // value name ("" is the default value), or a user right's constant
	Type     ValueType   `json:"type,omitempty"`     // registry-set, policy-set
	Data     string      `json:"data,omitempty"`     // raw bytes of the value, lower-case hex
	NeedKey  string      `json:"need_key,omitempty"` // the op makes sense only where this registry key exists
	Optional bool        `json:"optional,omitempty"` // where NeedKey, or the thing whose state it is, is missing: skip instead of failing
	Path     string      `json:"path,omitempty"`     // file ops: "\Windows\x"
	SHA256   string      `json:"sha256,omitempty"`   // file-put: lower-case hex
	Size     int64       `json:"size,omitempty"`     // file-put: bytes
	SIDs     []string    `json:"sids,omitempty"`     // right-set: sorted
	Location Location    `json:"location,omitempty"` // state ops
	Value    string      `json:"value,omitempty"`    // state-set: canonical text of the location's scheme
}
