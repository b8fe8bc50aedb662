package wasm

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/sandbox"
)

// wasiCall builds a module that imports one function of WASI and whose yumen_map runs code, which finds it as function
// 0.
func wasiCall(name string, params, results []byte, code []byte) mapModule {
	t := cat([]byte{0x60, byte(len(params))}, params, []byte{byte(len(results))}, results)
	return mapModule{imports: cat(str(wasi), str(name), []byte{0, 3}), nImport: 1, types: [][]byte{t}, code: code}
}

var (
	i32s = bytes.Repeat([]byte{typeI32}, 9)
	// pathOpen opens "/etc" in descriptor 3 and returns the error.
	pathOpen = wasiCall("path_open",
		[]byte{typeI32, typeI32, typeI32, typeI32, typeI32, typeI64, typeI64, typeI32, typeI32}, []byte{typeI32},
		asm().i32(512).i64(0x6374652f).op(0x37, 0,
			0).i32(3).i32(0).i32(512).i32(4).i32(0).i64(-1).i64(-1).i32(0).i32(600).op(opCall, 0, 0xad).code)
)

// attacks are modules that try to leave their place, to stay for ever, or to take what is not theirs. gives is what the
// one unit counts with: the declared default, −1, where the call must have come to nothing.
var attacks = []struct {
	name   string
	module mapModule
	gives  int64
}{
	{"read below address 0", mapModule{code: asm().i32(-4).op(0x29, 0, 0).code}, -1},
	{"write behind the memory", mapModule{code: asm().i32(-8).i64(1).op(0x37, 0, 0).i64(7).code}, -1},
	{"write behind 4 GiB with an offset",
		mapModule{code: asm().i32(-1).i64(1).op(0x37, 0).op(0xff, 0xff, 0xff, 0xff, 0x0f).i64(7).code}, -1},
	{"fill behind the memory", mapModule{code: asm().i32(65_000).i32(1).i32(1<<30).op(0xfc, 11, 0).i64(7).code}, -1},
	{"copy around 4 GiB", mapModule{code: asm().i32(-100).i32(0).i32(200).op(0xfc, 10, 0, 0).i64(7).code}, -1},
	{"endless loop", mapModule{code: asm().op(opLoop, emptyBlock, opBr, 0, opEnd).i64(7).code}, -1},
	{"endless loop that stores",
		mapModule{code: asm().op(opLoop, emptyBlock).i32(8).i64(1).op(0x37, 0, 0, opBr, 0, opEnd).i64(7).code}, -1},
	{"endless bulk fills", mapModule{code: asm().op(opLoop, emptyBlock).i32(0).i32(1).i32(65_536).op(0xfc, 11, 0, opBr,
		0, opEnd).i64(7).code}, -1},
	{"deep recursion", mapModule{code: asm().i32(2048).i32(8).op(opCall, 1).code}, -1},
	{"memory.grow bomb", mapModule{code: asm().op(opLoop, emptyBlock).i32(64).op(opMemoryGrow, 0).i32(-1).op(0x47,
		opBrIf, 0, opEnd, opMemorySize, 0, 0xad).code}, 961},
	{"memory.grow by more than there is", mapModule{code: asm().i32(-1).op(opMemoryGrow, 0, 0xac).code}, -1},
	{"memory.grow beyond the declared most",
		mapModule{pages: []byte{1, 1, 2}, code: asm().i32(5).op(opMemoryGrow, 0, 0xac).code}, -1},
	{"division by zero", mapModule{code: asm().i64(1).i64(0).op(0x7f).code}, -1},
	{"call of an empty table element", mapModule{table: oneTable, code: asm().i32(0).op(opCallIndir, 2, 0).i64(7).code},
		-1},
	{"call behind the table", mapModule{table: oneTable, code: asm().i32(99).op(opCallIndir, 2, 0).i64(7).code}, -1},
	{"call of another type", mapModule{table: oneTable, elems: []byte{1, 0, opI32Const, 0, opEnd, 1, 0},
		code: asm().i32(0).op(opCallIndir, 2, 0).i64(7).code}, -1},
	{"record put behind the memory", mapModule{alloc: asm().i32(-8).code, code: asm().i64(7).code}, -1},
	{"record put at an odd address", mapModule{alloc: asm().i32(2049).code, code: asm().i64(7).code}, -1},
	{"endless yumen_alloc", mapModule{alloc: asm().op(opLoop, emptyBlock, opBr, 0, opEnd).i32(0).code,
		code: asm().i64(7).code}, -1},
	{"path_open through a preopen", pathOpen, wasiBadF},
	{"host-call flood", wasiCall("sched_yield", nil, []byte{typeI32},
		asm().op(opLoop, emptyBlock, opCall, 0, 0x1a, opBr, 0, opEnd).i64(7).code), -1},
	{"proc_exit", wasiCall("proc_exit", i32s[:1], nil, asm().i32(0).op(opCall, 0).i64(7).code), -1},
	{"host write behind the memory",
		wasiCall("random_get", i32s[:2], i32s[:1], asm().i32(65_000).i32(-1).op(opCall, 0, 0xad).code), -1},
	{"host write near the end",
		wasiCall("clock_time_get", []byte{typeI32, typeI64, typeI32}, i32s[:1],
			asm().i32(0).i64(0).i32(-2).op(opCall, 0, 0xad).code), -1},
	{"fd_write", wasiCall("fd_write", i32s[:4], i32s[:1], asm().i32(1).i32(0).i32(1).i32(600).op(opCall, 0, 0xad).code),
		wasiBadF},
	{"sock_accept", wasiCall("sock_accept", i32s[:3], i32s[:1], asm().i32(3).i32(0).i32(600).op(opCall, 0, 0xad).code),
		wasiNoSys},
}

func attackJob(m []byte) unitsJob {
	return unitsJob{module: m,
		sources: []source{{columns("_unit", "integer", "v", "integer"), [][]string{{"1", "5"}, {"2", "6"}}}},
		spec: task.UnitsSpec{Mode: yumen.ModeMap, Groups: 1, Steps: 5_000_000,
			Coordinates: []yumen.Coordinate{number64("x", yumen.TypeInteger, -1, 1e6, -1)}}}
}

// TestAttackFromAModule lets each attack run as a job behind the real walls: it gets nowhere, both units count with
// what it may give, and the same host runs the next.
func TestAttackFromAModule(t *testing.T) {
	host, err := sandbox.New(sandbox.Config{Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			job := attackJob(a.module.bytes())
			tk := job.confined(t, job.task())
			var out bytes.Buffer
			if _, err := host.Run(t.Context(), tk,
				map[string]io.Writer{task.OutResult: &out, task.OutEvidence: io.Discard}); err != nil {
				t.Fatal(err)
			}
			rows := rowsOf(t, out.Bytes())
			if want := bigOf(privacy.Int(2 * a.gives)).String(); rows[1][0] != "2" || rows[1][1] != want {
				t.Errorf("%v, want two units with a sum of %s", rows, want)
			}
		})
	}
}

// TestAttackBeforeTheFirstUnit holds what is refused or fails while a module is made ready.
func TestAttackBeforeTheFirstUnit(t *testing.T) {
	sevenOK := asm().i64(7).code
	for _, c := range []struct {
		name   string
		module []byte
		kind   yumen.ErrorKind
		says   string
	}{
		{"huge table", mapModule{table: []byte{1, 0x70, 0, 0x80, 0x80, 0x80, 0x40}, code: sevenOK}.bytes(),
			yumen.KindInvalid, "a table of more than"},
		{"memory of 4 GiB", mapModule{pages: []byte{0, 0x80, 0x80, 0x04}, code: sevenOK}.bytes(), yumen.KindInvalid,
			"its memory starts with more than 1GiB"},
		{"memory beyond the limit", mapModule{pages: []byte{0, 0x80, 0x40}, code: sevenOK}.bytes(), yumen.KindLimit,
			"more memory than"},
		{"the host's own names",
			mapModule{exports: cat(str(exportBegin), []byte{0, 0}), nExport: 1, code: sevenOK}.bytes(),
			yumen.KindInvalid, "which is the host's"},
		{"endless _initialize", mapModule{init: []byte{opLoop, emptyBlock, opBr, 0, opEnd}, code: sevenOK}.bytes(),
			yumen.KindFailed, "could not be started"},
		{"trap in _initialize", mapModule{init: []byte{opUnreachable}, code: sevenOK}.bytes(), yumen.KindFailed,
			"could not be started"},
		{"use of an added global", mapModule{code: asm().get(1).code}.bytes(), yumen.KindInvalid, "not valid"},
		{"call of an added function", mapModule{code: asm().i64(1).i32(1).op(opCall, 5, 0xad).code}.bytes(),
			yumen.KindInvalid, "not valid"},
		{"import from elsewhere", importing("env", "system", 0, 0), yumen.KindInvalid, "imports env.system"},
		{"a command", tool(t), yumen.KindInvalid, "no function yumen_map"},
		{"nothing", nil, yumen.KindInvalid, "not a WebAssembly module"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := attackJob(c.module).run(t)
			if yumen.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: %v", yumen.KindOf(err), err)
			}
		})
	}
}

// tryModule carries a module as far as it goes and says what is wrong with how it was refused.
func tryModule(t testing.TB, module []byte) {
	f, err := loadFresh(t.Context(), nil, module, 16<<20, 64, 100_000)
	if err != nil {
		switch yumen.KindOf(err) {
		case yumen.KindInvalid, yumen.KindLimit, yumen.KindFailed:
		default:
			t.Errorf("%v: %v", yumen.KindOf(err), err)
		}
		return
	}
	defer f.close()
	var first []byte
	for i := range 3 {
		b, err := f.call(t.Context(), make([]byte, 40), 16)
		if err != nil {
			b = nil
		}
		if i == 0 {
			first = bytes.Clone(b)
		}
		if !bytes.Equal(first, b) {
			t.Errorf("call %d gave another result than the first", i)
		}
	}
}

// TestAttackByMutants changes a few bytes of sound modules: none may be run wrongly rewritten, none may tell calls
// apart.
func TestAttackByMutants(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	seeds := [][]byte{guest(t, "care"), importing(wasi, "fd_write", 0, 0)}
	for _, p := range hidingPlaces {
		seeds = append(seeds, p.module.bytes())
	}
	for range 1500 {
		m := bytes.Clone(seeds[r.IntN(len(seeds))])
		for range 1 + r.IntN(3) {
			m[r.IntN(len(m))] = byte(r.Uint32())
		}
		tryModule(t, m)
	}
}

// FuzzResettable holds that no bytes break the rewriting or tell one call from the next.
func FuzzResettable(f *testing.F) {
	f.Add(guest(f, "care"))
	for _, p := range hidingPlaces {
		f.Add(p.module.bytes())
	}
	for _, a := range attacks {
		f.Add(a.module.bytes())
	}
	f.Fuzz(func(t *testing.T, module []byte) { tryModule(t, module) })
}

// TestWrittenNumbers holds the encoding of signed numbers against the standard library's of unsigned ones.
func TestWrittenNumbers(t *testing.T) {
	for _, v := range []int64{0, 1, 63, 64, -1, -64, -65, 1 << 31, -1 << 31, 1<<63 - 1, -1 << 63} {
		b := sleb(nil, v)
		var got int64
		for i, c := range b {
			got |= int64(c&0x7f) << (7 * i)
			if i == len(b)-1 && c&0x40 != 0 && 7*(i+1) < 64 {
				got |= -1 << (7 * (i + 1))
			}
		}
		if got != v {
			t.Errorf("%d became %d", v, got)
		}
	}
	if b := uleb(nil, 1<<32-1); !bytes.Equal(b, binary.AppendUvarint(nil, 1<<32-1)) {
		t.Error(b)
	}
}
