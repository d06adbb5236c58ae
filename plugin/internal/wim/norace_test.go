//go:build !race

package wim_test

func raceEnabled() bool { return false }
