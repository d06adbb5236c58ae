package online_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// distrusting is a machine whose agent refuses the bundle.
type distrusting struct{}

func (distrusting) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{}, errors.New("nothing else is asked")
}

func (distrusting) DeliverAndRun(_ context.Context, files []remote.File, then remote.Command, _ func(done, total int64)) ([]remote.Way, remote.Result, error) {
	_, err := io.WriteString(then.Stderr, "the bundle is for another image")
	ways := make([]remote.Way, len(files))
	return ways, remote.Result{ExitCode: 5}, err
}

func (distrusting) Close() error { return nil }

// TestObserveOtherImage: a machine of another image is not judged by this one's plan.
func TestObserveOtherImage(t *testing.T) {
	b := newBed(t, winrm.Faults{})
	b.drive.Connect = func(context.Context, func(remote.Waiting)) (online.Session, error) { return distrusting{}, nil }
	_, err := online.Observe(t.Context(), b.drive, table(t), setting.StageBuild)
	if !errors.Is(err, online.ErrNotTrusted) || !strings.Contains(err.Error(), "another image") {
		t.Errorf("got %v", err)
	}
}
