package guest

import "golang.org/x/sys/windows"

var refreshPolicyEx = windows.NewLazySystemDLL("userenv.dll").NewProc("RefreshPolicyEx")

// policyForce is RP_FORCE (userenv.h): take everything up again, also what did not change since the last time.
const policyForce = 1

// RefreshPolicy asks Windows to process the machine's policies again (RefreshPolicyEx, userenv.h), after which it tells who waits for a
// change. It returns before that has happened. Without RP_FORCE only what changed in a Registry.pol would count, and the network's hold is in none.
func (g *Guest) RefreshPolicy() error {
	if err := found(refreshPolicyEx); err != nil {
		return err
	}
	if ok, _, err := refreshPolicyEx.Call(1, policyForce); ok == 0 {
		return &UnansweredError{"RefreshPolicyEx", err.Error()}
	}
	return nil
}
