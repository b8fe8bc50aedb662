package main

import (
	"context"
	"maps"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/duck"
	"github.com/yumen-data/yumen/sandbox/result"
	"github.com/yumen-data/yumen/sandbox/source"
	"github.com/yumen-data/yumen/sandbox/wasm"
)

// handlers says who carries out which role inside an enclave.
func handlers() map[task.Role]sandbox.Handler {
	all := duck.Handlers()
	maps.Copy(all, result.Handlers())
	maps.Copy(all, source.Handlers(parquet))
	all[task.Inspect] = wasm.Inspect
	all[task.Wasm] = wasm.Handler(duck.Materialize)
	return all
}

// openers says who prepares the statements of which role's sessions.
func openers() map[task.Role]sandbox.Opener {
	all := duck.Openers()
	maps.Copy(all, result.Openers())
	return all
}

// parquet lets a role that links no engine read Parquet with one.
func parquet(ctx context.Context, in sandbox.Env, paths []string) (source.Parquet, error) {
	t, err := duck.OpenTable(ctx, in, paths)
	if err != nil {
		return nil, err
	}
	return t, nil
}
