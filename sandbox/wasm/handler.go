package wasm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// maxModule is the largest module that is looked at.
const maxModule = 64 << 20

// Inspect is the handler of task.Inspect: it validates the module for its mode without running it.
func Inspect(ctx context.Context, in sandbox.Env) error {
	var spec task.InspectSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	module, err := readModule(in)
	if err != nil {
		return err
	}
	in.Engine(engineName())
	if spec.Mode == yumen.ModeMap || spec.Mode == yumen.ModeBlock {
		return inspectUnits(ctx, in, module, spec)
	}
	return inspectCommand(ctx, in, module)
}

// Materializer writes every file that a task declares into dir.
type Materializer func(ctx context.Context, in sandbox.Env, spec task.WasmSpec, dir string) error

// Handler returns the handler of task.Wasm.
func Handler(materialize Materializer) sandbox.Handler {
	return func(ctx context.Context, in sandbox.Env) error {
		var spec task.WasmSpec
		if err := in.Spec(&spec); err != nil {
			return err
		}
		if spec.Units != nil || spec.Private != nil {
			return overUnits(ctx, in, spec, materialize)
		}
		out, err := newResult(spec)
		if err != nil {
			return err
		}
		module, err := readModule(in)
		if err != nil {
			return err
		}
		in.Engine(engineName())
		cache, err := compilationCache(in)
		if err != nil {
			return err
		}
		defer cache.cache.Close(ctx)
		m, err := load(ctx, cache.cache, module, in.Limits())
		if err != nil {
			return err
		}
		defer m.close()
		dirs, err := makeDirs(in.Work())
		if err != nil {
			return err
		}
		if err := materialize(ctx, in, spec, dirs.in); err != nil {
			return err
		}
		if n, ok := in.(sandbox.Narrower); ok {
			// From here on the versions, with columns that the module was not granted, are out of reach even for a
			// module that breaks out of wazero.
			if err := n.Narrow(dirs.in, dirs.out); err != nil {
				return err
			}
		}
		if err := m.run(ctx, spec.Args, spec.Seed, dirs); err != nil {
			return err
		}
		held := arrowio.NewHeldWriter(in, task.OutResult, out.table.schema, out.table.maxRows)
		rows, err := out.copy(dirs.out, held, in.Limits().Output)
		if err != nil {
			return err
		}
		return in.Answer(resultAnswer(out.table.columns, rows))
	}
}

func readModule(in sandbox.Env) ([]byte, error) {
	path, ok := in.Input(task.InModule)
	if !ok {
		return nil, yumen.Errorf(yumen.KindInternal, "the task brings no module", "任务没有提供模块")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxModule {
		return nil, yumen.Errorf(yumen.KindLimit, "the module is larger than %s", "模块超过 %s", yumen.Size(maxModule))
	}
	return os.ReadFile(path)
}

// folders are what a module sees as /in and /out.
type folders struct{ in, out string }

func makeDirs(work string) (folders, error) {
	d := folders{in: filepath.Join(work, "wasm-in"), out: filepath.Join(work, "wasm-out")}
	for _, dir := range []string{d.in, d.out} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return d, fmt.Errorf("make the module's folders: %w", err)
		}
	}
	return d, nil
}

// engineName names wazero with the version that was linked.
func engineName() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/tetratelabs/wazero" {
				return "wazero " + dep.Version
			}
		}
	}
	return "wazero"
}

// result is the declared output.
type result struct {
	name   string
	format yumen.FileFormat
	table  *table
}

// newResult checks the declaration.
func newResult(spec task.WasmSpec) (*result, error) {
	o := spec.Output
	if !filepath.IsLocal(o.Name) || filepath.Base(o.Name) != o.Name {
		return nil, yumen.Errorf(yumen.KindInvalid, "the output needs a plain file name",
			"输出需要一个普通的文件名").At("output.name")
	}
	if len(o.Columns) == 0 || spec.MaxRows <= 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "the output needs columns and a row cap",
			"输出需要列和行数上限").At("output.columns")
	}
	t, err := newTable(o.Columns, spec.MaxRows)
	if err != nil {
		return nil, err
	}
	switch o.Format {
	case yumen.FormatCSV, yumen.FormatNDJSON, yumen.FormatArrow:
		return &result{name: o.Name, format: o.Format, table: t}, nil
	}
	return nil, yumen.Errorf(yumen.KindInvalid, "unknown output format %q: want csv, ndjson or arrow",
		"未知的输出格式 %q：应为 csv、ndjson 或 arrow", string(o.Format)).At("output.format")
}

// failed makes an error about a run over data.
func failed(en, zh string, args ...any) *yumen.Error {
	return yumen.Errorf(yumen.KindFailed, en, zh, args...)
}

var tooManyRows = arrowio.TooManyRows
