// Command yumen is the whole of Yumen 域门 in one binary: wiring and words only. What it does is done by the packages it
// wires together; what it prints comes in Chinese and English, and as JSON with --json.
//
// Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
package main

import (
	"context"
	"io"
	"os"

	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/sandbox"
)

func main() {
	// An enclave must not run a line of the command line's code: it is another program in the same file.
	if len(os.Args) > 1 && os.Args[1] == "enclave" {
		os.Exit(sandbox.Main(handlers(), openers()))
	}
	cli.Main(run)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	a := &app{App: cli.App{In: in, Out: out, Errs: errs}}
	return a.Run(ctx, a.root(), args)
}
