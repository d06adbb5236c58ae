// Package repro builds the same image under circumstances that must not matter and compares the bytes: another folder, user, time zone,
// language, umask, number of processors, file system, date. It also holds the plans and findings of the project's own images
// against goldens, so that a change of what is set shows as a readable diff (go test ./tests/repro -update writes them anew).
package repro

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
