package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// tableFlags say how the files of a table are written.
type tableFlags struct {
	api.TableFiles
	format string
	types  []string
}

func (t *tableFlags) add(a *app, fl *pflag.FlagSet) {
	fl.StringVar(&t.Dataset, "dataset", "",
		a.Say("catalog entry whose columns the file has; found out from the file by default", "文件所属数据集的目录描述；默认由文件推断各列"))
	fl.StringSliceVar(&t.types, "type", nil,
		a.Say("type of a column, COLUMN=TYPE, where what is found out is not meant", "指定列类型：列=类型"))
	a.fileFlags(fl, &t.format, &t.CSV)
	fl.BoolVar(&t.CSV.NoHeader, "no-header", false,
		a.Say("the CSV has no header line; columns are called column1, column2 …", "CSV 无表头；列名为 column1、column2 …"))
}

// fileFlags say how files are written that are read.
func (a *app) fileFlags(fl *pflag.FlagSet, format *string, csv *yumen.CSVOptions) {
	fl.StringVar(format, "format", "", a.Say("csv, ndjson or parquet; defaults to the file's extension",
		"csv、ndjson 或 parquet，默认按扩展名"))
	fl.StringVar(&csv.Delimiter, "delimiter", "",
		a.Say("CSV delimiter; found out from the header line by default", "CSV 分隔符，默认自动识别"))
	fl.StringVar(&csv.Quote, "quote", "", a.Say("CSV quote character; defaults to \"", "CSV 引号，默认 \""))
	fl.StringVar(&csv.Encoding, "encoding", "utf-8", a.Say("utf-8 or gb18030", "utf-8 或 gb18030"))
	fl.StringSliceVar(&csv.Null, "null", nil, a.Say("cells that mean null besides the empty one", "表示空值的单元格内容"))
}

// inputFormat is the format that is given for a file, or that of its name.
func inputFormat(file, given string) (yumen.FileFormat, error) {
	if given != "" {
		return yumen.FileFormat(given), nil
	}
	f, known := yumen.FormatOf(file)
	if !known {
		return "", cli.Wrong("%s: give --format csv, ndjson or parquet",
			"%s：请用 --format 指定 csv、ndjson 或 parquet", file)
	}
	return f, nil
}

// files takes over the paths.
func (t *tableFlags) files(paths ...string) error {
	t.Paths, t.Types = paths, map[string]yumen.Type{}
	for _, s := range t.types {
		name, typ, ok := strings.Cut(s, "=")
		if !ok {
			return cli.Wrong("--type %s: write COLUMN=TYPE", "--type %s：须写作 信息项=类型", s)
		}
		t.Types[name] = yumen.Type(typ)
	}
	var err error
	t.Format, err = inputFormat(paths[0], t.format)
	return err
}

// profileFlags name a profile and what belongs to it.
type profileFlags struct {
	file        string
	hierarchies []string
}

func (p *profileFlags) add(a *app, fl *pflag.FlagSet) {
	fl.StringVar(&p.file, "profile", "", a.Say("profile (YAML): what is done to which column", "脱敏方案（YAML）"))
	fl.StringSliceVar(&p.hierarchies, "hierarchy", nil,
		a.Say("hierarchy that the profile names, NAME=FILE", "方案引用的层级：名称=文件"))
}

// read reads the profile; the hierarchies are read inside the enclave.
func (p *profileFlags) read(a *app) (api.ProfileFile, []api.HierarchyFile, error) {
	var hs []api.HierarchyFile
	for _, s := range p.hierarchies {
		name, file, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return api.ProfileFile{}, nil, cli.Wrong("--hierarchy %s: write NAME=FILE", "--hierarchy %s：须写作 名称=文件", s)
		}
		hs = append(hs, api.HierarchyFile{Name: name, Path: file})
	}
	if p.file == "" {
		return api.ProfileFile{}, nil, cli.Wrong("--profile FILE is missing", "缺少 --profile 文件")
	}
	text, err := a.readText(p.file)
	return api.ProfileFile{Name: p.file, Text: text}, hs, err
}

func (a *app) desensitizeCommand() *cobra.Command {
	var table tableFlags
	var profile profileFlags
	f := api.DesensitizeFile{}
	out, side, outFormat, dry, show := "", "", "", false, 5
	c := &cobra.Command{Use: "desensitize FILE", Args: cli.Args("FILE"),
		Short: a.Say("apply a profile to a file inside an enclave, and keep the record of it", "在飞地内按方案对文件脱敏，并留存脱敏记录"),
		Example: `  yumen desensitize patients.csv --profile patients.profile.yaml --out patients.masked.csv --as provider
  yumen desensitize patients.csv --profile patients.profile.yaml --dry-run --as provider`,
		RunE: func(c *cobra.Command, got []string) (err error) {
			if err := table.files(got[0]); err != nil {
				return err
			}
			if f.Profile, f.Hierarchies, err = profile.read(a); err != nil {
				return err
			}
			if f.Table = table.TableFiles; dry {
				return a.dryRun(c, f, show)
			}
			if out == "" {
				out = besides(got[0], table.Format)
			}
			if f.Format, err = outputFormat(out, outFormat); err != nil {
				return err
			}
			return a.desensitize(c, f, out, side)
		}}
	fl := c.Flags()
	profile.add(a, fl)
	table.add(a, fl)
	fl.StringVar(&out, "out", "",
		a.Say("file to write, which must not be there yet; defaults to FILE with .desensitized before its extension",
			"输出文件，须尚不存在；默认在原文件扩展名前加 .desensitized"))
	fl.StringVar(&outFormat, "to", "",
		a.Say("format of the output: csv, ndjson, parquet or arrow; defaults to its extension",
			"输出格式：csv、ndjson、parquet 或 arrow，默认按扩展名"))
	fl.StringVar(&side, "side", "", a.Say("second file, for a profile that splits the table (anatomize)",
		"第二个输出文件，用于拆分表的方案（anatomize）"))
	fl.StringVar(&f.Recipient, "recipient", "",
		a.Say("for whom the copy is: the profile's watermark marks it", "接收方：按方案中的水印步骤标记"))
	fl.BoolVar(&dry, "dry-run", false,
		a.Say("write nothing: show made-up rows before and after, and the risk that would result",
			"不写出文件：以虚构数据展示前后对比及所得风险"))
	fl.IntVar(&show, "rows", show, a.Say("made-up rows shown by a dry run", "试运行展示的虚构行数"))
	c.AddCommand(a.desensitizeDetect(), a.desensitizeRecords(), a.desensitizeShow())
	return c
}

// besides is where a table goes that was not told where: beside the file it comes from.
func besides(file string, format yumen.FileFormat) string {
	plain := strings.TrimSuffix(file, ".gz")
	if known, ok := yumen.FormatOf(plain); ok && known == format {
		ext := filepath.Ext(plain)
		return strings.TrimSuffix(plain, ext) + ".desensitized" + ext
	}
	return file + ".desensitized." + string(format)
}

func outputFormat(out, format string) (yumen.FileFormat, error) {
	f := yumen.FileFormat(format)
	if format == "" {
		f, _ = yumen.FormatOf(out)
	}
	switch f {
	case yumen.FormatCSV, yumen.FormatNDJSON, yumen.FormatParquet, yumen.FormatArrow:
		if strings.HasSuffix(out, ".gz") {
			return "", cli.Wrong("%s: compressed output is not written", "%s：不支持写出压缩文件", out)
		}
		return f, nil
	}
	return "", cli.Wrong("%s: give --to csv, ndjson, parquet or arrow",
		"%s：请用 --to 指定 csv、ndjson、parquet 或 arrow", out)
}

func (a *app) desensitize(c *cobra.Command, f api.DesensitizeFile, out, side string) error {
	return a.acting(c, func(domain api.Domain, by api.Principal) error {
		file, err := createNew(out)
		if err != nil {
			return err
		}
		f.Out = file
		if side != "" {
			second, err := createNew(side)
			if err != nil {
				return errors.Join(err, file.Abort())
			}
			f.Side = second
		}
		f.Progress = a.Progress("desensitizing:", "脱敏进度：")
		d, err := domain.Desensitize(c.Context(), by, f)
		a.EndProgress(f.Progress)
		return a.Show(err, d, func() {
			a.printRecord(d)
			a.Print("wrote %s; the record is kept as %s", "已写出 %s，脱敏记录编号 %s", out, d.ID)
		})
	})
}

func (a *app) dryRun(c *cobra.Command, f api.DesensitizeFile, show int) error {
	if show < 1 || show > 100 {
		return cli.Wrong("--rows is 1 to 100", "--rows 须为 1 至 100")
	}
	return a.acting(c, func(domain api.Domain, by api.Principal) error {
		f.Progress = a.Progress("trying:", "试运行：")
		d, err := domain.DryRun(c.Context(), by, f, show)
		a.EndProgress(f.Progress)
		return a.Show(err, d, func() {
			a.Print("made-up rows before", "虚构数据，脱敏前")
			cli.Table(a.Out, d.Preview.Columns, d.Preview.Before)
			a.Print("\nmade-up rows after", "\n虚构数据，脱敏后")
			cli.Table(a.Out, d.Preview.Result, d.Preview.After)
			a.Print("\nthe table itself, of which nothing was kept", "\n对真实数据的试算，结果未保留")
			a.printRecord(api.Desensitization{Record: d.Record})
		})
	})
}

// printRecord prints a 脱敏记录 for people.
func (a *app) printRecord(d api.Desensitization) {
	r := d.Record
	a.Print("profile %s, version %d (%s), by %s", "方案 %s 第 %d 版（%s），执行人 %s", r.Profile, r.Version, r.Digest, r.By)
	a.Print("rows %d → %d, cells changed %d, %s", "行 %d → %d，改动单元格 %d，用时 %s", r.RowsIn, r.RowsOut, r.Cells,
		r.Finished.Sub(r.Started).Round(time.Millisecond))
	var rows [][]string
	for i, s := range r.Steps {
		var keys []string
		for _, k := range s.Keys {
			keys = append(keys, k.ID+"/"+strconv.Itoa(k.Version))
		}
		rows = append(rows, []string{strconv.Itoa(i + 1), s.Technique, strings.Join(s.Columns, " "),
			strings.Join(s.Detectors, " "), strings.Join(keys, " "),
			strconv.FormatInt(s.Cells, 10), strconv.FormatInt(s.Unfit, 10), strconv.FormatInt(s.Rows, 10)})
	}
	cli.Table(a.Out, a.Header("STEP 步骤", "TECHNIQUE 技术", "COLUMNS 列", "DETECTORS 检测器", "KEYS 密钥", "CELLS 改动",
		"UNFIT 不合形式", "DROPPED 删除行"), rows)
	if r.Model != nil {
		a.printModel(r.Model)
	}
	if d.ID != "" {
		a.Print("input %s", "输入 %s", r.Input)
		a.Print("output %s", "输出 %s", r.Output)
	}
}

func (a *app) printModel(m *api.RecordModel) {
	a.Print("model on %s:", "模型（准标识符 %s）：", strings.Join(m.Quasi, ", "))
	for _, res := range m.Results {
		a.Print("  %s: %s", "  %s：%s", res.Model, a.Yes(res.Holds))
	}
	for _, g := range m.Quasi {
		if level, ok := m.Levels[g]; ok {
			a.Print("  %s generalized to level %d", "  %s 泛化至第 %d 级", g, level)
		}
	}
	a.Print("  records dropped %d", "  删除记录 %d 条", m.Dropped)
	var rows [][]string
	row := func(name string, f func(*api.Risk) float64) {
		rows = append(rows, []string{name, fmt.Sprintf("%.4f", f(m.Before)), fmt.Sprintf("%.4f", f(m.After))})
	}
	row(a.Say("prosecutor, highest risk", "检察官攻击 最高风险"),
		func(r *api.Risk) float64 { return r.Prosecutor.Highest })
	row(a.Say("prosecutor, average risk", "检察官攻击 平均风险"),
		func(r *api.Risk) float64 { return r.Prosecutor.Average })
	row(a.Say("journalist, highest risk", "记者攻击 最高风险"), func(r *api.Risk) float64 { return r.Journalist.Highest })
	row(a.Say("marketer", "营销者攻击"), func(r *api.Risk) float64 { return r.Marketer })
	row(a.Say("smallest class, rows", "最小等价类（行）"), func(r *api.Risk) float64 { return float64(r.Smallest) })
	row(a.Say("sample uniqueness", "样本唯一率"), func(r *api.Risk) float64 { return r.Uniqueness })
	cli.Table(a.Out, a.Header("RISK 风险", "BEFORE 前", "AFTER 后"), rows)
	if u := m.Utility; u != nil {
		a.Print("utility: normalized entropy %.4f, loss %.4f, discernibility %.0f, average class %.1f rows",
			"可用性：归一化熵 %.4f，信息损失 %.4f，可辨识度 %.0f，平均等价类 %.1f 行",
			u.NormalizedEntropy, u.Loss, u.Discernibility, u.AverageClassSize)
	}
}

func (a *app) desensitizeRecords() *cobra.Command {
	return &cobra.Command{Use: "records", Short: a.Say("list the records of what was desensitized", "列出脱敏记录"),
		Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				ds, err := domain.Desensitizations(c.Context(), by)
				return a.Show(err, orEmpty(ds), func() {
					var rows [][]string
					for _, d := range ds {
						r := d.Record
						rows = append(rows, []string{d.ID, r.Profile + "/" + strconv.Itoa(r.Version), d.Recipient,
							strconv.FormatInt(r.RowsOut, 10),
							strconv.FormatInt(r.Cells, 10), r.By, r.Finished.Local().Format(time.DateTime)})
					}
					cli.Table(a.Out, a.Header("RECORD 记录", "PROFILE 方案", "RECIPIENT 接收方", "ROWS 行数", "CELLS 改动",
						"BY 执行人", "AT 时间"), rows)
				})
			})
		}}
}

func (a *app) desensitizeShow() *cobra.Command {
	return &cobra.Command{Use: "show RECORD", Short: a.Say("show a record", "查看脱敏记录"), Args: cli.Args("RECORD"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				d, err := domain.Desensitization(c.Context(), by, got[0])
				return a.Show(err, d, func() { a.printRecord(d) })
			})
		}}
}

func (a *app) desensitizeDetect() *cobra.Command {
	var files tableFlags
	var profile profileFlags
	f := api.TraceFile{}
	c := &cobra.Command{Use: "detect-watermark FILE", Args: cli.Args("FILE"),
		Short: a.Say("find out for whom a copy was marked", "检出数据副本的接收方水印"),
		RunE: func(c *cobra.Command, got []string) (err error) {
			if err := files.files(got[0]); err != nil {
				return err
			}
			if f.Profile, _, err = profile.read(a); err != nil {
				return err
			}
			f.Table = files.TableFiles
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				f.Progress = a.Progress("searching:", "检测进度：")
				found, err := domain.Trace(c.Context(), by, f)
				a.EndProgress(f.Progress)
				return a.Show(err, orEmpty(found), func() { a.printTraces(found) })
			})
		}}
	fl := c.Flags()
	fl.StringVar(&profile.file, "profile", "", a.Say("profile under which copies were marked", "加水印所用的方案"))
	files.add(a, fl)
	fl.StringSliceVar(&f.Recipients, "recipients", nil,
		a.Say("whose marks to try; defaults to all for whom copies were marked", "要检测的接收方，默认为全部有记录者"))
	return c
}

func (a *app) printTraces(found []api.Trace) {
	var rows [][]string
	for _, t := range found {
		rows = append(rows, []string{t.Recipient, strconv.Itoa(t.KeyVersion), strconv.Itoa(t.Cells),
			strconv.Itoa(t.Agree), fmt.Sprintf("%.2g", t.P), a.Yes(t.Found)})
	}
	cli.Table(a.Out, a.Header("RECIPIENT 接收方", "KEY 密钥版本", "CELLS 单元格", "AGREE 相符", "CHANCE 偶然概率", "FOUND 检出"), rows)
}
