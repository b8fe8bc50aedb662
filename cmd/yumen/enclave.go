package main

import (
	"maps"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/duck"
	"github.com/yumen-data/yumen/sandbox/result"
	"github.com/yumen-data/yumen/sandbox/wasm"
)

// handlers says who carries out which role inside an enclave.
func handlers() map[task.Role]sandbox.Handler {
	all := duck.Handlers()
	maps.Copy(all, result.Handlers())
	all[task.Inspect] = wasm.Inspect
	all[task.Wasm] = wasm.Handler(duck.Materialize)
	return all
}
