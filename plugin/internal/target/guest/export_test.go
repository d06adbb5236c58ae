package guest

// What the tests outside see of the parts that are built everywhere.
var (
	SplitKey       = splitKey
	PolicyPath     = policyPath
	MayWrite       = mayWrite
	PendingRestart = pendingRestart
	ReadHost       = readHost
	ParseBootID    = parseBootID
	SMBIOSUUID     = smbiosUUID

	Foreign   = foreign
	Native    = native
	ParseGUID = parseGUID
	AsStated  = asStated
	Stated    = stated
	ForKernel = forKernel
	Shown     = shown

	PasswordFrom  = passwordFrom
	SecretAccount = secretAccount
	ParseRID      = parseRID
	ParseOnOff    = parseOnOff
	OnOff         = onOff
	CallErrorOf   = callError
	Foreigners    = foreigners
)

const (
	RootMachine        = rootMachine
	RootUsers          = rootUsers
	RootDefaultProfile = rootDefaultProfile
	GPTFile            = gptFile
	BootKey            = bootKey
)

// AccountNumber is what Windows' calls take for a template's value.
func AccountNumber(name, text string) (uint32, error) {
	rule, err := ruleOf(name)
	if err != nil {
		return 0, err
	}
	return rule.number(name, text)
}

// AccountText is a template's value for what Windows' calls show.
func AccountText(name string, n uint32) (string, error) {
	rule, err := ruleOf(name)
	if err != nil {
		return "", err
	}
	return rule.text(name, n)
}

// AccountField writes n where Windows keeps the rule and returns all of it, in the order of the structures.
func AccountField(name string, n uint32) [8]uint32 {
	var m0 modals0
	var m3 modals3
	*accountRules[name].field(name, &m0, &m3) = n
	return [8]uint32{m0.MinPasswordLength, m0.MaxPasswordAge, m0.MinPasswordAge, m0.ForceLogoff, m0.PasswordHistory, m3.Duration, m3.Window, m3.Threshold}
}

// Lockout sets one number of the lockout (duration, window, threshold).
func Lockout(have [3]uint32, name string, n uint32) [3]uint32 {
	m := modals3{have[0], have[1], have[2]}.lockout(name, n)
	return [3]uint32{m.Duration, m.Window, m.Threshold}
}

// FeatureText is a state of DISM in words.
func FeatureText(state uint32) (string, bool, error) { return featureState(state).text() }

// Constants that only the calls use, named here so that every system's build sees them used.
var _ = []any{errNoneMapped, errUserNotFound, errGroupNotFound, errNoSuchAlias, errRestart, errRestartBegun, errUnknownProduct, statusNoMoreEntries,
	statusPathNotFound, resultNoFile, resultNoPath, hollow, notThatAccounts, partsRead, restartMark}
