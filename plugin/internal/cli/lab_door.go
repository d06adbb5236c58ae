package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/wmguest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// labDoor makes on the machines what a build leaves there, where that is asked for.
func (a *app) labDoor(o labServe, machines []winrm.Machine) error {
	if (o.door || o.capture != "") && (o.wim == "" || o.wine != "") {
		return usageError{errors.New("--door and --capture go with --wim\nhint: an image is what they change and write")}
	}
	if o.capture != "" && o.hosts != 1 {
		return usageError{errors.New("--capture writes one machine's disk\nhint: leave out --hosts")}
	}
	if !o.door {
		return nil
	}
	for _, m := range machines {
		if err := wmguest.OpenDoor(m.(*standin.Machine), o.user, rand.Reader, a.Now()); err != nil {
			return err
		}
	}
	return nil
}

// labCapture writes the disk of a machine that was made of an image. The file is new; one that could not be written whole is removed.
func labCapture(o labServe, machine winrm.Machine) (err error) {
	from, err := os.Open(o.wim)
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	f, err := wim.Open(from, info.Size())
	if err != nil {
		return fmt.Errorf("capture: open %s: %w", o.wim, err)
	}
	index, err := f.Select("")
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	out, err := os.OpenFile(o.capture, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	// The context that was asked to end the lab is over; this is what comes after.
	if err = machine.(*standin.Machine).Capture(context.Background(), f, index, out); err != nil {
		return errors.Join(err, out.Close(), os.Remove(o.capture))
	}
	return out.Close()
}
