package main

import (
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) catalogCommand() *cobra.Command {
	return cli.Group("catalog", a.Say("datasets: profile, describe, import, publish", "数据集：摸底、登记、导入、发布"),
		a.catalogRegister(), a.catalogImport(), a.catalogPublish(), a.catalogList(), a.catalogShow(),
		a.catalogProfile())
}

// readText reads a small text file, or standard input for "-".
func (a *app) readText(path string) ([]byte, error) {
	const most = 1 << 20
	if path == "-" {
		return readAtMost(a.In, most)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindNotFound, "cannot read the file", "无法读取文件").Because(err)
	}
	defer f.Close() // read only
	b, err := readAtMost(f, most)
	if err != nil && yumen.KindOf(err) != yumen.KindLimit {
		return nil, yumen.Errorf(yumen.KindNotFound, "cannot read the file", "无法读取文件").Because(err)
	}
	return b, err
}

func (a *app) catalogRegister() *cobra.Command {
	return &cobra.Command{Use: "register FILE",
		Short: a.Say("enter a dataset described in a YAML file", "登记 YAML 描述的数据集"), Args: cli.Args("FILE"),
		RunE: func(c *cobra.Command, got []string) error {
			text, err := a.readText(got[0])
			if err != nil {
				return err
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				d, err := domain.Register(c.Context(), by, got[0], text)
				return a.Show(err, d, func() {
					a.Print("%s registered dataset %s (%d columns) for %s", "%s 登记了数据集 %s（%d 列），提供单位 %s",
						by.Person.Name,
						d.Name, len(d.Columns), d.Provider)
				})
			})
		}}
}

func (a *app) catalogImport() *cobra.Command {
	f := api.ImportFiles{}
	var profile profileFlags
	format, acquired := "", ""
	c := &cobra.Command{Use: "import DATASET FILE...",
		Short: a.Say("check files inside an enclave and store them as the next version", "在飞地内校验文件并存为新版本"),
		Args:  cli.Args("DATASET", "FILE..."),
		RunE: func(c *cobra.Command, got []string) error {
			if len(got) < 2 {
				return cli.Wrong("%s: missing FILE", "%s：缺少 FILE", c.CommandPath())
			}
			f.Dataset, f.Paths = got[0], got[1:]
			if err := importOptions(&f, format, acquired); err != nil {
				return err
			}
			if profile.file != "" {
				var err error
				if f.Profile, f.Hierarchies, err = profile.read(a); err != nil {
					return err
				}
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				f.Progress = a.Progress("importing rows:", "导入行数：")
				v, err := domain.Import(c.Context(), by, f)
				a.EndProgress(f.Progress)
				return a.Show(err, v, func() {
					a.Print("%s imported version %d of %s: %d rows of %d units, %s", "%s 导入了第 %d 版 %s：%d 行，%d 个主体，%s",
						by.Person.Name, v.Seq, v.Dataset, v.Rows, v.Units, v.Digest)
					if v.Desensitization != "" {
						a.Print("desensitized before it was stored: yumen desensitize show %s%s",
							"入库前已脱敏：yumen desensitize show %s%s", v.Desensitization, a.asBefore(by))
					}
				})
			})
		}}
	fl := c.Flags()
	profile.add(a, fl)
	fl.StringVar(&acquired, "acquired", "", a.Say("day the provider got the data, YYYY-MM-DD; defaults to today",
		"数据获取日期，默认今天"))
	a.fileFlags(fl, &format, &f.CSV)
	fl.BoolVar(&f.CSV.NoHeader, "no-header", false,
		a.Say("columns come in the order of the catalog entry", "无表头，列序同目录描述"))
	fl.IntVar(&f.MaxBad, "max-bad", 20, a.Say("bad rows listed", "列出的不合格行数"))
	return c
}

func importOptions(f *api.ImportFiles, format, acquired string) error {
	f.Acquired = yumen.DayOf(time.Now())
	if acquired != "" {
		d, err := yumen.ParseDay(acquired)
		if err != nil {
			return cli.Usage(err)
		}
		f.Acquired = d
	}
	var err error
	f.Format, err = inputFormat(f.Paths[0], format)
	return err
}

func (a *app) catalogPublish() *cobra.Command {
	return &cobra.Command{Use: "publish DATASET",
		Short: a.Say("let contracts and jobs use the newest version", "发布最新版本供合同与任务使用"), Args: cli.Args("DATASET"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				d, err := domain.Publish(c.Context(), by, got[0])
				return a.Show(err, d, func() {
					a.Print("%s published %s, version %d", "%s 发布了 %s 第 %d 版", by.Person.Name, d.Name, len(d.Versions))
				})
			})
		}}
}

func (a *app) catalogList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list the catalog", "列出目录"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				ds, err := domain.Datasets(c.Context(), by)
				return a.Show(err, orEmpty(ds), func() {
					var rows [][]string
					for _, d := range ds {
						n, units := "–", "–"
						if len(d.Versions) > 0 {
							v := d.Versions[len(d.Versions)-1]
							n, units = strconv.FormatInt(v.Rows, 10), strconv.FormatInt(v.Units, 10)
						}
						rows = append(rows, []string{d.Name, d.Title.In(a.Language()), d.Provider,
							strconv.Itoa(len(d.Versions)), n, units, a.Yes(d.Published)})
					}
					cli.Table(a.Out, a.Header("DATASET 数据集", "TITLE 名称", "PROVIDER 提供单位", "VERSIONS 版本", "ROWS 行数",
						"UNITS 主体", "PUBLISHED 已发布"), rows)
				})
			})
		}}
}

func (a *app) catalogShow() *cobra.Command {
	return &cobra.Command{Use: "show DATASET",
		Short: a.Say("show a dataset with its columns and versions", "显示数据集的列与版本"), Args: cli.Args("DATASET"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				d, err := domain.Dataset(c.Context(), by, got[0])
				return a.Show(err, d, func() { a.printDataset(d) })
			})
		}}
}

func (a *app) printDataset(d api.Dataset) {
	l := a.Language()
	a.Print("%s  %s", "%s  %s", d.Name, d.Title.In(l))
	a.Print("provider %s, source %s, privacy unit %s %s, updated %s", "提供单位 %s，来源 %s，隐私主体 %s %s，更新周期 %s",
		d.Provider, d.Source.System, d.Unit.Kind, d.Unit.Column, string(d.Update))
	var rows [][]string
	for _, c := range d.Columns {
		rows = append(rows, []string{c.Name, c.Title.In(l), string(c.Type), string(c.Role), strconv.Itoa(c.Grade),
			yumen.Uses(c.Constraints)})
	}
	cli.Table(a.Out, a.Header("COLUMN 列", "TITLE 名称", "TYPE 类型", "ROLE 角色", "GRADE 级别", "USES 约束"), rows)
	for _, v := range d.Versions {
		a.Print("version %d: %d rows, %d units, acquired %s, imported by %s, %s", "第 %d 版：%d 行，%d 个主体，获取于 %s，导入人 %s，%s",
			v.Seq, v.Rows, v.Units, v.Acquired, v.ImportedBy, v.Digest)
	}
}

// orEmpty makes a nil list print as [] in JSON.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
