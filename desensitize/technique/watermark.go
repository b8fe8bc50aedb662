package technique

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/watermark"
	"github.com/yumen-data/yumen/keyring"
)

// Watermark marks a copy for one recipient in the numbers of the step's columns (see package watermark).
type Watermark struct {
	Anchor     []string `yaml:"anchor" en:"columns that identify a record, such as its pseudonym; they are not marked" zh:"标识记录的列（如假名），不做标记"`
	Recipient  string   `yaml:"recipient" en:"for whom the copy is" zh:"接收方"`
	Key        string   `yaml:"key" en:"id of a key" zh:"密钥标识"`
	Version    int      `yaml:"version" en:"of the key, to detect with; the current one if absent" zh:"检测所用的密钥版本；缺省为当前版本"`
	Resolution string   `yaml:"resolution" en:"by how much a marked number is moved, a positive number, 1 if absent; days for dates" zh:"标记移动的幅度，正数，缺省 1；日期为天"`
	Every      int      `yaml:"every" en:"one cell in so many is marked, 1 if absent" zh:"每多少单元格标记一个，缺省 1"`
}

func (*Watermark) about() About {
	return About{
		Title: yumen.Text{EN: "watermark for a recipient", ZH: "接收方水印"},
		Term:  yumen.Text{EN: "no term in the standards: tracing of copies", ZH: "标准无对应术语：数据副本溯源"},
		Types: "integer, double, decimal, date", Scope: RecordScope,
		Reversible: yumen.Text{EN: "no; detectable with the key", ZH: "否；持有密钥可检出"},
		Preserves:  yumen.Text{EN: "every number within one resolution", ZH: "数值偏差不超过一个分辨单位"},
		Leaks: yumen.Text{EN: "nothing on persons is hidden by it; recipients who compare copies see marked cells",
			ZH: "不隐藏任何个人信息；接收方互相比对可见标记单元格"},
	}
}

func (p *Watermark) bind(b *Binding) (Stage, error) {
	if p.Recipient == "" || p.Version != 0 {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"a watermark is for a recipient, under the current version of its key", "水印须写明接收方，并用密钥的当前版本")
	}
	key, err := b.key(p.Key)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, i := range b.Columns {
		names = append(names, b.name(i))
	}
	cells, err := p.cells(b.Schema, names)
	if err != nil {
		return nil, err
	}
	return &markStage{cells: cells, output: output{to: b.nullable()}, mark: p.mark(key, p.Recipient)}, nil
}

func (p *Watermark) mark(key keyring.Key, recipient string) *watermark.Mark {
	return watermark.New(key.Derive("watermark", sha256.Size), recipient, p.Every)
}

// markCells are the columns of a table that take part in a mark.
type markCells struct {
	anchor  []int
	columns []markColumn
}

type markColumn struct {
	index int
	name  string
	units units
}

// cells finds the columns by name, so that their order does not matter.
func (p *Watermark) cells(schema *arrow.Schema, columns []string) (*markCells, error) {
	resolution, ok := ParseBase(cmp.Or(p.Resolution, "1"))
	if !ok || p.Every < 0 || len(p.Anchor) == 0 || len(columns) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"name columns and an anchor; resolution is a positive number, every not negative",
			"请列出列与 anchor；resolution 为正数，every 不为负")
	}
	c := &markCells{}
	var bad Reasons
	for _, name := range p.Anchor {
		if i := schema.FieldIndices(name); len(i) == 1 {
			c.anchor = append(c.anchor, i[0])
		} else {
			bad.Add("watermark.anchor", name, "there is no such column", "没有这一列")
		}
	}
	for _, name := range columns {
		i := schema.FieldIndices(name)
		if len(i) != 1 || slices.Contains(p.Anchor, name) {
			bad.Add("watermark.column", name, "there is no such column, or it is the anchor", "没有这一列，或其为 anchor")
			continue
		}
		u, err := unitsOf(schema.Field(i[0]).Type, resolution)
		if err != nil {
			bad.AddError("watermark.column", name, err)
			continue
		}
		c.columns = append(c.columns, markColumn{i[0], name, u})
	}
	return c, bad.Refuse("the watermark does not fit the columns", "水印不适用于这些列")
}

// markStage marks cells.
type markStage struct {
	output
	cells *markCells
	mark  *watermark.Mark
	buf   []byte
}

func (s *markStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	return ReplaceColumns(rec, s.to, func(i int, in arrow.Array) (arrow.Array, error) {
		at := slices.IndexFunc(s.cells.columns, func(c markColumn) bool { return c.index == i })
		if at < 0 {
			return nil, nil
		}
		c := s.cells.columns[at]
		b := array.NewBuilder(mem, in.DataType())
		defer b.Release()
		for row := range in.Len() {
			if in.IsNull(row) {
				b.AppendNull()
				continue
			}
			s.buf = appendKey(s.buf[:0], rec, s.cells.anchor, row)
			chosen, want, up := s.mark.Cell(s.buf, c.name)
			if is, ok := c.units.parity(in, row); !chosen || !ok || is == want {
				copyCell(b, in, row)
				continue
			}
			c.units.append(b, in, row, up)
			s.count.Cells++
		}
		return b.NewArray(), nil
	})
}
