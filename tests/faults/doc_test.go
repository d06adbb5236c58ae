// Package faults_test does to the built command what machines do: it is killed, its disk is full or broken, its base changes while it is
// read, another build works in the same place, its clock jumps. Each time it is held to three promises: what stands under a final name is
// whole, what was not found out is not called a pass, and the next run works.
//
// Errors come from the kernel's side of the command's own calls (seccomp's user notification: no rights, no tool, nothing compiled into the
// command), so that it is the released program that is tried. `make faults` tries every call and a thousand kills, and writes the table
// of docs/faults.md; `make test` tries a part of each.
package faults_test
