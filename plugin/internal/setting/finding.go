package setting

// Outcome is the result of judging one setting on one target. The set is closed: whatever is none of these is Error.
type Outcome string

// The outcomes. Only Pass is a pass.
const (
	Pass          Outcome = "pass"
	Fail          Outcome = "fail"
	Waived        Outcome = "waived"         // an exception accepts the deviation
	Deferred      Outcome = "deferred"       // a later stage settles it
	Unobservable  Outcome = "unobservable"   // the target cannot show it
	NotApplicable Outcome = "not-applicable" // the thing is not there and may be missing
	Error         Outcome = "error"          // we could not find out
)

// Outcomes lists all outcomes in the order in which summaries print them.
func Outcomes() []Outcome {
	return []Outcome{Pass, Fail, Waived, Deferred, Unobservable, NotApplicable, Error}
}

// Verdict is what Judge says.
type Verdict struct {
	Outcome  Outcome
	Expected string // canonical text
	Observed string // canonical text, "absent" where there is nothing
	Reason   string // why, for everything but a pass
}

// Severity says how much a failed setting matters. It comes from the module's author, who names the source.
type Severity string

// The severities, least first.
const (
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Severities lists all severities, least first.
func Severities() []Severity { return []Severity{Low, Medium, High, Critical} }

// Finding is expected, observed, outcome and evidence for one setting on one target.
type Finding struct {
	Setting  string   `json:"setting"` // "module/label"
	Kind     string   `json:"kind"`
	Severity Severity `json:"severity"`
	Outcome  Outcome  `json:"outcome"`
	Expected string   `json:"expected"`
	Observed string   `json:"observed"`
	Before   string   `json:"before,omitempty"` // what the base had, where a build looked
	Reason   string   `json:"reason,omitempty"`
	Evidence []Fact   `json:"evidence,omitempty"`
}
