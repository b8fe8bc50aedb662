package anonymity

import (
	"cmp"
	"context"
	"math"
	"os"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// RecodeColumn is a quasi-identifier of a local recoding.
type RecodeColumn struct {
	Name string
	// Hierarchy generalizes to the lowest value that all values of a class have in common. Where nil, the values are
	// taken in order, as numbers if all of them are and as text otherwise (which is right for ISO dates), and
	// generalize to the interval from the least to the greatest of a class. A class with nulls and other values then
	// becomes Suppressed.
	Hierarchy *Hierarchy
}

// RecodeConfig says what a local recoding is to reach.
type RecodeConfig struct {
	Quasi  []RecodeColumn
	Models []Model // KAnonymity and any others but DeltaPresence
	// Memory is how many bytes of records are held in memory; more go to files in Dir. Beside it, 4 bytes for each row
	// and 8 for each class and quasi-identifier are held, and the distinct values. Defaults to 64 MiB.
	Memory int64
	Dir    string // for files. Defaults to the system's folder for temporary files
	// Progress, where not nil, is told how many rows have found their class.
	Progress func(done, total int64)
}

// maxQuasi bounds the quasi-identifiers of a recoding.
const maxQuasi = 64

// minRecodeMemory keeps a configured budget large enough to make headway.
const minRecodeMemory = 1 << 16

// Recoder takes in a table row by row and cuts it into classes by the multidimensional algorithm Mondrian (LeFevre,
// DeWitt, Ramakrishnan 2006; strict partitioning): starting from all rows, it cuts the column of the widest normalized
// range at its median, into two parts that both meet the models, until no cut is left. Close it when done.
type Recoder struct {
	intake
	cfg    RecodeConfig
	k      int
	extra  []Model // the models but KAnonymity
	width  int     // of a record: a code for each column, and the row
	buffer []uint32
	file   *recordFile
	dir    string
}

// NewRecoder starts a local recoding. The rows it is given have the quasi-identifiers and then the sensitive attributes
// of the models as columns; Columns names them. It fails with kind invalid if the configuration is malformed.
func NewRecoder(cfg RecodeConfig) (*Recoder, error) {
	r := &Recoder{cfg: cfg}
	r.cfg.Memory = cmp.Or(r.cfg.Memory, 64<<20)
	if err := r.split(cfg.Models); err != nil {
		return nil, err
	}
	if len(cfg.Quasi) == 0 || len(cfg.Quasi) > maxQuasi || r.cfg.Memory < minRecodeMemory {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"a local recoding needs 1 to %d quasi-identifiers and %d bytes of memory",
			"局部重编码需要 1 至 %d 个准标识符和 %d 字节内存", maxQuasi, minRecodeMemory)
	}
	var names []string
	for _, q := range cfg.Quasi {
		names = append(names, q.Name)
	}
	sensitive, err := sensitiveNames(names, cfg.Models)
	if err != nil {
		return nil, err
	}
	in, err := newIntake(append(names, sensitive...))
	if err != nil {
		return nil, err
	}
	r.intake, r.width = *in, len(in.names)+1
	return r, nil
}

// split takes KAnonymity out of the models.
func (r *Recoder) split(models []Model) error {
	for _, m := range models {
		switch m := m.(type) {
		case KAnonymity:
			if m.K < 1 {
				return badModel(m, "k must be at least 1", "k 至少为 1")
			}
			r.k = max(r.k, m.K)
		case DeltaPresence:
			return badModel(m, "local recoding does not support it", "局部重编码不支持该模型")
		default:
			r.extra = append(r.extra, m)
		}
	}
	if r.k == 0 {
		return yumen.Errorf(yumen.KindInvalid, "a local recoding needs k-anonymity among its models",
			"局部重编码的模型须包含 k-匿名")
	}
	return nil
}

// Columns names the columns that rows must have, in order.
func (r *Recoder) Columns() []string { return r.names }

// Add takes in one row, as Builder.Add does.
func (r *Recoder) Add(cells []string, null []bool) error {
	codes, err := r.encode(cells, null)
	if err != nil {
		return err
	}
	return r.push(codes)
}

// AddBatch takes in the rows of an Arrow batch, as Builder.AddBatch does.
func (r *Recoder) AddBatch(batch arrow.RecordBatch) error {
	var failed error
	err := r.batch(batch, func(codes []uint32) {
		if failed == nil {
			failed = r.push(codes)
		}
	})
	if err == nil {
		err = failed
	}
	return err
}

func (r *Recoder) push(codes []uint32) error {
	if int64(len(r.buffer)+r.width)*4 > r.cfg.Memory {
		if err := r.spill(); err != nil {
			return err
		}
	}
	r.buffer = append(append(r.buffer, codes...), uint32(r.rows-1))
	return nil
}

// spill moves the buffer to a file.
func (r *Recoder) spill() (err error) {
	if r.file == nil {
		if r.dir, err = os.MkdirTemp(r.cfg.Dir, "recode-"); err != nil {
			return cannotSpill(err)
		}
		if r.file, err = newRecordFile(r.dir, r.width); err != nil {
			return err
		}
	}
	for at := 0; at < len(r.buffer); at += r.width {
		if err := r.file.write(r.buffer[at : at+r.width]); err != nil {
			return err
		}
	}
	r.buffer = r.buffer[:0]
	return nil
}

// Close removes what the recoding left in files.
func (r *Recoder) Close() error {
	r.buffer = nil
	if r.dir == "" {
		return nil
	}
	if r.file != nil {
		r.file.close()
	}
	if err := os.RemoveAll(r.dir); err != nil {
		return cannotSpill(err)
	}
	return nil
}

// Run cuts what was taken in. It may be called once. It fails with kind invalid if the table as a whole does not meet
// the models or a value is not in its hierarchy, unavailable if files cannot be written, and with the cause of ctx.
func (r *Recoder) Run(ctx context.Context) (*Recoding, error) {
	if err := (KAnonymity{r.k}).check(int64(r.rows)); err != nil {
		return nil, err
	}
	c := &cutter{ctx: ctx, width: r.width, k: int64(r.k), memory: r.cfg.Memory, dir: r.dir, progress: r.cfg.Progress}
	rank := make([][]uint32, r.width)
	for i, q := range r.cfg.Quasi {
		axis, err := newAxis(q, &r.dicts[i])
		if err != nil {
			return nil, err
		}
		c.axes, rank[i] = append(c.axes, axis), axis.rank
	}
	c.out = &Recoding{axes: c.axes, of: make([]uint32, r.rows)}
	if r.file != nil {
		if err := r.spill(); err != nil {
			return nil, err
		}
	}
	if err := r.bind(c); err != nil {
		return nil, err
	}
	return c.out, r.cut(c, rank)
}

// cut turns codes into ranks and starts from all rows.
func (r *Recoder) cut(c *cutter, rank [][]uint32) error {
	if r.file == nil {
		for at := 0; at < len(r.buffer); at += r.width {
			rerank(r.buffer[at:at+r.width], rank)
		}
		return c.cut(r.buffer)
	}
	ranked, err := newRecordFile(r.dir, r.width)
	if err != nil {
		return err
	}
	err = r.file.each(func(record []uint32) error {
		rerank(record, rank)
		return ranked.write(record)
	})
	r.file.remove()
	r.file, r.buffer = nil, nil
	if err != nil {
		return err
	}
	return c.cutFile(ranked)
}

func rerank(record []uint32, rank [][]uint32) {
	for i, to := range rank {
		if to != nil {
			record[i] = to[record[i]]
		}
	}
}

// bind binds the models other than KAnonymity and refuses those that the whole table does not meet.
func (r *Recoder) bind(c *cutter) error {
	first := len(r.cfg.Quasi)
	counts := make([][]int64, len(r.names)-first)
	for s := range counts {
		counts[s] = make([]int64, len(r.dicts[first+s].values))
	}
	err := r.records(func(record []uint32) error {
		for s := range counts {
			counts[s][record[first+s]]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	var reasons []yumen.Reason
	for _, m := range r.extra {
		if err := r.bindOne(c, m, counts); err != nil {
			e := yumen.AsError(err)
			reasons = append(reasons, yumen.Reason{Rule: "model.parameters", Place: e.Place, Msg: e.Msg, Fix: e.Fix})
		}
	}
	for s := range counts {
		c.left, c.right = append(c.left, newTally(len(counts[s]))), append(c.right, newTally(len(counts[s])))
	}
	return yumen.Refuse(yumen.KindInvalid, yumen.Say("a model cannot be applied", "模型无法应用"), reasons)
}

func (r *Recoder) bindOne(c *cutter, m Model, counts [][]int64) error {
	s := 0
	for r.names[len(r.cfg.Quasi)+s] != m.attribute() {
		s++
	}
	t, err := m.bind(valueTuples(m.attribute(), &r.dicts[len(r.cfg.Quasi)+s], counts[s]), 0)
	if err != nil {
		return err
	}
	t.place = s
	whole := newTally(len(counts[s]))
	for code, n := range counts[s] {
		whole.add(uint32(code), n)
	}
	if class := whole.class(); !t.holds(t.measure(&class)) {
		return yumen.Errorf(yumen.KindInvalid, "the table as a whole does not meet %s", "整张表都不满足 %s", m)
	}
	c.tests = append(c.tests, t)
	return nil
}

// valueTuples presents the counts of one column's values as a table of that column alone.
func valueTuples(name string, d *dict, counts []int64) *tuples {
	t := &Table{cols: []column{{name: name, values: d.values, null: d.null}}, at: map[string]int{name: 0}}
	v := &tuples{table: t, sensitive: []int{0}, code: make([][]uint32, 1)}
	for code, n := range counts {
		v.code[0] = append(v.code[0], uint32(code))
		v.count = append(v.count, int32(min(n, math.MaxInt32)))
		v.rows += n
	}
	v.whole = v.count
	return v
}

// records calls do for each record, wherever it is.
func (r *Recoder) records(do func([]uint32) error) error {
	if r.file != nil {
		return r.file.each(do)
	}
	for at := 0; at < len(r.buffer); at += r.width {
		if err := do(r.buffer[at : at+r.width]); err != nil {
			return err
		}
	}
	return nil
}
