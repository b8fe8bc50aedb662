package wasm

// Instructions that rewriting looks at (WebAssembly Core Specification, 5.4). Those behind a prefix have it in the next
// byte.
const (
	opUnreachable = 0x00
	opNop         = 0x01
	opBlock       = 0x02
	opLoop        = 0x03
	opIf          = 0x04
	opElse        = 0x05
	opEnd         = 0x0b
	opBr          = 0x0c
	opBrIf        = 0x0d
	opBrTable     = 0x0e
	opReturn      = 0x0f
	opCall        = 0x10
	opCallIndir   = 0x11
	opSelectT     = 0x1c
	opLocalGet    = 0x20
	opLocalSet    = 0x21
	opLocalTee    = 0x22
	opGlobalGet   = 0x23
	opGlobalSet   = 0x24
	opTableGet    = 0x25
	opTableSet    = 0x26
	opFirstMem    = 0x28
	opFirstStore  = 0x36
	opLastMem     = 0x3e
	opMemorySize  = 0x3f
	opMemoryGrow  = 0x40
	opI32Const    = 0x41
	opI64Const    = 0x42
	opF32Const    = 0x43
	opF64Const    = 0x44
	opFirstPlain  = 0x45
	opLastPlain   = 0xc4
	opRefNull     = 0xd0
	opRefIsNull   = 0xd1
	opRefFunc     = 0xd2

	prefixMisc = 0xfc00
	opMemInit  = prefixMisc + 8
	opDataDrop = prefixMisc + 9
	opMemCopy  = prefixMisc + 10
	opMemFill  = prefixMisc + 11
	opTabInit  = prefixMisc + 12
	opElemDrop = prefixMisc + 13
	opTabCopy  = prefixMisc + 14
	opTabGrow  = prefixMisc + 15
	opTabSize  = prefixMisc + 16
	opTabFill  = prefixMisc + 17

	prefixSIMD       = 0xfd00
	opV128Store      = prefixSIMD + 11
	opV128Const      = prefixSIMD + 12
	opShuffle        = prefixSIMD + 13
	opFirstLane      = prefixSIMD + 21
	opLastLane       = prefixSIMD + 34
	opFirstLoadLane  = prefixSIMD + 84
	opFirstStoreLane = prefixSIMD + 88
	opLastStoreLane  = prefixSIMD + 91
	opV128LoadZero32 = prefixSIMD + 92
	opV128LoadZero64 = prefixSIMD + 93
	opLastSIMD       = prefixSIMD + 255
	emptyBlock       = 0x40
	unknownOp        = -1
)

// instruction is one instruction of a function, with what rewriting needs of its immediates.
type instruction struct {
	op         int
	start, end int
	index      uint32 // of a called function
	offset     uint32 // of a memory access
}

// instruction reads the next instruction. What is not in the feature set that wazero is run with is unknownOp.
func (c *cursor) instruction() instruction {
	i := instruction{start: c.at}
	i.op = int(c.byte())
	switch i.op {
	case 0xfc, 0xfd:
		if sub := c.uint(); sub <= 255 {
			i.op = i.op<<8 | int(sub)
		} else {
			i.op = unknownOp
		}
	}
	c.immediates(&i)
	if i.end = c.at; c.bad {
		i.op = unknownOp
	}
	return i
}

func (c *cursor) immediates(i *instruction) {
	switch op := i.op; {
	case op == opBlock, op == opLoop, op == opIf, op == opI32Const, op == opI64Const, op == opRefNull:
		c.sint()
	case op == opCall, op == opRefFunc:
		i.index = c.uint()
	case op == opBr, op == opBrIf, op >= opLocalGet && op <= opTableSet, op >= opTabGrow && op <= opTabFill,
		op == opDataDrop, op == opElemDrop:
		c.uint()
	case op == opBrTable:
		for n := c.uint(); n > 0 && !c.bad; n-- {
			c.uint()
		}
		c.uint()
	case op == opCallIndir, op == opTabInit, op == opTabCopy:
		c.uint()
		c.uint()
	case op == opSelectT:
		c.bytes()
	case op >= opFirstMem && op <= opLastMem, op >= prefixSIMD && op <= opV128Store, op == opV128LoadZero32,
		op == opV128LoadZero64:
		c.uint()
		i.offset = c.uint()
	case op >= opFirstLoadLane && op <= opLastStoreLane:
		c.uint()
		i.offset = c.uint()
		c.skip(1)
	case op == opMemorySize, op == opMemoryGrow, op == opMemFill, op >= opFirstLane && op <= opLastLane:
		c.skip(1)
	case op == opMemInit:
		c.uint()
		c.skip(1)
	case op == opMemCopy:
		c.skip(2)
	case op == opF32Const:
		c.skip(4)
	case op == opF64Const:
		c.skip(8)
	case op == opV128Const, op == opShuffle:
		c.skip(16)
	case plain(op):
	default:
		i.op = unknownOp
	}
}

// plain reports whether an instruction has no immediates.
func plain(op int) bool {
	switch op {
	case opUnreachable, opNop, opElse, opEnd, opReturn, 0x1a, 0x1b, opRefIsNull:
		return true
	}
	return op >= opFirstPlain && op <= opLastPlain || op >= prefixMisc && op <= prefixMisc+7 || op > opShuffle &&
		op <= opLastSIMD
}

// stored returns the type of the value that a store takes.
func stored(op int) (valueType byte, ok bool) {
	if op == opV128Store || op >= opFirstStoreLane && op <= opLastStoreLane {
		return typeV128, true
	}
	if op < opFirstStore || op > opLastMem {
		return 0, false
	}
	return [...]byte{typeI32, typeI64, typeF32, typeF64, typeI32, typeI32, typeI64, typeI64, typeI64}[op-opFirstStore],
		true
}
