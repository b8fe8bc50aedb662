package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/experimental/sysfs"
	"github.com/tetratelabs/wazero/sys"

	"github.com/yumen-data/yumen"
)

// machine is a compiled module with the memory it may use.
type machine struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	memory   *allocator
}

// load checks and compiles a module.
func load(ctx context.Context, cache wazero.CompilationCache, module []byte, limits yumen.Limits) (*machine, error) {
	r, err := newRuntime(ctx, cache)
	if err != nil {
		return nil, err
	}
	m := &machine{runtime: r, memory: &allocator{limit: guestMemory(limits.Memory)}}
	if m.compiled, err = compile(ctx, r, module); err != nil {
		m.close()
		return nil, err
	}
	if least := uint64(m.compiled.ExportedMemories()["memory"].Min()) * pageSize; least > m.memory.limit {
		m.close()
		return nil, m.memory.exceeded()
	}
	return m, nil
}

// guestMemory is the part of an enclave's memory that the module may have: the rest is for compiling it, for the engine
// that writes its inputs and for reading its output. A module addresses at most 4 GiB.
func guestMemory(all yumen.Size) uint64 { return min(uint64(all)/4*3, 4<<30) }

// run runs the module's _start to its end.
func (m *machine) run(ctx context.Context, args []string, seed int64, dirs folders) (err error) {
	defer func() {
		if recover() != nil {
			err = failed("the module could not be started", "模块无法启动")
			if m.memory.refused.Load() {
				err = m.memory.exceeded()
			}
		}
	}()
	config := wazero.NewModuleConfig().WithName("").WithArgs(append([]string{"module"}, args...)...).
		WithStdin(strings.NewReader("")).WithStdout(io.Discard).WithStderr(io.Discard).WithFSConfig(filesOf(dirs)).
		WithRandSource(randomness(seed))
	ctx = experimental.WithMemoryAllocator(ctx, m.memory)
	mod, err := m.runtime.InstantiateModule(ctx, m.compiled, config)
	if mod != nil {
		defer mod.Close(ctx)
	}
	if err := m.ended(ctx, err); err == nil || ctx.Err() != nil || !fullDisk(dirs.out) {
		return err
	}
	return yumen.Errorf(yumen.KindLimit, "the module filled its work folder", "模块写满了工作目录").At("/out")
}

// fullDisk reports whether a folder takes no more: a module learns of that by a failing write, and most end with it.
func fullDisk(dir string) bool {
	f, err := os.CreateTemp(dir, "full-")
	if err == nil {
		_, err = f.Write(make([]byte, 64<<10))
		err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// randomness is what random_get gives: the same for the same seed.
func randomness(seed int64) io.Reader {
	return rand.NewChaCha8(sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("yumen seed "), uint64(seed))))
}

func filesOf(dirs folders) wazero.FSConfig {
	files := wazero.NewFSConfig().(sysfs.FSConfig).WithSysFSMount(&sysfs.ReadFS{FS: noLinks{sysfs.DirFS(dirs.in)}},
		"/in")
	return files.(sysfs.FSConfig).WithSysFSMount(noLinks{sysfs.DirFS(dirs.out)}, "/out")
}

// ended says how a run ended, naming neither an exit code nor anything else the module chose freely.
func (m *machine) ended(ctx context.Context, err error) error {
	var exit *sys.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() == 0:
		return nil
	case m.memory.refused.Load():
		return m.memory.exceeded()
	case errors.As(err, &exit):
		return failed("the module ended with an exit code other than 0", "模块以非 0 退出码结束")
	}
	for _, t := range traps {
		if strings.Contains(err.Error(), t.word) {
			return failed("the module trapped: %s", "模块陷入异常：%s", t.text)
		}
	}
	return failed("the module trapped", "模块陷入异常")
}

// traps are the ends that the specification knows, as wazero words them.
var traps = []struct {
	word string
	text yumen.Text
}{
	{"unreachable", yumen.Say("unreachable instruction", "执行了 unreachable 指令")},
	{"out of bounds memory access", yumen.Say("memory access out of bounds", "内存访问越界")},
	{"stack overflow", yumen.Say("stack overflow", "栈溢出")},
	{"integer divide by zero", yumen.Say("integer division by zero", "整数除以零")},
	{"integer overflow", yumen.Say("integer overflow", "整数溢出")},
	{"invalid conversion to integer", yumen.Say("invalid conversion to integer", "无效的整数转换")},
	{"invalid table access", yumen.Say("table access out of bounds", "表访问越界")},
	{"indirect call type mismatch", yumen.Say("indirect call of another type", "间接调用类型不符")},
}

func (m *machine) close() { _ = m.runtime.Close(context.Background()) }
