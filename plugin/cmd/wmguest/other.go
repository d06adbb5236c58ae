//go:build !windows

package main

import (
	"errors"
	"runtime"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
)

// onWindows leaves what only Windows has. Status and version work anywhere.
func onWindows(env *agentcli.Env) {
	env.Folder = "."
	env.Open = func() (agent.Machine, error) {
		return nil, errors.New("this is " + runtime.GOOS + ": wmguest works on Windows alone")
	}
}
