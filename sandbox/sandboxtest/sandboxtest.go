// Package sandboxtest is an enclave without walls: what a handler sees, over a temporary folder, for testing what
// handlers do. What confines them is tested in sandbox.
package sandboxtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// Env is a sandbox.Env whose inputs, outputs and answer a test can get at.
type Env struct {
	Inputs  map[string]string // paths by name
	Outputs map[string]*bytes.Buffer
	Said    json.RawMessage // the answer
	Engines []string
	Steps   int // calls of Progress
	Dir     string
	Seed    string // of the salts: equal seeds give equal bytes
	Bounds  yumen.Limits
	spec    []byte
}

var _ sandbox.Env = (*Env)(nil)

// New makes an Env with a spec and inputs by their paths.
func New(t testing.TB, spec any, inputs map[string]string) *Env {
	t.Helper()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if inputs == nil {
		inputs = map[string]string{}
	}
	return &Env{Inputs: inputs, Outputs: map[string]*bytes.Buffer{}, Dir: t.TempDir(), spec: raw,
		Bounds: yumen.Limits{Memory: 2 << 30, Output: 1 << 30, Scratch: 4 << 30, Threads: 2}}
}

// Give puts bytes at hand as an input.
func (in *Env) Give(t testing.TB, name string, data []byte) {
	t.Helper()
	in.Inputs[name] = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(in.Inputs[name], data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Opened is a file as an input of a real enclave, open until the test ends.
func Opened(t testing.TB, name, path string) task.Input {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // read only
	return task.Input{Name: name, File: f}
}

// Spec decodes the spec.
func (in *Env) Spec(v any) error { return json.Unmarshal(in.spec, v) }

// Input returns the path of an input.
func (in *Env) Input(name string) (string, bool) { p, ok := in.Inputs[name]; return p, ok }

// Work returns a temporary folder.
func (in *Env) Work() string { return in.Dir }

// Limits returns Bounds.
func (in *Env) Limits() yumen.Limits { return in.Bounds }

// Answer keeps the answer.
func (in *Env) Answer(v any) (err error) { in.Said, err = json.Marshal(v); return err }

// Progress counts its calls.
func (in *Env) Progress(int64, int64) { in.Steps++ }

// Engine keeps the name.
func (in *Env) Engine(name string) { in.Engines = append(in.Engines, name) }

// Leave frees at once: the process of a test goes on.
func (in *Env) Leave(free func()) { free() }

// Output returns a buffer that fails, as the sandbox does, when the output limit is reached.
func (in *Env) Output(stream string) io.Writer {
	if in.Outputs[stream] == nil {
		in.Outputs[stream] = &bytes.Buffer{}
	}
	return &capped{in.Outputs[stream], int64(in.Bounds.Output)}
}

// Salt returns the same for the same seed and stream.
func (in *Env) Salt(stream string) [32]byte {
	return sha256.Sum256([]byte(in.Seed + "\x00" + stream))
}

type capped struct {
	*bytes.Buffer
	left int64
}

func (c *capped) Write(p []byte) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		return 0, yumen.Errorf(yumen.KindLimit, "the output is larger than allowed", "输出超过限额")
	}
	return c.Buffer.Write(p)
}

// AnswerOf runs a handler that must succeed and decodes its answer.
func AnswerOf[T any](t testing.TB, in *Env, run sandbox.Handler) T {
	t.Helper()
	if err := run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(in.Said, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Rows returns an Arrow IPC stream as rows of text, nulls as null; the first row has names, and types where typed is
// set.
func Rows(t testing.TB, stream []byte, null string, typed bool) [][]string {
	t.Helper()
	r, err := arrowio.NewReader(bytes.NewReader(stream), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	rows := [][]string{header(t, r.Schema(), typed)}
	for {
		batch, err := r.Next()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(batch.NumRows()) {
			rows = append(rows, Row(batch, i, null))
		}
	}
}

func header(t testing.TB, schema *arrow.Schema, typed bool) []string {
	t.Helper()
	cols, err := arrowio.Columns(schema)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range cols {
		if typed {
			out = append(out, c.Name+" "+string(c.Type))
		} else {
			out = append(out, c.Name)
		}
	}
	return out
}

// Row returns one row as text, nulls as null.
func Row(batch arrow.RecordBatch, i int, null string) []string {
	var out []string
	for _, col := range batch.Columns() {
		if col.IsNull(i) {
			out = append(out, null)
		} else {
			out = append(out, string(arrowio.AppendCell(nil, col, i)))
		}
	}
	return out
}
