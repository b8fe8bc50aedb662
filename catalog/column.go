package catalog

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/internal/uses"
)

var (
	roles = []yumen.ColumnRole{yumen.ColumnRoleIdentifier, yumen.ColumnRoleUnit, yumen.ColumnRoleQuasi,
		yumen.ColumnRoleSensitive, yumen.ColumnRoleMeasure, yumen.ColumnRolePlain, yumen.ColumnRoleText}
	typeNames = []string{"boolean", "integer", "double", "decimal(p,s)", "date", "timestamp", "text"}
	// meant are the names that types have elsewhere.
	meant = map[string]string{
		"bool": "boolean", "int": "integer", "bigint": "integer", "smallint": "integer", "long": "integer",
		"float": "double", "real": "double",
		"numeric": "decimal(p,s)", "number": "decimal(p,s)", "money": "decimal(p,s)", "datetime": "timestamp",
		"time":   "timestamp",
		"string": "text", "str": "text", "varchar": "text", "char": "text", "clob": "text",
	}
)

func (r reader) column(c *yumen.Column, path ...any) {
	at := func(steps ...any) []any { return append(slices.Clip(path), steps...) }
	r.Name(c.Name, at("name")...)
	r.text(c.Title.IsZero(), at("title")...)
	r.columnType(c, at("type")...)
	strictyaml.OneOf(r.Doc, c.Role, roles, at("role")...)
	if c.Grade == 0 && !r.Has(at("grade")...) {
		r.Missing(at("grade")...)
	} else if c.Grade < 1 || c.Grade > 4 {
		r.Refuse("grade", yumen.Say("grade is 1 (public) to 4 (most sensitive), not %d", "grade 为 1（公开）至 4（最敏感），而非 %d",
			c.Grade), yumen.Text{}, at("grade")...)
	}
	if c.Header != strings.TrimSpace(c.Header) {
		r.Refuse("name", yumen.Say("a header does not start or end with a space", "表头首尾不能有空格"), yumen.Text{},
			at("header")...)
	}
	if c.Role == yumen.ColumnRoleUnit {
		r.unitKey(c, at)
	}
	r.bounds(c, at("bounds")...)
	r.domain(c, at("domain")...)
	r.constraints(c, at("constraints")...)
}

func (r reader) columnType(c *yumen.Column, path ...any) {
	t := string(c.Type)
	switch {
	case t == "":
		r.Missing(path...)
	case c.Type.Known():
	case strings.HasPrefix(t, "decimal"):
		r.Refuse("unknown", yumen.Say("%q is not a decimal type: write decimal(p,s) with 1 to 38 digits p, of which s after the point", "%q 不是 decimal 类型：应写 decimal(p,s)，p 为 1 至 38 位总位数，s 为小数位数", t), yumen.Say("such as decimal(12,2)", "如 decimal(12,2)"), path...)
	default:
		base, _, _ := strings.Cut(strings.ToLower(t), "(")
		if m, ok := meant[base]; ok {
			r.Refuse("unknown",
				yumen.Say("unknown value %q for type; known are %s", "type 的取值 %q 未知；可用的有 %s", t,
					strings.Join(typeNames, ", ")), yumen.Say("write %s", "请写 %s", m), path...)
			return
		}
		r.Unknown(t, typeNames, path...)
	}
}

func (r reader) unitKey(c *yumen.Column, at func(...any) []any) {
	if c.Nullable {
		r.Refuse("unit", yumen.Say("the privacy unit's key cannot be null", "隐私单位的键不能为空"), yumen.Text{},
			at("nullable")...)
	}
	if c.Type.Known() && c.Type != yumen.TypeInteger && c.Type != yumen.TypeText {
		r.Refuse("unit", yumen.Say("the privacy unit's key is of type integer or text", "隐私单位的键类型为 integer 或 text"),
			yumen.Text{}, at("type")...)
	}
}

func (r reader) bounds(c *yumen.Column, path ...any) {
	switch b := c.Bounds; {
	case b == nil:
	case c.Type.Known() && !c.Type.Numeric():
		r.Refuse("bounds", yumen.Say("bounds are for numbers; this column is of type %s", "bounds 用于数值列；此列类型为 %s",
			c.Type), yumen.Text{}, path...)
	case !r.Has(append(slices.Clip(path), "min")...) || !r.Has(append(slices.Clip(path), "max")...):
		r.Refuse("missing", yumen.Say("bounds have both min and max", "bounds 须同时有 min 与 max"), yumen.Text{}, path...)
	case b.Min > b.Max:
		r.Refuse("bounds", yumen.Say("min is greater than max", "min 大于 max"), yumen.Text{}, path...)
	}
}

func (r reader) constraints(c *yumen.Column, path ...any) {
	seen := map[yumen.Use]bool{}
	for i, u := range c.Constraints {
		at := func(steps ...any) []any {
			return append(slices.Clip(path), append([]any{i, string(u.Use)}, steps...)...)
		}
		if seen[u.Use] {
			r.Refuse("duplicate", yumen.Say("the use %s stands here a second time", "用法 %s 重复出现", u.Use), yumen.Text{},
				at()...)
		}
		seen[u.Use] = true
		for _, p := range uses.Check(u) {
			r.Refuse(p.Rule, p.Msg, p.Fix, at(p.Path()...)...)
		}
		r.use(c, u, at)
		if c.Role == yumen.ColumnRoleIdentifier && u.Use != yumen.UseMask && u.Use != yumen.UseDeny &&
			u.Use != yumen.UsePlain {
			r.Refuse("constraint.identifier",
				yumen.Say("no job reads a direct identifier as it is: it can be masked or denied, not used for %s",
					"任何任务都不得原样读取直接标识符：只能掩码或禁用，不能用于 %s", u.Use),
				yumen.Say("remove the use, or give the column the role quasi if it does not name anybody by itself",
					"请删除该用法；若该列本身不指明任何个体，请将角色改为 quasi"), at()...)
		}
	}
	if seen[yumen.UseDeny] && len(seen) > 1 {
		r.Refuse("constraint.deny",
			yumen.Say("deny stands alone: with it the other uses mean nothing", "deny 须单独出现：有它则其他用法均无效"), yumen.Text{},
			path...)
	}
}

// use checks what a use needs of the column it stands on.
func (r reader) use(c *yumen.Column, u yumen.Constraint, at func(...any) []any) {
	switch u.Use {
	case yumen.UseAggregate:
		r.aggregate(c, u, at)
	case yumen.UseBucket:
		if c.Type.Known() && !c.Type.Numeric() && c.Type != yumen.TypeDate && c.Type != yumen.TypeTimestamp {
			r.Refuse("constraint.type",
				yumen.Say("bucket is for numbers, dates and timestamps; this column is of type %s",
					"bucket 用于数值、日期与时间列；此列类型为 %s", c.Type), yumen.Text{}, at()...)
		} else if u.Width == 0 {
			r.Refuse("constraint.width", yumen.Say("bucket needs a width greater than 0", "bucket 需要大于 0 的 width"),
				yumen.Say("such as bucket: {width: 10}", "如 bucket: {width: 10}"), at("width")...)
		}
	case yumen.UseCalendar:
		r.calendar(c, u, at)
	case yumen.UseMask:
		r.mask(c, u, at)
	case yumen.UsePlain:
		if c.Role == yumen.ColumnRoleIdentifier || c.Role == yumen.ColumnRoleUnit {
			r.Refuse("constraint.plain",
				yumen.Say("a column with the role %s never leaves as it is", "角色为 %s 的列不得原样输出", c.Role),
				yumen.Say("write a mask, or remove the use", "请改用 mask，或删除该用法"), at()...)
		}
	}
}

func (r reader) aggregate(c *yumen.Column, u yumen.Constraint, at func(...any) []any) {
	if len(u.Functions) == 0 {
		r.Refuse("constraint.function", yumen.Say("aggregate needs its functions", "aggregate 需要列出 functions"),
			yumen.Say("such as aggregate: {functions: [count, sum]}", "如 aggregate: {functions: [count, sum]}"),
			at("functions")...)
	}
	for i, f := range u.Functions {
		switch {
		case !slices.Contains(uses.Magnitudes, f):
		case c.Type.Known() && !c.Type.Numeric():
			r.Refuse("constraint.type",
				yumen.Say("%s is for numbers; this column is of type %s", "%s 用于数值列；此列类型为 %s", f, c.Type), yumen.Text{},
				at("functions", i)...)
		case c.Bounds == nil:
			r.Refuse("bounds",
				yumen.Say("%s needs bounds on the column: they say, without looking at the data, how much one unit can add", "%s 要求该列声明 bounds：无需查看数据即可说明单个单位的最大影响", f), yumen.Say("such as bounds: {min: 0, max: 100}", "如 bounds: {min: 0, max: 100}"), at("functions", i)...)
		}
	}
}

// calendar stands alone among the uses that make group keys: intervals of a width and parts of the calendar together
// would be finer than either.
func (r reader) calendar(c *yumen.Column, u yumen.Constraint, at func(...any) []any) {
	timed := func(p string) bool { return c.Type == yumen.TypeDate && strings.Contains(p, "hour") }
	also := slices.IndexFunc(c.Constraints,
		func(o yumen.Constraint) bool { return o.Use == yumen.UseBucket || o.Use == yumen.UseGroup })
	switch {
	case c.Type.Known() && c.Type != yumen.TypeDate && c.Type != yumen.TypeTimestamp:
		r.Refuse("constraint.type",
			yumen.Say("calendar is for dates and timestamps; this column is of type %s", "calendar 用于日期与时间列；此列类型为 %s",
				c.Type), yumen.Text{}, at()...)
	case len(u.Parts) == 0:
		r.Refuse("constraint.part", yumen.Say("calendar needs its parts", "calendar 需要列出 parts"),
			yumen.Say("such as calendar: {parts: [month, day_of_week]}", "如 calendar: {parts: [month, day_of_week]}"),
			at("parts")...)
	case slices.ContainsFunc(u.Parts, timed):
		r.Refuse("constraint.part", yumen.Say("a date has no hours", "日期没有小时"), yumen.Text{},
			at("parts", slices.IndexFunc(u.Parts, timed))...)
	case also >= 0:
		r.Refuse("constraint.calendar",
			yumen.Say("calendar and %s cannot stand on one column: together they would tell more than either",
				"calendar 与 %s 不能用于同一列：二者合用所透露的多于其中任一", c.Constraints[also].Use),
			yumen.Say("name the parts that are meant, such as calendar: {parts: [week, month]}",
				"请写明所需部分，如 calendar: {parts: [week, month]}"), at()...)
	}
}

func (r reader) mask(c *yumen.Column, u yumen.Constraint, at func(...any) []any) {
	dated := u.Technique == "date_month" && (c.Type == yumen.TypeDate || c.Type == yumen.TypeTimestamp)
	switch {
	case u.Technique == "":
		r.Refuse("constraint.technique", yumen.Say("mask needs a technique", "mask 需要 technique"),
			yumen.Say("such as mask: {technique: mobile}", "如 mask: {technique: mobile}"), at("technique")...)
	case c.Type.Known() && c.Type != yumen.TypeText && !dated:
		r.Refuse("constraint.type",
			yumen.Say("masks are for text, date_month for dates too; this column is of type %s",
				"掩码用于文本列，date_month 亦可用于日期；此列类型为 %s", c.Type), yumen.Text{}, at("technique")...)
	}
}
