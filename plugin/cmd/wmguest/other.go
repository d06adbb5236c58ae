//go:build !windows

package main

import (
	"fmt"
	"runtime"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
)

// onWindows leaves what only Windows has. Status and version work anywhere.
func onWindows(env *agentcli.Env) {
	env.Folder = "."
	env.Open = func() (agent.Machine, error) {
		return nil, fmt.Errorf("this is %s: %w", runtime.GOOS, agentcli.ErrNoWindows)
	}
}
