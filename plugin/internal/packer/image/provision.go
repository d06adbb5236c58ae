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
// a hardening script in a provisioner would look as if it had run.
type nowhere struct{}

var _ packersdk.Communicator = nowhere{}

func (nowhere) Start(context.Context, *packersdk.RemoteCmd) error   { return errNoMachine }
func (nowhere) Upload(string, io.Reader, *os.FileInfo) error        { return errNoMachine }
func (nowhere) UploadDir(dst, src string, exclude []string) error   { return errNoMachine }
func (nowhere) Download(string, io.Writer) error                    { return errNoMachine }
func (nowhere) DownloadDir(src, dst string, exclude []string) error { return errNoMachine }

// provision runs the template's provisioners; without them it does nothing.
func provision(ctx context.Context, hook packersdk.Hook, ui packersdk.Ui, r build.Result) error {
	if hook == nil {
		return nil
	}
	if err := hook.Run(ctx, packersdk.HookProvision, ui, nowhere{}, generated(r)); err != nil {
		return fmt.Errorf("provisioner: %w", err)
	}
	return nil
}
