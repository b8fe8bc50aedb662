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

// Machine code is made once for each module: the inspecting enclave, which sees no data, hands it out, the control plane
// keeps it by its digest under that of the module, and hands it in, checked, wherever the same module is run. A module that
// takes over the compiler can thereby spoil its own machine code and no other's, which it could do in the run as well.
//
// What is handed out is one file of wazero's cache: the name it has there, a newline, its bytes. wazero looks it up by the
// digest of the module and its own version, so that what another version wrote is not found and the module is compiled anew.

// compilationCache opens a cache in the work folder with what was handed in.
func compilationCache(in sandbox.Inside) (wazero.CompilationCache, string, error) {
	dir := filepath.Join(in.Work(), "compiled")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, "", err
	}
	if path, ok := in.Input(task.InCompiled); ok {
		if err := unpackCompiled(dir, path); err != nil {
			return nil, "", err
		}
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	return cache, dir, err
}

func unpackCompiled(dir, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name, code, ok := bytes.Cut(b, []byte("\n"))
	if !ok || !filepath.IsLocal(string(name)) {
		return yumen.Errorf(yumen.Corrupt, "the machine code of the module is not what was kept", "模块的机器码与保存时不符")
	}
	file := filepath.Join(dir, string(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, code, 0o600)
}

// handOut writes the one file of the cache.
func handOut(in sandbox.Inside, dir string) error {
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) != 1 {
		return errors.Join(err, fmt.Errorf("the compiler left %d files", len(files)))
	}
	name, err := filepath.Rel(dir, files[0])
	if err != nil {
		return err
	}
	code, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	_, err = in.Output(task.OutCompiled).Write(append([]byte(name+"\n"), code...))
	return err
}

// inspectCommand validates a command module and hands out its machine code.
func inspectCommand(ctx context.Context, in sandbox.Inside, module []byte) error {
	cache, dir, err := compilationCache(in)
	if err != nil {
		return err
	}
	defer cache.Close(ctx)
	if err := validate(ctx, cache, module); err != nil {
		return err
	}
	return handOut(in, dir)
}
