package wasm

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/yumen-data/yumen"
)

var magic = []byte("\x00asm\x01\x00\x00\x00")

const (
	wasi     = wasi_snapshot_preview1.ModuleName
	pageSize = 64 << 10
)

// validate reports whether a module could be run at all: that it is well-formed WebAssembly, imports nothing but known
// functions of WASI preview 1 and is a command. It runs nothing, but it parses and compiles foreign bytes, so it is
// called inside enclaves only. What it compiles goes into the cache, where there is one. Errors are of kind invalid and
// name every reason.
func validate(ctx context.Context, cache wazero.CompilationCache, module []byte) error {
	r, err := newRuntime(ctx, cache)
	if err != nil {
		return err
	}
	defer r.Close(ctx)
	_, err = compile(ctx, r, module)
	return err
}

// newRuntime leaves out wazero's own check of the deadline, which calls out of the compiled code at every turn of every
// loop and doubled the time of the readmission guest. A module that does not end is killed from outside, with its
// process.
func newRuntime(ctx context.Context, cache wazero.CompilationCache) (wazero.Runtime, error) {
	r := wazero.NewRuntimeWithConfig(ctx, freshConfig(cache))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, fmt.Errorf("set up WASI: %w", err)
	}
	return r, nil
}

// compile checks everything about a module that does not depend on running it.
func compile(ctx context.Context, r wazero.Runtime, module []byte) (wazero.CompiledModule, error) {
	compiled, err := wellFormed(ctx, r, module)
	if err != nil {
		return nil, err
	}
	reasons := append(importReasons(r, module), exportReasons(compiled)...)
	return compiled, yumen.Refuse(yumen.KindInvalid,
		yumen.Say("the module is not a WASI preview 1 command that can run here",
			"该模块不是可在此运行的 WASI preview 1 命令模块"), reasons)
}

func wellFormed(ctx context.Context, r wazero.Runtime, module []byte) (wazero.CompiledModule, error) {
	if !bytes.HasPrefix(module, magic) {
		return nil, yumen.Errorf(yumen.KindInvalid, "not a WebAssembly module", "不是 WebAssembly 模块").
			ToFix("submit a core module, version 1 (not a component, not text format)", "请提交版本 1 的核心模块（不是组件，也不是文本格式）")
	}
	compiled, err := wazero.CompiledModule(nil), errBinary
	if plausible(module) {
		compiled, err = r.CompileModule(ctx, module)
	}
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "the WebAssembly module is not valid",
			"WebAssembly 模块无效").Because(err)
	}
	return compiled, nil
}

func exportReasons(m wazero.CompiledModule) []yumen.Reason {
	var reasons []yumen.Reason
	start, ok := m.ExportedFunctions()["_start"]
	if !ok || len(start.ParamTypes()) != 0 || len(start.ResultTypes()) != 0 {
		reasons = append(reasons, yumen.Reason{Rule: "module.start",
			Msg: yumen.Say("it exports no function _start without parameters and results", "没有导出无参数、无返回值的 _start 函数")})
	}
	if m.ExportedMemories()["memory"] == nil {
		reasons = append(reasons,
			yumen.Reason{Rule: "module.memory", Msg: yumen.Say("it exports no memory", "没有导出 memory")})
	}
	return reasons
}

// importReasons lists every import that is not a known function of WASI preview 1.
func importReasons(r wazero.Runtime, module []byte) []yumen.Reason {
	imports, err := readImports(module)
	if err != nil {
		return []yumen.Reason{{Rule: "module.imports", Msg: yumen.Say("its imports cannot be read", "无法读取其导入项")}}
	}
	known := r.Module(wasi).ExportedFunctionDefinitions()
	var reasons []yumen.Reason
	for _, i := range imports {
		if i.module == wasi && i.kind == byte(api.ExternTypeFunc) && known[i.name] != nil {
			continue
		}
		name := i.module + "." + i.name
		msg := yumen.Say("it imports %[1]s; only functions of %[2]s are there", "它导入了 %[1]s；只提供 %[2]s 的函数", name, wasi)
		if !slices.ContainsFunc(reasons, func(r yumen.Reason) bool { return r.Msg == msg }) {
			reasons = append(reasons, yumen.Reason{Rule: "module.import", Msg: msg})
		}
		if len(reasons) == maxImportReasons {
			break
		}
	}
	return reasons
}

const maxImportReasons = 50

type moduleImport struct {
	module, name string
	kind         byte
}

// readImports reads the import section (WebAssembly Core Specification, 5.5.5) of a module that wazero found
// well-formed. wazero itself shows imported functions and memories only.
func readImports(module []byte) ([]moduleImport, error) {
	m, err := split(module)
	if err != nil {
		return nil, err
	}
	var list []moduleImport
	name := func(c *cursor) string { return strings.ToValidUTF8(string(c.bytes()), "�") }
	if !m.each(importSection, func(c *cursor) {
		i := moduleImport{name(c), name(c), c.byte()}
		switch i.kind { // the type of what is imported
		case 0: // function
			c.uint()
		case 1: // table
			c.skip(1)
			c.limits()
		case 2: // memory
			c.limits()
		case 3: // global
			c.skip(2)
		default:
			c.bad = true
		}
		list = append(list, i)
	}) {
		return nil, errBinary
	}
	return list, nil
}
