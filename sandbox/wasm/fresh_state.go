package wasm

import (
	"context"
	"errors"
	"math"
	"math/bits"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/yumen-data/yumen"
)

// fresh runs a module's yumen_map again and again, each time in the state it had after _initialize.
type fresh struct {
	runtime     wazero.Runtime
	mod         api.Module
	shape       *resettable
	memory      []byte // all of it; it never moves
	snapshot    []byte // of the memory; zeros behind its end
	dirty, high api.Global
	steps       int64
	from, to    uint64 // what the host wrote
	stack       [2]uint64
}

// loadFresh checks, rewrites, compiles and starts a module. pages is the most memory it may have, steps the most
// instructions for each call. What it compiles goes into the cache, where there is one.
func loadFresh(ctx context.Context, cache wazero.CompilationCache, module []byte, limit uint64, pages uint32,
	steps int64) (*fresh, error) {
	shape, err := checkResettable(ctx, module, min(pages, uint32(limit/pageSize)))
	if err != nil {
		return nil, err
	}
	memory := &allocator{limit: limit}
	if uint64(shape.pages)*pageSize > limit {
		return nil, memory.exceeded()
	}
	f := &fresh{runtime: wazero.NewRuntimeWithConfig(ctx, freshConfig(cache)), shape: shape, steps: steps}
	if err := f.start(experimental.WithMemoryAllocator(ctx, memory)); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func freshConfig(cache wazero.CompilationCache) wazero.RuntimeConfig {
	config := wazero.NewRuntimeConfig().WithDebugInfoEnabled(false)
	if cache != nil {
		config = config.WithCompilationCache(cache)
	}
	return config
}

func notCompiled(err error) error {
	return yumen.Errorf(yumen.KindInvalid, "the WebAssembly module is not valid", "WebAssembly 模块无效").Because(err)
}

// checkResettable finds out whether a module is valid, asks for nothing that is not there and can be brought back to a
// fresh state. The interpreter validates without compiling.
func checkResettable(ctx context.Context, module []byte, pages uint32) (*resettable, error) {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithDebugInfoEnabled(false))
	defer r.Close(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, err
	}
	if _, err := wellFormed(ctx, r, module); err != nil {
		return nil, err
	}
	if err := yumen.Refuse(yumen.KindInvalid, yumen.Say("the module asks for what is not there", "该模块需要此处没有的内容"),
		importReasons(r, module)); err != nil {
		return nil, err
	}
	return makeResettable(module, pages)
}

// start brings the module to the state that every call begins with.
func (f *fresh) start(ctx context.Context) (err error) {
	defer func() {
		if recover() != nil {
			err = couldNotStart()
		}
	}()
	if err := instantiateStateless(ctx, f.runtime, f.wrote); err != nil {
		return err
	}
	compiled, err := f.runtime.CompileModule(ctx, f.shape.code)
	if err != nil {
		return notCompiled(err)
	}
	f.mod, err = f.runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return couldNotStart()
	}
	f.dirty, f.high = f.mod.ExportedGlobal(exportDirty), f.mod.ExportedGlobal(exportHigh)
	f.memory, _ = f.mod.Memory().Read(0, f.mod.Memory().Size())
	if f.shape.init {
		if _, err := f.mod.ExportedFunction(guestInit).Call(ctx); err != nil {
			return couldNotStart()
		}
	}
	if _, err := f.mod.ExportedFunction(exportSave).Call(ctx); err != nil {
		return couldNotStart()
	}
	used := max(f.shape.low, uint64(uint32(f.high.Get())), f.to) + overlap + 1
	f.snapshot = append(f.snapshot, f.memory[:min(used, uint64(len(f.memory)))]...)
	return nil
}

func couldNotStart() error {
	return failed("the module could not be started", "模块无法启动")
}

// wrote notes a range of memory that the host has written.
func (f *fresh) wrote(from, to uint64) {
	if f.to == 0 {
		f.from = from
	}
	f.from, f.to = min(f.from, from), max(f.to, to)
}

// reset brings the memory back. The globals follow with exportBegin.
func (f *fresh) reset() {
	for mask := f.dirty.Get(); mask != 0; mask &= mask - 1 {
		from := uint64(bits.TrailingZeros64(mask)) << f.shape.shift
		f.restore(from, from+1<<f.shape.shift+overlap)
	}
	if high := uint64(uint32(f.high.Get())); high > 0 {
		f.restore(f.shape.low, high+overlap+1)
	}
	f.restore(f.from, f.to)
	f.from, f.to = 0, 0
}

func (f *fresh) restore(from, to uint64) {
	from, to = min(from, uint64(len(f.memory))), min(to, uint64(len(f.memory)))
	n := copy(f.memory[from:to], f.snapshot[min(from, uint64(len(f.snapshot))):])
	clear(f.memory[from:to][n:])
}

var errGarbage = errors.New("not what was declared")

// call gives the module a record and returns its result of exactly size bytes, valid until the next call. An error
// means that it trapped, used up its steps or returned something else; which of them is disclosed to nobody.
//
// Each call has a handle and so a native stack of its own: how deep recursion may go depends on how far a stack has
// grown.
func (f *fresh) call(ctx context.Context, record []byte, size int) ([]byte, error) {
	f.reset()
	if len(record) > len(f.memory) {
		return nil, errGarbage
	}
	f.stack[0], f.stack[1] = uint64(f.steps), uint64(len(record))
	if err := f.mod.ExportedFunction(exportBegin).CallWithStack(ctx, f.stack[:]); err != nil {
		return nil, err
	}
	at := uint64(uint32(f.stack[0]))
	if at%8 != 0 || at+uint64(len(record)) > uint64(len(f.memory)) {
		return nil, errGarbage
	}
	f.wrote(at, at+uint64(copy(f.memory[at:], record)))
	f.stack[0], f.stack[1] = at, uint64(len(record))
	if err := f.mod.ExportedFunction(guestMap).CallWithStack(ctx, f.stack[:]); err != nil {
		return nil, err
	}
	at, n := f.stack[0]>>32, f.stack[0]&math.MaxUint32
	if n != uint64(size) || at+n > uint64(len(f.memory)) {
		return nil, errGarbage
	}
	return f.memory[at : at+n], nil
}

func (f *fresh) close() { _ = f.runtime.Close(context.Background()) }
