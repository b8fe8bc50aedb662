package ledger

import (
	"encoding/binary"
	"encoding/gob"
	"io"
	"math"
	"slices"

	"github.com/yumen-data/yumen"
)

// Labels are the tables of one release as they are stored: which units count in which cells, as secret as the data.
type Labels struct {
	Salt   [32]byte // so that the digest does not say of which labels it is
	Layers []LabeledLayer
}

// LabeledLayer is a table of one measure and one level.
type LabeledLayer struct {
	Kind  int // the number of the kind of unit in what is known of the release, from 0
	Layer int // likewise of the layer
	Level int
	Table *Table
}

// Write writes the labels.
func (l *Labels) Write(to io.Writer) error { return gob.NewEncoder(to).Encode(l) }

// ReadLabels reads what Write wrote; kind corrupt where it is anything else.
func ReadLabels(from io.Reader) (*Labels, error) {
	var l Labels
	if err := gob.NewDecoder(from).Decode(&l); err != nil {
		return nil, yumen.Errorf(yumen.KindCorrupt, "these are no labels of the ledger", "不是台账标签")
	}
	for _, x := range l.Layers {
		if x.Table == nil {
			return nil, yumen.Errorf(yumen.KindCorrupt, "the labels of the ledger are not complete", "台账标签不完整")
		}
	}
	return &l, nil
}

// stored is a Table in bytes: numbers of cells in two bytes where they fit.
type stored struct {
	Cells  int
	Sums   bool
	Narrow bool
	Of     []byte
	Value  []byte
	More   []Label
}

// GobEncode writes the table.
func (t *Table) GobEncode() ([]byte, error) {
	s := stored{Cells: t.cells, Sums: t.sums, Narrow: t.cells < math.MaxUint16-1}
	for _, n := range t.of {
		if s.Narrow {
			s.Of = binary.LittleEndian.AppendUint16(s.Of, uint16(n)) // several is 0xffff
		} else {
			s.Of = binary.LittleEndian.AppendUint32(s.Of, uint32(n))
		}
	}
	for _, v := range t.value {
		s.Value = binary.LittleEndian.AppendUint64(s.Value, math.Float64bits(v))
	}
	for u, n := range t.of {
		if n == several {
			s.More = append(s.More, t.more[u]...)
		}
	}
	var out writer
	err := gob.NewEncoder(&out).Encode(s)
	return out, err
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

type reader struct{ rest []byte }

func (r *reader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// GobDecode reads the table. Numbers of cells that there are not are refused.
func (t *Table) GobDecode(b []byte) error {
	var s stored
	if err := gob.NewDecoder(&reader{b}).Decode(&s); err != nil {
		return err
	}
	*t = Table{cells: s.Cells, sums: s.Sums, more: map[int][]Label{}}
	if s.Narrow {
		t.of = make([]int32, len(s.Of)/2)
		for i := range t.of {
			t.of[i] = int32(binary.LittleEndian.Uint16(s.Of[2*i:]))
			if t.of[i] == math.MaxUint16 {
				t.of[i] = several
			}
		}
	} else {
		t.of = make([]int32, len(s.Of)/4)
		for i := range t.of {
			t.of[i] = int32(binary.LittleEndian.Uint32(s.Of[4*i:]))
		}
	}
	if s.Sums {
		t.value = make([]float64, len(t.of))
		for i := range min(len(t.of), len(s.Value)/8) {
			t.value[i] = math.Float64frombits(binary.LittleEndian.Uint64(s.Value[8*i:]))
		}
	}
	for _, l := range s.More {
		t.more[l.Unit] = append(t.more[l.Unit], l)
	}
	return t.check()
}

// check counts units, and refuses labels of cells that there are not.
func (t *Table) check() error {
	bad := yumen.Errorf(yumen.KindCorrupt, "a label names a cell that there is not", "标签所指单元格不存在")
	for u, n := range t.of {
		switch {
		case n == several && len(t.more[u]) == 0, n != several && (n < 0 || int(n) > t.cells):
			return bad
		case n != 0:
			t.units++
		}
	}
	for _, ls := range t.more {
		if slices.ContainsFunc(ls, func(l Label) bool { return l.Cell < 0 || l.Cell >= t.cells }) {
			return bad
		}
	}
	return nil
}

// Visible returns the table without the labels of cells that are not visible.
func (t *Table) Visible(shows func(cell int) bool) *Table {
	out := &Table{cells: t.cells, sums: t.sums, of: slices.Clone(t.of), value: slices.Clone(t.value), more: map[int][]Label{}}
	for u, n := range t.of {
		switch {
		case n == several:
			ls := slices.DeleteFunc(slices.Clone(t.more[u]), func(l Label) bool { return !shows(l.Cell) })
			out.of[u] = 0
			if len(ls) > 0 {
				out.units++
				out.keep(u, ls)
			}
		case n > 0 && !shows(int(n)-1):
			out.of[u] = 0
		case n > 0:
			out.units++
		}
	}
	return out
}

// keep sets the labels of a unit.
func (t *Table) keep(u int, ls []Label) {
	if len(ls) == 1 && (t.sums || ls[0].Adds == 1) {
		t.of[u] = int32(ls[0].Cell) + 1
		if t.sums {
			t.value[u] = ls[0].Value
		}
		return
	}
	t.of[u], t.more[u] = several, ls
}

// Builder makes a table of labels in any order, one for each unit and cell.
type Builder struct{ t *Table }

// NewBuilder begins a table of counts, or of sums.
func NewBuilder(cells int, sums bool) *Builder {
	return &Builder{&Table{cells: cells, sums: sums, more: map[int][]Label{}}}
}

// Add adds a label. One that adds nothing is left out; a unit or cell that there cannot be is refused.
func (b *Builder) Add(l Label) error {
	t := b.t
	if l.Unit < 0 || l.Unit >= math.MaxInt32 || l.Cell < 0 || l.Cell >= t.cells || l.Adds < 0 {
		return yumen.Errorf(yumen.KindCorrupt, "a label that cannot be", "标签无效")
	}
	if !t.sums && l.Adds == 0 || t.sums && l.Value == 0 {
		return nil
	}
	if l.Unit >= len(t.of) {
		t.of = append(t.of, make([]int32, l.Unit+1-len(t.of))...)
		if t.sums {
			t.value = append(t.value, make([]float64, len(t.of)-len(t.value))...)
		}
	}
	if t.of[l.Unit] == 0 {
		t.units++
		t.keep(l.Unit, []Label{l})
		return nil
	}
	t.of[l.Unit], t.more[l.Unit] = several, append(t.labelsOf(l.Unit), l)
	return nil
}

// Table returns what was built.
func (b *Builder) Table() *Table {
	for u, ls := range b.t.more {
		slices.SortFunc(ls, func(x, y Label) int { return x.Cell - y.Cell })
		b.t.more[u] = ls
	}
	return b.t
}
