package wasm

import "github.com/yumen-data/yumen"

// local is a local variable that rewriting adds to a function: a type and what it is for.
type local struct {
	valueType byte
	use       int
}

// function is one function on its way from the old code to the new.
type function struct {
	*rewriter
	number uint32
	next   uint64 // number of the next local
	locals map[local]uint32
	added  []byte // types of added locals
	out    []byte
	run    []byte // instructions since the last count
	cost   int64  // of run
}

// local returns an added local variable.
func (f *function) local(t byte, use int) uint32 {
	l := local{t, use}
	if _, ok := f.locals[l]; !ok {
		f.locals[l] = uint32(f.next)
		f.next++
		f.added = append(f.added, t)
	}
	return f.locals[l]
}

func (f *function) emit(op byte, args ...uint32) {
	f.run = append(f.run, op)
	for _, a := range args {
		f.run = uleb(f.run, a)
	}
}

// instruction copies one instruction, with what must go before it.
func (f *function) instruction(i instruction, code []byte) {
	if why, bad := refused[i.op]; bad {
		f.refuse("module.state",
			yumen.Say("function %[1]d uses %[2]s: %[3]s", "函数 %[1]d 使用了 %[2]s：%[3]s", f.number, why.name, why.text))
		return
	}
	f.cost += f.costOf(i)
	valueType, store := stored(i.op)
	switch {
	case i.op == unknownOp:
		f.refuse("module.state",
			yumen.Say("function %d has an instruction at byte %d that is not known here", "函数 %d 在字节 %d 处有未知指令",
				f.number, i.start))
	case store:
		f.store(valueType, i.offset, code)
	case i.op == opMemFill, i.op == opMemCopy, i.op == opMemInit:
		f.bulk(code)
	case i.op == opMemorySize:
		f.emit(opGlobalGet, f.size)
	case i.op == opMemoryGrow:
		f.emit(opCall, f.grow)
	default:
		f.run = append(f.run, code...)
	}
	switch i.op {
	case opLoop, opIf, opElse, opEnd, opBr, opBrIf, opBrTable, opReturn, opUnreachable:
		f.flush()
	}
}

func (f *function) costOf(i instruction) int64 {
	switch i.op {
	case opBlock, opLoop, opElse, opEnd, opNop:
		return 0
	case opCall:
		if i.index < uint32(len(f.imports)) {
			return hostSteps
		}
	}
	return 1
}

// refused are the instructions whose effect could not be undone. Compilers for C, Rust and Go do not use them.
var refused = map[int]struct {
	name string
	text yumen.Text
}{
	opTableSet: {"table.set", changesTable}, opTabInit: {"table.init", changesTable},
	opTabCopy: {"table.copy", changesTable},
	opTabGrow: {"table.grow", changesTable}, opTabFill: {"table.fill", changesTable},
	opElemDrop: {"elem.drop", dropsSegment}, opDataDrop: {"data.drop", dropsSegment},
}

var (
	changesTable = yumen.Say("a table must stay as it is from unit to unit", "表在各单元之间必须保持不变")
	dropsSegment = yumen.Say("a segment must stay as it is from unit to unit", "段在各单元之间必须保持不变")
)

// flush writes the instructions gathered so far behind a count of them. They are run from the first to the last or not
// at all, unless one of them traps.
func (f *function) flush() {
	if f.cost > 0 {
		f.out = append(uleb(append(f.out, opGlobalGet), f.steps), opI64Const)
		f.out = append(sleb(f.out, f.cost), 0x7d) // i64.sub
		f.out = uleb(append(f.out, opGlobalSet), f.steps)
		f.out = uleb(append(f.out, opGlobalGet), f.steps)
		f.out = append(f.out, opI64Const, 0, 0x53, opIf, emptyBlock, opUnreachable, opEnd) // i64.lt_s
	}
	f.out = append(f.out, f.run...)
	f.run, f.cost = f.run[:0], 0
}

// store marks where a store goes. An address that does not fit in 32 bits is not marked right, but then the store
// traps.
func (f *function) store(valueType byte, offset uint32, code []byte) {
	value, addr, at := f.local(valueType, 0), f.local(typeI32, 1), f.local(typeI32, 2)
	f.emit(opLocalSet, value)
	f.emit(opLocalTee, addr)
	f.emit(opLocalGet, addr)
	f.run = append(sleb(append(f.run, opI32Const), int64(int32(offset))), 0x6a) // i32.add
	f.emit(opLocalTee, at)
	f.run = append(sleb(append(f.run, opI32Const), int64(int32(uint32(64)<<f.shift))), 0x49, opIf, emptyBlock) // i32.lt_u
	f.emit(opGlobalGet, f.dirty)
	f.run = append(f.run, opI64Const, 1)
	f.emit(opLocalGet, at)
	f.run = append(f.run, opI32Const, byte(f.shift), 0x76, 0xad, 0x86, 0x84) // i32.shr_u, i64.extend_i32_u, i64.shl, i64.or
	f.emit(opGlobalSet, f.dirty)
	f.run = append(f.run, opElse)
	f.emit(opLocalGet, at)
	f.emit(opGlobalGet, f.high)
	f.run = append(f.run, 0x4b, opIf, emptyBlock) // i32.gt_u
	f.emit(opLocalGet, at)
	f.emit(opGlobalSet, f.high)
	f.run = append(f.run, opEnd, opEnd)
	f.emit(opLocalGet, value)
	f.run = append(f.run, code...)
}

// bulk marks where memory.fill, memory.copy or memory.init goes: from its first operand, as long as its third.
func (f *function) bulk(code []byte) {
	to, from, n := f.local(typeI32, 1), f.local(typeI32, 2), f.local(typeI32, 3)
	f.emit(opLocalSet, n)
	f.emit(opLocalSet, from)
	f.emit(opLocalTee, to)
	f.emit(opLocalGet, n)
	f.emit(opCall, f.markRange)
	f.emit(opLocalGet, to)
	f.emit(opLocalGet, from)
	f.emit(opLocalGet, n)
	f.run = append(f.run, code...)
}
