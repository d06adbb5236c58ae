// Package referee lets programs by other people judge what wmclient built: wimlib reads the image, hivex, reglookup and regparser
// the hives, a parser of its own the policy files. What has to be found there is worked out from the plan and the base, never from
// what wmclient says that it did. It refuses to import any package of the project.
package referee

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
