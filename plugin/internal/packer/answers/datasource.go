//go:generate packer-sdc mapstructure-to-hcl2 -type Config,Output

// Package answers is the Packer data source `wmclient-unattend`: it makes what an online build puts on a medium of its own, so that Windows
// Setup installs without a person and lets the build in over WinRM with a certificate of this build. The answer file is held against the
// image profile first; what would stop Setup or the build is refused. Nothing made here has met a real Windows Setup yet.
package answers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/hcl2helper"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"
	"github.com/zclconf/go-cty/cty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/talk"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

// Config is the block of the data source.
type Config struct {
	// Path of the image profile. Architecture and languages are those of its base.
	Image string `mapstructure:"image" required:"true"`
	// Password of the build's account: at least 14 characters with small letters, capitals and digits. Give it by a sensitive
	// variable, and the same one to the communicator.
	Password string `mapstructure:"password" required:"true"`
	// Language of Windows, formats and keyboard: `sv-SE` or `en-US`. Defaults to the base's first language.
	Language string `mapstructure:"language"`
	// `uefi` (GPT) or `bios` (MBR). Defaults to `uefi`.
	Firmware string `mapstructure:"firmware"`
	// Number of the image within the WIM that Setup lays on the disk. Defaults to 1, since images built here hold one.
	ImageIndex int `mapstructure:"image_index"`
	// Where Windows PE finds that WIM, such as `E:\image.wim`. Defaults to install.wim of the Setup medium.
	ImagePath string `mapstructure:"image_path"`
	// Computer name: at most 15 letters, digits and hyphens. By default Setup makes one.
	ComputerName string `mapstructure:"computer_name"`
	// Organisation that Windows is registered to.
	Organization string `mapstructure:"organization"`
	// Time zone by Windows' id. Defaults to `W. Europe Standard Time` for Swedish and `UTC` else.
	TimeZone string `mapstructure:"time_zone"`
	// Licence channel of the medium: `oem`, `volume` or `evaluation`. A `volume` medium brings its own key; `oem` needs product_key unless
	// the firmware holds one. Defaults to `volume`.
	LicenceChannel string `mapstructure:"licence_channel"`
	// Product key with its hyphens. It becomes part of the answer file; give it by a sensitive variable.
	ProductKey string `mapstructure:"product_key"`
	// Name of the build's account, an administrator that stage seal removes. Defaults to `wmbuild`.
	Username string `mapstructure:"username"`
	// Names and addresses by which the build reaches the machine, beside localhost and 127.0.0.1: they stand in the certificate.
	Hosts []string `mapstructure:"hosts"`
	// TCP port of the WinRM listener in the machine. Defaults to 5986.
	Port int `mapstructure:"port"`
	// Addresses and CIDR prefixes from which the build comes. By default everybody may try, which suits a network of the build's own alone.
	Peers []string `mapstructure:"peers"`
}

// Output is what a template can read as `data.wmclient-unattend.NAME.*`.
type Output struct {
	// What belongs on the medium, by path: for `cd_content` of a source. It holds secrets: key, certificate and password of the build.
	CDContent map[string]string `mapstructure:"cd_content"`
	// Name of the build's account.
	Username string `mapstructure:"username"`
	// TCP port of the WinRM listener in the machine.
	Port int `mapstructure:"port"`
	// Certificate of this build in PEM: what a connection pins.
	CertificatePEM string `mapstructure:"certificate_pem"`
	// SHA-256 of that certificate, lower-case hex.
	CertificateSHA256 string `mapstructure:"certificate_sha256"`
	// What may trouble Setup or the build, one text for each.
	Warnings []string `mapstructure:"warnings"`
}

// Datasource implements packersdk.Datasource.
type Datasource struct{ config Config }

var _ packersdk.Datasource = (*Datasource)(nil)

// ConfigSpec describes the block to Packer.
func (d *Datasource) ConfigSpec() hcldec.ObjectSpec { return d.config.FlatMapstructure().HCL2Spec() }

// OutputSpec describes the output to Packer.
func (d *Datasource) OutputSpec() hcldec.ObjectSpec {
	return (&Output{}).FlatMapstructure().HCL2Spec()
}

// channels are the licence channels that a medium can have.
var channels = []string{"volume", "oem", "evaluation"}

// Configure decodes the block.
func (d *Datasource) Configure(raws ...any) error {
	if err := config.Decode(&d.config, nil, raws...); err != nil {
		return err
	}
	c := &d.config
	packersdk.LogSecretFilter.Set(c.Password, c.ProductKey)
	if c.Image == "" {
		return errors.New("image is missing: give the path of an image profile")
	}
	if c.ImageIndex == 0 {
		c.ImageIndex = 1
	}
	if c.Username == "" {
		c.Username = unattend.DefaultAccount
	}
	if c.LicenceChannel == "" {
		c.LicenceChannel = "volume"
	}
	switch {
	case !slices.Contains(channels, c.LicenceChannel):
		return fmt.Errorf("licence_channel: %q is none of %s", c.LicenceChannel, strings.Join(channels, ", "))
	case c.LicenceChannel == "evaluation" && c.ProductKey != "":
		return errors.New("product_key: an evaluation medium takes no key: leave it out, or say which channel the medium has")
	}
	return nil
}

// Execute makes the answer file, the script and the certificate.
func (d *Datasource) Execute() (cty.Value, error) {
	null := cty.NullVal(cty.EmptyObject)
	project, err := build.Load(build.Inputs{Image: d.config.Image, Out: "out", Epoch: os.Getenv("SOURCE_DATE_EPOCH"), Clock: time.Now})
	if err != nil {
		return null, talk.Error(err)
	}
	p := project.Composed.Plan
	answers, err := d.answers(p)
	if err != nil {
		return null, err
	}
	warnings, err := held(answers, p)
	if err != nil {
		return null, err
	}
	names := slices.Clone(d.config.Hosts)
	if d.config.ComputerName != "" {
		names = append(names, d.config.ComputerName)
	}
	door, err := unattend.NewDoor(unattend.DoorConfig{Names: names, Port: d.config.Port, Peers: d.config.Peers}, rand.Reader, time.Now())
	if err != nil {
		return null, err
	}
	port := d.config.Port
	if port == 0 {
		port = unattend.DefaultPort
	}
	out := Output{
		CDContent: map[string]string{unattend.AnswerFile: string(answers), unattend.ScriptFile: string(unattend.Script), unattend.DoorFile: string(door.Settings)},
		Username:  d.config.Username, Port: port, CertificatePEM: string(door.Certificate), CertificateSHA256: door.Fingerprint, Warnings: warnings,
	}
	return hcl2helper.HCL2ValueFromConfig(out, d.OutputSpec()), nil
}

// answers is the answer file for the plan's base.
func (d *Datasource) answers(p *plan.Plan) ([]byte, error) {
	c := d.config
	language := c.Language
	if language == "" && len(p.Base.Languages) > 0 {
		language = p.Base.Languages[0]
	}
	return unattend.Config{
		Arch: p.Base.Arch, Language: language, TimeZone: c.TimeZone, Firmware: unattend.Firmware(c.Firmware), ImageIndex: c.ImageIndex,
		ImagePath: c.ImagePath, ComputerName: c.ComputerName, Organization: c.Organization, ProductKey: unattend.Secret(c.ProductKey),
		Account: c.Username, Password: unattend.Secret(c.Password), Bootstrap: unattend.ScriptPath,
	}.XML()
}

// held holds the answer file against the plan: errors refuse it, the rest are warnings.
func held(answers []byte, p *plan.Plan) ([]string, error) {
	problems, err := unattend.Lint(answers, BaseOf(p))
	if err != nil {
		return nil, err
	}
	warnings := []string{}
	var refused []error
	for _, problem := range problems {
		if problem.Level == unattend.LevelError {
			refused = append(refused, errors.New(problem.String()))
			continue
		}
		warnings = append(warnings, problem.String())
	}
	return warnings, errors.Join(refused...)
}

// The places by which a plan stops an online build before it can come in.
const (
	systemKey = `\POLICIES\SYSTEM`
	startOff  = "04000000" // SERVICE_DISABLED as a DWORD's bytes
)

// BaseOf is what a plan says of the base that an answer file is meant for, and of what its stage image does to the first logon.
func BaseOf(p *plan.Plan) unattend.Base {
	b := unattend.Base{Arch: p.Base.Arch, Languages: p.Base.Languages}
	for _, o := range p.Ops {
		key := strings.ToUpper(o.Op.Key)
		if o.Op.Stage != setting.StageImage || o.Op.Action != setting.ActionRegistrySet {
			continue
		}
		switch {
		case strings.HasSuffix(key, systemKey) && strings.HasPrefix(strings.ToUpper(o.Op.Name), "LEGALNOTICE") && strings.Trim(o.Op.Data, "0") != "":
			b.Notice = true
		case strings.HasSuffix(key, systemKey) && strings.EqualFold(o.Op.Name, "LocalAccountTokenFilterPolicy") && o.Op.Data == "00000000":
			b.FilteredTokens = true
		case strings.Contains(key, `\SERVICES\`) && strings.EqualFold(o.Op.Name, "Start") && o.Op.Data == startOff:
			b.DisabledServices = append(b.DisabledServices, o.Op.Key[strings.LastIndex(o.Op.Key, `\`)+1:])
		}
	}
	return b
}
