package agent_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestService has Wine start the agent as an image would have Windows do: by its key alone. It settles the machine across a restart, and is gone then.
func TestService(t *testing.T) {
	c := newClient(t)
	const service = `HKLM\SYSTEM\CurrentControlSet\Services\wmguest`
	t.Cleanup(func() {
		c.wine.Command("reg", "delete", service, "/f").Run(t)
		c.wine.Command("reg", "delete", pendingKey, "/f").Run(t)
		c.wine.Command("reg", "delete", `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager`, "/v", "PendingFileRenameOperations", "/f").Run(t)
	})
	for _, v := range [][3]string{{"Type", "REG_DWORD", "16"}, {"Start", "REG_DWORD", "2"}, {"ErrorControl", "REG_DWORD", "1"},
		{"ImagePath", "REG_EXPAND_SZ", `%SystemRoot%\wmclient\wmguest.exe service`}, {"ObjectName", "REG_SZ", "LocalSystem"}} {
		c.reg("add", service, "/v", v[0], "/t", v[1], "/d", v[2], "/f")
	}
	c.reg("add", `HKLM\SYSTEM\Setup`, "/v", "SystemSetupInProgress", "/t", "REG_DWORD", "/d", "0", "/f")
	c.reg("add", pendingKey, "/f")
	c.wine.Restart(t)
	first := c.await("restart")
	c.reg("delete", pendingKey, "/f")
	c.wine.Restart(t)
	last := c.await("done")
	r := c.run("service").Must(t, 1)
	if !strings.Contains(r.Stderr, "not started as a service") {
		t.Error(r.Stderr)
	}
	if first.Boot == last.Boot {
		t.Error("it went on without a restart")
	}
	c.checkRecord(last)
	for range 50 { // the record comes before the agent's own removal
		if c.wine.Command("reg", "query", service).Run(t).Code != 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	c.wine.Restart(t)
	if c.wine.Command("reg", "query", service).Run(t).Code == 0 || exists(filepath.Join(c.folder, "bundle")) {
		t.Error("service or bundle are left")
	}
}

// await waits until the status file says that the agent has come so far.
func (c *client) await(state string) status {
	c.t.Helper()
	path := filepath.Join(c.folder, "state", "status.json")
	var s status
	for range 600 {
		if raw, err := os.ReadFile(path); err == nil && json.Unmarshal(raw, &s) == nil && s.State == state {
			return s
		}
		time.Sleep(100 * time.Millisecond)
	}
	c.t.Fatalf("after a minute the state is %+v, want %s", s, state)
	return s
}
