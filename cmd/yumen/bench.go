package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
)

// benchCommand hands over to yumen-bench, the program of benchmarks and attacks, in the folder of this one.
func (a *app) benchCommand() *cobra.Command {
	return &cobra.Command{Use: "bench", DisableFlagParsing: true,
		Short: a.Say("measure against a named baseline in the same run", "与同一次运行中的基线对比测量"),
		RunE: func(_ *cobra.Command, got []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			program := filepath.Join(filepath.Dir(self), "yumen-bench")
			err = syscall.Exec(program, append([]string{program}, got...), os.Environ())
			if errors.Is(err, fs.ErrNotExist) {
				return yumen.Errorf(yumen.KindNotFound, "benchmarks are a program of their own, which is not there",
					"缺少测量程序").
					At(program).ToFix("build all programs: make programs", "请构建全部程序：make programs")
			}
			return err
		}}
}
