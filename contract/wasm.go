package contract

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
)

// wasm checks the files a module asks for. A result of a module is of class opaque, or dp where it is called for units.
func (a *admission) wasm() {
	spec := &a.job.Spec
	a.engine(yumen.EngineWasm, "wasm")
	overUnits := spec.Mode == yumen.ModeMap || spec.Mode == yumen.ModeBlock
	if spec.Class == yumen.ClassDP && overUnits {
		a.class(yumen.ClassDP)
	} else {
		a.opaque(spec)
	}
	a.wasmFiles(spec)
}

// opaque: nothing is known of what the module computes.
func (a *admission) opaque(spec *yumen.JobSpec) {
	a.class(yumen.ClassOpaque)
	if spec.Class == yumen.ClassDP {
		a.add("class.not-dp", "class",
			yumen.Say("a module that is run once over all rows can do anything with one unit's; noise hides that only where it is called for each unit or block of units", "一次处理全部行的模块可对任一隐私单元做任意计算；仅当逐单元或逐分块调用时，噪声才能掩盖单个单元的影响"), yumen.Say("run it in mode map or block, or remove the class", "请改用 map 或 block 方式，或删除 class"))
		return
	}
	if spec.Class != "" && spec.Class != yumen.ClassOpaque && slices.Contains(classes, spec.Class) {
		a.add("class.not-opaque", "class",
			yumen.Say("what a module computes cannot be derived, so its result is of class opaque, not %s",
				"模块的计算含义无法推断，其结果属于 opaque 类，而非 %s", spec.Class),
			yumen.Say("remove the class, or write opaque", "请删除 class，或写 opaque"))
	}
}

func (a *admission) wasmFiles(spec *yumen.JobSpec) {
	seen := map[string]bool{}
	for i, in := range spec.Inputs {
		place := fmt.Sprintf("inputs[%d]", i)
		if spec.Mode == "" || spec.Mode == yumen.ModeCommand {
			a.file(in.Name, in.Format, place)
		}
		if seen[in.Name] && in.Name != "" {
			a.add("file.duplicate", place+".name", yumen.Say("two inputs have this name", "两个输入同名"), yumen.Text{})
		}
		seen[in.Name] = true
		a.input(&in, place)
	}
	switch spec.Mode {
	case yumen.ModeMap, yumen.ModeBlock:
		a.overUnits(spec)
	case "", yumen.ModeCommand:
		a.output(&spec.Output)
		a.unitsOnly(spec)
	default:
		a.add("mode.unknown", "mode",
			yumen.Say("a module is run in one of the modes command, map and block", "模块运行方式为 command、map、block 之一"),
			yumen.Text{})
	}
}

func (a *admission) input(in *yumen.JobInput, place string) {
	if len(in.Columns) == 0 {
		a.add("input.columns", place+".columns", yumen.Say("the input names no columns", "输入未列出任何列"), yumen.Text{})
	}
	granted, inContract := a.contract.Dataset(in.Dataset)
	d, inCatalog := a.datasets[in.Dataset]
	switch {
	case !inContract:
		a.add("dataset.not-granted", place+".dataset",
			yumen.Say("the contract does not grant dataset %q", "合同未授权数据集 %q", in.Dataset),
			suggest.Fix(in.Dataset, grantedNames(&a.contract.Contract)))
		return
	case !inCatalog:
		a.add("dataset.unknown", place+".dataset",
			yumen.Say("there is no dataset %q in the catalog", "目录中没有数据集 %q", in.Dataset), yumen.Text{})
		return
	}
	readable := Uses(&a.contract.Contract, &d)
	for j, name := range in.Columns {
		at := fmt.Sprintf("%s.columns[%d]", place, j)
		if slices.Index(in.Columns, name) < j {
			a.add("column.duplicate", at, yumen.Say("column %q stands here a second time", "列 %q 重复出现", name),
				yumen.Text{})
			continue
		}
		column, known := d.Column(name)
		if known && column.LiesApart() && name != d.Unit.Column {
			a.add("column.identifier", at,
				yumen.Say("column %q is a direct identifier, which no module is given, not even masked",
					"列 %q 为直接标识符，任何模块都不得取得，即使经过掩码", name),
				yumen.Say("leave it out; the key of the privacy unit joins tables, and a query (class rows) may show it masked where the contract says so", "请去掉该列；表间可用隐私单位键连接，合同允许时可用查询（rows 类）以掩码输出"))
			continue
		}
		if len(readable[name]) > 0 {
			continue
		}
		if !known {
			a.add("column.unknown", at, yumen.Say("dataset %q has no column %q", "数据集 %q 没有列 %q", d.Name, name),
				suggest.Fix(name, columnNames(&d)))
			continue
		}
		why := yumen.Say("the contract does not grant column %q", "合同未授权列 %q", name)
		if _, ok := granted.Column(name); ok {
			why = yumen.Say("of what the contract grants on column %q, the catalog allows nothing",
				"合同对列 %q 的授权均不被目录允许", name)
		}
		a.add("column.not-granted", at, why, yumen.Text{})
	}
}

func (a *admission) output(out *yumen.JobOutput) {
	a.file(out.Name, out.Format, "output")
	if len(out.Columns) == 0 {
		a.add("output.columns", "output.columns", yumen.Say("the output declares no columns", "输出未声明任何列"),
			yumen.Say("such as {name: n, type: integer}", "如 {name: n, type: integer}"))
	}
	for i, c := range out.Columns {
		at := fmt.Sprintf("output.columns[%d]", i)
		switch first := slices.IndexFunc(out.Columns,
			func(o yumen.OutputColumn) bool { return strings.EqualFold(o.Name, c.Name) }); {
		case !outputName.matches(c.Name):
			a.add("output.name", at+".name",
				yumen.Say("a column's name is a letter, then up to 62 letters, digits and _",
					"列名应以字母开头，后接至多 62 个字母、数字或 _"), yumen.Text{})
		case first < i:
			a.add("column.duplicate", at+".name", yumen.Say("column %q stands here a second time", "列 %q 重复出现", c.Name),
				yumen.Text{})
		}
		if !c.Type.Known() {
			a.add("output.type", at+".type",
				yumen.Say("a column's type is one of boolean, integer, double, decimal(p,s), date, timestamp, text",
					"列类型为 boolean、integer、double、decimal(p,s)、date、timestamp、text 之一"), yumen.Text{})
		}
	}
}

// extensions are those of the formats a module reads and writes. Parquet is none of them: it would need a library
// larger than most modules.
var extensions = map[string]yumen.FileFormat{".csv": yumen.FormatCSV, ".ndjson": yumen.FormatNDJSON,
	".jsonl": yumen.FormatNDJSON, ".arrow": yumen.FormatArrow, ".arrows": yumen.FormatArrow}

// file checks the name and the format of a file that a module finds under /in or leaves under /out.
func (a *admission) file(name string, format yumen.FileFormat, place string) {
	switch byName, known := extensions[path.Ext(name)]; {
	case !fileName.matches(name) || strings.Contains(name, ".."):
		a.add("file.name", place+".name",
			yumen.Say("a file name is letters, digits, _, - and single dots, 64 characters at most, without a folder",
				"文件名由字母、数字、_、- 与单个点组成，至多 64 个字符，不含目录"), yumen.Say("such as members.csv", "如 members.csv"))
	case !known:
		a.add("file.format", place+".name",
			yumen.Say("the extension is none of .csv, .ndjson, .jsonl, .arrow, .arrows",
				"扩展名不是 .csv、.ndjson、.jsonl、.arrow、.arrows 之一"), yumen.Text{})
	case format != "" && format != byName:
		a.add("file.format", place+".format",
			yumen.Say("the format does not match the extension, which says %s", "格式与扩展名不符，按扩展名应为 %s", byName),
			yumen.Say("remove the format, or rename the file", "请删除 format，或更改文件名"))
	}
}

func grantedNames(c *yumen.Contract) []string {
	names := make([]string, len(c.Datasets))
	for i, d := range c.Datasets {
		names[i] = d.Dataset
	}
	return names
}
