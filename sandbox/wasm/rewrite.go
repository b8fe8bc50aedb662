package wasm

import "github.com/yumen-data/yumen"

// resettable is a module rewritten so that a host can bring it back to one state as often as it likes, exactly and in
// less time than a page fault takes, and so that it ends by itself:
//
//   - every mutable global, exported or not, has a shadow; the function "yumen:save" fills the shadows and "yumen:begin"
//     puts them back;
//   - every store marks the block of memory it goes to in a global, or raises a high-water mark above the last block, so that
//     the host copies back only what changed;
//   - the memory has its full size from the start; memory.size and memory.grow work on a global, which is put back as well;
//   - every stretch of code counts its instructions against a budget of steps and traps when it is used up;
//   - what would change a table or drop a segment is refused.
//
// A module cannot touch what is added: it was found valid before, so none of its indices reaches that far, and code is
// not data in WebAssembly.
type resettable struct {
	code  []byte
	pages uint32 // of the memory
	low   uint64 // bytes of memory in 64 blocks
	shift uint   // a block is 1<<shift bytes
	init  bool   // it exports _initialize
}

// Names of what a rewritten module exports besides its own.
const (
	exportBegin = "yumen:begin" // (steps i64, size i32) → pointer: put back all globals, then yumen_alloc(size)
	exportSave  = "yumen:save"  // (): this is the state to come back to
	exportDirty = "yumen:dirty" // i64: one bit for each block of memory
	exportHigh  = "yumen:high"  // i32: the highest address above them that was stored to
)

// Exports that a module needs.
const (
	guestAlloc = "yumen_alloc"
	guestMap   = "yumen_map"
	guestInit  = "_initialize"
)

const (
	maxPages   = 1 << 16
	leastShift = 10
	mapPages   = 1024    // 64 MiB, the most a module has for one unit
	initSteps  = 1 << 30 // steps until it waits for the first unit
	hostSteps  = 100     // a call of the host counts as this many
	maxTable   = 1 << 20 // elements
	// maxStartPages keeps 64 blocks within 32 bits.
	maxStartPages = 1 << 14
)

// rewriter adds to a module what resettable says.
type rewriter struct {
	*binaryModule
	pages                      uint32 // of the memory
	shift                      uint
	steps, dirty, high, size   uint32 // globals
	markRange, grow            uint32 // functions
	rangeType, growType, begin uint32 // types
	save                       uint32
	reasons                    []yumen.Reason
}

// makeResettable rewrites a module that was found valid. Errors are of kind invalid and name every reason.
func makeResettable(module []byte, pages uint32) (*resettable, error) {
	m, err := parse(module)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "the WebAssembly module uses features that are not known here",
			"WebAssembly 模块使用了此处未知的特性")
	}
	r := &rewriter{binaryModule: m}
	r.abi()
	if m.memory.min > maxStartPages {
		r.refuse("module.memory",
			yumen.Say("its memory starts with more than %s", "其内存初始大小超过 %s", yumen.Size(maxStartPages*pageSize)))
		m.memory.min = maxStartPages
	}
	r.pages = max(m.memory.min, min(pages, m.memory.max))
	for r.shift = leastShift; uint64(64)<<r.shift < uint64(m.memory.min)*pageSize; r.shift++ {
	}
	r.declare()
	code := r.code()
	if err := yumen.Refuse(yumen.KindInvalid,
		yumen.Say("the module cannot be brought back to a fresh state for each unit, or lacks what map and block modes ask for",
			"该模块无法为每个单元恢复到全新状态，或缺少 map 与 block 模式的要求"), r.reasons); err != nil {
		return nil, err
	}
	r.sections[codeSection] = code
	r.sections[memorySection] = uleb(uleb([]byte{1, 1}, r.pages), r.pages)
	_, _, init := m.function(guestInit)
	return &resettable{code: r.bytes(), pages: r.pages, low: min(64<<r.shift, uint64(r.pages)*pageSize), shift: r.shift,
		init: init}, nil
}

func (r *rewriter) refuse(rule string, msg yumen.Text) {
	if len(r.reasons) < maxImportReasons {
		r.reasons = append(r.reasons, yumen.Reason{Rule: rule, Msg: msg})
	}
}

// abi checks what the module exports.
func (r *rewriter) abi() {
	for _, f := range []struct {
		name, shown     string
		params, results string
		optional        bool
	}{
		{guestAlloc, "(i32) → i32", "\x7f", "\x7f", false},
		{guestMap, "(i32, i32) → i64", "\x7f\x7f", "\x7e", false},
		{guestInit, "() → ()", "", "", true},
	} {
		_, t, ok := r.function(f.name)
		_, there := r.exports[f.name]
		if f.optional && !there {
			continue
		}
		if !ok || string(t.params) != f.params || string(t.results) != f.results {
			r.refuse("module.abi",
				yumen.Say("it exports no function %[1]s of type %[2]s", "没有导出类型为 %[2]s 的函数 %[1]s", f.name, f.shown))
		}
	}
	if e, ok := r.exports["memory"]; !ok || e.kind != 2 {
		r.refuse("module.memory", yumen.Say("it exports no memory", "没有导出 memory"))
	}
	for _, name := range []string{exportBegin, exportSave, exportDirty, exportHigh} {
		if _, ok := r.exports[name]; ok {
			r.refuse("module.abi", yumen.Say("it exports the name %s, which is the host's", "它导出了宿主保留的名称 %s", name))
		}
	}
	for _, n := range r.tables {
		if n > maxTable {
			r.refuse("module.table", yumen.Say("it has a table of more than %d elements", "其表超过 %d 个元素", maxTable))
		}
	}
}

// declare adds types, globals, functions and exports.
func (r *rewriter) declare() {
	types, funcs, globals := uint32(len(r.types)), uint32(len(r.imports)+len(r.funcs)), uint32(len(r.globals))
	r.extend(typeSection, 4, []byte{
		0x60, 2, typeI32, typeI32, 0, // range: (from, length)
		0x60, 1, typeI32, 1, typeI32, // grow: (pages) → pages before or −1
		0x60, 2, typeI64, typeI32, 1, typeI32, // begin
		0x60, 0, 0, // save
	})
	r.rangeType, r.growType, r.begin, r.save = types, types+1, types+2, types+3
	r.markRange, r.grow = funcs, funcs+1
	r.extend(functionSection, 4, uleb(uleb(uleb(uleb(nil, r.rangeType), r.growType), r.begin), r.save))
	r.steps, r.dirty, r.high, r.size = globals, globals+1, globals+2, globals+3
	body := append(sleb([]byte{typeI64, 1, opI64Const}, initSteps), opEnd)
	body = append(body, typeI64, 1, opI64Const, 0, opEnd, typeI32, 1, opI32Const, 0, opEnd, typeI32, 1, opI32Const)
	body = append(sleb(body, int64(r.memory.min)), opEnd)
	n := 4
	for _, g := range r.state() {
		body = append(body, r.zero(g)...)
		n++
	}
	r.extend(globalSection, n, body)
	var exports []byte
	for _, e := range []struct {
		name  string
		kind  byte
		index uint32
	}{{exportBegin, 0, funcs + 2}, {exportSave, 0, funcs + 3}, {exportDirty, 3, r.dirty}, {exportHigh, 3, r.high}} {
		exports = uleb(append(append(uleb(exports, uint32(len(e.name))), e.name...), e.kind), e.index)
	}
	r.extend(exportSection, 4, exports)
}

// state lists the globals to save: the module's own mutable ones and the size of its memory.
func (r *rewriter) state() []uint32 {
	var list []uint32
	for i, g := range r.globals {
		if g.mutable {
			list = append(list, uint32(i))
		}
	}
	return append(list, r.size)
}

// zero is a mutable global of the same type as another, without a value.
func (r *rewriter) zero(of uint32) []byte {
	t := byte(typeI32)
	if of < uint32(len(r.globals)) {
		t = r.globals[of].valueType
	}
	switch t {
	case typeI32:
		return []byte{t, 1, opI32Const, 0, opEnd}
	case typeI64:
		return []byte{t, 1, opI64Const, 0, opEnd}
	case typeF32:
		return []byte{t, 1, opF32Const, 0, 0, 0, 0, opEnd}
	case typeF64:
		return []byte{t, 1, opF64Const, 0, 0, 0, 0, 0, 0, 0, 0, opEnd}
	case typeV128:
		return append([]byte{t, 1, 0xfd, 12}, append(make([]byte, 16), opEnd)...)
	}
	return []byte{t, 1, opRefNull, t, opEnd} // funcref, externref
}

// code rewrites every function and adds the four new ones.
func (r *rewriter) code() []byte {
	c := &cursor{b: r.sections[codeSection]}
	n := uint32(0)
	if len(c.b) > 0 {
		n = c.uint()
	}
	out := uleb(nil, n+4)
	for i := range n {
		if int(i) >= len(r.funcs) {
			break
		}
		body := r.rewrite(i, c.bytes())
		out = append(uleb(out, uint32(len(body))), body...)
	}
	for _, body := range [][]byte{r.rangeBody(), r.growBody(), r.beginBody(), r.saveBody()} {
		out = append(uleb(out, uint32(len(body))), body...)
	}
	return out
}

// rewrite rewrites one function of the module.
func (r *rewriter) rewrite(number uint32, body []byte) []byte {
	f := &function{rewriter: r, number: uint32(len(r.imports)) + number, locals: map[local]uint32{}}
	c := &cursor{b: body}
	groups := c.uint()
	f.next = uint64(len(r.types[r.funcs[number]].params))
	for range groups {
		f.next += uint64(c.uint())
		c.skip(1)
	}
	declared := body[len(uleb(nil, groups)):c.at]
	for c.more() {
		i := c.instruction()
		f.instruction(i, body[i.start:i.end])
	}
	f.flush()
	out := uleb(nil, groups+uint32(len(f.added)))
	out = append(out, declared...)
	for _, t := range f.added {
		out = append(out, 1, t)
	}
	return append(out, f.out...)
}

// overlap is how far a store that begins in one block may reach into the next.
const overlap = 15
