package guest

import "unsafe"

// room holds the record. uint64 keeps it where a multiple of 8 is.
var (
	room   []uint64
	result Result
)

//go:wasmexport yumen_alloc
func alloc(size uint32) uint32 {
	room = make([]uint64, (size+7)/8+1)
	return uint32(uintptr(unsafe.Pointer(&room[0])))
}

//go:wasmexport yumen_map
func run(_, size uint32) uint64 {
	result = Run(unsafe.Slice((*byte)(unsafe.Pointer(&room[0])), size))
	return uint64(uintptr(unsafe.Pointer(&result[0])))<<32 | uint64(len(result))
}
