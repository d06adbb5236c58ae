package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// errNoMachine is what a provisioner gets that wants a machine.
var errNoMachine = errors.New("wmclient-image boots no machine that a provisioner could reach: say what is to be set in the image profile, or use shell-local, which runs on this host")

// nowhere is the communicator of a build without a machine. Packer's own of that kind answers every command with exit code 0, so that
// a hardening script in a provisioner would look as if it had run. Its first use ends the provisioning: some provisioners try again for
// minutes, in the hope that the machine is only restarting.
type nowhere struct{ end context.CancelCauseFunc }

var _ packersdk.Communicator = nowhere{}

func (n nowhere) refuse() error {
	n.end(errNoMachine)
	return errNoMachine
}

// Start refuses.
func (n nowhere) Start(context.Context, *packersdk.RemoteCmd) error { return n.refuse() }

// Upload refuses.
func (n nowhere) Upload(string, io.Reader, *os.FileInfo) error { return n.refuse() }

// UploadDir refuses.
func (n nowhere) UploadDir(string, string, []string) error { return n.refuse() }

// Download refuses.
func (n nowhere) Download(string, io.Writer) error { return n.refuse() }

// DownloadDir refuses.
func (n nowhere) DownloadDir(string, string, []string) error { return n.refuse() }

// provision runs the template's provisioners; without them it does nothing. Any that tried to reach a machine makes it fail, whatever
// the provisioner made of the refusal.
func provision(ctx context.Context, hook packersdk.Hook, ui packersdk.Ui, r build.Result) error {
	if hook == nil {
		return nil
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	err := hook.Run(ctx, packersdk.HookProvision, ui, nowhere{end}, generated(r))
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("provisioner: %w", err)
	}
	return nil
}
