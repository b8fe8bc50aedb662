package wasm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tetratelabs/wazero"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// Machine code is made once for each module, and of a module of map and block modes once for each mode and size of
// memory. The inspecting enclave, which sees no data, outputs it; the control plane stores it by its digest under that
// of the module, and gives it, checked, to every enclave that runs the same module. A module that takes over the
// compiler can thereby spoil its own machine code and no other's, which it could do in the run as well.
//
// The output is one file of wazero's cache: the name it has there, a newline, its bytes. wazero looks it up by the
// digest of the module and its own version, so that what another version wrote is not found and the module is compiled
// anew.

// compiledCode is wazero's cache over a folder.
type compiledCode struct {
	cache wazero.CompilationCache
	dir   string
	given string // the file that was given, relative to dir; "" for none
}

// compilationCache opens a cache in the work folder with what was given.
func compilationCache(in sandbox.Env) (*compiledCode, error) {
	c := &compiledCode{dir: filepath.Join(in.Work(), "compiled")}
	err := os.Mkdir(c.dir, 0o700)
	if path, ok := in.Input(task.InCompiled); err == nil && ok {
		c.given, err = unpackCompiled(c.dir, path)
	}
	if err != nil {
		return nil, err
	}
	c.cache, err = wazero.NewCompilationCacheWithDir(c.dir)
	return c, err
}

func unpackCompiled(dir, path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	name, code, ok := bytes.Cut(b, []byte("\n"))
	if !ok || !filepath.IsLocal(string(name)) {
		return "", yumen.Errorf(yumen.KindCorrupt, "the machine code of the module is not what was kept",
			"模块的机器码与保存时不符")
	}
	file := filepath.Join(dir, string(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return filepath.Clean(string(name)), os.WriteFile(file, code, 0o600)
}

// write outputs the file that was made, or if none was, the one that was given.
func (c *compiledCode) write(in sandbox.Env) error {
	name, made := c.given, 0
	err := filepath.WalkDir(c.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		file, err := filepath.Rel(c.dir, path)
		if file != c.given {
			name, made = file, made+1
		}
		return err
	})
	if err != nil || made > 1 || name == "" {
		return errors.Join(err, fmt.Errorf("the compiler left %d files", made))
	}
	code, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		return err
	}
	_, err = in.Output(task.OutCompiled).Write(append([]byte(name+"\n"), code...))
	return err
}

// inspectCommand validates a command module and outputs its machine code.
func inspectCommand(ctx context.Context, in sandbox.Env, module []byte) error {
	cache, err := compilationCache(in)
	if err != nil {
		return err
	}
	defer cache.cache.Close(ctx)
	if err := validate(ctx, cache.cache, module); err != nil {
		return err
	}
	return cache.write(in)
}

// inspectUnits checks that a module can be brought back to a fresh state, and outputs the machine code of what it is
// rewritten to. How much memory a run has decides what that is.
func inspectUnits(ctx context.Context, in sandbox.Env, module []byte, spec task.InspectSpec) error {
	shape, err := checkResettable(ctx, module, mostPages(spec.Mode, spec.Memory))
	if err != nil {
		return err
	}
	cache, err := compilationCache(in)
	if err != nil {
		return err
	}
	defer cache.cache.Close(ctx)
	r := wazero.NewRuntimeWithConfig(ctx, freshConfig(cache.cache))
	defer r.Close(ctx)
	if _, err := r.CompileModule(ctx, shape.code); err != nil {
		return notCompiled(err)
	}
	return cache.write(in)
}
