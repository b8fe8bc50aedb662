package duck

import (
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// outsideDomain is the code of a value that is not in the domain of its key.
const outsideDomain = -1

// codeType stands for the engine's INTEGER, the type of codes.
const codeType yumen.Type = "code"

// keyReader numbers the values of one group key: by their place in its domain where that is public, otherwise as they
// are met. The engine calls it; where a column of a file is a dictionary, with each value of that once, also with those
// that no row has.
type keyReader struct {
	task.GroupKey
	function *function

	mu     sync.Mutex
	one    array.Builder    // of its type, for texts
	domain map[string]int32 // nil where it is not public
	values []privacy.Value  // by number
	null   int32            // the number of NULL; unmet before it is met
	short  *numbering       // values of up to 16 bytes
	long   map[string]int32 // texts that are longer
}

const unmet = -2

// newKeyReaders makes a reader for each key, known to the engine.
func (v *vectors) newKeyReaders(keys []task.GroupKey) (readers []*keyReader, err error) {
	for _, k := range keys {
		r, err := newKeyReader(k)
		if err != nil {
			return nil, err
		}
		r.function, err = v.register(false, []yumen.Type{k.Type}, codeType, func(in chunk, out vector) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.read(in, values[int32](out, in.rows))
			return nil
		})
		if err != nil {
			return nil, err
		}
		readers = append(readers, r)
	}
	return readers, nil
}

func newKeyReader(k task.GroupKey) (*keyReader, error) {
	r := &keyReader{GroupKey: k, null: unmet, short: newNumbering(), long: map[string]int32{}}
	a, err := arrowio.NewAppender(k.Type)
	if err != nil {
		return nil, err
	}
	r.one = a.Builder()
	if len(k.Domain) == 0 {
		return r, nil
	}
	r.domain = map[string]int32{}
	for i, v := range k.Domain {
		if !a.Append(v) {
			return nil, yumen.Errorf(yumen.KindInternal, "value %d of a public domain is not of its type",
				"公开值域的第 %d 个值与类型不符", i+1)
		}
		r.domain[r.text()] = int32(i)
		r.values = append(r.values, privacy.Value{Text: v})
	}
	r.null = outsideDomain
	if k.Null {
		r.null = int32(len(r.values))
		r.values = append(r.values, privacy.Value{Null: true})
	}
	return r, nil
}

// codesSQL lists the codes of keys k1, k2 …
func codesSQL(keys []*keyReader) []string {
	var cols []string
	for i, k := range keys {
		cols = append(cols, k.function.name+"(CAST(k"+strconv.Itoa(i+1)+" AS "+sqlType(k.Type)+"))")
	}
	return cols
}

// met returns how many values have a number.
func (r *keyReader) met() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.values)
}

// value returns the value of a number.
func (r *keyReader) value(code int32) privacy.Value {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.values[code]
}

// text empties the builder and returns its only cell as text.
func (r *keyReader) text() string {
	cell := r.one.NewArray()
	defer cell.Release()
	return string(arrowio.AppendCell(nil, cell, 0))
}

// number returns the number of a value that was not met before.
func (r *keyReader) number(v privacy.Value) int32 {
	if r.domain != nil {
		if code, ok := r.domain[v.Text]; ok {
			return code
		}
		return outsideDomain
	}
	r.values = append(r.values, v)
	return int32(len(r.values) - 1)
}

func (r *keyReader) numberNull() int32 {
	if r.null == unmet {
		r.null = r.number(privacy.Value{Null: true})
	}
	return r.null
}

// read numbers the values of the first column, which must be of the key's type.
func (r *keyReader) read(c chunk, codes []int32) {
	switch r.Type {
	case yumen.TypeBoolean:
		readKeys[uint8](r, c, codes)
	case yumen.TypeInteger, yumen.TypeTimestamp:
		readKeys[int64](r, c, codes)
	case yumen.TypeDate:
		readKeys[int32](r, c, codes)
	case yumen.TypeDouble:
		r.readDoubles(c, codes)
	case yumen.TypeText:
		r.readTexts(c, codes)
	default:
		switch p, _, _ := r.Type.Decimal(); {
		case p <= 4:
			readKeys[int16](r, c, codes)
		case p <= 9:
			readKeys[int32](r, c, codes)
		case p <= 18:
			readKeys[int64](r, c, codes)
		default:
			r.readWide(c, codes)
		}
	}
}

func readKeys[T uint8 | int16 | int32 | int64](r *keyReader, c chunk, codes []int32) {
	values, valid := column[T](c, 0)
	for i, v := range values {
		if isNull(valid, i) {
			codes[i] = r.numberNull()
			continue
		}
		codes[i] = r.code(wide{uint64(int64(v)), uint64(int64(v) >> 63)})
	}
}

func (r *keyReader) readDoubles(c chunk, codes []int32) {
	values, valid := column[float64](c, 0)
	for i, v := range values {
		if isNull(valid, i) {
			codes[i] = r.numberNull()
			continue
		}
		codes[i] = r.code(wide{math.Float64bits(v + 0), 0}) // -0 + 0 is 0
	}
}

func (r *keyReader) readWide(c chunk, codes []int32) {
	values, valid := column[wide](c, 0)
	for i, v := range values {
		if isNull(valid, i) {
			codes[i] = r.numberNull()
			continue
		}
		codes[i] = r.code(v)
	}
}

func (r *keyReader) readTexts(c chunk, codes []int32) {
	values, valid := column[wide](c, 0)
	for i := range values {
		v := &values[i]
		switch {
		case isNull(valid, i):
			codes[i] = r.numberNull()
		case v.length() <= inlined:
			if code, ok := r.short.find(*v); ok {
				codes[i] = code
			} else {
				codes[i] = r.code(v.trimmed()) // the engine leaves nothing behind a short text; if it did, this would be slower, not wrong
			}
		default:
			codes[i] = r.longCode(v.text())
		}
	}
}

// code numbers a value of up to 16 bytes.
func (r *keyReader) code(w wide) int32 {
	if code, ok := r.short.find(w); ok {
		return code
	}
	code := r.number(privacy.Value{Text: r.spell(w)})
	r.short.add(w, code)
	return code
}

func (r *keyReader) longCode(text []byte) int32 {
	if code, ok := r.long[string(text)]; ok {
		return code
	}
	code := r.number(privacy.Value{Text: string(text)})
	r.long[string(text)] = code
	return code
}

// spell writes a value as the catalog does.
func (r *keyReader) spell(w wide) string {
	switch b := r.one.(type) {
	case *array.BooleanBuilder:
		b.Append(w.lo != 0)
	case *array.Int64Builder:
		b.Append(int64(w.lo))
	case *array.Float64Builder:
		b.Append(math.Float64frombits(w.lo))
	case *array.Date32Builder:
		b.Append(arrow.Date32(int32(w.lo)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(int64(w.lo)))
	case *array.Decimal128Builder:
		b.Append(decimal128.New(int64(w.hi), w.lo))
	default:
		return string(w.text())
	}
	return r.text()
}

// grouper numbers the groups of rows by the codes of their keys. Where all keys are public a group's number is its
// place among all combinations, the last key varying fastest; otherwise groups are numbered as they are met in a row,
// and announced.
type grouper struct {
	keys     []*keyReader
	public   bool
	unseen   func() int // how many groups were announced that no row was in; nil where none may be
	announce func(keys []privacy.Value)
	levels   []level
}

// maxUnseen is how many groups without rows there are at most while the codes of a single key serve as numbers.
const maxUnseen = 32

// level numbers the combinations met of the first so many keys.
type level struct {
	met    [][]privacy.Value
	single []int32    // of the first key, by code: the number, unmet before it is met
	pairs  *numbering // of others, from the number at the level before and the code of this key
}

func newGrouper(keys []*keyReader, announce func([]privacy.Value)) *grouper {
	unknown := func(k *keyReader) bool { return k.domain == nil }
	g := &grouper{keys: keys, public: !slices.ContainsFunc(keys, unknown), announce: announce}
	for i := range keys {
		l := level{}
		if i > 0 {
			l.pairs = newNumbering()
		}
		g.levels = append(g.levels, l)
	}
	return g
}

// read numbers the groups of rows whose codes are in the columns from first on: below 0 for rows that lie in none. The
// numbers are in groups, or where the engine made the codes.
func (g *grouper) read(c chunk, first int, groups []int32) []int32 {
	if len(g.keys) == 1 && (g.public || g.codesAreNumbers()) {
		codes, _ := column[int32](c, first)
		return codes
	}
	if g.public {
		clear(groups)
	}
	for j, k := range g.keys {
		codes, _ := column[int32](c, first+j)
		switch {
		case g.public:
			g.place(k, codes, groups)
		case j == 0:
			g.first(codes, groups)
		default:
			g.combine(j, codes, groups)
		}
	}
	return groups
}

// codesAreNumbers announces the groups of all codes of the only key that there are by now, and reports whether they are
// numbered so. Once many of them have no rows, further ones are numbered as they are met.
func (g *grouper) codesAreNumbers() bool {
	if g.unseen == nil {
		return false
	}
	key, l := g.keys[0], &g.levels[0]
	if g.unseen() > maxUnseen {
		for code := range l.met {
			l.single = append(l.single, int32(code))
		}
		g.unseen = nil
		return false
	}
	for code, n := len(l.met), key.met(); code < n; code++ {
		g.meet(0, []privacy.Value{key.value(int32(code))})
	}
	return true
}

// place counts combinations of public keys.
func (g *grouper) place(k *keyReader, codes, groups []int32) {
	size := int32(len(k.values))
	for i, code := range codes {
		if code < 0 || groups[i] < 0 {
			groups[i] = outsideDomain
		} else {
			groups[i] = groups[i]*size + code
		}
	}
}

// first numbers the values of the first key as they are met.
func (g *grouper) first(codes, groups []int32) {
	l := &g.levels[0]
	for n := g.keys[0].met(); len(l.single) < n; {
		l.single = append(l.single, unmet)
	}
	for i, code := range codes {
		if code < 0 {
			groups[i] = outsideDomain
			continue
		}
		n := l.single[code]
		if n == unmet {
			n = int32(len(l.met))
			l.single[code] = n
			g.meet(0, []privacy.Value{g.keys[0].value(code)})
		}
		groups[i] = n
	}
}

// combine numbers the combinations of what was met so far with the next key.
func (g *grouper) combine(j int, codes, groups []int32) {
	l := &g.levels[j]
	for i, code := range codes {
		if code < 0 || groups[i] < 0 {
			groups[i] = outsideDomain
			continue
		}
		pair := wide{uint64(groups[i])<<32 | uint64(code), 0}
		n, ok := l.pairs.find(pair)
		if !ok {
			n = int32(len(l.met))
			l.pairs.add(pair, n)
			before := g.levels[j-1].met[groups[i]]
			g.meet(j, append(before[:len(before):len(before)], g.keys[j].value(code)))
		}
		groups[i] = n
	}
}

func (g *grouper) meet(j int, keys []privacy.Value) {
	g.levels[j].met = append(g.levels[j].met, keys)
	if j == len(g.keys)-1 {
		g.announce(keys)
	}
}

// groups returns the keys of each group: of public keys all combinations, otherwise those met.
func (g *grouper) groups() [][]privacy.Value {
	if !g.public {
		return g.levels[len(g.levels)-1].met
	}
	all := [][]privacy.Value{{}}
	for _, k := range g.keys {
		var next [][]privacy.Value
		for _, before := range all {
			for _, v := range k.values {
				next = append(next, append(before[:len(before):len(before)], v))
			}
		}
		all = next
	}
	return all
}
