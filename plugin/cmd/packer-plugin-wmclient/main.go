// Command packer-plugin-wmclient registers wmclient's components with Packer.
package main

import (
	"fmt"
	"os"

	"github.com/hashicorp/packer-plugin-sdk/plugin"
	"github.com/hashicorp/packer-plugin-sdk/version"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/answers"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/harden"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/planner"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/verify"
)

//go:generate ../../../scripts/plugin-docs

// number is set by the build (-ldflags -X main.number=...) from the file VERSION.
var number = "0.0.0"

func main() {
	set := plugin.NewSet()
	set.RegisterBuilder("image", &image.Builder{Version: number})
	set.RegisterDatasource("plan", new(planner.Datasource))
	set.RegisterDatasource("unattend", new(answers.Datasource))
	set.RegisterProvisioner("harden", new(harden.Provisioner))
	set.RegisterProvisioner("validate", new(verify.Provisioner))
	set.RegisterPostProcessor("manifest", new(manifest.PostProcessor))
	set.SetVersion(version.NewPluginVersion(number, "", ""))
	if err := set.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
