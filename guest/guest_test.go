package guest

import (
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func folders(t *testing.T, name, text string) {
	t.Helper()
	before := Root
	Root = t.TempDir()
	t.Cleanup(func() { Root = before })
	for _, d := range []string{"in", "out"} {
		if err := os.Mkdir(filepath.Join(Root, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(Root, "in", name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	folders(t, "a.csv", "x,名,z\n1,\"a, \"\"b\"\"\",3\n,,6\n")
	in, err := Open("a.csv", "z", "名")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := Create("b.csv", "z", "名")
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Row(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(Root, "out", "b.csv"))
	if want := "z,名\n3,\"a, \"\"b\"\"\"\n6,\n"; err != nil || string(got) != want {
		t.Errorf("%q, want %q (%v)", got, want, err)
	}
}

func TestOpenFails(t *testing.T) {
	folders(t, "a.csv", "x\n1\n")
	for name, column := range map[string]string{"a.csv": "y", "b.csv": "x"} {
		if _, err := Open(name, column); err == nil {
			t.Errorf("%s opened for column %s", name, column)
		}
	}
	folders(t, "empty.csv", "")
	if _, err := Open("empty.csv", "x"); err == nil {
		t.Error("an empty file opened")
	}
}

// TestRecord reads a record that is written out byte by byte as docs/wasm.md says: one table, two rows of an integer
// and a text.
func TestRecord(t *testing.T) {
	var b []byte
	u32 := func(list ...uint32) {
		for _, v := range list {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	u32(1, 70, 2, 2, 24, 56) // one table; cells at 24, nulls at 56
	u32(7, 0, 0, 0)          // 7, null
	u32(64, 6, 64, 3)        // texts
	b = append(b, 0, 1, 0, 0, 0, 0, 0, 0)
	b = append(b, "医院"...)
	r := Record(b)
	if len(b) != 70 || r.Rows(0) != 2 {
		t.Fatalf("%d bytes, %d rows", len(b), r.Rows(0))
	}
	if v, ok := r.Int(0, 0, 0); v != 7 || !ok {
		t.Error(v, ok)
	}
	if _, ok := r.Int(0, 0, 1); ok {
		t.Error("a null is there")
	}
	for row, want := range []string{"医院", "医"} {
		if s, ok := r.Text(0, 1, row); s != want || !ok {
			t.Errorf("%q %v", s, ok)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a cell outside the table was read")
		}
	}()
	r.Int(0, 2, 0)
}

func TestRun(t *testing.T) {
	Handle(2, func(_ Record, out Result) {
		out.Group(3)
		out.Int(0, -2)
		out.Double(1, 1.5)
	})
	r := Run(nil)
	want := append([]byte{3, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		binary.LittleEndian.AppendUint64(nil, math.Float64bits(1.5))...)
	if string(r) != string(want) {
		t.Errorf("% x", []byte(r))
	}
}
