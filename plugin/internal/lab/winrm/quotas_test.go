package winrm_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	client "github.com/masterzen/winrm"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
)

// The numbers of wsmerror.h that clients tell quotas by.
const (
	maxShells     = `Code="2150859173"`
	maxOperations = `Code="2150859174"`
	maxProcesses  = `Code="2150859241"`
	encodingLimit = `Code="2150858805"`
	selectors     = `Code="2150858843"`
	timedOut      = `Code="2150858793"`
)

func createEnvelope() string {
	return envelope(transfer+"/Create", resource, "<r:Shell><r:InputStreams>stdin</r:InputStreams><r:OutputStreams>stdout stderr</r:OutputStreams></r:Shell>")
}

// openShell makes a shell by hand and returns the selectors that name it.
func openShell(t *testing.T, h *winrm.Host) string {
	t.Helper()
	status, body, _, err := post(t, web(nil), h, createEnvelope())
	_, id, ok := strings.Cut(body, "<rsp:ShellId>")
	if status != http.StatusOK || err != nil || !ok {
		t.Fatalf("got %d %s, %v", status, body, err)
	}
	id, _, _ = strings.Cut(id, "<")
	return resource + `<w:SelectorSet><w:Selector Name="ShellId">` + id + `</w:Selector></w:SelectorSet>`
}

// begin starts a command by hand and returns its id, or the fault.
func begin(t *testing.T, h *winrm.Host, shell, line string) (id, fault string) {
	t.Helper()
	status, body, _, err := post(t, web(nil), h, envelope(shellNS+"/Command", shell, "<r:CommandLine><r:Command>"+line+"</r:Command></r:CommandLine>"))
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusOK {
		return "", body
	}
	_, id, _ = strings.Cut(body, "<rsp:CommandId>")
	id, _, _ = strings.Cut(id, "<")
	return id, ""
}

func TestQuotas(t *testing.T) {
	tests := []struct {
		name   string
		quotas winrm.Quotas
		last   func(t *testing.T, h *winrm.Host) string // what is answered to one too many
		want   string
	}{
		{"shells", winrm.Quotas{MaxShellsPerUser: 2}, func(t *testing.T, h *winrm.Host) string {
			openShell(t, h)
			openShell(t, h)
			_, body, _, _ := post(t, web(nil), h, createEnvelope())
			return body
		}, maxShells},
		{"commands at once", winrm.Quotas{MaxProcessesPerShell: 1}, func(t *testing.T, h *winrm.Host) string {
			sh := openShell(t, h)
			begin(t, h, sh, "sleep")
			_, fault := begin(t, h, sh, "sleep")
			return fault
		}, maxProcesses},
		{"commands in the life of a shell", winrm.Quotas{MaxConcurrentOperationsPerUser: 2}, func(t *testing.T, h *winrm.Host) string {
			sh := openShell(t, h)
			begin(t, h, sh, "exit 0")
			begin(t, h, sh, "exit 0")
			_, fault := begin(t, h, sh, "exit 0")
			return fault
		}, maxOperations},
		{"envelope", winrm.Quotas{MaxEnvelopeSizeKB: 4}, func(t *testing.T, h *winrm.Host) string {
			_, body, _, _ := post(t, web(nil), h, createEnvelope()+strings.Repeat(" ", 4096))
			return body
		}, encodingLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t, func(o *winrm.Options) { o.Quotas = tt.quotas })
			if got := tt.last(t, h); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want the fault %s", got, tt.want)
			}
			if n := h.Counters(); n.Faults+n.Actions[winrm.ActionRefused] != 1 {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestQuotaNames(t *testing.T) {
	var q winrm.Quotas
	if err := q.Set("maxshellsperuser=2"); err != nil || q.MaxShellsPerUser != 2 {
		t.Errorf("got %+v, %v", q, err)
	}
	for text, want := range map[string]string{"MaxShells=2": "there are MaxEnvelopeSizekb", "MaxShellsPerUser=0": "from 1 on", "MaxShellsPerUser": "from 1 on"} {
		if err := q.Set(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestMemoryQuota(t *testing.T) {
	c := dial(t, start(t, func(o *winrm.Options) { o.Quotas.MaxMemoryPerShellMB = 8 }), nil)
	if code, _, errs := run(t, c, "keep 8", ""); code != 0 {
		t.Errorf("8 of 8 MB: got %d %q", code, errs)
	}
	if code, _, errs := run(t, c, "keep 9", ""); code != 1 || !strings.Contains(errs, "not enough memory resources") {
		t.Errorf("9 of 8 MB: got %d %q", code, errs)
	}
}

// TestIdleShell: a shell goes when nobody asks for it, and stays while somebody does.
func TestIdleShell(t *testing.T) {
	h := start(t, func(o *winrm.Options) { o.Quotas.IdleTimeoutMS = 50 })
	shell := openShell(t, h)
	for h.Shells() > 0 {
		time.Sleep(time.Millisecond)
	}
	if _, fault := begin(t, h, shell, "exit 0"); !strings.Contains(fault, selectors) {
		t.Errorf("got %q, want the fault of a shell that is gone", fault)
	}
	if code, out, _ := run(t, dial(t, h, nil), "echo x", ""); code != 0 || out != "x\r\n" {
		t.Errorf("got %d %q", code, out)
	}
}

// TestReceiveTimesOut: a command that says nothing is answered after the OperationTimeout, and can be asked again.
func TestReceiveTimesOut(t *testing.T) {
	h := start(t, nil)
	shell := openShell(t, h)
	id, fault := begin(t, h, shell, "cat")
	if fault != "" {
		t.Fatal(fault)
	}
	ask := func() string {
		_, body, _, err := post(t, web(nil), h, envelope(shellNS+"/Receive", shell+"<w:OperationTimeout>PT0.010S</w:OperationTimeout>",
			`<r:Receive><r:DesiredStream CommandId="`+id+`">stdout stderr</r:DesiredStream></r:Receive>`))
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	if got := ask(); !strings.Contains(got, timedOut) {
		t.Errorf("got %q", got)
	}
	if _, body, _, err := post(t, web(nil), h, envelope(shellNS+"/Send", shell, `<r:Send><r:Stream Name="stdin" CommandId="`+id+`" End="true">YWJj</r:Stream></r:Send>`)); err != nil {
		t.Fatal(body, err)
	}
	for range 1000 {
		if got := ask(); strings.Contains(got, ">YWJj<") {
			return
		}
	}
	t.Error("what was sent never came back")
}

// TestSignals: a command that is terminated ends, and only that one.
func TestSignals(t *testing.T) {
	h := start(t, nil)
	c := dial(t, h, nil)
	sh, err := c.CreateShell()
	if err != nil {
		t.Fatal(err)
	}
	sleeper, err := sh.ExecuteWithContext(t.Context(), "sleep")
	if err != nil {
		t.Fatal(err)
	}
	if err := sleeper.Close(); err != nil {
		t.Fatal(err)
	}
	cmd, err := sh.ExecuteWithContext(t.Context(), "echo y")
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(cmd.Stdout)
	if err != nil || string(out) != "y\r\n" {
		t.Errorf("got %q, %v", out, err)
	}
	if err := sh.Close(); err != nil || h.Shells() != 0 {
		t.Errorf("got %v, %d shells", err, h.Shells())
	}
}

// TestCtrlC: the command's end is heard with the exit code of a killed one.
func TestCtrlC(t *testing.T) {
	h := start(t, nil)
	shell := openShell(t, h)
	id, _ := begin(t, h, shell, "sleep")
	if status, body, _, err := post(t, web(nil), h, envelope(shellNS+"/Signal", shell, `<r:Signal CommandId="`+id+`"><r:Code>`+shellNS+`/signal/ctrl_c</r:Code></r:Signal>`)); status != http.StatusOK {
		t.Fatal(status, body, err)
	}
	for range 1000 {
		_, body, _, err := post(t, web(nil), h, envelope(shellNS+"/Receive", shell, `<r:Receive><r:DesiredStream CommandId="`+id+`">stdout stderr</r:DesiredStream></r:Receive>`))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(body, "<rsp:ExitCode>3221225786</rsp:ExitCode>") { // STATUS_CONTROL_C_EXIT
			return
		}
	}
	t.Error("the command goes on")
}

func TestConfiguration(t *testing.T) {
	h := start(t, func(o *winrm.Options) { o.Quotas.MaxEnvelopeSizeKB = 777 })
	const config = "<w:ResourceURI>http://schemas.microsoft.com/wbem/wsman/1/config</w:ResourceURI>"
	status, body, _, err := post(t, web(nil), h, envelope(transfer+"/Get", config, ""))
	if status != http.StatusOK || err != nil || !strings.Contains(body, "<cfg:MaxEnvelopeSizekb>777</cfg:MaxEnvelopeSizekb>") {
		t.Errorf("got %d %s, %v", status, body, err)
	}
}

func TestIdentify(t *testing.T) {
	h := start(t, nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL(), strings.NewReader(identify))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("WSMANIDENTIFY", "unauthenticated")
	resp, err := web(nil).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK || err != nil || !strings.Contains(string(body), winrm.Marker) {
		t.Errorf("got %d %s, %v", resp.StatusCode, body, err)
	}
}

// TestRefused: whatever is no request of the user is refused with what Windows refuses it with.
func TestRefused(t *testing.T) {
	h := start(t, nil)
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"no XML", "GET me out", 500, "2150858819"},
		{"a document type", `<!DOCTYPE x [<!ENTITY a "b">]><x/>`, 500, encodingLimit},
		{"depth", strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40), 500, encodingLimit},
		{"unknown action", envelope("http://x/Enumerate", resource, ""), 500, "2150858753"},
		{"unknown resource", envelope(transfer+"/Create", "<w:ResourceURI>http://x</w:ResourceURI>", ""), 500, "2150858752"},
		{"Get of the shell", envelope(transfer+"/Get", resource, ""), 500, "2150858752"},
		{"no such shell", envelope(transfer+"/Delete", resource, ""), 500, selectors},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body, _, err := post(t, web(nil), h, tt.body)
			if status != tt.status || err != nil || !strings.Contains(body, tt.want) {
				t.Errorf("got %d %q, %v; want %d %q", status, body, err, tt.status, tt.want)
			}
		})
	}
}

func TestWrongPassword(t *testing.T) {
	h := start(t, nil)
	for _, who := range [][2]string{{user, "wrong"}, {"other", password}, {"", ""}} {
		c, err := client.NewClient(endpoint(t, h), who[0], who[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.CreateShell(); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s: got %v, want 401", who[0], err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:5986", "[::]:0", "localhost:0", "127.0.0.1"} {
		h, err := winrm.Start(winrm.Options{Address: address, User: user, Password: password, Machine: &machine{}})
		if err == nil {
			_ = h.Close()
			t.Errorf("%s was taken", address)
		} else if !strings.Contains(err.Error(), "loopback") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
