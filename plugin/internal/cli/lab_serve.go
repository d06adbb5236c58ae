package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
)

// labPassword is where lab serve looks for the password without --password-file.
const labPassword = "WMCLIENT_LAB_PASSWORD" //nolint:gosec // the name of a variable, not a password

// labServe is what the flags of lab serve say.
type labServe struct {
	address, user, passwordFile, ca, client string
	release, language, wine, wim, medium    string
	port                                    int
	hosts                                   int
	plain, asJSON, settled, door            bool
	capture                                 string
	faults, quotas, sick                    []string
}

// labReady is the first line of lab serve.
type labReady struct {
	URL               string `json:"url"`
	Host              string `json:"host"`
	Port              int    `json:"port"`
	User              string `json:"user"`
	Machine           string `json:"machine"` // stand-in or wine
	BootID            string `json:"boot_id"`
	CAFile            string `json:"ca_file,omitempty"`
	CASHA256          string `json:"ca_sha256,omitempty"`
	CertificateSHA256 string `json:"certificate_sha256,omitempty"`
	ClientFile        string `json:"client_file,omitempty"`
}

func (a *app) labServeCmd() *cobra.Command {
	var o labServe
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer WinRM on this computer as a Windows would, without one",
		Long: `serve starts a lab machine that answers WinRM (WS-Management, the text shell) on a loopback address, and goes on until it is
interrupted or terminated. It is for trying clients of WinRM, Packer's among them: it is no Windows, says so, and what works here has not
been tried on one.

Without --wine the machine is a stand-in: the lab base, with the commands echo, type, ver, exit, set, mkdir, del, call, cmd /c, more, reg,
shutdown /r, batch files of them, the PowerShell scripts that Packer's communicator sends, and, once they are delivered, the agent wmguest and
the script that delivers it. Whatever it does not know fails by name with exit code 9009. With --wine commands run in that Wine prefix, with all rights of yours: keep the
password to yourself, and use a prefix of its own, since a restart ends whatever runs in it.

It speaks HTTPS with a certificate that it makes for itself; --ca says where the certificate of its authority goes. Users are known by Basic,
by NTLM (over HTTPS alone; no messages encrypted over HTTP), or by the certificate that --client-certificate writes. The password comes from
--password-file or the variable ` + labPassword + `, never from the command line.

--fault orders faults, several times or separated by commas; requests and connections are counted from 1:
  ` + strings.Join(winrm.FaultNames(), "\n  ") + `
--quota sets a quota by its Windows name: MaxShellsPerUser=2. --hosts plays several machines at once, and --sick gives a share of them a fault.

The port is free again when it ends. Exit codes: 0 ended by a signal, 2 usage (an address that is not loopback among it), 1 else.`,
		Example: `  ` + labPassword + `=secret wmclient lab serve --ca ca.pem
  wmclient lab serve --password-file password.txt --port 5986 --json
  wmclient lab serve --password-file password.txt --fault latency=50ms,lose=0.05 --quota MaxShellsPerUser=5
  wmclient lab serve --password-file password.txt --fault restart-for=5s,restart-tls=2s,restart-unauthorized=2s
  wmclient lab serve --password-file password.txt --wim out/radiology-viewer/1.2.0/image.wim
  wmclient lab serve --password-file password.txt --wim out/radiology-viewer/1.2.0/image.wim --settled --hosts 20 --sick 0.05:hang-receive-from=1
  wmclient lab serve --password-file password.txt --wine ~/.wine`,
		Args: exactly(0, "only flags"),
	}
	f := cmd.Flags()
	f.StringVar(&o.address, "address", "127.0.0.1", "loopback address to listen on; any other is refused")
	f.IntVar(&o.port, "port", 0, "port to listen on; 0 takes a free one")
	f.BoolVar(&o.plain, "http", false, "speak HTTP instead of HTTPS")
	f.StringVar(&o.user, "user", "packer", "name of the one user")
	f.StringVar(&o.passwordFile, "password-file", "", "file with the password in its first line (else the variable "+labPassword+")")
	f.StringVar(&o.ca, "ca", "", "write the certificate that clients have to trust to this file; else to one that is removed at the end")
	f.StringVar(&o.client, "client-certificate", "", "write a certificate and key that stand for the user to this file")
	f.StringArrayVar(&o.faults, "fault", nil, "NAME=VALUE: a fault to order")
	f.StringArrayVar(&o.quotas, "quota", nil, "NAME=NUMBER: a quota of the service")
	f.StringVar(&o.release, "release", "ltsc-2021", "Windows release of the stand-in: ltsc-2021, ltsc-2019 or ltsb-2016")
	f.StringVar(&o.language, "language", "en-US", "language of the stand-in, for example sv-SE or en-US")
	f.StringVar(&o.wim, "wim", "", "make the stand-in of this image, as wmclient build writes it, instead of a lab base")
	f.IntVar(&o.hosts, "hosts", 1, "how many machines to play, on as many ports: from --port on, or on free ones")
	f.StringArrayVar(&o.sick, "sick", nil, "SHARE:NAME=VALUE: a fault for that share of the machines, evenly spread (may repeat)")
	f.BoolVar(&o.settled, "settled", false, "with --wim: as if first boot had settled what no image holds, by the manifest.json beside it")
	f.BoolVar(&o.door, "door", false, "with --wim: as if a build's answer file and bootstrap had run: listener, certificate, firewall rule, account and the like")
	f.StringVar(&o.capture, "capture", "", "with --wim: at the end, write the machine's disk as a WIM to this new file")
	f.StringVar(&o.medium, "medium", "", "folder that is the medium in the machine's drive: what a provisioner's medium names")
	f.StringVar(&o.wine, "wine", "", "run commands in this Wine prefix instead of the stand-in")
	f.BoolVar(&o.asJSON, "json", false, "print how to reach the machine, and at the end what it has counted, as NDJSON")
	cmd.RunE = func(c *cobra.Command, _ []string) error { return a.labServe(c.Context(), o) }
	return cmd
}

// labServe runs the lab until ctx ends.
func (a *app) labServe(ctx context.Context, o labServe) error {
	options, err := a.labOptions(o)
	if err != nil {
		return err
	}
	ready := labReady{User: o.user, Machine: "stand-in"}
	if o.wine != "" {
		ready.Machine = "wine"
	}
	work, err := os.MkdirTemp("", "wmclient-lab-")
	if err != nil {
		return fmt.Errorf("start the lab machine: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }() // of the temporary folder; what could stay is no secret
	machines, err := a.labMachines(o, work)
	if err == nil {
		err = a.labDoor(o, machines)
	}
	if err != nil {
		return err
	}
	if err := a.labCertificates(o, work, &options, &ready); err != nil {
		return err
	}
	hosts, err := a.labStart(o, options, machines, ready)
	if err == nil {
		if !o.asJSON {
			fmt.Fprintln(a.Stderr, "Ctrl-C ends it")
		}
		<-ctx.Done()
	}
	err = errors.Join(err, a.labEnd(o, hosts))
	if err != nil || o.capture == "" {
		return err
	}
	return labCapture(o, machines[0])
}

// labSay tells how to reach the machine.
func (a *app) labSay(o labServe, r labReady) error {
	if o.asJSON {
		return a.event(build.EventReady, r)
	}
	if _, err := fmt.Fprintln(a.Stdout, r.URL); err != nil {
		return err
	}
	fmt.Fprintf(a.Stderr, "lab machine (%s) for user %s, %s\n", r.Machine, r.User, winrm.Marker)
	if r.CAFile != "" {
		fmt.Fprintf(a.Stderr, "trust %s (sha256 %s)\n", r.CAFile, r.CASHA256)
	}
	return nil
}

// labOptions reads the flags that are texts.
func (a *app) labOptions(o labServe) (winrm.Options, error) {
	options := winrm.Options{User: o.user, Now: a.Now}
	at, err := netip.ParseAddr(o.address)
	if err != nil {
		return options, usageError{fmt.Errorf("--address is %q: %w", o.address, winrm.ErrAddress)}
	}
	options.Address = netip.AddrPortFrom(at, uint16(o.port)).String()
	if o.port < 0 || o.port > 65535 {
		return options, usageError{fmt.Errorf("--port is %d; it takes 0 to 65535", o.port)}
	}
	if o.user == "" {
		return options, usageError{errors.New("--user is empty")}
	}
	if o.hosts < 1 || o.port+o.hosts > 65536 && o.port > 0 || o.hosts > 1 && o.wine != "" {
		return options, usageError{errors.New("--hosts is 1 or more, as many as there are ports, and 1 with --wine")}
	}
	if info, err := os.Stat(o.medium); o.medium != "" && (o.wine != "" || err != nil || !info.IsDir()) {
		return options, usageError{errors.New("--medium is a folder, and goes without --wine")}
	}
	if o.settled && o.wim == "" {
		return options, usageError{errors.New("--settled goes with --wim")}
	}
	for _, text := range o.faults {
		if err := options.Faults.Set(text); err != nil {
			return options, usageError{fmt.Errorf("--fault: %w", err)}
		}
	}
	for _, text := range o.quotas {
		if err := options.Quotas.Set(text); err != nil {
			return options, usageError{fmt.Errorf("--quota: %w", err)}
		}
	}
	if o.plain && (o.ca != "" || o.client != "" || options.Faults.Certificate != winrm.Good) {
		return options, usageError{errors.New("--http has no certificates: leave out --ca, --client-certificate and the fault of the certificate")}
	}
	password := a.Getenv(labPassword)
	if o.passwordFile != "" {
		data, err := os.ReadFile(o.passwordFile)
		if err != nil {
			return options, fmt.Errorf("read the password: %w", err)
		}
		first, _, _ := strings.Cut(string(data), "\n")
		password = strings.TrimSuffix(first, "\r")
	}
	if password == "" {
		return options, usageError{fmt.Errorf("no password: name a file with one by --password-file, or set %s", labPassword)}
	}
	options.Password = password
	return options, nil
}

// labCertificates makes the authority and writes what clients need of it; work is a folder for as long as the lab runs.
func (a *app) labCertificates(o labServe, work string, options *winrm.Options, ready *labReady) (err error) {
	if o.plain {
		return nil
	}
	if options.Authority, err = winrm.NewAuthority(a.Now()); err != nil {
		return err
	}
	text := options.Authority.PEM()
	if o.ca == "" {
		o.ca = filepath.Join(work, "ca.pem")
	}
	if ready.CAFile, err = filepath.Abs(o.ca); err != nil {
		return fmt.Errorf("write the lab's certificate: %w", err)
	}
	if err := build.WriteFileAtomic(ready.CAFile, text); err != nil {
		return fmt.Errorf("write the lab's certificate: %w", err)
	}
	ready.CASHA256 = fingerprint(options.Authority.Certificate())
	if o.client == "" {
		return nil
	}
	certificate, key, err := options.Authority.Client(o.user)
	if err != nil {
		return err
	}
	if ready.ClientFile, err = filepath.Abs(o.client); err != nil {
		return fmt.Errorf("write the client's certificate: %w", err)
	}
	if err := writePrivate(ready.ClientFile, append(certificate, key...)); err != nil {
		return fmt.Errorf("write the client's certificate: %w", err)
	}
	return nil
}

// writePrivate writes a file that nobody else may read, whatever stood there.
func writePrivate(name string, data []byte) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
