package duck

import (
	"encoding/json"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// FuzzImport: any bytes as any format are stored whole, listed as bad with nothing stored, or refused with nothing
// stored.
func FuzzImport(f *testing.F) {
	formats := []yumen.FileFormat{yumen.FormatCSV, yumen.FormatNDJSON, yumen.FormatParquet}
	f.Add([]byte(visitsCSV), byte(0))
	f.Add([]byte(`{"身份证号":"a","dept":"内科","fee":1.5}`), byte(1))
	f.Add(mustRead(f, parquetOf(f, "SELECT 'a' AS 身份证号, '内科' AS dept, 1::DECIMAL(8,2) AS fee, NULL::DATE AS day")),
		byte(2))
	f.Fuzz(func(t *testing.T, data []byte, format byte) {
		in := importOf(t, task.ImportSpec{Dataset: persons(), Format: formats[int(format)%len(formats)]}, nil, data)
		err := in.run(t, task.Import)
		if err != nil {
			if k := yumen.KindOf(err); k != yumen.KindInvalid && k != yumen.KindCorrupt && k != yumen.KindLimit ||
				len(in.Outputs) > 0 {
				t.Fatalf("%v with %d streams", err, len(in.Outputs))
			}
			return
		}
		var a task.ImportAnswer
		if err := json.Unmarshal(in.Said, &a); err != nil {
			t.Fatal(err)
		}
		if (a.BadTotal > 0) != (len(in.Outputs) == 0) || (a.BadTotal > 0) != (len(a.Bad) > 0) {
			t.Fatalf("%+v with %d streams", a, len(in.Outputs))
		}
		if a.BadTotal == 0 && table(t, in.Outputs[task.OutVersion].Bytes(),
			"SELECT count(*) FROM FILE")[0][0] != sqlInt(a.Rows) {
			t.Fatal("the version has other rows than the answer")
		}
	})
}
