package snapshot_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/snapshot"
)

// request asks for one thing of each word.
func request() *snapshot.Request {
	r := &snapshot.Request{Recipes: []string{"bb", "aa"}}
	r.Add(snapshot.WordMachine)
	r.Add(snapshot.WordValue, `HKLM\SOFTWARE\X`, "")
	r.Add(snapshot.WordExists, `HKLM\SOFTWARE\X`)
	r.Add(snapshot.WordBelow, `HKLM\SOFTWARE\Y`, "V")
	r.Add(snapshot.WordFile, `\a å.txt`)
	r.Add(snapshot.WordRight, "SeDebugPrivilege")
	r.Add(snapshot.WordPolicy)
	r.Add(snapshot.WordKeys, `HKLM\SOFTWARE\Z`)
	return r
}

// answered writes a whole answer to request.
func answered() *snapshot.Writer {
	w := snapshot.NewWriter()
	w.Stamp("Name", 1, setting.SZ("viewer").Data)
	w.OK(0)
	w.Row(0, []byte("sid"), []byte("S-1-5-21-1-2-3"))
	w.OK(1)
	w.Row(1, []byte("1"), setting.SZ("x").Data)
	w.Absent(2)
	w.OK(3)
	w.Row(3, []byte("One"), []byte("4"), setting.DWord(7).Data)
	w.Row(3, []byte("Two"))
	w.OK(4)
	w.Row(4, []byte("3"), []byte(strings.Repeat("ab", 32)))
	w.OK(5)
	w.Row(5, []byte("S-1-5-21-1-2-3-501"))
	w.Row(5, []byte("S-1-5-32-544"))
	w.Failed(6, "Åtkomst nekad")
	return w
}

func parsed(t *testing.T, r *snapshot.Request, w *snapshot.Writer) *snapshot.Snapshot {
	t.Helper()
	raw, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Parse(r, raw)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRequest(t *testing.T) {
	r := request()
	r.Add(snapshot.WordValue, `hklm\software\x`, "") // asked already, in another spelling
	raw, err := r.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := snapshot.ReadRequest(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"aa", "bb"}, got.Recipes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(request().Wants, got.Wants, cmp.Transformer("args", func(l []string) string { return strings.Join(l, "\x00") })); diff != "" {
		t.Error(diff)
	}
	if again, err := r.Bytes(); err != nil || !bytes.Equal(raw, again) {
		t.Errorf("other bytes, %v", err)
	}
	for _, bad := range []string{"", "x", pack("wmclient/collect/2\nend\n"), pack("wmclient/collect/1\n"), pack("wmclient/collect/1\nformat YQ==\nend\n"), pack("wmclient/collect/1\nvalue YQ==\nend\n"), pack("wmclient/collect/1\nexists ?\nend\n")} {
		if _, err := snapshot.ReadRequest(strings.NewReader(bad)); err == nil {
			t.Errorf("%.40q was read", bad)
		}
	}
}

func pack(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.String()
}

func TestReaders(t *testing.T) {
	s := parsed(t, request(), answered())
	s.Name = "pc"
	if v, err := s.RegistryValue(`HKLM\Software\x`, ""); err != nil || v.Text() != "sz:x" {
		t.Errorf("got %v, %v", v, err)
	}
	if v, err := s.RegistryValue(snapshot.StampKey, "name"); err != nil || v.Text() != "sz:viewer" {
		t.Errorf("got %v, %v", v, err)
	}
	if v, err := s.RegistryValue(`HKLM\SOFTWARE\Y\ONE`, "v"); err != nil || v.Text() != "dword:7" {
		t.Errorf("got %v, %v", v, err)
	}
	if f, err := s.File(`\A Å.TXT`); err != nil || f.Size != 3 {
		t.Errorf("got %v, %v", f, err)
	}
	if h, err := s.RightHolders("SeDebugPrivilege"); err != nil || strings.Join(h, " ") != "S-1-5-32-544 rid:501" {
		t.Errorf("got %v, %v", h, err)
	}
	for what, err := range map[string]error{
		"a key that is not there": s.RegistryKey(`HKLM\SOFTWARE\X`), "a key without the value": second(s.RegistryValue(`HKLM\SOFTWARE\Y\Two`, "V")),
		"a key that is not listed": second(s.RegistryValue(`HKLM\SOFTWARE\Y\Three`, "V")), "a value of the stamp": second(s.RegistryValue(snapshot.StampKey, "Class")),
	} {
		if !errors.Is(err, setting.ErrAbsent) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"a value nobody asked for": second(s.RegistryValue(`HKLM\SOFTWARE\X`, "other")), "a key nobody asked for": s.RegistryKey(`HKLM\SOFTWARE\Q`), "a want without an answer": second(s.RegistryKeys(`HKLM\SOFTWARE\Z`)),
		"the default profile": s.RegistryKey(`HKCU\Software\X`), "a secret": second(s.State("secret:autologon:kiosk")), "a policy": second(s.PolicyValue(setting.ScopeMachine, `HKLM\SOFTWARE\Policies\X`, "a")),
		"a file": second(s.File(`\b`)), "an unknown scheme": second(s.State("moon:full")),
	} {
		if !errors.Is(err, setting.ErrUnobservable) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.State("account-policy:MinimumPasswordLength"); err == nil || errors.Is(err, setting.ErrUnobservable) || errors.Is(err, setting.ErrAbsent) || !strings.Contains(err.Error(), "Åtkomst nekad") {
		t.Errorf("what Windows refused: %v", err)
	}
	// Without the machine's own SID nobody can say who holds a right.
	w := snapshot.NewWriter()
	w.OK(5)
	w.Row(5, []byte("S-1-5-21-1-2-3-501"))
	if _, err := parsed(t, request(), w).RightHolders("SeDebugPrivilege"); !errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("without a SID: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestHostileAnswers(t *testing.T) {
	head := "wmclient/collected/1\n"
	for name, text := range map[string]string{
		"empty": "", "other form": "wmclient/collected/9\nend 0\n", "no end": head, "count": head + "1 ok\nend 2\n", "behind the end": head + "end 0\n1 ok\n",
		"number 0": head + "0 ok\nend 1\n", "too high": head + "99 ok\nend 1\n", "twice": head + "1 ok\n1 ok\nend 1\n", "row first": head + "1 row YQ== YQ==\nend 0\n",
		"row of an absent": head + "1 absent\n1 row YQ== YQ==\nend 1\n", "row of another": head + "1 ok\n2 ok\n1 row YQ== YQ==\nend 2\n", "fields": head + "1 ok\n1 row YQ==\nend 1\n",
		"no base64": head + "1 ok\n1 row a b\nend 1\n", "no word": head + "1\nend 0\n", "other word": head + "1 maybe\nend 1\n", "late stamp": head + "1 ok\nstamp YQ== 1 YQ==\nend 1\n",
		"stamp": head + "stamp YQ== x YQ==\nend 0\n", "unknown and more": head + "unknown\n1 ok\nend 1\n", "unknown late": head + "1 ok\nunknown\nend 1\n",
		"large stamp": head + strings.Repeat("stamp YQ== 1 YQ==\nstamp Yg== 1 YQ==\n", 1) + strings.Repeat("stamp  1 -\n", 1) + "end 0\n",
	} {
		if s, err := snapshot.Parse(request(), []byte(base64.StdEncoding.EncodeToString([]byte(pack(text))))); err == nil {
			t.Errorf("%s was read: %+v", name, s)
		}
	}
	whole, err := answered().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if n > 0 && n < len(whole) {
			if _, err := snapshot.Parse(request(), whole[:n]); err == nil {
				t.Errorf("%d of %d bytes were enough", n, len(whole))
			}
		}
	}
	bomb := base64.StdEncoding.EncodeToString([]byte(pack(strings.Repeat("a", snapshot.MaxUnpacked+1))))
	if _, err := snapshot.Parse(request(), []byte(bomb)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a bomb: %v", err)
	}
	unknown := snapshot.NewWriter()
	unknown.Unknown()
	if err := parsed(t, request(), unknown).Known(); !errors.Is(err, snapshot.ErrUnknownImage) {
		t.Errorf("got %v", err)
	}
}

// TestScriptReads looks for words by which a script would change something or write a file.
func TestScriptReads(t *testing.T) {
	var code strings.Builder
	for line := range strings.Lines(snapshot.Script) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			code.WriteString(line)
		}
	}
	for _, word := range []string{`Set-`, `New-Item`, `Remove-`, `Out-File`, `Add-Type`, `Add-Content`, `Start-`, `Invoke-`, `::Write(AllText|AllBytes|AllLines)`, `::Create\(`, `::Delete`, `SetValue`, `CreateSubKey`, `DeleteSubKey`, `FileMode\]::(Create|Append|OpenOrCreate|Truncate)`,
		`FileAccess\]::(Write|ReadWrite)`, `OpenSubKey\([^)]*\$true`, `\.Put\(`, `secedit`, `auditpol`, `netsh`, `\bnet\b`, `SetNamedSecurity`, `LsaAdd`, `LsaRetrieve`} {
		if found := regexp.MustCompile(word).FindString(code.String()); found != "" {
			t.Errorf("the script has %q", found)
		}
	}
	for _, r := range snapshot.Script {
		if r > 126 {
			t.Errorf("the script has %q, which code pages may change", r)
		}
	}
	for _, c := range []string{"{}", "()", "[]"} {
		if a, b := strings.Count(snapshot.Script, c[:1]), strings.Count(snapshot.Script, c[1:]); a != b {
			t.Errorf("%d %q and %d %q", a, c[:1], b, c[1:])
		}
	}
	if n := len(snapshot.Script); n > 64<<10 {
		t.Errorf("the script has %d bytes", n)
	}
}

// TestScriptKnowsEachWord holds the script against the words.
func TestScriptKnowsEachWord(t *testing.T) {
	for _, w := range []snapshot.Word{
		snapshot.WordExists, snapshot.WordValue, snapshot.WordKeys, snapshot.WordNames, snapshot.WordBelow, snapshot.WordFile, snapshot.WordBytes, snapshot.WordFolder, snapshot.WordRight,
		snapshot.WordGroup, snapshot.WordAudit, snapshot.WordPolicy, snapshot.WordAccounts, snapshot.WordTask, snapshot.WordFeature, snapshot.WordKeySecurity, snapshot.WordFileSecurity, snapshot.WordMachine,
	} {
		if !strings.Contains(snapshot.Script, "\n    '"+string(w)+"' {") {
			t.Errorf("the script does not know %q", w)
		}
	}
}

// FuzzParse holds the parser to what it promises of any text behind the packing: an error, or a snapshot whose every reader answers.
func FuzzParse(f *testing.F) {
	whole, err := answered().Bytes()
	if err != nil {
		f.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(string(whole))
	if err != nil {
		f.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		f.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("wmclient/collected/1\nunknown\nend 0\n")
	f.Add("wmclient/collected/1\n1 ok\n1 row c2lk UzEtNS0yMQ==\nend 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := request()
		s, err := snapshot.Parse(r, []byte(base64.StdEncoding.EncodeToString([]byte(pack(text)))))
		if err != nil {
			return
		}
		if !strings.HasPrefix(text, "wmclient/collected/1\n") {
			t.Errorf("%q was read", text)
		}
		_, _ = s.RegistryValue(`HKLM\SOFTWARE\X`, "")
		_, _ = s.RegistryValue(`HKLM\SOFTWARE\Y\One`, "V")
		_, _ = s.File(`\a å.txt`)
		_, _ = s.RightHolders("SeDebugPrivilege")
		_, _ = s.State("account-policy:MinimumPasswordLength")
		_, _ = s.RegistryKeys(`HKLM\SOFTWARE\Z`)
		_ = s.Machine("sid")
		if s.Known() != nil && s.RegistryKey(`HKLM\SOFTWARE\X`) == nil {
			t.Error("a machine of an unknown image answered")
		}
	})
}

// FuzzReadRequest holds what stand-ins read.
func FuzzReadRequest(f *testing.F) {
	raw, err := request().Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := snapshot.ReadRequest(bytes.NewReader(raw))
		if err != nil {
			return
		}
		again, err := r.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if other, err := snapshot.ReadRequest(bytes.NewReader(again)); err != nil || len(other.Wants) != len(r.Wants) {
			t.Errorf("%d wants, then %v", len(r.Wants), err)
		}
	})
}
