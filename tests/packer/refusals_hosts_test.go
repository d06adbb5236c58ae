package packer_test

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// shapes are what a secret must not be found in: as it is, as notations escape it, in base64 wherever in a longer text it begins, and by the one word in it that no
// notation escapes, whatever became of the rest.
func shapes(word string) []string {
	var wide []byte
	for _, u := range utf16.Encode([]rune(word)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	quoted, _ := json.Marshal(word)
	core := regexp.MustCompile(`[A-Za-z0-9+/]{6,}`).FindString(word)
	var wideCore []byte
	for _, u := range utf16.Encode([]rune(core)) {
		wideCore = append(wideCore, byte(u), byte(u>>8))
	}
	out := []string{
		core, string(wideCore), word, strings.Trim(string(quoted), `"`), strings.Trim(fmt.Sprintf("%q", word), `"`), string(wide), url.QueryEscape(word), url.PathEscape(word),
		strings.ReplaceAll(word, "'", "''"), strings.NewReplacer("`", "``", `"`, "`\"", "$", "`$").Replace(word), strings.NewReplacer("'", "`'", "`", "``").Replace(word),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(word),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace(word),
	}
	for _, b := range [][]byte{[]byte(word), wide} {
		for before, first := range []int{0, 2, 3} { // what depends on the neighbours is left out
			text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), b...))
			out = append(out, text[first:len(text)-2])
		}
	}
	return out
}

// TestShapes finds a secret in what it would be written as, so that TestRefusals does not search for what nobody would write.
func TestShapes(t *testing.T) {
	var wide []byte
	for _, u := range utf16.Encode([]rune("wmbuild:" + right + "!")) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	quoted, _ := json.Marshal([]string{right})
	for _, text := range []string{
		"x" + right, string(quoted), fmt.Sprintf("%q", right), "-Password '" + strings.ReplaceAll(right, "'", "''") + "'", string(wide),
		base64.StdEncoding.EncodeToString([]byte("a" + right + "z")), base64.StdEncoding.EncodeToString([]byte("ab" + right + "z")), base64.StdEncoding.EncodeToString([]byte("wmbuild:" + right)),
		base64.StdEncoding.EncodeToString(wide), base64.StdEncoding.EncodeToString(wide[1:]), base64.StdEncoding.EncodeToString(wide[2:]),
	} {
		found := false
		for _, s := range shapes(right) {
			found = found || strings.Contains(text, s)
		}
		if !found {
			t.Errorf("not found in %q", text)
		}
	}
}

// key is a client's certificate that the machine's authority has not issued.
type key struct {
	block  string   // of the provisioners
	flags  []string // of the audit
	secret string
}

// clientKey is made by another lab machine, and good for that one.
func clientKey(t *testing.T, s *site) key {
	t.Helper()
	cmd := exec.Command(harness.Binary(t, "wmclient"), "lab", "serve", "--user", "wmbuild", "--client-certificate", s.path("client.pem"), "--json")
	cmd.Env = append(os.Environ(), "WMCLIENT_LAB_PASSWORD="+right)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
	certificate, rest := pem.Decode([]byte(s.read("client.pem")))
	private, _ := pem.Decode(rest)
	if certificate == nil || private == nil {
		t.Fatal("the lab wrote no certificate and key")
	}
	s.write("client.crt", string(pem.EncodeToMemory(certificate)))
	s.write("client.key", string(pem.EncodeToMemory(private)))
	return key{
		fmt.Sprintf("    auth = \"certificate\"\n    client_certificate_pem = file(%q)\n    client_key_pem = file(%q)\n", s.path("client.crt"), s.path("client.key")),
		[]string{"--auth", "certificate", "--client-certificate", s.path("client.crt"), "--client-key", s.path("client.key")},
		base64.StdEncoding.EncodeToString(private.Bytes)[40:64], // of its first line: the bytes behind the header that all keys have
	}
}

// wsman sends a message to a bed's machine as its user, and returns the answer.
func (b *bed) wsman(t *testing.T, action, selector, body string) string {
	t.Helper()
	const shell = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
	text := `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:r="` + shell + `">` +
		`<s:Header><a:Action>` + action + `</a:Action><a:MessageID>uuid:11111111-2222-3333-4444-555555555555</a:MessageID><a:To>http://127.0.0.1/wsman</a:To><w:ResourceURI>` + shell + `/cmd</w:ResourceURI>` +
		`<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>` + selector + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("https://127.0.0.1:%d/wsman", b.port), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/soap+xml;charset=UTF-8")
	req.SetBasicAuth("wmbuild", right)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v, %d: %s", err, res.StatusCode, answer)
	}
	return string(answer)
}

// holdShell takes the only shell that the user may have.
func holdShell(t *testing.T, b *bed) { t.Helper(); b.shell(t) }

func (b *bed) shell(t *testing.T) (selector string) {
	t.Helper()
	answer := b.wsman(t, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", "", "<r:Shell><r:InputStreams>stdin</r:InputStreams><r:OutputStreams>stdout stderr</r:OutputStreams></r:Shell>")
	_, id, _ := strings.Cut(answer, "<rsp:ShellId>")
	id, _, _ = strings.Cut(id, "<")
	if id == "" {
		t.Fatalf("no shell: %s", answer)
	}
	return `<w:SelectorSet><w:Selector Name="ShellId">` + id + `</w:Selector></w:SelectorSet>`
}

// holdCommand takes the only operation that the user may have.
func holdCommand(t *testing.T, b *bed) {
	t.Helper()
	b.wsman(t, "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command", b.shell(t), "<r:CommandLine><r:Command>ver</r:Command></r:CommandLine>")
}

var theWeb struct {
	once   sync.Once
	server *httptest.Server
}

// web is a web server where WinRM was meant. It lives as long as the tests.
func web() *httptest.Server {
	theWeb.once.Do(func() {
		theWeb.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<!doctype html><title>It works!</title>")
		}))
	})
	return theWeb.server
}

func webSite(t *testing.T) int {
	t.Helper()
	return web().Listener.Addr().(*net.TCPAddr).Port
}

func webCA() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web().Certificate().Raw}))
}

// banner is another service than WinRM.
func banner(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
			_, _ = io.CopyN(io.Discard, c, 1) // a connection that is closed on unread bytes is reset, and the line with it
			_ = c.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}
