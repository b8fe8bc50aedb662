package wasm

import (
	"context"
	"math"
	"path/filepath"
	"runtime/debug"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/sandbox"
)

// units is one run of a module over privacy units, in map or block mode.
type units struct {
	in      sandbox.Env
	spec    *task.UnitsSpec
	asked   *task.WasmSpec // what Spec is part of
	private *private       // nil for all classes but dp
	paths   []string       // of the tables
	key     []byte         // of block mode
	guest   caller
	close   func() // of the guest
	room    int    // bytes a record may have
	out     vector
}

// caller runs a module over one record and gives its result of exactly size bytes, valid until the next call.
type caller interface {
	call(ctx context.Context, record []byte, size int) ([]byte, error)
}

// overUnits carries out the modes map and block.
func overUnits(ctx context.Context, in sandbox.Env, spec task.WasmSpec, materialize Materializer) error {
	u, err := newUnits(ctx, in, spec, materialize)
	if u != nil {
		defer u.close()
	}
	if err != nil {
		return err
	}
	// Every call leaves a few kilobytes behind; next to nothing of them lives on.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	switch {
	case u.private != nil:
		totals, err := u.totals(ctx)
		if err != nil {
			return err
		}
		return u.writeNoisy(totals)
	case u.spec.Mode == yumen.ModeBlock:
		results, sizes, err := u.results(ctx)
		if err != nil {
			return err
		}
		return u.writeBlocks(results, sizes)
	}
	groups, err := u.sums(ctx)
	if err != nil {
		return err
	}
	return u.writeGroups(groups)
}

// newUnits makes everything ready: first what does not touch data, then the tables.
func newUnits(ctx context.Context, in sandbox.Env, spec task.WasmSpec, materialize Materializer) (*units, error) {
	u := &units{in: in, close: func() {}}
	var err error
	if u.private, err = newPrivate(&spec); err != nil {
		return nil, err
	}
	u.spec, u.asked, u.out = spec.Units, &spec, vector{coordinates: spec.Units.Coordinates, groups: spec.Units.Groups}
	if err := u.declared(spec); err != nil {
		return nil, err
	}
	if err := u.load(ctx); err != nil {
		return u, err
	}
	dirs, err := makeDirs(in.Work())
	if err != nil {
		return u, err
	}
	if err := materialize(ctx, in, spec, dirs.in); err != nil {
		return u, err
	}
	for _, f := range spec.Files {
		u.paths = append(u.paths, filepath.Join(dirs.in, f.Name))
	}
	if n, ok := in.(sandbox.Narrower); ok {
		return u, n.Narrow(dirs.in, dirs.out)
	}
	return u, nil
}

// load reads the module and starts it.
func (u *units) load(ctx context.Context) error {
	module, err := readModule(u.in)
	if err != nil {
		return err
	}
	if u.private != nil {
		if err := u.private.verify(module); err != nil {
			return err
		}
		u.out.counters = u.private.counters()
	}
	u.in.Engine(engineName())
	if u.spec.Mode == yumen.ModeBlock {
		if u.key, err = readKey(u.in); err != nil {
			return err
		}
	}
	memory := u.in.Limits().Memory
	cache, err := compilationCache(u.in)
	if err != nil {
		return err
	}
	u.close = func() { _ = cache.cache.Close(ctx) }
	guest, err := loadFresh(ctx, cache.cache, module, guestMemory(memory), mostPages(u.spec.Mode, memory), u.spec.Steps)
	if err != nil {
		return err
	}
	u.close = func() { guest.close(); _ = cache.cache.Close(ctx) }
	u.guest, u.room = guest, len(guest.memory)
	if u.private != nil && u.spec.Mode == yumen.ModeBlock {
		// Of class dp, a block that is too large to be gathered at ease counts with its default instead of ending the
		// run.
		u.room = min(u.room, int(memory/8))
	}
	return nil
}

// mostPages is the most memory that a module may have for one unit or block, of so much that a run has.
func mostPages(mode yumen.WasmMode, memory yumen.Size) uint32 {
	pages := uint32(guestMemory(memory) / pageSize)
	if mode == yumen.ModeBlock {
		return pages / 2
	}
	return min(mapPages, pages)
}

// declared checks what the control plane has checked before: an enclave trusts nobody's word.
func (u *units) declared(spec task.WasmSpec) error {
	s := u.spec
	ok := len(spec.Files) > 0 && len(s.Coordinates) > 0 && s.Steps > 0 && spec.MaxRows > 0
	switch s.Mode {
	case yumen.ModeMap:
		ok = ok && s.Groups > 0 && int64(s.Groups) <= spec.MaxRows
	case yumen.ModeBlock:
		ok = ok && s.Blocks > 0 && s.Groups == 1
	default:
		ok = false
	}
	for _, f := range spec.Files {
		ok = ok && f.Format == yumen.FormatArrow && filepath.IsLocal(f.Name)
	}
	for _, c := range s.Coordinates {
		ok = ok && (c.Type == yumen.TypeInteger || c.Type == yumen.TypeDouble) && math.Abs(c.Min) <= maxBound &&
			math.Abs(c.Max) <= maxBound &&
			c.Min <= c.Default && c.Default <= c.Max
		if c.Type == yumen.TypeInteger {
			ok = ok && math.Floor(c.Min) == c.Min && math.Floor(c.Max) == c.Max && math.Floor(c.Default) == c.Default
		}
	}
	if !ok {
		return yumen.Errorf(yumen.KindInvalid,
			"the declaration of what the module is run over, or returns, is not sound", "模块运行对象或返回值的声明不成立")
	}
	return nil
}

// result gives the values that the module has for a record, or the defaults.
func (u *units) result(ctx context.Context, r *record, values []privacy.Int128) (group int) {
	if r.over {
		u.out.defaults(values)
		return 0
	}
	if b, err := u.guest.call(ctx, r.bytes(), u.out.size()); err == nil {
		if g, ok := u.out.read(b, values); ok {
			return g
		}
	}
	u.out.defaults(values)
	return 0
}

// progressEvery is how many units lie between two words on how far a run has come.
const progressEvery = 10_000

// sums runs the module for each unit and adds up what it returns, for each group.
func (u *units) sums(ctx context.Context) ([]sums, error) {
	groups := make([]sums, u.spec.Groups)
	for i := range groups {
		groups[i].total = make([]privacy.Int128, len(u.spec.Coordinates))
	}
	in, err := openRows(u.paths)
	if err != nil {
		return nil, err
	}
	defer in.close()
	rec, err := u.record(in)
	if err != nil {
		return nil, err
	}
	values, done := make([]privacy.Int128, len(u.spec.Coordinates)), int64(0)
	for unit, any := in.next(); any; unit, any = in.next() {
		rec.reset()
		if err := in.take(unit, rec); err != nil {
			return nil, err
		}
		g := u.result(ctx, rec, values)
		groups[g].add(values, rec.rows())
		if done++; done%progressEvery == 0 {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			u.progress(done, 0)
		}
	}
	return groups, nil
}

// progress says how far a run has come, unless that would disclose how many units there are.
func (u *units) progress(done, total int64) {
	if u.private == nil {
		u.in.Progress(done, total)
	}
}

// record makes an empty record for the tables.
func (u *units) record(in *rows) (*record, error) {
	r := newRecord(in.schemas())
	r.room = u.room
	if u.private == nil {
		return r, nil
	}
	return r, hideUnits(r, u.asked)
}

func (r *record) rows() (n int64) {
	for _, t := range r.tables {
		n += int64(t.rows)
	}
	return n
}

func (u *units) writeGroups(groups []sums) error {
	var cells, evidence [][]string
	for g, s := range groups {
		var row []string
		if len(groups) > 1 {
			row = append(row, strconv.Itoa(g))
		}
		row = append(row, strconv.FormatInt(s.units, 10))
		for i, c := range u.spec.Coordinates {
			if c.Type == yumen.TypeInteger {
				row = append(row, bigOf(s.total[i]).String())
			} else {
				row = append(row, formatDouble(double(s.total[i], fractionBits, 1)))
			}
		}
		cells = append(cells, row)
		evidence = append(evidence, []string{strconv.FormatInt(s.units, 10), strconv.FormatInt(s.rows, 10)})
	}
	return u.write(cells, evidence)
}

func formatDouble(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// evidenceColumns say how many units and rows lie behind each row of the result.
var evidenceColumns = []yumen.OutputColumn{{Name: "_units", Type: yumen.TypeInteger},
	{Name: "_rows", Type: yumen.TypeInteger}}

// write answers with the result and what lies behind it.
func (u *units) write(cells, evidence [][]string) error {
	columns := u.spec.Columns()
	if err := u.stream(task.OutResult, columns, cells); err != nil {
		return err
	}
	if err := u.stream(task.OutEvidence, evidenceColumns, evidence); err != nil {
		return err
	}
	return u.in.Answer(resultAnswer(columns, int64(len(cells))))
}

func resultAnswer(columns []yumen.OutputColumn, rows int64) task.ResultAnswer {
	answer := task.ResultAnswer{Rows: rows}
	for _, c := range columns {
		answer.Columns = append(answer.Columns,
			yumen.ArtifactColumn{Name: c.Name, Type: c.Type, Kind: yumen.ColumnOpaque})
	}
	return answer
}

func (u *units) stream(name string, columns []yumen.OutputColumn, cells [][]string) error {
	t, err := newTable(columns, int64(len(cells)))
	if err != nil {
		return err
	}
	t.out = arrowio.NewHeldWriter(u.in, name, t.schema, 0)
	for _, row := range cells {
		if err := t.row(row...); err != nil {
			return err
		}
	}
	if err := t.flush(); err != nil {
		return err
	}
	return t.out.Close()
}
