package referee

import (
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// leftBehind is what a build leaves behind, as strangers write it: files by wimlib, values by hivexregedit. That WinRM starts, and the filter
// of remote logons, are matters of this image's own plan.
var leftBehind = []struct {
	name  string
	hive  string // of reg; "" where it is a file
	reg   string // sections of a .reg file, @SET@ is the current control set and @BLOB@ the build's certificate
	file  string
	flags []string
	want  []string // ids that fail, without seal/
}{
	{name: "nothing", want: nil},
	{name: "a listener", hive: softwareHive, reg: `[\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTPS]` + "\n\"Port\"=dword:00001762\n", want: []string{"listener"}},
	{name: "a certificate", hive: softwareHive, reg: `[\Microsoft\SystemCertificates\MY\Certificates\0123456789ABCDEF0123456789ABCDEF01234567]` + "\n\"Blob\"=hex:@BLOB@\n", want: []string{"certificate"}},
	{name: "a firewall rule", hive: systemHive, reg: `[\@SET@\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules]` + "\n\"wmclient-build-winrm\"=\"v2.26|Action=Allow|\"\n", want: []string{"firewall-rule"}},
	{name: "an account", flags: []string{"--account", "Administratör"}, want: []string{"account"}},
	{name: "a profile", hive: softwareHive, reg: `[\Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-21-1-2-3-1001]` + "\n\"ProfileImagePath\"=\"C:\\\\Users\\\\wmbuild\"\n", want: []string{"profile"}},
	{name: "a profile's folder", file: `/Users/wmbuild/NTUSER.DAT`, want: []string{"profile"}},
	{name: "autologon", hive: softwareHive, reg: `[\Microsoft\Windows NT\CurrentVersion\Winlogon]` + "\n\"AutoAdminLogon\"=\"1\"\n", want: []string{"autologon"}},
	{name: "an answer file", file: "/Windows/Panther/unattend.xml", want: []string{"answer-files"}},
	{name: "the agent", file: "/Windows/wmclient/wmguest.exe", want: []string{"agent"}},
	{name: "the agent's service", hive: systemHive, reg: `[\@SET@\Services\wmguest]` + "\n\"Start\"=dword:00000002\n", want: []string{"agent"}},
	{name: "the agent's removal waits", hive: systemHive, reg: `[\@SET@\Control\Session Manager]` + "\n\"PendingFileRenameOperations\"=hex(7):" +
		commas(utf16Bytes(`\??\C:\Windows\wmclient\wmguest.exe`+"\x00\x00\x00")) + "\n", want: []string{"agent"}},
	{name: "a journal", file: "/Windows/wmclient/state/journal.ndjson", want: []string{"state"}},
	{name: "temporary files", file: "/Windows/Temp/a.tmp", want: []string{"temporary-files"}},
}

// buildsCertificate is a self-signed certificate with the name that a build's has, made by openssl.
func buildsCertificate(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	cert := filepath.Join(dir, "cert.pem")
	run(t, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", filepath.Join(dir, "key.pem"), "-out", cert, "-days", "2", "-subj", "/CN=wmclient build")
	block, _ := pem.Decode([]byte(read(t, cert)))
	if block == nil {
		t.Fatal("openssl wrote no certificate")
	}
	out := binary.LittleEndian.AppendUint32(nil, 32) // CERT_CERT_PROP_ID
	out = binary.LittleEndian.AppendUint32(out, 1)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(block.Bytes)))
	return append(out, block.Bytes...)
}

// TestSealed plants what a build leaves behind in a written image, by foreign tools, and lets validate --sealed find each by its name.
func TestSealed(t *testing.T) {
	t.Parallel()
	b := build(t, labWorld(t))
	paths := extract(t, b.image, "1", softwareHive, systemHive)
	set := currentControlSet(t, readHivex(t, paths[systemHive]))
	blob := commas(buildsCertificate(t))
	for _, test := range leftBehind {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			captured := filepath.Join(dir, "captured.wim")
			write(t, captured, []byte(read(t, b.image)))
			switch {
			case test.hive != "":
				file, reg := filepath.Join(dir, "hive"), filepath.Join(dir, "change.reg")
				write(t, file, []byte(read(t, paths[test.hive])))
				write(t, reg, []byte("Windows Registry Editor Version 5.00\n\n"+withParents(strings.NewReplacer("@SET@", set, "@BLOB@", blob).Replace(test.reg))))
				run(t, "hivexregedit", "--merge", file, reg)
				run(t, "wimlib-imagex", "update", captured, "1", "--command=add '"+file+"' '"+test.hive+"'")
			case test.file != "":
				file := filepath.Join(dir, "file")
				write(t, file, []byte("left behind"))
				run(t, "wimlib-imagex", "update", captured, "1", "--command=add '"+file+"' '"+test.file+"'")
			}
			args := append([]string{"validate", b.manifest, "--wim", captured, "--sealed", "--json"}, test.flags...)
			result := harness.Wmclient(t, "", args...)
			var got []string
			seen := 0
			for line := range strings.Lines(result.Stdout) {
				var event struct {
					Type string
					Data struct{ Setting, Outcome, Reason string }
				}
				if err := json.Unmarshal([]byte(line), &event); err != nil {
					t.Fatal(err)
				}
				name, ok := strings.CutPrefix(event.Data.Setting, "seal/")
				if event.Type != "finding" || !ok {
					continue
				}
				seen++
				switch event.Data.Outcome {
				case "pass", "not-applicable":
				case "fail":
					got = append(got, name)
				default:
					t.Errorf("%s is %s: %s", name, event.Data.Outcome, event.Data.Reason)
				}
			}
			if !slices.Equal(got, test.want) || seen < 12 {
				t.Errorf("found %v of %d, want %v\n%s", got, seen, test.want, result.Stderr)
			}
			if (len(test.want) > 0) != (result.Code == 3) {
				t.Errorf("code %d\n%s", result.Code, result.Stderr)
			}
		})
	}
	t.Run("without --sealed", func(t *testing.T) {
		if out := harness.Wmclient(t, "", "validate", b.manifest, "--wim", b.image, "--json"); strings.Contains(out.Stdout, `"seal/`) {
			t.Error("findings about a seal that nobody asked for")
		}
		r := harness.Wmclient(t, "", "validate", b.manifest, "--wim", b.image, "--account", "x")
		if r.Must(t, 2); !strings.Contains(r.Stderr, "--sealed") {
			t.Error(r.Stderr)
		}
	})
}

// withParents puts the keys above a section's before it: hivexregedit makes none by itself.
func withParents(reg string) string {
	path, _, _ := strings.Cut(strings.TrimPrefix(reg, `[\`), "]\n")
	var above strings.Builder
	for i, c := range path {
		if c == '\\' {
			above.WriteString(`[\` + path[:i] + "]\n\n")
		}
	}
	return above.String() + reg
}

// utf16Bytes is ASCII text in UTF-16LE, as it is.
func utf16Bytes(text string) []byte {
	var out []byte
	for i := range len(text) {
		out = append(out, text[i], 0)
	}
	return out
}
