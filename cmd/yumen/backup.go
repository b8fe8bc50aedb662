package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{Use: "backup FILE", Args: cli.Args("FILE"),
		Short: a.Say("write the whole home to a new tar file, keys included, while others may work",
			"将整个主目录（含密钥）写入新的 tar 文件，期间可照常使用"),
		RunE: func(c *cobra.Command, got []string) error {
			dir, err := a.homePath()
			if err != nil {
				return err
			}
			err = writeBackup(c.Context(), dir, got[0])
			return a.Show(err, map[string]string{"home": dir, "file": got[0]}, func() {
				a.Print("backed up %s to %s; it holds the keys and raw data: keep it as secret as the home",
					"已将 %s 备份至 %s；其中含密钥与原始数据，须与主目录同等保密", dir, got[0])
			})
		}}
}

func (a *app) restoreCommand() *cobra.Command {
	var original home.Original
	c := &cobra.Command{Use: "restore FILE", Args: cli.Args("FILE"),
		Short: a.Say("make a home from a backup, in an empty or new folder (--home)", "用备份在空目录或新目录（--home）中重建主目录"),
		RunE: func(c *cobra.Command, got []string) error {
			if (original.Replaced != "") == original.Lost {
				return cli.Usage(errors.New(a.Say("say what became of the home that was backed up: --replaces DIR, or --original-lost",
					"请说明原主目录的去向：--replaces 目录，或 --original-lost")))
			}
			dir, err := a.homePath()
			if err != nil {
				return err
			}
			f, err := os.Open(got[0])
			if err != nil {
				return yumen.Errorf(yumen.KindNotFound, "cannot read the backup", "无法读取备份").Because(err)
			}
			defer f.Close() // read only
			err = home.Restore(c.Context(), dir, bufio.NewReaderSize(f, 1<<20), original)
			return a.Show(err, map[string]string{"home": dir, "file": got[0]}, func() {
				a.Print("restored %s: objects match their digests, the log is whole, and the state belongs to it",
					"已恢复 %s：对象与摘要相符，日志完整，状态与日志一致", dir)
				if original.Lost {
					a.Print("contracts of class dp that were signed before pay for no new answer: sign new ones with what is left of their budgets",
						"此前签署的合同不再支付新的 dp 类答案：请就剩余预算另签新合同")
				}
			})
		}}
	c.Flags().StringVar(&original.Replaced, "replaces", "", a.Say("home that the backup is of; it takes no more steps",
		"备份所属的原主目录；此后不再接受操作"))
	c.Flags().BoolVar(&original.Lost, "original-lost", false,
		a.Say("the home that the backup is of is gone", "备份所属的原主目录已丢失"))
	return c
}

// writeBackup writes the archive whole or not at all, and never over another file.
func writeBackup(ctx context.Context, dir, path string) error {
	if path == "-" {
		return yumen.Errorf(yumen.KindInvalid,
			"a backup goes to a new file that only you can read, not to standard output",
			"备份须写入仅本人可读的新文件，不能写到标准输出").ToFix("name a file", "请指定文件")
	}
	if in, err := inside(dir, path); err != nil || in {
		return cmp.Or(err, error(yumen.Errorf(yumen.KindInvalid, "the backup would lie in the home that it is of",
			"备份不能放在主目录之内").
			ToFix("name a file elsewhere, best on another disk", "请另指定位置，最好在另一块磁盘上")))
	}
	f, err := createNew(path)
	if yumen.KindOf(err) == yumen.KindConflict {
		return yumen.AsError(err).ToFix("name another file", "请指定其他文件")
	}
	if err != nil {
		return err
	}
	if err := home.Backup(ctx, dir, f); err != nil {
		return errors.Join(err, f.Abort())
	}
	return f.Commit()
}

// inside reports whether a file would lie in a folder or below it.
func inside(dir, path string) (bool, error) {
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return false, err
	}
	home, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false, err
	}
	folder, err = filepath.Abs(folder)
	home, err2 := filepath.Abs(home)
	if err := errors.Join(err, err2); err != nil {
		return false, err
	}
	rel, err := filepath.Rel(home, folder)
	return err == nil && filepath.IsLocal(rel), nil
}
