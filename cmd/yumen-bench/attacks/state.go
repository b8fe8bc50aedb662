package attacks

import (
	"context"
	"encoding/binary"
	"math"
	"slices"

	"github.com/yumen-data/yumen"
)

// The module counts its calls in its memory and in a global, and looks at the clock and at a random byte. It is written
// byte by byte (WebAssembly Core Specification, 5).
func counterModule() []byte {
	const i32, i64 = 0x7f, 0x7e
	m := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	m = append(m, section(1, cat([]byte{4}, []byte{0x60, 1, i32, 1, i32}, []byte{0x60, 2, i32, i32, 1, i64},
		[]byte{0x60, 2, i32, i32, 1, i32},
		[]byte{0x60, 3, i32, i64, i32, 1, i32}))...)
	wasi := name("wasi_snapshot_preview1")
	m = append(m, section(2, cat([]byte{2}, wasi, name("random_get"), []byte{0, 2}, wasi, name("clock_time_get"),
		[]byte{0, 3}))...)
	m = append(m, section(3, []byte{2, 0, 1})...)
	m = append(m, section(5, []byte{1, 0, 1})...)
	m = append(m, section(6, []byte{1, i64, 1, 0x42, 0, 0x0b})...)
	m = append(m, section(7, cat([]byte{3}, name("memory"), []byte{2, 0}, name("yumen_alloc"), []byte{0, 2},
		name("yumen_map"), []byte{0, 3}))...)
	alloc := cat([]byte{0}, constant(4096), []byte{0x0b})
	body := cat([]byte{0}, countCalls(), []byte{0x0b})
	return append(m, section(10, cat([]byte{2}, sized(alloc), sized(body)))...)
}

// countCalls is the body of yumen_map: it leaves its result at 1024 and returns where.
func countCalls() []byte {
	load, store, load8 := []byte{0x29, 3, 0}, []byte{0x37, 3, 0}, []byte{0x31, 0, 0}
	add := []byte{0x42, 1, 0x7c} // + 1
	put := func(at int, value ...[]byte) []byte { return cat(constant(at), cat(value...), store) }
	return cat(
		put(512, constant(512), load, add),
		[]byte{0x23, 0}, add, []byte{0x24, 0},
		put(1024, []byte{0x42, 0}),
		put(1032, constant(512), load),
		put(1040, []byte{0x23, 0}),
		constant(600), constant(1), []byte{0x10, 0, 0x1a}, // random_get(600, 1)
		put(1048, constant(600), load8),
		constant(0), []byte{0x42, 1}, constant(608), []byte{0x10, 1, 0x1a}, // clock_time_get(realtime, 1, 608)
		put(1056, constant(608), load, long(math.MaxUint16), []byte{0x83}),
		long(1024<<32|8+8*len(stateChannels)),
	)
}

// stateChannels are where a module might find out which call this is, in the order of its coordinates.
var stateChannels = []string{"memory", "global", "random", "clock"}

func section(id byte, body []byte) []byte { return cat([]byte{id}, sized(body)) }

func sized(b []byte) []byte { return cat(binary.AppendUvarint(nil, uint64(len(b))), b) }

func name(s string) []byte { return sized([]byte(s)) }

func constant(v int) []byte { return cat([]byte{0x41}, signed(v)) }

func long(v int) []byte { return cat([]byte{0x42}, signed(v)) }

// signed is the LEB128 encoding of a number.
func signed(v int) (out []byte) {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

var cat = slices.Concat[[]byte]

// wasmState has a module try to carry something from one person to the next: where each call finds the same state, each
// channel adds up to a multiple of the number of people, and the counters to just that number.
func wasmState(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("a module knows from a hidden state that it was called before (memory, global, random numbers, clock)", "模块由隐藏状态得知此前已被调用（内存、全局变量、随机数、时钟）")
	spec := yumen.JobSpec{Contract: AggregateContract, Wasm: "counter.wasm", Mode: yumen.ModeMap,
		Inputs: []yumen.JobInput{{Dataset: "crowd", Columns: []string{"secret"}}}, Groups: 1}
	for _, c := range stateChannels {
		spec.Coordinates = append(spec.Coordinates, yumen.Coordinate{Name: c, Type: yumen.TypeInteger, Max: 1e6})
	}
	ans, err := l.Submit(ctx, Whole, spec, counterModule())
	if err != nil {
		return nil, err
	}
	people, hits := float64(len(l.Crowd.people)), 0
	n, ok := ans.Table.number(0, 0)
	if !ok || n != people {
		return nil, yumen.Errorf(yumen.KindInternal, "the module did not answer for everybody: %s", "模块未对所有人给出结果：%s",
			string(ans.Told))
	}
	for i := range stateChannels {
		sum, _ := ans.Table.number(0, 1+i)
		hits += bit(i < 2 && sum != people || math.Mod(sum, people) != 0)
	}
	return []Result{rate("per-unit Wasm state", Wasm, "jobs", hits, len(stateChannels), 0, never(), success).
		with(yumen.Say("%d people, %d channels; docs/wasm.md lists the hiding places that tests try one by one",
			"%d 人，%d 个通道；docs/wasm.md 列出测试逐一检验的藏匿处", len(l.Crowd.people), len(stateChannels)))}, nil
}
