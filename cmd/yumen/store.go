package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
)

func (a *app) storeCommand() *cobra.Command {
	return cli.Group("store", a.Say("stored objects: seal, rotate their key, destroy", "存储对象：密封、轮换其密钥、销毁"),
		a.storeMigrate(), a.storeRotate(), a.storeDestroy())
}

func (a *app) storeMigrate() *cobra.Command {
	return &cobra.Command{Use: "migrate", Args: cli.Args(),
		Short: a.Say("store identifiers apart from versions, and seal what an earlier release stored unsealed; digests, receipts and answers stay valid",
			"将标识符与数据版本分开存储，并密封早期版本未密封的对象；摘要、回执与答案保持有效"),
		Long: a.Say("Interrupted at any point, it goes on when it is repeated. Blocks of the disk that the unsealed files had may still hold them: wipe free space, or keep the volume encrypted.",
			"可随时中断，重复执行即可继续。未密封文件原先占用的磁盘块可能仍有残留：请擦除空闲空间，或使用加密卷。"),
		RunE: func(c *cobra.Command, _ []string) error {
			h, err := a.direct(c.Context(), toWrite)
			if err != nil {
				return err
			}
			defer h.Close() // nothing is buffered
			separated, err := a.migrating(c, h.Separate, "separating", "正在分离标识符")
			if err != nil {
				return err
			}
			sealed, err := a.migrating(c, h.Seal, "sealing", "正在密封")
			return a.Show(err, map[string]int{"separated": separated, "sealed": sealed}, func() {
				a.Print("stored %d versions anew and sealed %d objects; identifiers lie apart, and all objects of this home are sealed",
					"已重写 %d 个版本，已密封 %d 个对象；标识符均已分开存储，主目录中的对象均已密封", separated, sealed)
			})
		}}
}

// migrating shows how far a step of a migration is.
func (a *app) migrating(c *cobra.Command, step func(context.Context, func(done, total int64)) (int, error), en,
	zh string) (int, error) {
	progress := a.Progress(en, zh)
	defer a.EndProgress(progress)
	return step(c.Context(), func(done, total int64) {
		if progress != nil {
			progress(done, total)
		}
	})
}

func (a *app) storeRotate() *cobra.Command {
	return &cobra.Command{Use: "rotate", Args: cli.Args(),
		Short: a.Say("add a version to the key that objects are sealed by, and wrap the keys of all objects by it",
			"为密封对象的密钥增加一版，并以其重新封装全部对象密钥"),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				ref, err := domain.RotateSealing(c.Context(), by)
				return a.Show(err, ref, func() {
					a.Print("%s rotated the key of sealed objects to version %d; keep backups of keys/ from now on",
						"%s 将密封密钥轮换至第 %d 版；请重新备份 keys/", by.Person.Name, ref.Version)
				})
			})
		}}
}

// sayUnsealed says that objects of the home are not sealed, or hold identifiers that lie apart now, where that is so.
func (a *app) sayUnsealed(ctx context.Context) error {
	dir, err := a.homePath()
	if err != nil {
		return nil // there is no home to look at
	}
	if _, err := home.ReadSettings(dir); err != nil {
		return nil
	}
	objects, err := home.Unsealed(dir)
	if err == nil && len(objects) > 0 {
		a.Print("%d objects of the home are stored unsealed → yumen store migrate",
			"主目录中有 %d 个对象未密封 → yumen store migrate", len(objects))
	}
	versions, err2 := home.Unseparated(ctx, dir)
	if yumen.KindOf(err2) == yumen.KindConflict {
		a.Print("the home was written by an earlier release → yumen store migrate", "主目录由更早的版本写成 → yumen store migrate")
		err2 = nil
	}
	if len(versions) > 0 {
		a.Print("%d versions of the home hold identifiers → yumen store migrate",
			"主目录中有 %d 个版本仍含标识符 → yumen store migrate", len(versions))
	}
	return errors.Join(err, err2)
}

func (a *app) storeDestroy() *cobra.Command {
	reason := ""
	c := &cobra.Command{Use: "destroy DIGEST|DATASET/NUMBER", Args: cli.Args("DIGEST|DATASET/NUMBER"),
		Short: a.Say("destroy a version, a held result with its evidence, or a released file for good, with a record",
			"彻底销毁版本、暂存结果（含证据）或已出域文件，并留记录"),
		RunE: func(c *cobra.Command, got []string) error {
			if reason == "" {
				return cli.Usage(errors.New(a.Say("say why: --reason TEXT", "请用 --reason 写明原因")))
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				gone, err := domain.Destroy(c.Context(), by, got[0], reason)
				return a.Show(err, orEmpty(gone), func() {
					for _, d := range gone {
						a.Print("%s destroyed %s in %s; backups made before still hold it with its key: destroy those, too",
							"%s 已销毁 %[3]s 中的 %[2]s；此前的备份仍含该对象及其密钥，请一并销毁", d.By, d.Digest.Short(), d.Space)
					}
				})
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", a.Say("why it is destroyed; it is recorded", "销毁原因；将留存记录"))
	return c
}
