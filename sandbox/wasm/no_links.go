package wasm

import (
	experimentalsys "github.com/tetratelabs/wazero/experimental/sys"
)

// noLinks is a folder from which no path leads out. wazero refuses paths that name a way out ("..", absolute), but it
// would let a module create a symbolic link and walk through it; so there are no links here at all.
type noLinks struct{ experimentalsys.FS }

// Link refuses.
func (noLinks) Link(_, _ string) experimentalsys.Errno { return experimentalsys.EPERM }

// Symlink refuses.
func (noLinks) Symlink(_, _ string) experimentalsys.Errno { return experimentalsys.EPERM }

// Readlink refuses.
func (noLinks) Readlink(string) (string, experimentalsys.Errno) { return "", experimentalsys.EPERM }
