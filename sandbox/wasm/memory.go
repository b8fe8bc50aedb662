package wasm

import (
	"sync/atomic"
	"syscall"

	"github.com/tetratelabs/wazero/experimental"

	"github.com/yumen-data/yumen"
)

// allocator gives a module its linear memory out of reserved address space, so that growing neither moves nor copies
// it, and refuses to grow past the limit. Only pages that the module may touch count as data of the process.
type allocator struct {
	limit   uint64 // bytes
	refused atomic.Bool
}

// Allocate implements experimental.MemoryAllocator.
func (a *allocator) Allocate(_, max uint64) experimental.LinearMemory {
	space, err := syscall.Mmap(-1, 0, int(min(max, a.limit)), syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		a.refused.Store(true)
		return &linear{allocator: a}
	}
	return &linear{allocator: a, space: space}
}

func (a *allocator) exceeded() error {
	return yumen.Errorf(yumen.KindLimit, "the module needs more memory than %s", "模块所需内存超过 %s", yumen.Size(a.limit)).
		ToFix("make the job smaller, or ask for more memory in the contract", "请缩小任务，或在合同中申请更多内存")
}

type linear struct {
	allocator *allocator
	space     []byte
	open      uint64
}

// Reallocate returns nil where the memory cannot grow; memory.grow then gives the module −1.
func (l *linear) Reallocate(size uint64) []byte {
	if size > uint64(len(l.space)) {
		l.allocator.refused.Store(true)
		return nil
	}
	if size > l.open {
		if syscall.Mprotect(l.space[l.open:size], syscall.PROT_READ|syscall.PROT_WRITE) != nil {
			l.allocator.refused.Store(true)
			return nil
		}
		l.open = size
	}
	return l.space[:size:size]
}

// Free gives the address space back.
func (l *linear) Free() {
	if l.space != nil {
		_ = syscall.Munmap(l.space)
		l.space, l.open = nil, 0
	}
}
