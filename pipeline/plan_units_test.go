package pipeline_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
)

// A module over people is given its tables with the unit in front, masked as in every other mode; a block job comes
// with a key, whose bytes are in no plan.
func TestModulesOverUnits(t *testing.T) {
	for _, mode := range []yumen.WasmMode{yumen.ModeMap, yumen.ModeBlock} {
		t.Run(string(mode), func(t *testing.T) {
			d := newDomain(t)
			e := calm()
			var ran task.Task
			var keys [][]byte
			wasm := e[task.Wasm]
			e[task.Wasm] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
				ran = tk
				for _, in := range tk.Inputs {
					if in.Name == task.InKey {
						b, err := io.ReadAll(in.File)
						if err != nil {
							t.Error(err)
						}
						keys = append(keys, b)
					}
				}
				return wasm(tk, outs)
			}
			s, _ := keyed(t, d, e)
			in := filepath.Join(t.TempDir(), "in.csv")
			if err := os.WriteFile(in, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			entry := strings.Replace(dataset, "columns:\n",
				"columns:\n  - {name: phone, title: Phone, type: text, role: quasi, grade: 3, constraints: [filter, mask: {technique: mobile}]}\n", 1)
			signed := strings.Replace(agreement, "columns: [",
				"columns: [{name: phone, uses: [filter, mask: {technique: mobile}]}, ", 1)
			_, err1 := s.Register(t.Context(), provider, "d.yaml", []byte(entry))
			_, err2 := s.Import(t.Context(), provider,
				api.ImportFiles{Dataset: "visits", Paths: []string{in}, Format: yumen.FormatCSV,
					Acquired: "2026-01-01"})
			_, err3 := s.Publish(t.Context(), provider, "visits")
			_, err4 := s.Sign(t.Context(), regulator, "c.yaml", []byte(signed))
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				t.Fatal(err)
			}
			job := moduleJob
			job.Mode, job.Output, job.Args = mode, yumen.JobOutput{}, nil
			if job.Groups = 3; mode == yumen.ModeBlock {
				job.Groups, job.Blocks = 0, 7
			}
			job.Coordinates = []yumen.Coordinate{{Name: "n", Type: yumen.TypeInteger, Max: 9}}
			job.Inputs = []yumen.JobInput{{Dataset: "visits", Columns: []string{"person", "phone", "fee"}}}
			j, err := s.Submit(t.Context(), analyst, job, []byte("module"))
			if err != nil {
				t.Fatal(err)
			}
			if j, err = s.Drive(t.Context(), reviewer1, j.ID); err != nil || ran.Spec == nil {
				t.Fatal(err, j.Error)
			}
			spec := ran.Spec.(task.WasmSpec)
			got := ""
			for _, c := range spec.Views[0].Columns {
				got += fmt.Sprintf("%s from %s %s;", c.Name, c.From, c.Mask)
			}
			if got != "_unit from _unit ;person from _unit ;phone from phone mobile;fee from fee ;" {
				t.Error(got)
			}
			if spec.Units == nil || spec.Units.Steps != yumen.DefaultSteps || spec.Units.Blocks != job.Blocks ||
				spec.Units.Groups != max(job.Groups, 1) {
				t.Errorf("%+v", spec.Units)
			}
			for _, b := range keys {
				if len(b) != 32 || strings.Contains(string(j.Plan), string(b)) {
					t.Errorf("a key of %d bytes", len(b))
				}
			}
			if (len(keys) == 1) != (mode == yumen.ModeBlock) {
				t.Errorf("%d keys", len(keys))
			}
		})
	}
}

// A module of class dp becomes a question about its declaration: the enclave is given that and the noise, nothing else;
// the second statement names the columns. What cannot be counted is refused before it is paid for.
func TestPrivateModuleIsPlanned(t *testing.T) {
	p := newPrivately(t)
	spec := question(20)
	spec.Groups, spec.Steps = 3, 0
	spec.Coordinates = append(spec.Coordinates,
		yumen.Coordinate{Name: "share", Type: yumen.TypeDouble, Min: -0.5, Max: 1})
	if j := p.ask(spec); j.State != yumen.StateReleased || j.Class != yumen.ClassDP {
		t.Fatalf("%s, class %s, %v", j.State, j.Class, j.Error)
	}
	ran := p.ran[task.Wasm][0].Spec.(task.WasmSpec)
	if ran.Units != nil || ran.Files != nil || ran.Views != nil || ran.Private == nil {
		t.Fatalf("%+v", ran)
	}
	q := ran.Private.Question
	if q.Unit != "person" || q.Form != task.Mapped || q.Module.Program != yumen.DigestOf([]byte("module")) ||
		q.Module.Units.Groups != 3 ||
		q.Module.Units.Steps != yumen.DefaultSteps/100 || len(q.Module.Files) != 1 ||
		q.Views[0].Columns[0].Name != yumen.UnitColumn || len(ran.Private.Noise.Components) != 3 {
		t.Errorf("%+v", q)
	}
	post := p.ran[task.Post][0].Spec.(task.PostSpec)
	if want := `SELECT k1 AS "group", v1 AS "units", v2 AS "fees", v3 AS "share", e1 AS "units_error", e2 AS "fees_error", e3 AS "share_error" FROM _cells ORDER BY 1`; post.SQL != want {
		t.Error(post.SQL)
	}
	spec.Mode, spec.Groups, spec.Blocks = yumen.ModeBlock, 0, 30
	spec.Coordinates[1].Take = yumen.CentralMedian
	p.e[task.Wasm] = writes(task.OutNoisy, "other", task.ResultAnswer{Rows: 1})
	if j := p.ask(spec); j.State != yumen.StateReleased {
		t.Fatalf("%s, %v", j.State, j.Error)
	}
	tk := p.ran[task.Wasm][1]
	q = tk.Spec.(task.WasmSpec).Private.Question
	if q.Form != task.Blocked || q.Blocks != 30 || q.Measures[0].Fn != task.MeasureAvg ||
		q.Measures[1].Fn != task.MeasureQuantile || tk.Inputs[len(tk.Inputs)-1].Name != task.InKey {
		t.Errorf("%+v, inputs %v", q, tk.Inputs)
	}
	before := p.balance()
	long := spec
	long.Steps = 1_000_000_000
	if j := p.ask(long); j.State != yumen.StateRejected || len(j.Error.Reasons) != 1 ||
		j.Error.Reasons[0].Rule != "deadline" {
		t.Errorf("%s, %v", j.State, j.Error)
	}
	spec.Coordinates[1] = yumen.Coordinate{Name: "share", Type: yumen.TypeDouble, Max: 1e-20}
	if j := p.ask(spec); j.State != yumen.StateRejected || len(j.Error.Reasons) != 1 ||
		j.Error.Reasons[0].Place != "coordinates[1].min" {
		t.Errorf("%s, %v", j.State, j.Error)
	}
	if after := p.balance(); after.Spent != before.Spent {
		t.Errorf("spent %v, then %v", before.Spent, after.Spent)
	}
}
