package duck

/*
#include <stdint.h>
#include <stdlib.h>
extern void yumenCall(void *, void *, void *);
*/
import "C"

import (
	"errors"
	"runtime/cgo"
	"sync/atomic"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/yumen-data/yumen"
)

// function is a scalar function that the engine calls while it runs a statement, with the values of its arguments for
// at most 2048 rows, on the thread that makes those rows. They are read where the engine made them: a result that is
// fetched is copied once more. See duckdb_scalar_function_t in duckdb.h.
type function struct {
	name   string
	call   func(in chunk, out vector) error
	handle cgo.Handle
	at     *C.uintptr_t          // holds the handle, for the engine to give back
	err    atomic.Pointer[error] // of call
}

// register makes a function known to the engine, before it runs a statement, until it is closed. The function is called
// for rows with NULL too. One that is volatile is called for each row; another may be called once for each value of a
// dictionary, also for those that no row has.
func (v *vectors) register(volatile bool, args []yumen.Type, result yumen.Type,
	call func(in chunk, out vector) error) (*function, error) {
	conn, err := rawConnection(v.conn)
	if err != nil {
		return nil, err
	}
	f := &function{name: "_f" + sqlInt(int64(len(v.functions))), call: call}
	f.at = (*C.uintptr_t)(C.malloc(C.sizeof_uintptr_t))
	f.handle = cgo.NewHandle(f)
	*f.at = C.uintptr_t(f.handle)
	v.functions = append(v.functions, f)

	s := bindings.CreateScalarFunction()
	defer bindings.DestroyScalarFunction(&s)
	bindings.ScalarFunctionSetName(s, f.name)
	for _, t := range args {
		withLogicalType(t, func(l bindings.LogicalType) { bindings.ScalarFunctionAddParameter(s, l) })
	}
	withLogicalType(result, func(l bindings.LogicalType) { bindings.ScalarFunctionSetReturnType(s, l) })
	if volatile {
		bindings.ScalarFunctionSetVolatile(s)
	}
	bindings.ScalarFunctionSetSpecialHandling(s)
	bindings.ScalarFunctionSetExtraInfo(s, unsafe.Pointer(f.at), nil)
	bindings.ScalarFunctionSetFunction(s, unsafe.Pointer(C.yumenCall))
	if bindings.RegisterScalarFunction(conn, s) == bindings.StateError {
		return nil, errors.New("the engine takes no function")
	}
	return f, nil
}

// forget frees what the engine was given, once it is closed.
func (v *vectors) forget() {
	for _, f := range v.functions {
		f.handle.Delete()
		C.free(unsafe.Pointer(f.at))
	}
	v.functions = nil
}

//export yumenCall
func yumenCall(info, input, output unsafe.Pointer) {
	i := bindings.FunctionInfo{Ptr: info}
	f := cgo.Handle(*(*C.uintptr_t)(bindings.ScalarFunctionGetExtraInfo(i))).Value().(*function)
	rows := bindings.DataChunk{Ptr: input}
	in := chunk{&stream{chunk: rows}, int(bindings.DataChunkGetSize(rows))}
	out := vector{data: bindings.VectorGetData(bindings.Vector{Ptr: output})}
	if err := f.call(in, out); err != nil {
		f.err.Store(&err)
		bindings.ScalarFunctionSetError(i, "the statement is not needed any more")
	}
}

// reason returns the error of a function in place of that of the statement that it ended.
func (v *vectors) reason(err error) error {
	for _, f := range v.functions {
		if why := f.err.Swap(nil); why != nil {
			return *why
		}
	}
	return err
}

// withLogicalType shows the engine's type of a column.
func withLogicalType(t yumen.Type, show func(bindings.LogicalType)) {
	l := bindings.LogicalType{}
	if p, s, ok := t.Decimal(); ok {
		l = bindings.CreateDecimalType(uint8(p), uint8(s))
	} else {
		l = bindings.CreateLogicalType(plainTypes[t])
	}
	defer bindings.DestroyLogicalType(&l)
	show(l)
}

var plainTypes = map[yumen.Type]bindings.Type{
	yumen.TypeBoolean: bindings.TypeBoolean, yumen.TypeInteger: bindings.TypeBigInt,
	yumen.TypeDouble: bindings.TypeDouble,
	yumen.TypeDate:   bindings.TypeDate, yumen.TypeTimestamp: bindings.TypeTimestamp,
	yumen.TypeText: bindings.TypeVarchar,
	codeType:       bindings.TypeInteger,
}
