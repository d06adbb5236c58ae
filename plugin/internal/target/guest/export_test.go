package guest

// What the tests outside see of the parts that are built everywhere.
var (
	SplitKey       = splitKey
	PolicyPath     = policyPath
	PolicyKey      = policyKey
	MayWrite       = mayWrite
	PendingRestart = pendingRestart
	ReadHost       = readHost
	ParseBootID    = parseBootID
)

const (
	RootMachine        = rootMachine
	RootUsers          = rootUsers
	RootDefaultProfile = rootDefaultProfile
	GPTFile            = gptFile
	BootKey            = bootKey
)
