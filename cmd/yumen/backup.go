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
	return &cobra.Command{Use: "restore FILE", Args: cli.Args("FILE"),
		Short: a.Say("make a home from a backup, in an empty or new folder (--home)", "用备份在空目录或新目录（--home）中重建主目录"),
		RunE: func(c *cobra.Command, got []string) error {
			dir, err := a.homePath()
			if err != nil {
				return err
			}
			f, err := os.Open(got[0])
			if err != nil {
				return err
			}
			defer f.Close() // read only
			err = home.Restore(c.Context(), dir, bufio.NewReaderSize(f, 1<<20))
			return a.Show(err, map[string]string{"home": dir, "file": got[0]}, func() {
				a.Print("restored %s: objects match their digests, the log is whole, and the state belongs to it",
					"已恢复 %s：对象与摘要相符，日志完整，状态与日志一致", dir)
			})
		}}
}

// writeBackup writes the archive whole or not at all, and never over another file.
func writeBackup(ctx context.Context, dir, path string) error {
	if in, err := inside(dir, path); err != nil || in {
		return cmp.Or(err, error(yumen.Errorf(yumen.KindInvalid, "the backup would lie in the home that it is of", "备份不能放在主目录之内").
			ToFix("name a file elsewhere, best on another disk", "请另指定位置，最好在另一块磁盘上")))
	}
	f, err := createNew(path)
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
