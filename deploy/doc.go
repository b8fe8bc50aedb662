// Package deploy holds what runs a server of Yumen: a unit of systemd and a container file. Its tests look at them as
// those who read them would: systemd-analyze, and rules of its own where there is nothing to ask.
//
// It is not for running anything: docs/operations.md says how to.
package deploy
