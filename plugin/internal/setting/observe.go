package setting

import (
	"errors"
	"fmt"
)

// ErrUnobservable is wrapped by Observe and by readers where a target cannot show a thing at all. It never becomes a pass.
var ErrUnobservable = errors.New("not observable here")

// Absent is the text of a value that is not there, in claims and in what is shown to people.
const Absent = "absent"

// ErrAbsent is wrapped by readers where the thing asked for does not exist. It is a fact, not a fault.
var ErrAbsent = errors.New(Absent)

// Reader is some Windows to observe. It is asked for narrow abilities with AsRegistry, AsPolicy and AsFiles.
type Reader interface {
	// Describe names the target for messages, for example "image.wim image 1".
	Describe() string
}

// RegistryReader reads the registry; HKCU means the default profile offline.
type RegistryReader interface {
	// RegistryValue returns the value Key!Name, or an error that wraps ErrAbsent.
	RegistryValue(key, name string) (RegistryValue, error)
	// RegistryKey returns nil where the key exists, or an error that wraps ErrAbsent.
	RegistryKey(key string) error
}

// PolicyReader reads Registry.pol files.
type PolicyReader interface {
	// PolicyValue returns the entry for Key!Name in the scope's Registry.pol. An entry that deletes the value, no entry and no file
	// are all an error that wraps ErrAbsent. Key is in the form of NormalKey.
	PolicyValue(scope PolicyScope, key, name string) (RegistryValue, error)
}

// FileReader reads the system volume.
type FileReader interface {
	// File returns facts of the regular file at path ("\Windows\x"), or an error that wraps ErrAbsent.
	File(path string) (FileFacts, error)
}

// FileFacts is what is known of a regular file.
type FileFacts struct {
	Size   int64
	SHA256 string // lower-case hex
}

// RightReader reads user-right assignments.
type RightReader interface {
	// RightHolders returns the sorted SIDs that hold the user right.
	RightHolders(constant string) ([]string, error)
}

// AsRegistry returns r's registry, or an error that wraps ErrUnobservable.
func AsRegistry(r Reader) (RegistryReader, error) { return as[RegistryReader](r, "the registry") }

// AsPolicy returns r's policy files, or an error that wraps ErrUnobservable.
func AsPolicy(r Reader) (PolicyReader, error) { return as[PolicyReader](r, "policy files") }

// AsFiles returns r's files, or an error that wraps ErrUnobservable.
func AsFiles(r Reader) (FileReader, error) { return as[FileReader](r, "files") }

// AsRights returns r's user rights, or an error that wraps ErrUnobservable.
func AsRights(r Reader) (RightReader, error) { return as[RightReader](r, "user rights") }

func as[T any](r Reader, what string) (T, error) {
	t, ok := r.(T)
	if !ok {
		return t, fmt.Errorf("%s in %s: %w", what, r.Describe(), ErrUnobservable)
	}
	return t, nil
}

// Fact is one thing that was looked at.
type Fact struct {
	Location Location `json:"location"`
	Present  bool     `json:"present"`
	Value    string   `json:"value,omitempty"` // canonical text, for example "dword:1"; empty where absent
}

// String is the fact for people: its value, or "absent".
func (f Fact) String() string {
	if !f.Present {
		return Absent
	}
	return f.Value
}

// Observed is everything that Observe found, in an order that is the same every time.
type Observed struct {
	Facts []Fact `json:"facts"`
}

// Fact finds the fact about a location.
func (o Observed) Fact(l Location) (Fact, bool) {
	for _, f := range o.Facts {
		if f.Location.Same(l) {
			return f, true
		}
	}
	return Fact{}, false
}

// ObserveRegistry reads one registry value into a fact; absence is a fact, everything else an error.
func ObserveRegistry(r RegistryReader, key, name string) (Fact, error) {
	fact, err := factOf(RegistryLocation(key, name))(r.RegistryValue(key, name))
	if fact.Present && clearPassword.Same(fact.Location) {
		fact.Value = "a password in clear" // facts become evidence, which holds no secrets
	}
	return fact, err
}

// clearPassword is where Winlogon looks for a password in clear (Microsoft, "Turn on automatic logon in Windows").
var clearPassword = RegistryLocation(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, "DefaultPassword")

// ObservePolicy reads one policy entry into a fact; absence is a fact, everything else an error.
func ObservePolicy(r PolicyReader, scope PolicyScope, key, name string) (Fact, error) {
	return factOf(PolicyLocation(scope, key, name))(r.PolicyValue(scope, key, name))
}

func isAbsent(err error) bool { return errors.Is(err, ErrAbsent) }

func factOf(l Location) func(RegistryValue, error) (Fact, error) {
	return func(v RegistryValue, err error) (Fact, error) {
		switch {
		case isAbsent(err):
			return Fact{Location: l}, nil
		case err != nil:
			return Fact{}, fmt.Errorf("observe %s: %w", l, err)
		}
		return Fact{Location: l, Present: true, Value: v.Text()}, nil
	}
}

// JudgeFacts passes where every wanted fact was observed as wanted. A wanted fact that was not looked at is an error, never a pass.
func JudgeFacts(want []Fact, o Observed) Verdict {
	v := Verdict{Outcome: Pass}
	for _, w := range want {
		got, ok := o.Fact(w.Location)
		switch {
		case !ok:
			return Verdict{Outcome: Error, Expected: w.String(), Reason: fmt.Sprintf("%s was not observed", w.Location)}
		case got.Present != w.Present || got.Value != w.Value:
			if v.Outcome == Pass {
				v = Verdict{Outcome: Fail, Expected: w.String(), Observed: got.String(), Reason: fmt.Sprintf("%s is %s", w.Location, got)}
			}
		case v.Observed == "" && v.Outcome == Pass:
			v.Expected, v.Observed = w.String(), got.String()
		}
	}
	if len(want) == 0 {
		return Verdict{Outcome: Error, Reason: "the setting expects nothing"}
	}
	return v
}
