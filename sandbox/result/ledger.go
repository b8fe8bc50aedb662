package result

import (
	"context"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress/ledger"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// compareLabels compares the labels of a table with those of earlier ones: numbers and places, no units. What it finds
// is for egress to judge. Where it is given the table itself, it writes the labels of the cells that are visible in it.
func compareLabels(_ context.Context, in sandbox.Env) error {
	var spec task.LedgerSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	ours, err := readLabels(in, task.InLabels)
	if err != nil {
		return err
	}
	if _, ok := in.Input(task.InArtifact); ok {
		if err := onlyVisible(in, &spec, ours); err != nil {
			return err
		}
		ours.Salt = in.Salt(task.OutLabels)
		if err := ours.Write(in.Output(task.OutLabels)); err != nil {
			return err
		}
	}
	c := comparison{in: in, spec: &spec, ours: ours}
	if err := c.run(); err != nil {
		return err
	}
	return in.Answer(c.answer)
}

func readLabels(in sandbox.Env, name string) (*ledger.Labels, error) {
	path, ok := in.Input(name)
	if !ok {
		return nil, yumen.Errorf(yumen.KindInternal, "no %s was given", "未提供 %s", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ledger.ReadLabels(f)
}

// onlyVisible leaves out labels of cells that are null in every column that shows their measure.
func onlyVisible(in sandbox.Env, spec *task.LedgerSpec, ls *ledger.Labels) error {
	s, err := openInput(in, task.InArtifact)
	if err != nil {
		return err
	}
	defer s.close()
	shown := map[string][]bool{}
	err = s.each(func(b arrow.RecordBatch, _ int64) error {
		for i, f := range b.Schema().Fields() {
			for row := range int(b.NumRows()) {
				shown[f.Name] = append(shown[f.Name], b.Column(i).IsValid(row))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, x := range ls.Layers {
		layer, err := layerOf(&spec.Table, x)
		if err != nil {
			return err
		}
		ls.Layers[i].Table = x.Table.Visible(func(cell int) bool {
			return slices.ContainsFunc(layer.Columns, func(c string) bool {
				return cell < len(shown[c]) && shown[c][cell] || shown[c] == nil
			})
		})
	}
	return nil
}

// layerOf is what is known of a stored layer.
func layerOf(t *task.LabeledTable, x ledger.LabeledLayer) (*task.LabelLayer, error) {
	if x.Kind >= 0 && x.Kind < len(t.Kinds) && x.Layer >= 0 && x.Layer < len(t.Kinds[x.Kind].Layers) {
		return &t.Kinds[x.Kind].Layers[x.Layer], nil
	}
	return nil, yumen.Errorf(yumen.KindCorrupt, "labels of a measure that the table does not have", "标签与结果表的度量不符")
}

// comparison compares one table with earlier ones.
type comparison struct {
	in     sandbox.Env
	spec   *task.LedgerSpec
	ours   *ledger.Labels
	answer task.LedgerAnswer
	mu     sync.Mutex
}

func (c *comparison) run() error {
	for _, x := range c.ours.Layers {
		layer, err := layerOf(&c.spec.Table, x)
		if err != nil {
			return err
		}
		for _, n := range x.Table.CellUnits() {
			if n > 0 {
				c.answer.Visible++
			}
		}
		if layer.Sum == "" {
			c.whole(x, layer)
		}
	}
	near, err := c.pairs()
	if err != nil {
		return err
	}
	return c.families(near)
}

// whole compares a layer with the public numbers of units.
func (c *comparison) whole(x ledger.LabeledLayer, layer *task.LabelLayer) {
	for _, n := range c.spec.Table.Kinds[x.Kind].Populations {
		empty := ledger.NewBuilder(0, false).Table()
		if x.Table.Units() > n {
			continue
		}
		if o := ledger.Pair(x.Table, empty, n, c.spec.Table.K); o.State == ledger.Found && o.Total {
			c.note(x, layer, nil, o, task.FewUnits)
		}
	}
}

// pairs compares with each earlier table, several at a time. It returns their labels, nearest first.
func (c *comparison) pairs() ([]near, error) {
	found := make([]near, len(c.spec.Earlier))
	errs := make([]error, len(c.spec.Earlier))
	var all sync.WaitGroup
	next := make(chan int)
	for range max(1, min(c.in.Limits().Threads, runtime.NumCPU())) {
		all.Go(func() {
			for i := range next {
				found[i], errs[i] = c.pair(i)
			}
		})
	}
	for i := range c.spec.Earlier {
		next <- i
		c.in.Progress(int64(i), int64(len(c.spec.Earlier)))
	}
	close(next)
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return b.cells - a.cells })
	return found, nil
}

// near is an earlier table of which something is kept for families: those that cut units most finely come first.
type near struct {
	number int
	layers []ledger.LabeledLayer
	cells  int
}

func (c *comparison) pair(i int) (near, error) {
	out := near{number: i}
	theirs, err := readLabels(c.in, task.LabelsName(i))
	if err != nil {
		return out, err
	}
	old := &c.spec.Earlier[i]
	for _, y := range theirs.Layers {
		b, err := layerOf(old, y)
		if err != nil {
			return out, err
		}
		for _, x := range c.ours.Layers {
			a, err := layerOf(&c.spec.Table, x)
			if err != nil {
				return out, err
			}
			if c.spec.Table.Kinds[x.Kind].Unit == old.Kinds[y.Kind].Unit && (a.Sum == "") == (b.Sum == "") && a.Sum == b.Sum {
				c.layers(i, x, y, a, b)
			}
		}
		if b.Sum == "" && len(c.spec.Earlier) > 1 {
			out.layers = append(out.layers, y)
			out.cells = max(out.cells, old.Cells)
		}
	}
	return out, nil
}

// layers compares a layer of the new table with one of an earlier one.
func (c *comparison) layers(i int, x, y ledger.LabeledLayer, a, b *task.LabelLayer) {
	k := max(c.spec.Table.K, c.spec.Earlier[i].K)
	if a.Sum != "" {
		c.note(x, a, []int{i}, ledger.Sums(x.Table, y.Table, c.spec.P, k), task.FewUnits)
		return
	}
	c.note(x, a, []int{i}, ledger.PairOf(x.Table, y.Table, c.populations(x, i, y), k), task.FewUnits)
	ours, theirs := shapeOf(a), shapeOf(b)
	if ours.Within(theirs) || theirs.Within(ours) {
		if full := ledger.Full(x.Table, y.Table); len(full) > 0 {
			c.note(x, a, []int{i}, ledger.Outcome{State: ledger.Found, Cells: [][]int{full, full}}, task.FullCells)
		}
	}
}

// populations are the public numbers of units that either table was computed from.
func (c *comparison) populations(x ledger.LabeledLayer, i int, y ledger.LabeledLayer) []int64 {
	return slices.Concat(c.spec.Table.Kinds[x.Kind].Populations, c.spec.Earlier[i].Kinds[y.Kind].Populations)
}

func shapeOf(l *task.LabelLayer) ledger.Shape {
	return ledger.Shape{Keys: texts(l.Keys), Conditions: texts(l.Conditions)}
}

func texts(ds []yumen.Digest) (out []string) {
	for _, d := range ds {
		out = append(out, string(d))
	}
	return out
}

// families judges the new table with up to MaxFamily−1 earlier ones, those that cut units most finely.
func (c *comparison) families(all []near) error {
	for _, x := range c.ours.Layers {
		layer, err := layerOf(&c.spec.Table, x)
		if err != nil {
			return err
		}
		if layer.Sum != "" {
			continue
		}
		tables, with, populations := []*ledger.Table{x.Table}, []int(nil), c.spec.Table.Kinds[x.Kind].Populations
		for _, n := range all {
			old := &c.spec.Earlier[n.number]
			at := slices.IndexFunc(n.layers, func(y ledger.LabeledLayer) bool {
				return old.Kinds[y.Kind].Unit == c.spec.Table.Kinds[x.Kind].Unit
			})
			if at < 0 || len(tables) == ledger.MaxFamily {
				continue
			}
			tables, with = append(tables, n.layers[at].Table), append(with, n.number)
			populations = slices.Concat(populations, old.Kinds[n.layers[at].Kind].Populations)
		}
		if len(tables) < 3 {
			continue
		}
		population := int64(0)
		if len(populations) > 0 {
			population = slices.Max(populations)
		}
		c.note(x, layer, with, ledger.Family(tables, population, c.spec.Table.K), task.FewUnits)
	}
	return nil
}

// maxPlaces bounds the cells that a difference lists, maxDifferences how many there are.
const (
	maxPlaces      = 50
	maxDifferences = 50
)

// note keeps what came of a comparison, by places of the new table.
func (c *comparison) note(x ledger.LabeledLayer, l *task.LabelLayer, with []int, o ledger.Outcome,
	what task.DifferenceKind) {
	if o.State == ledger.Proved {
		return
	}
	d := task.Difference{What: what, With: with, Units: o.Units, Total: o.Total, Sum: l.Sum != ""}
	for i, cells := range o.Cells {
		if i > 0 {
			if i <= len(with) {
				d.Earlier = append(d.Earlier, len(cells))
			}
			continue
		}
		for _, cell := range cells[:min(len(cells), maxPlaces)] {
			d.Cells = append(d.Cells, yumen.Cell{Row: cell + 1, Column: l.Columns[0]})
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	to := &c.answer.Found
	if o.State == ledger.Open {
		to = &c.answer.Open
	}
	if len(*to) < maxDifferences {
		*to = append(*to, d)
	}
}
