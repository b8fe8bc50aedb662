// Command yumen-bench-plain is what yumen-bench compares with: statements in plain DuckDB, and modules in an engine
// without an enclave around it, each in a process of its own. It is for benchmarks alone and takes no step on the route
// of a job.
//
//	yumen-bench-plain duckdb SQL              run a statement once
//	yumen-bench-plain duckdb SQL RUNS PAUSE   the same on one connection, with a pause before each run; print the times
//	yumen-bench-plain wasm map PAGES UNITS    a module over generated people, against a fresh instance for each
//	yumen-bench-plain wasm echo BYTES         rows into a module and back, against copying them
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/yumen-data/yumen/examples/guests"
	"github.com/yumen-data/yumen/sandbox/duck"
	"github.com/yumen-data/yumen/sandbox/wasm"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "yumen-bench-plain:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "duckdb":
		_, err := duck.Plain(ctx, 2, args[1])
		return err
	case len(args) == 4 && args[0] == "duckdb":
		return repeated(ctx, args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "wasm" && args[1] == "map", len(args) == 3 && args[0] == "wasm" &&
		args[1] == "echo":
		return module(ctx, args[1], args[2:])
	}
	return errors.New("wrong usage: yumen-bench starts this program")
}

func repeated(ctx context.Context, sql, runs, pause string) error {
	n, err := strconv.Atoi(runs)
	d, err2 := time.ParseDuration(pause)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	took, err := duck.PlainRepeated(ctx, 2, sql, n, d)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(took)
}

func module(ctx context.Context, mode string, args []string) error {
	dir, err := os.MkdirTemp("", "yumen-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // generated data only
	var numbers []int
	for _, s := range args {
		n, err := strconv.Atoi(s)
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	var s wasm.Speed
	if mode == "echo" {
		work := filepath.Join(dir, "work")
		if err := os.Mkdir(work, 0o700); err != nil {
			return err
		}
		s, err = wasm.EchoSpeed(ctx, work, guests.Echo, int64(numbers[0]))
	} else {
		s, err = wasm.MapSpeed(ctx, dir, guests.Care, uint32(numbers[0]), numbers[1])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}
