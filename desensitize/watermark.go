package desensitize

import (
	"context"
	"crypto/sha256"
	"io"
	"math"
	"math/big"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/keyring"
	"github.com/yumen-data/yumen/desensitize/watermark"
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
		Title: yumen.Text{EN: "watermark for a recipient", ZH: "接收方水印"}, Term: yumen.Text{EN: "no term in the standards: tracing of copies", ZH: "标准无对应术语：数据副本溯源"},
		Types: "integer, double, decimal, date", Scope: RecordScope, Reversible: yumen.Text{EN: "no; detectable with the key", ZH: "否；持有密钥可检出"},
		Preserves: yumen.Text{EN: "every number within one resolution", ZH: "数值偏差不超过一个分辨单位"},
		Leaks:     yumen.Text{EN: "nothing on persons is hidden by it; recipients who compare copies see marked cells", ZH: "不隐藏任何个人信息；接收方互相比对可见标记单元格"},
	}
}

func (p *Watermark) bind(b *binding) (stage, error) {
	if p.Recipient == "" || p.Version != 0 {
		return nil, yumen.Errorf(yumen.Invalid, "a watermark is for a recipient, under the current version of its key", "水印须写明接收方，并用密钥的当前版本")
	}
	key, err := b.key(p.Key)
	if err != nil {
		return nil, err
	}
	cells, err := p.cells(b.schema, b.step.Columns)
	if err != nil {
		return nil, err
	}
	to := b.schema
	for _, c := range cells.columns {
		to = withField(to, c.index, b.schema.Field(c.index).Type)
	}
	return &markStage{cells: cells, to: to, mark: p.mark(key, p.Recipient)}, nil
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

// units counts the numbers of a column in units of the resolution.
type units interface {
	// parity returns the parity of the number; false where there is none to speak of.
	parity(in arrow.Array, row int) (int64, bool)
	// append appends the number moved up or down by one unit, or the other way where that does not fit.
	append(b array.Builder, in arrow.Array, row int, up bool)
}

// cells finds the columns by name, so that their order does not matter.
func (p *Watermark) cells(schema *arrow.Schema, columns []string) (*markCells, error) {
	text := p.Resolution
	if text == "" {
		text = "1"
	}
	resolution, ok := parseBase(text)
	if !ok || p.Every < 0 || len(p.Anchor) == 0 || len(columns) == 0 {
		return nil, yumen.Errorf(yumen.Invalid, "name columns and an anchor; resolution is a positive number, every not negative", "请列出列与 anchor；resolution 为正数，every 不为负")
	}
	c := &markCells{}
	var bad reasons
	for _, name := range p.Anchor {
		if i := schema.FieldIndices(name); len(i) == 1 {
			c.anchor = append(c.anchor, i[0])
		} else {
			bad.add("watermark.anchor", name, "there is no such column", "没有这一列")
		}
	}
	for _, name := range columns {
		i := schema.FieldIndices(name)
		if len(i) != 1 || slices.Contains(p.Anchor, name) {
			bad.add("watermark.column", name, "there is no such column, or it is the anchor", "没有这一列，或其为 anchor")
			continue
		}
		u, err := unitsOf(schema.Field(i[0]).Type, resolution)
		if err != nil {
			bad.addError("watermark.column", name, err)
			continue
		}
		c.columns = append(c.columns, markColumn{i[0], name, u})
	}
	return c, bad.refuse("the watermark does not fit the columns", "水印不适用于这些列")
}

func unitsOf(dt arrow.DataType, resolution *big.Rat) (units, error) {
	t, _ := typeOf(dt)
	if t == yumen.Double {
		f, _ := resolution.Float64()
		return doubleUnits(f), nil
	}
	precision, scale, decimal := t.Decimal()
	unscaled := new(big.Rat).Mul(resolution, new(big.Rat).SetInt(pow10(scale)))
	switch {
	case t != yumen.Integer && t != yumen.Date && !decimal:
		return nil, wrongType(t)
	case !unscaled.IsInt() || !unscaled.Num().IsInt64() || unscaled.Num().Int64() > math.MaxInt32 && !decimal:
		return nil, yumen.Errorf(yumen.Invalid, "the resolution does not fit the column's type %s", "分辨单位与列类型 %s 不符", t)
	case decimal && new(big.Int).Lsh(unscaled.Num(), 2).Cmp(pow10(precision)) >= 0:
		return nil, yumen.Errorf(yumen.Invalid, "the resolution is too coarse for the column's type %s", "分辨单位对列类型 %s 过粗", t)
	case decimal:
		return &decimalUnits{unscaled.Num()}, nil
	}
	return integerUnits(unscaled.Num().Int64()), nil
}

// integerUnits are for integers and dates.
type integerUnits int64

func (u integerUnits) value(in arrow.Array, row int) int64 {
	if d, ok := in.(*array.Date32); ok {
		return int64(d.Value(row))
	}
	return in.(*array.Int64).Value(row)
}

func (u integerUnits) parity(in arrow.Array, row int) (int64, bool) {
	q, _ := floorDiv(u.value(in, row), int64(u))
	return q & 1, true
}

func (u integerUnits) append(b array.Builder, in arrow.Array, row int, up bool) {
	v := u.value(in, row)
	date, isDate := b.(*array.Date32Builder)
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if isDate {
		low, high = firstDay, lastDay
	} else if v >= 0 {
		low = 0 // counts stay counts
	}
	step := int64(u)
	if up && v > high-step || !up && v >= low+step {
		step = -step
	}
	if isDate {
		date.Append(arrow.Date32(v + step))
		return
	}
	b.(*array.Int64Builder).Append(v + step)
}

type doubleUnits float64

func (u doubleUnits) parity(in arrow.Array, row int) (int64, bool) {
	q := math.Floor(in.(*array.Float64).Value(row)/float64(u) + 0.5)
	if !(math.Abs(q) < 1<<52) {
		return 0, false
	}
	return int64(q) & 1, true
}

func (u doubleUnits) append(b array.Builder, in arrow.Array, row int, up bool) {
	v := in.(*array.Float64).Value(row)
	step := float64(u)
	if !up && !(v >= 0 && v < step) {
		step = -step
	}
	b.(*array.Float64Builder).Append(v + step)
}

type decimalUnits struct{ base *big.Int }

func (u *decimalUnits) parity(in arrow.Array, row int) (int64, bool) {
	q := new(big.Int).Div(in.(*array.Decimal128).Value(row).BigInt(), u.base)
	return int64(q.Bit(0)), true
}

func (u *decimalUnits) append(b array.Builder, in arrow.Array, row int, up bool) {
	v := in.(*array.Decimal128).Value(row).BigInt()
	limit := pow10(int(in.DataType().(*arrow.Decimal128Type).Precision))
	moved := new(big.Int).Add(v, u.base)
	if down := new(big.Int).Sub(v, u.base); moved.Cmp(limit) >= 0 || !up && (down.Sign() >= 0 || v.Sign() < 0 && down.CmpAbs(limit) < 0) {
		moved = down
	}
	b.(*array.Decimal128Builder).Append(decimal128.FromBigInt(moved))
}

// markStage marks cells.
type markStage struct {
	cells *markCells
	to    *arrow.Schema
	mark  *watermark.Mark
	count tally
	buf   []byte
}

func (s *markStage) schema() *arrow.Schema { return s.to }
func (s *markStage) tally() tally          { return s.count }

func (s *markStage) apply(mem allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	return replaceColumns(rec, s.to, func(i int, in arrow.Array) (arrow.Array, error) {
		at := slices.IndexFunc(s.cells.columns, func(c markColumn) bool { return c.index == i })
		if at < 0 {
			in.Retain()
			return in, nil
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
				copyMarkable(b, in, row)
				continue
			}
			c.units.append(b, in, row, up)
			s.count.Cells++
		}
		return b.NewArray(), nil
	})
}

func copyMarkable(b array.Builder, in arrow.Array, row int) {
	if d, ok := in.(*array.Date32); ok {
		b.(*array.Date32Builder).Append(d.Value(row))
		return
	}
	copyCell(b, in, row)
}

// DetectWatermark looks in a table for the marks of recipients, with the parameters and the columns under which copies were
// marked. Columns are found by name; missing ones are passed over as long as the anchor and one of them are there. A cell that
// occurs several times counts once.
func DetectWatermark(ctx context.Context, in array.RecordReader, p *Watermark, columns []string, keys keyring.Source, recipients []string) ([]watermark.Evidence, error) {
	key, err := keys.Key(ctx, p.Key, p.Version)
	if err != nil {
		return nil, err
	}
	var there []string
	for _, name := range columns {
		if in.Schema().HasField(name) {
			there = append(there, name)
		}
	}
	cells, err := p.cells(in.Schema(), there)
	if err != nil {
		return nil, err
	}
	d := &detection{cells: cells, seen: map[[16]byte]bool{}}
	for _, r := range recipients {
		d.marks = append(d.marks, p.mark(key, r))
	}
	d.n, d.agree = make([]int, len(recipients)), make([]int, len(recipients))
	src := newSource(in)
	for {
		rec, err := src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		d.observe(rec)
	}
	out := make([]watermark.Evidence, len(recipients))
	for i, r := range recipients {
		out[i] = watermark.Test(r, d.n[i], d.agree[i])
	}
	return out, nil
}

type detection struct {
	cells    *markCells
	marks    []*watermark.Mark
	n, agree []int
	seen     map[[16]byte]bool // cells counted, by hash
}

func (d *detection) observe(rec arrow.RecordBatch) {
	var anchor []byte
	for row := range int(rec.NumRows()) {
		anchor = appendKey(anchor[:0], rec, d.cells.anchor, row)
		for _, c := range d.cells.columns {
			in := rec.Column(c.index)
			if in.IsNull(row) {
				continue
			}
			is, ok := c.units.parity(in, row)
			sum := sha256.Sum256(append(anchor[:len(anchor):len(anchor)], c.name...))
			if id := [16]byte(sum[:16]); ok && !d.seen[id] {
				d.seen[id] = true
				d.count(anchor, c.name, is)
			}
		}
	}
}

func (d *detection) count(anchor []byte, column string, is int64) {
	for i, m := range d.marks {
		if chosen, want, _ := m.Cell(anchor, column); chosen {
			d.n[i]++
			if want == is {
				d.agree[i]++
			}
		}
	}
}
