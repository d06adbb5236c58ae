package release_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// throwAway makes a key and a certificate for code signing that nobody trusts, valid in the time that the tests sign at.
func throwAway(t *testing.T, dir string, usage x509.ExtKeyUsage) (cert, key string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nobody, for a test"},
		NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// TestSign signs the program for Windows with a throw-away key, as a release with a key does: the signature holds, breaks with one changed
// byte, and is the same each time; without a key nothing happens.
func TestSign(t *testing.T) {
	tool := harness.Tool(t, "osslsigncode")
	dir := t.TempDir()
	plain := load(t, harness.WindowsBinary(t, "wmclient"))
	program := filepath.Join(dir, "wmclient.exe")
	put := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(program, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sign := func(env ...string) harness.Result {
		t.Helper()
		none := []string{"WMCLIENT_SIGN_CERT=", "WMCLIENT_SIGN_KEY=", "WMCLIENT_SIGN_PKCS11=", "WMCLIENT_SIGN_PASSWORD_FILE=", "WMCLIENT_SIGN_TIMESTAMP=", "SOURCE_DATE_EPOCH=1793491200"}
		return harness.Command{Path: filepath.Join(harness.Root(t), "scripts", "sign"), Args: []string{program}, Env: append(none, env...)}.Run(t)
	}
	cert, key := throwAway(t, dir, x509.ExtKeyUsageCodeSigning)
	verify := func() harness.Result {
		t.Helper()
		return harness.Command{Path: tool, Args: []string{"verify", "-CAfile", cert, "-in", program}}.Run(t)
	}
	withKey := []string{"WMCLIENT_SIGN_CERT=" + cert, "WMCLIENT_SIGN_KEY=" + key}

	put(plain)
	sign().Must(t, 0)
	if !bytes.Equal(load(t, program), plain) {
		t.Error("without a key the program was changed")
	}
	if verify().Code == 0 {
		t.Error("a program without a signature verifies")
	}
	sign(withKey...).Must(t, 0)
	verify().Must(t, 0)
	signed := load(t, program)
	if bytes.Equal(signed, plain) {
		t.Fatal("with a key the program was not changed")
	}
	put(plain)
	sign(withKey...).Must(t, 0)
	if !bytes.Equal(load(t, program), signed) {
		t.Error("signing twice gives other bytes")
	}
	broken := bytes.Clone(signed)
	broken[len(plain)/2] ^= 1
	put(broken)
	if verify().Code == 0 {
		t.Error("a changed program verifies")
	}

	put(plain)
	if sign(withKey[0]).Code == 0 {
		t.Error("a certificate without a key is taken")
	}
	foreign := filepath.Join(dir, "foreign.pem")
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(foreign, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600); err != nil {
		t.Fatal(err)
	}
	if sign(withKey[0], "WMCLIENT_SIGN_KEY="+foreign).Code == 0 {
		t.Error("a key of another certificate is taken")
	}
	if !bytes.Equal(load(t, program), plain) {
		t.Error("a failed signing changed the program")
	}
}

// TestAgentIsSigned signs the agent before it goes into the programs, where a key is given: what runs on a client is the signer's.
func TestAgentIsSigned(t *testing.T) {
	tool := harness.Tool(t, "osslsigncode")
	dir := t.TempDir()
	cert, key := throwAway(t, dir, x509.ExtKeyUsageCodeSigning)
	agent := filepath.Join(dir, "wmguest.exe")
	for want, env := range map[int][]string{1: {"WMCLIENT_SIGN_CERT=", "WMCLIENT_SIGN_KEY="}, 0: {"WMCLIENT_SIGN_CERT=" + cert, "WMCLIENT_SIGN_KEY=" + key}} {
		harness.Command{Path: "make", Args: []string{"--no-print-directory", "agent", "AGENT=" + dir}, Dir: harness.Root(t), Env: append(env, "SOURCE_DATE_EPOCH=1793491200")}.Run(t).Must(t, 0)
		if got := (harness.Command{Path: tool, Args: []string{"verify", "-CAfile", cert, "-in", agent}}).Run(t).Code; (got == 0) != (want == 0) {
			t.Errorf("verify ends with %d, with the environment %q", got, env)
		}
	}
}

// TestReleaseSigns has goreleaser build the programs for Windows as a release does, in a copy of the project, with a key: both are signed, and the agent inside them is.
// It shows that the release calls scripts/sign at all, which no archive of a release without a key can.
func TestReleaseSigns(t *testing.T) {
	tool := harness.Tool(t, "osslsigncode")
	goreleaser := filepath.Join(harness.Root(t), ".tools", "bin", "goreleaser")
	if _, err := os.Stat(goreleaser); err != nil {
		goreleaser = harness.Tool(t, "goreleaser")
	}
	dir, root := t.TempDir(), harness.Root(t)
	cert, key := throwAway(t, dir, x509.ExtKeyUsageCodeSigning)
	project := filepath.Join(dir, "project")
	bash := func(script string, env ...string) {
		t.Helper()
		env = append(env, "PROJECT="+project, "WMCLIENT_SIGN_CERT="+cert, "WMCLIENT_SIGN_KEY="+key, "SOURCE_DATE_EPOCH=1793491200", "VERSION="+version(t), "ROOT="+project, "GOFLAGS=",
			"GOOS=windows", "GOARCH=amd64", "GITHUB_TOKEN=", "GITLAB_TOKEN=", "GITEA_TOKEN=")
		harness.Command{Path: "bash", Args: []string{"-euo", "pipefail", "-c", script}, Dir: root, Env: env}.Run(t).Must(t, 0)
	}
	bash(`mkdir -p "$PROJECT"; git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$PROJECT"; cp -R .git "$PROJECT/.git"`)
	bash(`cd "$PROJECT"; make --no-print-directory agent; "$GORELEASER" build --snapshot --clean --skip=before --single-target >"$PROJECT.log" 2>&1 || { cat "$PROJECT.log"; exit 1; }`, "GORELEASER="+goreleaser)
	programs, err := filepath.Glob(filepath.Join(project, "dist", "*", "*.exe"))
	if err != nil || len(programs) != 2 {
		t.Fatalf("goreleaser built %v, %v", programs, err)
	}
	programs = append(programs, filepath.Join(project, "plugin", "internal", "agentfile", "bin", "wmguest.exe"))
	for _, p := range programs {
		if r := (harness.Command{Path: tool, Args: []string{"verify", "-CAfile", cert, "-in", p}}).Run(t); r.Code != 0 {
			t.Errorf("%s is not signed: %s", filepath.Base(p), r.Stdout)
		}
	}
	agent := load(t, programs[2])
	for _, p := range programs[:2] {
		if !bytes.Contains(load(t, p), agent) {
			t.Errorf("%s carries another agent than the signed one", filepath.Base(p))
		}
	}
}
