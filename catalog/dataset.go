package catalog

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

var (
	attributes  = []yumen.Attribute{yumen.AttributeUnconditional, yumen.AttributeConditional, yumen.AttributeNever}
	frequencies = []yumen.Frequency{yumen.FrequencyRealtime, yumen.FrequencyDaily, yumen.FrequencyWeekly,
		yumen.FrequencyMonthly, yumen.FrequencyQuarterly, yumen.FrequencyYearly, yumen.FrequencyIrregular}
)

func (r reader) dataset(d *yumen.Dataset) {
	r.Name(d.Name, "dataset")
	r.text(d.Title.IsZero(), "title")
	r.text(strings.TrimSpace(d.Provider) == "", "provider")
	r.text(strings.TrimSpace(d.Source.System) == "", "source", "system")
	r.terms(d.Sharing, "sharing")
	r.terms(d.Opening, "opening")
	strictyaml.OneOf(r.Doc, d.Update, frequencies, "update")
	if len(d.Columns) == 0 {
		r.Missing("columns")
	}
	r.columnNames(d)
	for i := range d.Columns {
		r.column(&d.Columns[i], "columns", i)
	}
	r.unit(d)
}

// terms asks for the conditions that the guide wants stated wherever sharing or opening is not unconditional.
func (r reader) terms(t yumen.Terms, key string) {
	strictyaml.OneOf(r.Doc, t.Attribute, attributes, key, "attribute")
	if (t.Attribute == yumen.AttributeConditional || t.Attribute == yumen.AttributeNever) && t.Conditions.IsZero() {
		r.Refuse("missing", yumen.Say("%s is %s: \"conditions\" must say under which conditions, or why not",
			"%s 为 %s：须在 \"conditions\" 中写明条件或不予的依据", key, t.Attribute), yumen.Text{}, key, "conditions")
	}
}

// columnNames refuses names and headers that stand twice. DuckDB compares both without regard to case.
func (r reader) columnNames(d *yumen.Dataset) {
	names, headers := map[string]int{}, map[string]int{}
	for i := range d.Columns {
		c := &d.Columns[i]
		if c.Name == "" {
			continue
		}
		if first, dup := names[c.Name]; dup {
			r.Refuse("duplicate",
				yumen.Say("column %q stands here a second time; first at %s", "列 %q 重复出现，首次在 %s", c.Name,
					r.Place("columns", first, "name")), yumen.Text{}, "columns", i, "name")
			continue
		}
		names[c.Name] = i
		header := strings.ToLower(c.InFiles())
		if first, dup := headers[header]; dup {
			r.Refuse("duplicate",
				yumen.Say("in the provider's files this column is called like column %q", "此列在来源文件中与列 %q 同名",
					d.Columns[first].Name), yumen.Text{}, "columns", i, "header")
		}
		headers[header] = i
	}
}

// unit checks that a dataset has exactly the unit column it names, or none where each row is a unit of its own or
// nobody's.
func (r reader) unit(d *yumen.Dataset) {
	r.Name(d.Unit.Kind, "unit", "kind")
	if d.Unit.Unique && d.Unit.ByRow() {
		r.Refuse("unit", yumen.Say("unique is for units that have a column: with kind %s no unit has two rows, or none has any", "unique 用于有单位列的数据集：kind 为 %s 时本无一单位多行之说", d.Unit.Kind), yumen.Say("remove it", "请删除"), "unit", "unique")
	}
	switch d.Unit.Kind {
	case yumen.UnitKindRow:
		r.rowUnit(d)
		return
	case yumen.UnitKindNone:
		r.noUnit(d)
		return
	}
	if d.Unit.Column == "" {
		r.Missing("unit", "column")
	}
	key, found := d.Column(d.Unit.Column)
	switch {
	case d.Unit.Column == "" || len(d.Columns) == 0:
	case !found:
		names := make([]string, len(d.Columns))
		for i, c := range d.Columns {
			names[i] = c.Name
		}
		r.Unknown(d.Unit.Column, names, "unit", "column")
		return
	case key.Role != yumen.ColumnRoleUnit:
		column := slices.IndexFunc(d.Columns, func(c yumen.Column) bool { return c.Name == key.Name })
		r.Refuse("unit", yumen.Say("column %q is the privacy unit's key but does not have the role unit",
			"列 %q 是隐私单位的键，但其角色不是 unit", key.Name), yumen.Say("write role: unit", "请写 role: unit"), "columns", column,
			"role")
	}
	for i := range d.Columns {
		if c := &d.Columns[i]; c.Role == yumen.ColumnRoleUnit && c.Name != d.Unit.Column && d.Unit.Column != "" {
			r.Refuse("unit", yumen.Say("a dataset has one column with the role unit; it is %q",
				"一个数据集只有一列角色为 unit，即 %q", d.Unit.Column),
				yumen.Say("give %s the role identifier", "请将 %s 的角色改为 identifier", c.Name), "columns", i, "role")
		}
	}
}

func (r reader) rowUnit(d *yumen.Dataset) {
	if d.Unit.Column != "" {
		r.Refuse("unit", yumen.Say("where each row is its own unit there is no unit column", "每行自成隐私单位时没有单位列"),
			yumen.Say("remove it, or name another kind", "请删除，或改写 kind"), "unit", "column")
	}
	for i := range d.Columns {
		if d.Columns[i].Role == yumen.ColumnRoleUnit {
			r.Refuse("unit", yumen.Say("where each row is its own unit no column has the role unit",
				"每行自成隐私单位时没有角色为 unit 的列"),
				yumen.Say("write role: identifier, or name another unit kind", "请写 role: identifier，或改写 unit 的 kind"),
				"columns", i, "role")
		}
	}
}

// noUnit holds a dataset about nobody to what the word says: everything in it is public already, and nothing in it can
// be about a person or an organisation.
func (r reader) noUnit(d *yumen.Dataset) {
	if d.Unit.Column != "" {
		r.Refuse("unit", yumen.Say("a dataset about nobody has no unit column", "不涉及任何个体的数据集没有单位列"),
			yumen.Say("remove it, or name another kind", "请删除，或改写 kind"), "unit", "column")
	}
	if d.Opening.Attribute != "" && d.Opening.Attribute != yumen.AttributeUnconditional {
		r.Refuse("unit.public",
			yumen.Say("a dataset about nobody is public: its opening must be unconditional",
				"不涉及任何个体的数据集应为公开数据：其开放属性须为 unconditional（无条件）"),
			yumen.Say("write opening: {attribute: unconditional}, or make each row its own unit with kind: row",
				"请写 opening: {attribute: unconditional}，或以 kind: row 令每行自成隐私单位"), "opening", "attribute")
	}
	for i := range d.Columns {
		c := &d.Columns[i]
		if c.Grade != 1 && c.Grade != 0 {
			r.Refuse("unit.public",
				yumen.Say("a dataset about nobody is public: its columns are of grade 1, not %d",
					"不涉及任何个体的数据集应为公开数据：其各列级别为 1，而非 %d", c.Grade), yumen.Text{}, "columns", i, "grade")
		}
		if c.Role != "" && c.Role != yumen.ColumnRolePlain && c.Role != yumen.ColumnRoleMeasure {
			r.Refuse("unit.public",
				yumen.Say("in a dataset about nobody a column has the role plain or measure, not %s",
					"不涉及任何个体的数据集中，列的角色为 plain 或 measure，而非 %s", c.Role),
				yumen.Say("if it is about somebody, name the privacy unit", "若涉及个体，请写明隐私单位"), "columns", i, "role")
		}
	}
}
