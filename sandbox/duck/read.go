package duck

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/sandbox"
)

// reader reads rows: their units, the numbers of their groups and their inputs. It is not safe for concurrent use.
type reader struct {
	groups   *grouper
	inputs   []*inputReader
	parts    *partReader                                                         // nil where there are none
	unitless bool                                                                // units are not read
	to       func(units []int64, groups []int32, columns []privacy.Column) error // inputs, and masks of parts

	function *function // that the engine calls with rows
	numbers  []int32
	columns  []privacy.Column
	rows     int64 // that were read
}

// newReader prepares for rows of the given keys and inputs; a group that is met is announced.
func newReader(keys []*keyReader, inputs []task.MeasuredInput, announce func(keys []privacy.Value)) *reader {
	r := &reader{columns: make([]privacy.Column, len(inputs)), groups: newGrouper(keys, announce)}
	for _, m := range inputs {
		r.inputs = append(r.inputs, newInputReader(m))
	}
	return r
}

// columnsSQL lists the columns that add reads, with codes in place of the keys.
func (r *reader) columnsSQL() string {
	var cols []string
	if !r.unitless {
		cols = append(cols, "u")
	}
	cols = append(cols, codesSQL(r.groups.keys)...)
	for i := range r.inputs {
		cols = append(cols, "a"+strconv.Itoa(i+1))
	}
	if r.parts != nil {
		for _, p := range r.parts.columns {
			cols = append(cols, p.sql)
		}
	}
	return strings.Join(cols, ", ")
}

// types are those of columnsSQL.
func (r *reader) types() []yumen.Type {
	var types []yumen.Type
	if !r.unitless {
		types = append(types, yumen.TypeInteger)
	}
	for range r.groups.keys {
		types = append(types, codeType)
	}
	for _, in := range r.inputs {
		types = append(types, in.Type)
	}
	if r.parts != nil {
		for _, p := range r.parts.columns {
			types = append(types, p.kind)
		}
	}
	return types
}

// group numbers the groups of a chunk's rows by the codes in the columns from first on.
func (r *reader) group(c chunk, first int) []int32 {
	for len(r.numbers) < c.rows {
		r.numbers = append(r.numbers, 0)
	}
	return r.groups.read(c, first, r.numbers[:c.rows])
}

// add reads the columns of columnsSQL.
func (r *reader) add(c chunk) error {
	var units []int64
	at := 0
	if !r.unitless {
		units, _ = column[int64](c, 0)
		at++
	}
	groups := r.group(c, at)
	at += len(r.groups.keys)
	for i, in := range r.inputs {
		r.columns[i] = in.read(c, at+i)
	}
	if r.parts != nil {
		r.columns[len(r.inputs)] = r.parts.read(c, at+len(r.inputs))
	}
	r.rows += int64(c.rows)
	return r.to(units, groups, r.columns)
}

// numbersOf returns what this reader calls the groups of another, of which it announces those that it has not met.
func (r *reader) numbersOf(o *reader, groups int) []int32 {
	to := make([]int32, groups)
	if !r.groups.public {
		r.numberAll(o.groups.groups(), to)
		return to
	}
	for g := range to {
		to[g] = int32(g)
	}
	return to
}

// numberAll finds what this reader calls groups of another, and announces those that it has not met.
func (r *reader) numberAll(theirs [][]privacy.Value, to []int32) {
	last := len(r.groups.levels) - 1
	ours := map[string]int32{}
	for g, keys := range r.groups.levels[last].met {
		ours[joined(keys)] = int32(g)
	}
	for g, keys := range theirs {
		n, ok := ours[joined(keys)]
		if !ok {
			n = int32(len(r.groups.levels[last].met))
			r.groups.meet(last, keys)
		}
		to[g] = n
	}
}

// joined is a text that no other keys have: key values hold no NUL.
func joined(keys []privacy.Value) string {
	var b strings.Builder
	for _, k := range keys {
		if k.Null {
			b.WriteByte(0)
		}
		b.WriteString(k.Text)
		b.WriteByte(0)
	}
	return b.String()
}

// pieceRows is about how many rows of the largest version a piece has: many enough that starting a statement for them
// costs nothing, few enough that no thread is left waiting for the last.
const pieceRows = 16 * 122880

// readAll reads the rows of a relation piece by piece, a connection for each reader. Cuts are the units after which the
// pieces end.
func (v *vectors) readAll(ctx context.Context, in sandbox.Env, from string, cuts []int64, readers []*reader) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, r := range readers { // before any connection has begun to look for it
		var err error
		r.function, err = v.register(true, r.types(), yumen.TypeBoolean,
			func(in chunk, _ vector) error { return r.add(in) })
		if err != nil {
			return err
		}
	}
	pieces := &queue{in: in, from: from, cuts: cuts}
	var all sync.WaitGroup
	for i, r := range readers {
		all.Go(func() {
			for from, ok := pieces.next(); ok; from, ok = pieces.next() {
				if err := v.readPiece(ctx, v.conns[i], from, r); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	all.Wait()
	return v.reason(context.Cause(ctx))
}

// readPiece reads the rows of a FROM with its WHERE in order. An engine that has threads of its own keeps the order in
// its results alone.
func (v *vectors) readPiece(ctx context.Context, conn *engine, from string, r *reader) error {
	if v.threads > 1 {
		return conn.scan(ctx, "SELECT "+r.columnsSQL()+" "+from, r.add)
	}
	before := r.rows
	n, err := conn.show(ctx, r.function, r.columnsSQL(), from)
	if err == nil && n != r.rows-before {
		err = rowsLost()
	}
	return err
}

// readUnordered reads the rows of a FROM in whatever order the engine's threads make them, a reader for each thread,
// which gets its rows in order. All have the same keys.
func (v *vectors) readUnordered(ctx context.Context, from string, newReader func() *reader) error {
	var mu sync.Mutex
	first := newReader()
	readers, unused := map[unsafe.Pointer]*reader{}, first
	of := func(c chunk) *reader { // each thread has the values of arguments in a chunk of its own
		mu.Lock()
		defer mu.Unlock()
		r := readers[c.chunk.Ptr]
		if r == nil {
			if r, unused = unused, nil; r == nil {
				r = newReader()
			}
			readers[c.chunk.Ptr] = r
		}
		return r
	}
	f, err := v.register(true, first.types(), yumen.TypeBoolean,
		func(in chunk, _ vector) error { return of(in).add(in) })
	if err != nil {
		return err
	}
	n, err := v.show(ctx, f, first.columnsSQL(), from)
	if err != nil {
		return v.reason(err)
	}
	for _, r := range readers {
		n -= r.rows
	}
	if n != 0 {
		return rowsLost()
	}
	return nil
}

// show runs a statement for the calls of a function with the columns of a FROM, and returns for how many rows the
// engine says that there were calls.
func (e *engine) show(ctx context.Context, f *function, columns, from string) (rows int64, err error) {
	err = e.scan(ctx, "SELECT count(r) FROM (SELECT "+f.name+"("+columns+") AS r "+from+")", func(c chunk) error {
		n, _ := column[int64](c, 0)
		rows = n[0]
		return nil
	})
	return rows, err
}

func rowsLost() error {
	return yumen.Errorf(yumen.KindInternal, "the engine did not show each row once", "引擎没有将每一行恰好提供一次")
}

// queue gives pieces in increasing order of unit.
type queue struct {
	mu   sync.Mutex
	in   sandbox.Env
	from string
	cuts []int64
	at   int
}

func (q *queue) next() (sql string, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.at > len(q.cuts) {
		return "", false
	}
	var where []string
	if q.at > 0 {
		where = append(where, "u > "+sqlInt(q.cuts[q.at-1]))
	}
	if q.at < len(q.cuts) {
		where = append(where, "u <= "+sqlInt(q.cuts[q.at]))
	}
	q.in.Progress(int64(q.at), int64(len(q.cuts)+1))
	q.at++
	sql = "FROM " + q.from
	if len(where) > 0 {
		sql += " WHERE " + strings.Join(where, " AND ")
	}
	return sql, true
}

// cutsOfFiles cuts the units where row groups of the largest version end, from the statistics in its footer: so each
// row group is read for one piece, two at most. Not ok means that pieces would not be read alone, because the engine
// does not carry a condition on the unit down to the file.
func (v *vectors) cutsOfFiles(ctx context.Context, in sandbox.Env, views []task.View, from string) (cuts []int64,
	ok bool, err error) {
	var most int64
	for _, view := range views {
		path, _ := in.Input(view.Input)
		found, rows, err := v.rowGroups(ctx, path)
		if err != nil {
			return nil, false, err
		}
		if rows > most {
			most, cuts = rows, found
		}
	}
	if len(cuts) == 0 {
		return nil, most <= pieceRows, nil
	}
	ok, err = v.reachesFile(ctx, from, cuts[0])
	return cuts, ok, err
}

// rowGroups returns the greatest units of every so many row groups but the last, and how many rows there are.
func (v *vectors) rowGroups(ctx context.Context, path string) (cuts []int64, rows int64, err error) {
	since := int64(0)
	err = v.scan(ctx, `SELECT any_value(row_group_num_rows)::BIGINT, max(TRY_CAST(stats_max_value AS BIGINT)) FROM parquet_metadata(`+literal(path)+`)
		WHERE path_in_schema = `+literal(yumen.UnitColumn)+` GROUP BY row_group_id ORDER BY row_group_id`, func(c chunk) error {
		sizes, _ := column[int64](c, 0)
		greatest, known := column[int64](c, 1)
		for i, n := range sizes {
			rows, since = rows+n, since+n
			if since >= pieceRows && !isNull(known, i) && (len(cuts) == 0 || greatest[i] > cuts[len(cuts)-1]) {
				cuts, since = append(cuts, greatest[i]), 0
			}
		}
		return nil
	})
	return cuts, rows, err
}

// cutsOfTable cuts the units of the sorted table.
func (v *vectors) cutsOfTable(ctx context.Context) (cuts []int64, err error) {
	err = v.scan(ctx, "SELECT u FROM "+sortedRows+" WHERE rowid % "+sqlInt(pieceRows)+" = "+sqlInt(pieceRows-1)+
		" ORDER BY u", func(c chunk) error {
		units, _ := column[int64](c, 0)
		for _, u := range units {
			if len(cuts) == 0 || u > cuts[len(cuts)-1] {
				cuts = append(cuts, u)
			}
		}
		return nil
	})
	return cuts, err
}

// reachesFile reports whether a condition on the unit filters a scan of a file in the engine's plan.
func (v *vectors) reachesFile(ctx context.Context, from string, unit int64) (bool, error) {
	var plan []byte
	err := v.scan(ctx, "EXPLAIN (FORMAT json) FROM "+from+" WHERE u <= "+sqlInt(unit), func(c chunk) error {
		texts, _ := column[wide](c, 1)
		for i := range texts {
			plan = append(plan, texts[i].text()...)
		}
		return nil
	})
	var nodes []planNode
	if err == nil && json.Unmarshal(plan, &nodes) != nil {
		return false, yumen.Errorf(yumen.KindInternal, "the engine's plan cannot be read", "无法读取引擎的执行计划")
	}
	return scansByUnit(nodes), err
}

// planNode is what is read of an operator in EXPLAIN.
type planNode struct {
	Name     string                     `json:"name"`
	Children []planNode                 `json:"children"`
	Extra    map[string]json.RawMessage `json:"extra_info"`
}

func scansByUnit(nodes []planNode) bool {
	for _, n := range nodes {
		scan := strings.TrimSpace(n.Name) == "READ_PARQUET"
		if scansByUnit(n.Children) || scan && strings.Contains(string(n.Extra["Filters"]), yumen.UnitColumn) {
			return true
		}
	}
	return false
}
