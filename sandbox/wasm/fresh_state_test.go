package wasm

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// mapModule builds a module for map mode by hand: yumen_alloc gives 2048, yumen_map leaves one i64 as its only
// coordinate.
type mapModule struct {
	imports []byte   // elements of the import section
	nImport byte     // how many
	types   [][]byte // further types, from number 3 on
	pages   []byte   // limits of the memory; one page to begin with
	table   []byte   // elements of the table section
	globals []byte   // of the global section, with their number
	exports []byte   // further elements
	nExport byte
	elems   []byte // the element section with its number
	datas   []byte // the data section with its number
	locals  []byte // of yumen_map
	code    []byte // of yumen_map: leaves an i64
	alloc   []byte // of yumen_alloc
	init    []byte // of _initialize, if there is one
}

func (m mapModule) bytes() []byte {
	types := [][]byte{{0x60, 1, typeI32, 1, typeI32}, {0x60, 2, typeI32, typeI32, 1, typeI64}, {0x60, 0, 0}}
	types = append(types, m.types...)
	if m.pages == nil {
		m.pages = []byte{0, 1}
	}
	if m.alloc == nil {
		m.alloc = (&assembler{}).i32(2048).code
	}
	if m.locals == nil {
		m.locals = []byte{0}
	}
	body := cat(m.locals, (&assembler{}).i32(1032).code, m.code, []byte{0x37, 3, 0},
		(&assembler{}).i64(1024<<32|16).code, []byte{opEnd})
	alloc := cat([]byte{0}, m.alloc, []byte{opEnd})
	init := cat([]byte{0}, m.init, []byte{opEnd})
	export := func(name string, kind, index byte) []byte { return cat(str(name), []byte{kind, index}) }
	exports := cat(export("memory", 2, 0), export(guestAlloc, 0, m.nImport), export(guestMap, 0, m.nImport+1),
		export(guestInit, 0, m.nImport+2), m.exports)
	var sections [][]byte
	add := func(id byte, body []byte) {
		if body != nil {
			sections = append(sections, section(id, body...))
		}
	}
	add(typeSection, append([]byte{byte(len(types))}, cat(types...)...))
	if m.nImport > 0 {
		add(importSection, append([]byte{m.nImport}, m.imports...))
	}
	add(functionSection, []byte{3, 0, 1, 2})
	add(tableSection, m.table)
	add(memorySection, append([]byte{1}, m.pages...))
	add(globalSection, m.globals)
	add(exportSection, append([]byte{4 + m.nExport}, exports...))
	add(elementSection, m.elems)
	if m.datas != nil {
		add(dataCountSection, []byte{m.datas[0]})
	}
	add(codeSection, cat([]byte{3}, uleb(nil, uint32(len(alloc))), alloc, uleb(nil, uint32(len(body))), body,
		uleb(nil, uint32(len(init))), init))
	add(dataSection, m.datas)
	return build(sections...)
}

func asm() *assembler { return &assembler{} }

// countMemory adds one to the i64 at an address and leaves it.
func countMemory(at int64) []byte {
	return asm().i32(at).i32(at).op(0x29, 0, 0).i64(1).op(0x7c, 0x37, 0, 0).i32(at).op(0x29, 0, 0).code
}

var passiveByte = []byte{1, 1, 1, 7}                             // one passive segment of one byte
var oneTable = []byte{1, 0x70, 0, 2}                             // two elements of funcref
var nullCheck = []byte{opTableGet, 0, opRefIsNull, 0x45, 0xad}   // 1 where there is a function
var setFirst = asm().i32(0).op(opRefFunc, 0, opTableSet, 0).code // table[0] = yumen_alloc
var declared = []byte{1, 3, 0, 1, 0}                             // function 0 may be referred to

// hidingPlaces are modules that keep a counter from call to call if they can.
var hidingPlaces = []struct {
	name    string
	module  mapModule
	refused string // what the refusal says, if it is refused
}{
	{name: "memory", module: mapModule{code: countMemory(512)}},
	{name: "last bytes of the memory", module: mapModule{code: countMemory(65528)}},
	{name: "store across a block's end", module: mapModule{code: countMemory(8<<10 - 4)}},
	{name: "store with an offset",
		module: mapModule{code: asm().i32(8).i32(8).op(0x29, 0).op(0x80, 0x40).i64(1).op(0x7c, 0x37, 0, 0x80,
			0x40).i32(8).op(0x29, 0, 0x80, 0x40).code}},
	{name: "memory behind the first 64 blocks",
		module: mapModule{pages: []byte{0, 1},
			code: cat(asm().i32(3).op(opMemoryGrow, 0, 0x1a).code, countMemory(150_000))}},
	{name: "grown memory", module: mapModule{code: asm().i32(1).op(opMemoryGrow, 0, 0xad).code}},
	{name: "size of the memory",
		module: mapModule{code: asm().i32(1).op(opMemoryGrow, 0, 0x1a, opMemorySize, 0, 0xad).code}},
	{name: "memory.fill", module: mapModule{code: asm().i32(700).i32(700).op(0x2d, 0, 0).i32(1).op(0x6a).i32(1).op(0xfc,
		11, 0).i32(700).op(0x31, 0, 0).code}},
	{name: "memory.fill over many blocks",
		module: mapModule{code: asm().i32(30_000).i32(30_000).op(0x2d, 0, 0).i32(1).op(0x6a).i32(30_000).op(0xfc, 11,
			0).i32(59_000).op(0x31, 0, 0).code}},
	{name: "memory.copy", module: mapModule{code: asm().i32(900).i32(900).op(0x29, 0, 0).i64(1).op(0x7c, 0x37, 0, 0).
		i32(40_000).i32(40_000).op(0x29, 0, 0).i64(1).op(0x7c, 0x37, 0, 0).i32(50_000).i32(40_000).i32(8).op(0xfc, 10,
		0, 0).i32(50_000).op(0x29, 0, 0).code}},
	{name: "memory.copy alone",
		module: mapModule{code: asm().i32(20_001).i32(20_000).i32(100).op(0xfc, 10, 0,
			0).i32(20_000).i32(1).i32(1).op(0xfc, 11, 0).i32(20_002).op(0x31, 0, 0).code}},
	{name: "memory.init", module: mapModule{datas: passiveByte,
		code: asm().i32(33_000).op(0x31, 0, 0).i32(33_000).i32(0).i32(1).op(0xfc, 8, 0, 0).code}},
	{name: "exported global", module: mapModule{globals: []byte{1, typeI64, 1, opI64Const, 5, opEnd},
		exports: cat(str("g"), []byte{3, 0}), nExport: 1,
		code: asm().get(0).i64(1).op(0x7c).set(0).get(0).code}},
	{name: "global that is not exported",
		module: mapModule{globals: []byte{1, typeI64, 1, opI64Const, 5, opEnd},
			code: asm().get(0).i64(1).op(0x7c).set(0).get(0).code}},
	{name: "i32 global", module: mapModule{globals: []byte{1, typeI32, 1, opI32Const, 5, opEnd},
		code: asm().get(0).i32(1).op(0x6a).set(0).get(0).op(0xad).code}},
	{name: "f32 global", module: mapModule{globals: []byte{1, typeF32, 1, opF32Const, 0, 0, 0, 0, opEnd},
		code: asm().get(0).op(opF32Const, 0, 0, 0x80, 0x3f, 0x92).set(0).get(0).op(0xae).code}},
	{name: "f64 global", module: mapModule{globals: []byte{1, typeF64, 1, opF64Const, 0, 0, 0, 0, 0, 0, 0, 0, opEnd},
		code: asm().get(0).op(opF64Const, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0xa0).set(0).get(0).op(0xb0).code}},
	{name: "v128 global", module: mapModule{globals: cat([]byte{1, typeV128, 1, 0xfd, 12}, make([]byte, 16),
		[]byte{opEnd}),
		code: asm().get(0).get(0).op(0xfd, 29, 1).i64(1).op(0x7c, 0xfd, 30, 1).set(0).get(0).op(0xfd, 29, 1).code}},
	{name: "funcref global", module: mapModule{globals: []byte{1, 0x70, 1, opRefNull, 0x70, opEnd},
		code: asm().get(0).op(opRefIsNull, 0xad).op(opRefFunc, 0).set(0).code}},
	{name: "table element", module: mapModule{table: oneTable, elems: declared,
		code: cat(asm().i32(0).op(nullCheck...).code, setFirst)}, refused: "function 1 uses table.set"},
	{name: "grown table", module: mapModule{table: oneTable,
		code: asm().op(opRefNull, 0x70).i32(1).op(0xfc, 15, 0, 0xad).code}, refused: "function 1 uses table.grow"},
	{name: "filled table", module: mapModule{table: oneTable, elems: declared,
		code: asm().i32(0).op(nullCheck...).i32(0).op(opRefFunc, 0).i32(2).op(0xfc, 17, 0).code},
		refused: "function 1 uses table.fill"},
	{name: "copied table", module: mapModule{table: oneTable, elems: []byte{1, 0, opI32Const, 1, opEnd, 1, 0},
		code: asm().i32(0).op(nullCheck...).i32(0).i32(1).i32(1).op(0xfc, 14, 0, 0).code},
		refused: "function 1 uses table.copy"},
	{name: "table from a segment",
		module: mapModule{table: oneTable, elems: []byte{1, 1, 0, 1, 0},
			code: asm().i32(0).op(nullCheck...).i32(0).i32(0).i32(1).op(0xfc, 12, 0, 0).code},
		refused: "function 1 uses table.init"},
	{name: "dropped element segment",
		module:  mapModule{table: oneTable, elems: []byte{1, 1, 0, 1, 0}, code: asm().i64(1).op(0xfc, 13, 0).code},
		refused: "function 1 uses elem.drop"},
	{name: "dropped data segment", module: mapModule{datas: passiveByte, code: asm().i64(1).op(0xfc, 9, 0).code},
		refused: "function 1 uses data.drop"},
	{name: "yumen_alloc", module: mapModule{alloc: asm().i32(512).i32(512).op(0x29, 0, 0).i64(1).op(0x7c, 0x37, 0,
		0).i32(2048).code, code: asm().i32(512).op(0x29, 0, 0).code}},
	{name: "_initialize", module: mapModule{init: asm().i32(512).i64(40).op(0x37, 0, 0).code, code: countMemory(512)}},
}

func newFresh(t testing.TB, module []byte, steps int64) *fresh {
	t.Helper()
	f, err := loadFresh(t.Context(), nil, module, 128<<20, mapPages, steps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	return f
}

// TestHiddenCounter holds that a module cannot tell the first call from the third, wherever it keeps its count, and
// that it could if nothing were put back.
func TestHiddenCounter(t *testing.T) {
	for _, c := range hidingPlaces {
		t.Run(c.name, func(t *testing.T) {
			module := c.module.bytes()
			if c.refused != "" {
				_, err := loadFresh(t.Context(), nil, module, 128<<20, mapPages, 1e6)
				if yumen.KindOf(err) != yumen.KindInvalid || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("not refused: %v", err)
				}
				return
			}
			f := newFresh(t, module, 1e6)
			counts := func(call func() []byte) (list []uint64) {
				for range 3 {
					list = append(list, binary.LittleEndian.Uint64(call()[8:]))
				}
				return list
			}
			got := counts(func() []byte {
				b, err := f.call(t.Context(), []byte("12345678"), 16)
				if err != nil {
					t.Fatal(err)
				}
				return b
			})
			if got[1] != got[0] || got[2] != got[0] {
				t.Errorf("it counted %v", got)
			}
			kept := counts(func() []byte {
				if _, err := f.mod.ExportedFunction(guestAlloc).Call(t.Context(), 8); err != nil {
					t.Fatal(err)
				}
				if _, err := f.mod.ExportedFunction(guestMap).Call(t.Context(), 2048, 8); err != nil {
					t.Fatal(err)
				}
				return f.memory[1024:1040]
			})
			if kept[0] == kept[1] && kept[1] == kept[2] && kept[0] == got[0] {
				t.Errorf("it would not count anyway: %v", kept)
			}
			f.reset()
			if !bytes.Equal(f.memory[:len(f.snapshot)], f.snapshot) ||
				len(bytes.Trim(f.memory[len(f.snapshot):], "\x00")) > 0 {
				t.Error("the memory differs from the snapshot")
			}
		})
	}
}

// TestHiddenCounterAfterTrap holds the same where the call before ended badly.
func TestHiddenCounterAfterTrap(t *testing.T) {
	for name, end := range map[string][]byte{
		"unreachable":   {opUnreachable},
		"out of bounds": asm().i32(-8).op(0x29, 0, 0, 0x1a).code,
		"endless loop":  {opLoop, emptyBlock, opBr, 0, opEnd},
		"recursion":     asm().i32(2048).i32(8).op(opCall, 1, 0x1a).code,
	} {
		// The first byte of the record tells whether to end badly.
		m := mapModule{code: cat(countMemory(512), asm().local(0).op(0x2d, 0, 0, opIf, emptyBlock).code, end,
			[]byte{opEnd})}
		f := newFresh(t, m.bytes(), 1e6)
		for i := range 6 {
			b, err := f.call(t.Context(), []byte{byte(i % 2), 0, 0, 0, 0, 0, 0, 0}, 16)
			if (err != nil) != (i%2 == 1) {
				t.Errorf("%s: call %d: %v", name, i, err)
			}
			if err == nil && b[8] != 1 {
				t.Errorf("%s: call %d counted to %d", name, i, b[8])
			}
		}
	}
}

func TestResultOfAnotherLength(t *testing.T) {
	f := newFresh(t, mapModule{code: asm().i64(1).code}.bytes(), 1e6)
	if _, err := f.call(t.Context(), make([]byte, 8), 24); err == nil {
		t.Error("a result of 16 bytes was taken for 24")
	}
}

func BenchmarkFresh(b *testing.B) {
	for name, pages := range map[string]byte{"1": 1, "2": 2, "17": 17} {
		m := mapModule{pages: []byte{0, pages}, code: cat(countMemory(512), []byte{0x1a}, countMemory(40_000))}
		f := newFresh(b, m.bytes(), 1e6)
		record := make([]byte, 200)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := f.call(b.Context(), record, 16); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
