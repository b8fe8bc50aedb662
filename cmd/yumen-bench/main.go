// Command yumen-bench measures what the isolation and the guarantees of Yumen cost, and how often known attacks on it
// succeed, each against a named baseline in the same run. It links no engine: enclaves are processes of the program
// yumen, and what a baseline needs of an engine runs in yumen-bench-plain. Both lie in its own folder. People start it
// as yumen bench. It is not for data of anybody: all it makes is generated.
package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/sandbox"
)

func main() { cli.Main(run) }

// run is main without the process around it.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	a := &app{App: cli.App{In: in, Out: out, Errs: errs}}
	return a.Run(ctx, a.root(), args)
}

// app is what every benchmark shares: how to print and speak, and the paths of the programs it starts.
type app struct {
	cli.App
	yumen string // commands, and enclaves
	plain string // baselines
}

func (a *app) root() *cobra.Command {
	c := a.Root(cli.Group("yumen-bench", a.Say("measure against a named baseline in the same run", "与同一次运行中的基线对比测量"),
		a.benchEnclave(), a.benchPrivacy(), a.benchDesensitize(), a.benchWasm(), a.benchAttacks(), a.benchQueue(),
		a.benchServe(), a.benchGateway()))
	c.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "yumen bench"}
	c.PersistentPreRunE = func(*cobra.Command, []string) error { return a.findPrograms() }
	return c
}

// findPrograms finds the other programs in the folder of this one. YUMEN_BIN names another yumen.
func (a *app) findPrograms() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	a.yumen, a.plain = filepath.Join(filepath.Dir(self), "yumen"), filepath.Join(filepath.Dir(self),
		"yumen-bench-plain")
	if bin := os.Getenv("YUMEN_BIN"); bin != "" {
		if a.yumen, err = filepath.Abs(bin); err != nil {
			return err
		}
	}
	for _, path := range []string{a.yumen, a.plain} {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return yumen.Errorf(yumen.KindNotFound, "the benchmarks need a program that is not there",
				"缺少测量所需的程序").At(path).
				ToFix("build all programs: make programs", "请构建全部程序：make programs")
		}
	}
	return nil
}

// host starts enclaves on any machine that has a private root and namespaces; what is printed says nothing about
// isolation.
func (a *app) host(dir string, memory yumen.Size) (*sandbox.Host, error) {
	return sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: dir, Memory: memory,
		Executable: a.yumen})
}

// inTempDir makes a command of what needs a folder while it runs, for generated data and copies of public data.
func inTempDir(run func(c *cobra.Command, dir string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) error {
		dir, err := os.MkdirTemp("", "yumen-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		return run(c, dir)
	}
}
