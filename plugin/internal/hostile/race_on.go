//go:build race

package hostile

// The race detector makes everything ten times slower and allocates for itself:
// under it a share of all changes is enough, and bytes are not counted.
const raceEnabled = true
