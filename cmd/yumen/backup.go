package main

import (
	"bufio"
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

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
	f, err := createNew(path)
	if err != nil {
		return err
	}
	if err := home.Backup(ctx, dir, f); err != nil {
		return errors.Join(err, f.Abort())
	}
	return f.Commit()
}
