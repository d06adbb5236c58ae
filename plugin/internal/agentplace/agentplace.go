// Package agentplace says where the agent wmguest lies on a client, and how Windows starts it: the one place for these names, for whoever puts it
// there, judges it or takes it away. It knows no bytes of an agent, so that the agent itself may use it.
package agentplace

import (
	"encoding/binary"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Where things lie in an image and on a client. Only administrators and SYSTEM write below \Windows: a new folder there inherits that.
const (
	Folder       = `\Windows\wmclient`
	AgentPath    = Folder + `\wmguest.exe`
	BundleFolder = Folder + `\bundle`
	StateFolder  = Folder + `\state` // what the agent writes on the client; in an image it is not there
)

// ServiceName is the agent's service, and ServiceKey its key. Offline CurrentControlSet is the set that the hive's Select names.
const (
	ServiceName = "wmguest"
	ServiceKey  = `HKLM\SYSTEM\CurrentControlSet\Services\` + ServiceName
)

// ServiceValue is a registry value of the service, below ServiceKey.
type ServiceValue struct {
	Name  string
	Value setting.RegistryValue
}

// Service is the service as the Service Control Manager reads it (Microsoft, "CreateServiceW" and "SERVICE_FAILURE_ACTIONSW").
//
// It starts with Windows and without DelayedAutostart: the network waits for it, and a task sequence that asks for its state needs somebody
// who answers; that it does nothing before Setup has ended is its own care. When it fails it is started again, also where it ended with an
// error of its own (FailureActionsOnNonCrashFailures): its journal lets it go on where it stopped. It is no reason for Windows not to
// start (ErrorControl 1).
func Service() []ServiceValue {
	of := func(name string, v setting.RegistryValue) ServiceValue { return ServiceValue{name, v} }
	return []ServiceValue{
		of("Type", setting.DWord(0x10)),      // SERVICE_WIN32_OWN_PROCESS
		of("Start", setting.DWord(2)),        // SERVICE_AUTO_START
		of("ErrorControl", setting.DWord(1)), // SERVICE_ERROR_NORMAL
		of("ImagePath", setting.ExpandSZ(`%SystemRoot%\wmclient\wmguest.exe service`)),
		of("ObjectName", setting.SZ("LocalSystem")),
		of("DisplayName", setting.SZ("wmclient first boot")),
		of("Description", setting.SZ("Settles on this client what its reference image could not, validates it and opens its network.")),
		of("FailureActions", failureActions()),
		of("FailureActionsOnNonCrashFailures", setting.DWord(1)),
	}
}

// failureActions is SERVICE_FAILURE_ACTIONSW as the registry keeps it: 32-bit numbers, the three pointers as whether there is something
// (none) and where the actions begin. Three restarts, later each time; the last one holds for all failures that follow, and after a day
// without one the count begins anew.
func failureActions() setting.RegistryValue {
	const (
		day     = 24 * 60 * 60 // seconds
		begin   = 20           // the five numbers before the actions
		restart = 1            // SC_ACTION_RESTART
	)
	numbers := []uint32{day, 0, 0, 3, begin}
	for _, wait := range []uint32{10_000, 60_000, 300_000} { // milliseconds
		numbers = append(numbers, restart, wait)
	}
	var data []byte
	for _, n := range numbers {
		data = binary.LittleEndian.AppendUint32(data, n)
	}
	return setting.RegistryValue{Type: setting.TypeBinary, Data: data}
}
