package wasm

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// section, vec and str build modules byte by byte (WebAssembly Core Specification, 5).
func section(id byte, body ...byte) []byte {
	return append(binary.AppendUvarint([]byte{id}, uint64(len(body))), body...)
}

func str(s string) []byte { return append(binary.AppendUvarint(nil, uint64(len(s))), s...) }

func build(sections ...[]byte) []byte {
	m := append([]byte{}, magic...)
	for _, s := range sections {
		m = append(m, s...)
	}
	return m
}

func cat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

var (
	voidType = section(1, 1, 0x60, 0, 0)                                                               // () -> ()
	oneFunc  = section(3, 1, 0)                                                                        // of type 0
	oneMem   = section(5, 1, 0, 1)                                                                     // one page
	exports  = section(7, cat([]byte{2}, str("_start"), []byte{0, 0}, str("memory"), []byte{2, 0})...) //
	emptyFn  = section(10, 1, 2, 0, 0x0b)
)

// importing makes a command that imports one thing.
func importing(module, name string, description ...byte) []byte {
	return build(voidType, section(2, cat([]byte{1}, str(module), str(name), description)...), oneFunc, oneMem,
		section(7, cat([]byte{2}, str("_start"), []byte{0, startIndex(description)}, str("memory"),
			[]byte{2, memIndex(description)})...), emptyFn)
}

// An imported function or memory shifts the numbers of those defined.
func startIndex(d []byte) byte {
	if d[0] == 0 {
		return 1
	}
	return 0
}

func memIndex(d []byte) byte { return 0 }

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		module []byte
		says   string // "" for a good module
	}{
		{"smallest command", build(voidType, oneFunc, oneMem, exports, emptyFn), ""},
		{"a C command", tool(t), ""},
		{"nothing", nil, "not a WebAssembly module"},
		{"text", []byte("SELECT 1"), "not a WebAssembly module"},
		{"text format", []byte("(module)"), "not a WebAssembly module"},
		{"component", []byte("\x00asm\x0d\x00\x01\x00"), "not a WebAssembly module"},
		{"empty module", build(), "no function _start"},
		{"no memory", build(voidType, oneFunc, section(7, cat([]byte{1}, str("_start"), []byte{0, 0})...), emptyFn),
			"exports no memory"},
		{"start with a result",
			build(section(1, 1, 0x60, 0, 1, 0x7f), oneFunc, oneMem, exports, section(10, 1, 4, 0, 0x41, 0, 0x0b)),
			"no function _start"},
		{"truncated", tool(t)[:5000], "not valid"},
		{"unknown section", build([]byte{42, 0}), "not valid"},
		{"length that lies", build([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f}), "not valid"},
		{"type error in the code", build(voidType, oneFunc, oneMem, exports, section(10, 1, 3, 0, 0x6a, 0x0b)),
			"not valid"},
		{"import of a host function", importing("env", "system", 0, 0), "imports env.system"},
		{"import of a table", importing("env", "table", 1, 0x70, 0, 1), "imports env.table"},
		{"import of a global", importing("env", "g", 3, 0x7f, 0), "imports env.g"},
		{"import of an unknown WASI function", importing(wasi, "path_exec", 0, 0),
			"imports wasi_snapshot_preview1.path_exec"},
		{"import of later WASI", importing("wasi:sockets/tcp@0.2.0", "connect", 0, 0),
			"imports wasi:sockets/tcp@0.2.0.connect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := validate(t.Context(), nil, c.module)
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if yumen.KindOf(err) != yumen.KindInvalid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v: %v", yumen.KindOf(err), err)
			}
		})
	}
}

func TestValidateNamesEveryImport(t *testing.T) {
	imports := section(2, cat([]byte{2}, str("env"), str("a"), []byte{0, 0}, str("env"), str("b"), []byte{0, 0})...)
	err := validate(t.Context(), nil, build(voidType, imports, oneMem))
	for _, want := range []string{"env.a", "env.b", "_start"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestMemoryDeclaredTooLarge(t *testing.T) {
	m := build(voidType, oneFunc, section(5, 1, 0, 0x80, 0x80, 0x04), exports, emptyFn) // 65536 pages
	_, err := job{module: m}.run(t)
	if yumen.KindOf(err) != yumen.KindLimit {
		t.Error(err)
	}
}

// FuzzValidate holds that no bytes make it panic, and that an error is of kind invalid.
func FuzzValidate(f *testing.F) {
	f.Add(build(voidType, oneFunc, oneMem, exports, emptyFn))
	f.Add(importing("env", "t", 1, 0x70, 0, 1))
	f.Add(tool(f)[:3000])
	f.Fuzz(func(t *testing.T, module []byte) {
		if err := validate(t.Context(), nil, module); err != nil && yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%v", err)
		}
	})
}
