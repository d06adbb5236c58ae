package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/spf13/pflag"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/fleet"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secret"
)

// access is how clients are reached, where their own block says nothing else.
type access struct {
	user, passwordFile, auth, ca, certificate, pin string
	clientCertificate, clientKey, realm, krb5      string
	port                                           int
}

func (x *access) flags(f *pflag.FlagSet) {
	f.StringVar(&x.user, "user", "", "account that asks, an administrator of the clients")
	f.StringVar(&x.passwordFile, "password-file", "", "file with its password in the first line (else the variable "+auditPassword+")")
	f.StringVar(&x.auth, "auth", string(remote.NTLM), "how the account is known: ntlm, basic, kerberos or certificate")
	f.IntVar(&x.port, "port", remote.DefaultPort, "port of the clients' listener over HTTPS")
	f.StringVar(&x.ca, "ca", "", "file with the authority that issued the clients' certificates, in PEM (else the system's own count)")
	f.StringVar(&x.certificate, "certificate", "", "file with the client's own certificate, in PEM, which is pinned instead")
	f.StringVar(&x.pin, "pin", "", "SHA-256 of the client's own certificate, in hex, which is pinned instead")
	f.StringVar(&x.clientCertificate, "client-certificate", "", "file with the certificate that stands for the account, in PEM, for --auth certificate")
	f.StringVar(&x.clientKey, "client-key", "", "file with its key, in PEM")
	f.StringVar(&x.realm, "realm", "", "realm of the account, for --auth kerberos")
	f.StringVar(&x.krb5, "krb5-conf", "", "krb5.conf that names the realm's servers, for --auth kerberos")
}

// options reads what the flags name. The host is missing.
func (x *access) options(getenv func(string) string) (remote.Options, error) {
	o := remote.Options{Port: x.port, Auth: remote.Auth(x.auth), User: x.user, Pin: x.pin, Kerberos: remote.KerberosOptions{Realm: x.realm, Config: x.krb5}}
	var err error
	if o.Password, err = password(x.passwordFile, getenv(auditPassword)); err != nil {
		return o, err
	}
	for _, f := range []struct {
		flag, path string
		take       func([]byte)
	}{
		{"--ca", x.ca, func(b []byte) { o.CA = b }}, {"--client-certificate", x.clientCertificate, func(b []byte) { o.ClientCertificate = b }},
		{"--client-key", x.clientKey, func(b []byte) { o.ClientKey = secret.Text(b) }},
	} {
		if f.path == "" {
			continue
		}
		b, err := os.ReadFile(f.path)
		if err != nil {
			return o, usageError{fmt.Errorf("%s: %w", f.flag, err)}
		}
		f.take(b)
	}
	if x.certificate != "" {
		if x.pin != "" {
			return o, usageError{errors.New("--certificate and --pin: give one of them")}
		}
		if o.Pin, err = pinOf(x.certificate); err != nil {
			return o, usageError{fmt.Errorf("--certificate: %w", err)}
		}
	}
	return o, nil
}

// password is the first line of a file, or what the environment has.
func password(file, environment string) (secret.Text, error) {
	if file == "" {
		return secret.Text(environment), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", usageError{fmt.Errorf("read the password: %w", err)}
	}
	first, _, _ := strings.Cut(string(data), "\n")
	return secret.Text(strings.TrimSuffix(first, "\r")), nil
}

// pinOf is the SHA-256 of a certificate in a file.
func pinOf(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return "", fmt.Errorf("%s is no certificate in PEM", path)
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:]), nil
}

// hostBlock is one client of an inventory.
type hostBlock struct {
	Name         string `hcl:"name,label"`
	Address      string `hcl:"address,optional"`       // else the name
	Port         int    `hcl:"port,optional"`          // else --port
	User         string `hcl:"user,optional"`          // else --user
	PasswordFile string `hcl:"password_file,optional"` // relative to the inventory
	Auth         string `hcl:"auth,optional"`
	CAFile       string `hcl:"ca_file,optional"` // relative to the inventory
	Pin          string `hcl:"pin,optional"`
	ServerName   string `hcl:"server_name,optional"` // in the certificate
}

// maxInventory bounds an inventory that is read.
const maxInventory = 16 << 20 // bytes

// readInventory reads a file with many clients.
func readInventory(path string) ([]hostBlock, error) {
	data, err := readRegular(path, maxInventory)
	if err != nil {
		return nil, usageError{fmt.Errorf("--inventory: %w", err)}
	}
	if !strings.HasSuffix(path, ".hcl") {
		return inventoryLines(path, string(data))
	}
	p := hclparse.NewParser()
	file, diags := p.ParseHCL(data, path)
	var all struct {
		Hosts []hostBlock `hcl:"host,block"`
	}
	if !diags.HasErrors() {
		diags = append(diags, gohcl.DecodeBody(file.Body, nil, &all)...)
	}
	if diags.HasErrors() {
		return nil, &build.ProfileError{Diags: diags, Files: p.Files()}
	}
	return all.Hosts, nil
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._:\[\]-]*$`)

// inventoryLines reads one client a line: a name or address, with its port where that is another. What follows # is for people.
func inventoryLines(path, text string) ([]hostBlock, error) {
	var out []hostBlock
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if !hostForm.MatchString(line) {
			at := hcl.Pos{Line: n, Column: 1}
			return nil, &build.ProfileError{Diags: hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Not a client's name", Detail: fmt.Sprintf("%.80q is no name and no address. Each line names one client; an inventory that says more of them is written in HCL, in a file that ends in .hcl.", line),
				Subject: &hcl.Range{Filename: path, Start: at, End: at}}}, Files: map[string]*hcl.File{}}
		}
		out = append(out, hostBlock{Name: line})
	}
	return out, nil
}

// splitPort cuts a port off a name or address; an address of IPv6 has brackets then.
func splitPort(text string) (host, port string, ok bool) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().String(), strconv.Itoa(int(at.Port())), true
	}
	host, port, ok = strings.Cut(text, ":")
	return host, port, ok && !strings.Contains(port, ":")
}

// target is the client with all that is known of how to reach it; inventory is the file that names it.
func (h hostBlock) target(o remote.Options, inventory string) (fleet.Target, error) {
	bad := func(err error) (fleet.Target, error) {
		return fleet.Target{}, usageError{fmt.Errorf("client %.80q: %w", h.Name, err)}
	}
	if !hostForm.MatchString(h.Name) {
		return bad(errors.New("it is no name and no address"))
	}
	o.Host = h.Name
	if h.Address != "" {
		o.Host = h.Address
	}
	if host, port, ok := splitPort(o.Host); ok {
		n, err := strconv.Atoi(port)
		if err != nil {
			return bad(fmt.Errorf("%q is no port", port))
		}
		o.Host, o.Port = host, n
	}
	beside := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(filepath.Dir(inventory), path)
	}
	if h.Port != 0 {
		o.Port = h.Port
	}
	if h.User != "" {
		o.User = h.User
	}
	if h.Auth != "" {
		o.Auth = remote.Auth(h.Auth)
	}
	if h.Pin != "" {
		o.Pin = h.Pin
	}
	o.ServerName = h.ServerName
	var err error
	if h.PasswordFile != "" {
		if o.Password, err = password(beside(h.PasswordFile), ""); err != nil {
			return bad(err)
		}
	}
	if h.CAFile != "" {
		if o.CA, err = os.ReadFile(beside(h.CAFile)); err != nil {
			return bad(err)
		}
	}
	if err := o.Check(); err != nil {
		return bad(err)
	}
	return fleet.Target{Name: h.Name, Options: o}, nil
}
