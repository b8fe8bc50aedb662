package duck

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/sandbox"
)

// group makes the table of a Grouping by a pass over its rows, and reports whether it could. Where it could not, for
// whatever reason, the statement itself says what there is to say.
func (v *vectors) group(ctx context.Context, in sandbox.Env, spec task.QuerySpec) bool {
	g := spec.Grouping
	if checkText(g.SQL) != nil || checkText(g.Rest) != nil {
		return false
	}
	t, keys, err := v.tally(ctx, in, spec)
	return err == nil && v.loadGroups(ctx, g, t, keys) == nil
}

// shapeOf returns the keys and the columns behind them as a reader wants them.
func shapeOf(g *task.Grouping) (keys []task.GroupKey, inputs []task.MeasuredInput) {
	for _, k := range g.Keys {
		keys = append(keys, task.GroupKey{Type: k})
	}
	for _, in := range g.Inputs {
		if in.Part == 0 {
			inputs = append(inputs, task.MeasuredInput{Type: in.Type})
		}
	}
	for range g.Subsets {
		inputs = append(inputs, task.MeasuredInput{Type: yumen.TypeBoolean})
	}
	return keys, inputs
}

// tally passes over the rows and returns the groups with their keys.
func (v *vectors) tally(ctx context.Context, in sandbox.Env, spec task.QuerySpec,
) (*groupTally, [][]privacy.Value, error) {
	p := &tallies{asked: spec.Grouping}
	err := v.tallyInto(ctx, in, spec.Views, p, spec.Grouping.Values)
	if errors.Is(err, errManyValues) && ctx.Err() == nil {
		p = &tallies{asked: spec.Grouping}
		err = v.tallyInto(ctx, in, spec.Views, p, nil)
	}
	if err != nil {
		return nil, nil, err
	}
	t, keys := p.merged()
	return t, keys, nil
}

// tallyInto passes over the rows, whose parts follow from their values where it says so.
func (v *vectors) tallyInto(ctx context.Context, in sandbox.Env, views []task.View, p *tallies,
	of []task.PartsOfValue) error {
	g := p.asked
	keys, inputs := shapeOf(g)
	parts, err := v.partColumns(ctx, g, of)
	if err != nil {
		return err
	}
	from := "(SELECT * REPLACE (" + strings.Join(typedSQL(keys, inputs), ", ") + ") FROM (\n" + g.SQL + "\n)"
	if !g.RowUnits {
		from += " WHERE u IS NOT NULL"
	}
	from += ")"
	if g.RowUnits {
		shared, err := v.newKeyReaders(keys)
		if err != nil {
			return err
		}
		return v.readUnordered(ctx, "FROM "+from, func() *reader { return p.add(shared, inputs, parts) })
	}
	cuts, ok, err := v.cutsOfFiles(ctx, in, views, from)
	if !ok || err != nil {
		return errors.Join(errNoPieces, err)
	}
	for range min(len(v.conns), len(cuts)+1) {
		own, err := v.newKeyReaders(keys)
		if err != nil {
			return err
		}
		p.add(own, inputs, parts)
	}
	return v.readAll(ctx, in, from, cuts, p.readers)
}

// partColumns are the columns that say which parts a row is in.
func (v *vectors) partColumns(ctx context.Context, g *task.Grouping, of []task.PartsOfValue,
) (cols []partColumn, err error) {
	found := map[int]bool{}
	for i, p := range of {
		f, err := v.newValueParts(ctx, p)
		if err != nil {
			return nil, err
		}
		cols = append(cols, partColumn{sql: fmt.Sprintf("%s(CAST(x%d AS %s))", f.name, i+1, sqlType(p.Type)),
			kind: codeType})
		for _, n := range p.Parts {
			found[n] = true
		}
	}
	for n := 1; n <= g.Parts; n++ {
		if !found[n] {
			cols = append(cols, partColumn{sql: fmt.Sprintf("p%d", n), kind: yumen.TypeBoolean, part: n - 1})
		}
	}
	return cols, nil
}

// errNoPieces says that a relation cannot be read piece by piece.
var errNoPieces = errors.New("the rows cannot be read in pieces")

// tallies are several with a reader each.
type tallies struct {
	asked   *task.Grouping
	all     []*groupTally
	readers []*reader
}

func (p *tallies) add(keys []*keyReader, inputs []task.MeasuredInput, parts []partColumn) *reader {
	t := newTally(p.asked)
	if len(keys) == 0 {
		t.group()
	}
	r := newReader(keys, inputs, func([]privacy.Value) { t.group() })
	if len(parts) > 0 {
		r.parts, r.columns = &partReader{columns: parts}, append(r.columns, privacy.Column{})
	}
	if len(keys) == 1 && (t.single.hashed == nil || !p.asked.RowUnits) {
		r.groups.unseen = func() int { return len(t.unseen) }
	}
	r.to, r.unitless = t.add, p.asked.RowUnits && len(p.asked.Vectors) == 0 && len(keys)+len(r.columns) > 0
	p.all, p.readers = append(p.all, t), append(p.readers, r)
	return r
}

// merged returns what all have found, with the keys of the groups.
func (p *tallies) merged() (*groupTally, [][]privacy.Value) {
	first := p.all[0]
	first.end()
	for i, t := range p.all[1:] {
		t.end()
		first.merge(t, p.readers[0].numbersOf(p.readers[i+1], len(t.groups)))
	}
	return first, p.readers[0].groups.groups()
}

// loadGroups makes the table.
func (e *engine) loadGroups(ctx context.Context, g *task.Grouping, t *groupTally, keys [][]privacy.Value) error {
	b := &groupTable{groups: t.met()}
	for i, kind := range g.Keys {
		if err := b.key(fmt.Sprintf("k%d", i+1), kind, keys, i); err != nil {
			return err
		}
	}
	b.integers("units", func(g int) int64 { return t.groups[g].units })
	b.integers("rows", func(g int) int64 { return t.groups[g].rows })
	b.largest([]string{"l0", "d0", "b0"}, 0, func(g int) []int64 { return t.of(t.most, g, 1, 0) }, g.Largest)
	for j, in := range g.Inputs {
		if err := b.input(t, j, in, g.Largest); err != nil {
			return err
		}
	}
	for j, subsets := 0, g.Subsets; j < subsets; j++ {
		b.integers(fmt.Sprintf("h%d", j+1), func(g int) int64 { return t.inside[g*subsets+j] })
	}
	for i, pair := range g.Ratios {
		b.integers(fmt.Sprintf("r%d_%d", pair[0], pair[1]), func(g int) int64 { return t.deviants(g, i) })
	}
	if g.Parts > 0 {
		b.texts("atoms", t.atoms.texts(len(keys)))
	}
	if g.UnitAtoms {
		b.texts("unit_atoms", t.unitAtoms.texts(len(keys)))
	}
	if len(g.Vectors) > 0 {
		b.texts("vectors", t.vectors.texts())
	}
	schema := arrow.NewSchema(b.fields, nil)
	batch := array.NewRecordBatch(schema, b.columns, int64(len(b.groups)))
	defer batch.Release()
	return e.load(ctx, task.GroupsTable, schema, []arrow.RecordBatch{batch})
}

// met returns the groups that have rows, and the only one there is without keys.
func (t *groupTally) met() []int {
	var met []int
	for g := range t.groups {
		if t.groups[g].rows > 0 || len(t.asked.Keys) == 0 {
			met = append(met, g)
		}
	}
	return met
}

// of returns the largest of a group's input.
func (t *groupTally) of(list []int64, group, inputs, input int) []int64 {
	return list[(group*inputs+input)*t.largest:][:t.largest]
}

// groupTable is the table in the making.
type groupTable struct {
	groups  []int // of the tally, a row each
	fields  []arrow.Field
	columns []arrow.Array
}

func (b *groupTable) put(name string, column arrow.Array) {
	b.fields = append(b.fields, arrow.Field{Name: name, Type: column.DataType(), Nullable: true})
	b.columns = append(b.columns, column)
}

func (b *groupTable) key(name string, kind yumen.Type, keys [][]privacy.Value, i int) error {
	a, err := arrowio.NewAppender(kind)
	if err != nil {
		return err
	}
	for _, g := range b.groups {
		if k := keys[g][i]; k.Null {
			a.Null()
		} else if !a.Append(k.Text) {
			return failed()
		}
	}
	b.put(name, a.Builder().NewArray())
	return nil
}

func (b *groupTable) integers(name string, of func(g int) int64) {
	c := array.NewInt64Builder(memory.DefaultAllocator)
	for _, g := range b.groups {
		c.Append(of(g))
	}
	b.put(name, c.NewArray())
}

// texts writes a text for each group; an empty one is NULL, as a list of nothing is.
func (b *groupTable) texts(name string, texts [][]byte) {
	c := array.NewStringBuilder(memory.DefaultAllocator)
	for _, g := range b.groups {
		if s := texts[g]; len(s) == 0 {
			c.AppendNull()
		} else {
			c.BinaryBuilder.Append(s)
		}
	}
	b.put(name, c.NewArray())
}

func (b *groupTable) doubles(name string, of func(g int) float64) {
	c := array.NewFloat64Builder(memory.DefaultAllocator)
	for _, g := range b.groups {
		c.Append(of(g))
	}
	b.put(name, c.NewArray())
}

// largest writes the largest, the sum of the two largest and that of the n largest.
func (b *groupTable) largest(names []string, scale int, of func(g int) []int64, n int) {
	for i, most := range []int{1, 2, n} {
		b.doubles(names[i], func(g int) (sum float64) {
			for _, x := range of(g)[:most] {
				sum += scaledDown(float64(x), scale)
			}
			return sum
		})
	}
}

// input writes the columns of one input.
func (b *groupTable) input(t *groupTally, j int, in task.GroupedInput, n int) error {
	k, no := len(t.asked.Inputs), j+1
	at := func(g int) *inputSums { return &t.sums[g*k+j] }
	name := func(letter string) string { return fmt.Sprintf("%s%d", letter, no) }
	b.integers(name("c"), func(g int) int64 { return at(g).rows })
	b.integers(name("n"), func(g int) int64 { return at(g).units })
	b.largest([]string{name("x"), name("y"), name("w")}, 0,
		func(g int) []int64 { return t.of(t.counts, g, k, j) }, n)
	if !in.Sum {
		return nil
	}
	_, scale, _ := in.Type.Decimal()
	sums := array.NewDecimal128Builder(memory.DefaultAllocator,
		&arrow.Decimal128Type{Precision: 38, Scale: int32(scale)})
	for _, g := range b.groups {
		s := at(g)
		if s.rows == 0 {
			sums.AppendNull()
			continue
		}
		sum := decimal128.New(s.sum.Hi, s.sum.Lo)
		if !sum.FitsInPrecision(38) {
			return errTooLarge
		}
		sums.Append(sum)
	}
	b.put(name("t"), sums.NewArray())
	b.integers(name("m"), func(g int) int64 { return at(g).moved })
	b.doubles(name("z"), func(g int) float64 { return scaledDown(at(g).distance().Float64(), scale) })
	b.largest([]string{name("l"), name("d"), name("b")}, scale,
		func(g int) []int64 { return t.of(t.tops, g, k, j) }, n)
	return nil
}

func scaledDown(x float64, scale int) float64 { return x / math.Pow10(scale) }
