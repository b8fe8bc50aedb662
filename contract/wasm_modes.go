package contract

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// Limits of what a module may declare in the modes map and block.
const (
	maxCoordinates = 64
	maxGroups      = 5000
	maxBlocks      = 10_000
	maxSteps       = 1_000_000_000
	maxBound       = 1 << 53 // a double holds every whole number up to here
)

// extraKey is a key that another kind of job has.
type extraKey struct {
	given bool
	key   string
}

// unitsOnly refuses what is for the modes map and block.
func (a *admission) unitsOnly(spec *yumen.JobSpec) {
	for _, extra := range []extraKey{{len(spec.Coordinates) > 0, "coordinates"}, {spec.Groups != 0, "groups"},
		{spec.Blocks != 0, "blocks"}, {spec.Steps != 0, "steps"}} {
		a.extra(extra, yumen.Say("%s is for modules in mode map or block", "%s 仅用于 map 或 block 方式的模块", extra.key))
	}
}

func (a *admission) extra(e extraKey, msg yumen.Text) {
	if e.given {
		a.add("job.mode", e.key, msg, yumen.Say("remove it, or change the mode", "请删除，或更改 mode"))
	}
}

// overUnits checks a module in mode map or block: it writes no file, and what it returns is declared number by number.
func (a *admission) overUnits(spec *yumen.JobSpec) {
	out := &spec.Output
	a.extra(extraKey{out.Name != "" || out.Format != "" || len(out.Columns) > 0, "output"},
		yumen.Say("a module in mode %s returns numbers and writes no output", "%s 方式的模块返回数值，不写输出文件", spec.Mode))
	a.extra(extraKey{len(spec.Args) > 0, "args"},
		yumen.Say("a module in mode %s takes no arguments", "%s 方式的模块没有参数", spec.Mode))
	a.extra(extraKey{spec.Seed != 0, "seed"},
		yumen.Say("a module in mode %s is given no random numbers", "%s 方式的模块没有随机数", spec.Mode))
	if spec.Mode == yumen.ModeMap {
		a.extra(extraKey{spec.Blocks != 0, "blocks"}, yumen.Say("blocks is for mode block", "blocks 仅用于 block 方式"))
		a.between("groups", int64(spec.Groups), 0, maxGroups)
	} else {
		a.extra(extraKey{spec.Groups != 0, "groups"}, yumen.Say("groups is for mode map", "groups 仅用于 map 方式"))
		a.between("blocks", int64(spec.Blocks), 1, maxBlocks)
	}
	a.between("steps", spec.Steps, 0, maxSteps)
	a.oneKindOfUnit(spec)
	if n := len(spec.Coordinates); n == 0 || n > maxCoordinates {
		a.add("coordinates.count", "coordinates",
			yumen.Say("the module returns between 1 and %d coordinates", "模块返回 1 至 %d 个分量", maxCoordinates),
			yumen.Say("such as {name: fee, type: double, min: 0, max: 1000, default: 0}",
				"如 {name: fee, type: double, min: 0, max: 1000, default: 0}"))
	}
	for i := range spec.Coordinates {
		a.coordinate(spec.Coordinates, i)
		a.take(spec, i)
	}
	for _, cap := range []extraKey{{spec.Privacy.RowsPerUnit != 0, "privacy.rows_per_unit"},
		{spec.Privacy.GroupsPerUnit != 0, "privacy.groups_per_unit"}} {
		a.extra(cap, yumen.Say("a module gets all rows of a unit; what the unit counts for is bounded by the coordinates", "模块得到隐私单元的全部行；其影响由分量的上下界限定"))
	}
}

// take says what is told of blocks. Without class dp both are told.
func (a *admission) take(spec *yumen.JobSpec, i int) {
	at, take := fmt.Sprintf("coordinates[%d].take", i), spec.Coordinates[i].Take
	if take != "" && take != yumen.CentralMean && take != yumen.CentralMedian {
		a.add("coordinate.take", at, yumen.Say("take is mean or median", "take 为 mean 或 median"), yumen.Text{})
		return
	}
	a.extra(extraKey{take != "" && !(spec.Mode == yumen.ModeBlock && spec.Class == yumen.ClassDP), at},
		yumen.Say("take is for mode block of class dp", "take 仅用于 dp 类的 block 方式"))
}

func (a *admission) between(key string, v, least, most int64) {
	if v < least || v > most {
		a.add("job.range", key, yumen.Say("%s is a number from %d to %d", "%s 应为 %d 至 %d 的数", key, max(least, 1), most),
			yumen.Text{})
	}
}

// oneKindOfUnit: rows of one unit are found in several tables by its number, which means the same in all of one kind.
func (a *admission) oneKindOfUnit(spec *yumen.JobSpec) {
	if len(spec.Inputs) == 0 {
		a.add("input.none", "inputs", yumen.Say("the module is given no rows", "未提供任何输入行"), yumen.Text{})
	}
	kind := ""
	for i, in := range spec.Inputs {
		place := fmt.Sprintf("inputs[%d]", i)
		notFiles := yumen.Say("a module in mode %s is given rows, not files", "%s 方式的模块直接得到行，而非文件", spec.Mode)
		a.extra(extraKey{in.Name != "", place + ".name"}, notFiles)
		a.extra(extraKey{in.Format != "", place + ".format"}, notFiles)
		d, ok := a.datasets[in.Dataset]
		if !ok {
			continue
		}
		if d.Reference() {
			a.add("input.unit", place+".dataset",
				yumen.Say("it is about nobody, so no row of it belongs to a unit", "该数据集不涉及任何个体，其行不属于任何隐私单元"),
				yumen.Say("build the list into the module", "请将该列表编入模块"))
			continue
		}
		if kind = cmp.Or(kind, d.UnitName()); d.UnitName() != kind {
			a.add("input.unit", place+".dataset",
				yumen.Say("its privacy unit is of kind %s, that of the first input of kind %s", "其隐私单元类型为 %s，而首个输入为 %s",
					d.UnitName(), kind), yumen.Say("make two jobs of it", "请分为两个任务"))
		}
	}
}

// reserved are the names of the other columns of a result.
var reserved = []string{"group", "units"}

func (a *admission) coordinate(all []yumen.Coordinate, i int) {
	c, at := all[i], fmt.Sprintf("coordinates[%d]", i)
	switch first := slices.IndexFunc(all, func(o yumen.Coordinate) bool { return strings.EqualFold(o.Name, c.Name) }); {
	case !outputName.matches(c.Name) || slices.Contains(reserved, strings.ToLower(c.Name)):
		a.add("output.name", at+".name",
			yumen.Say("a coordinate's name is a letter, then up to 62 letters, digits and _, and neither group nor units", "分量名应以字母开头，后接至多 62 个字母、数字或 _，且不为 group 或 units"), yumen.Text{})
	case first < i:
		a.add("column.duplicate", at+".name",
			yumen.Say("coordinate %q stands here a second time", "分量 %q 重复出现", c.Name), yumen.Text{})
	}
	if c.Type != yumen.TypeInteger && c.Type != yumen.TypeDouble {
		a.add("output.type", at+".type",
			yumen.Say("a coordinate is of type integer or double", "分量类型为 integer 或 double"), yumen.Text{})
	}
	if !(c.Min < c.Max && c.Min >= -maxBound && c.Max <= maxBound) {
		a.add("coordinate.bounds", at+".min",
			yumen.Say("min is less than max, and both lie within ±2^53", "min 应小于 max，且均在 ±2^53 之内"), yumen.Text{})
	}
	if c.Default < c.Min || c.Default > c.Max {
		a.add("coordinate.default", at+".default", yumen.Say("the default lies within the bounds", "default 应在上下界之内"),
			yumen.Text{})
	}
	if c.Type == yumen.TypeInteger &&
		(c.Min != math.Floor(c.Min) || c.Max != math.Floor(c.Max) || c.Default != math.Floor(c.Default)) {
		a.add("coordinate.bounds", at+".type",
			yumen.Say("bounds and default of an integer are whole numbers", "integer 的上下界与 default 应为整数"), yumen.Text{})
	}
}
