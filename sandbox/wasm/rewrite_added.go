package wasm

// rangeBody marks a range of memory and counts one step for every eight bytes of it.
func (r *rewriter) rangeBody() []byte {
	a := &assembler{}
	low := int64(int32(uint32(64) << r.shift))
	a.get(r.steps).local(1).op(0xad).i64(3).op(0x88, 0x7d).set(r.steps) // steps -= length >> 3
	a.get(r.steps).i64(0).op(0x53, opIf, emptyBlock, opUnreachable, opEnd)
	a.local(1).op(0x45, opIf, emptyBlock, opReturn, opEnd) // length = 0
	a.local(0).local(1).op(0x6a).i32(1).op(0x6b).setLocal(2)
	a.local(2).local(0).op(0x49, opIf, emptyBlock, opReturn, opEnd) // beyond 32 bits: it will trap
	a.local(2).i32(low).op(0x4f, opIf, emptyBlock)                  // last ≥ low: raise the mark
	a.local(2).get(r.high).op(0x4b, opIf, emptyBlock).local(2).set(r.high).op(opEnd)
	a.i32(int64(uint32(64)<<r.shift - 1)).setLocal(2).op(opEnd)
	a.local(0).local(2).op(0x4b, opIf, emptyBlock, opReturn, opEnd) // nothing below
	a.get(r.dirty)
	a.i64(2).local(2).i32(int64(r.shift)).op(0x76, 0xad, 0x86) // 2 << last block
	a.i64(1).local(0).i32(int64(r.shift)).op(0x76, 0xad, 0x86) // 1 << first block
	a.op(0x7d, 0x84).set(r.dirty)                              // dirty |= difference
	return a.body(1, typeI32)
}

// growBody is memory.grow over a memory that has its full size already.
func (r *rewriter) growBody() []byte {
	a := &assembler{}
	a.get(r.size).setLocal(1)
	a.local(0).i32(int64(r.pages)).local(1).op(0x6b, 0x4b, opIf, emptyBlock).i32(-1).op(opReturn, opEnd)
	a.local(1).local(0).op(0x6a).set(r.size)
	a.local(1)
	return a.body(1, typeI32)
}

func (r *rewriter) beginBody() []byte {
	a := &assembler{}
	shadow := r.size + 1
	for i, g := range r.state() {
		a.get(shadow + uint32(i)).set(g)
	}
	a.local(0).set(r.steps)
	a.i64(0).set(r.dirty).i32(0).set(r.high)
	alloc, _, _ := r.function(guestAlloc)
	a.local(1).op(opCall)
	a.code = uleb(a.code, alloc)
	return a.body(0, 0)
}

func (r *rewriter) saveBody() []byte {
	a := &assembler{}
	shadow := r.size + 1
	for i, g := range r.state() {
		a.get(g).set(shadow + uint32(i))
	}
	return a.body(0, 0)
}

// assembler writes the added functions.
type assembler struct{ code []byte }

func (a *assembler) op(ops ...byte) *assembler { a.code = append(a.code, ops...); return a }

func (a *assembler) get(g uint32) *assembler { a.code = uleb(append(a.code, opGlobalGet), g); return a }

func (a *assembler) set(g uint32) *assembler { a.code = uleb(append(a.code, opGlobalSet), g); return a }

func (a *assembler) local(l byte) *assembler { return a.op(opLocalGet, l) }

func (a *assembler) setLocal(l byte) *assembler { return a.op(opLocalSet, l) }

func (a *assembler) i32(v int64) *assembler {
	a.code = sleb(append(a.code, opI32Const), int64(int32(v)))
	return a
}

func (a *assembler) i64(v int64) *assembler { a.code = sleb(append(a.code, opI64Const), v); return a }

// body closes the function, with n more locals of a type.
func (a *assembler) body(n, valueType byte) []byte {
	locals := []byte{0}
	if n > 0 {
		locals = []byte{1, n, valueType}
	}
	return append(append(locals, a.code...), opEnd)
}
