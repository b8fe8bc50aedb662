package wasm

import (
	experimentalsys "github.com/tetratelabs/wazero/experimental/sys"
)

// jail is a folder from which no path leads out. wazero refuses paths that name a way out ("..", absolute), but it would let
// a module create a symbolic link and walk through it; so there are no links here at all.
type jail struct{ experimentalsys.FS }

// Link refuses.
func (jail) Link(_, _ string) experimentalsys.Errno { return experimentalsys.EPERM }

// Symlink refuses.
func (jail) Symlink(_, _ string) experimentalsys.Errno { return experimentalsys.EPERM }

// Readlink refuses.
func (jail) Readlink(string) (string, experimentalsys.Errno) { return "", experimentalsys.EPERM }
