package contract

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/yumen-data/yumen"
)

func TestAdmit(t *testing.T) {
	day := func(s string) Facts { at, _ := time.Parse(time.DateTime, s); return Facts{Now: at} }
	in2026 := day("2026-06-01 12:00:00")
	wasmJob := func(change func(*yumen.Job)) func(*yumen.SignedContract, *yumen.Job) {
		return func(c *yumen.SignedContract, j *yumen.Job) {
			c.Engines = []yumen.Engine{yumen.EngineSQL, yumen.EngineWasm}
			j.Spec.SQL, j.Spec.Wasm, j.Spec.Class = "", "m.wasm", ""
			j.Spec.Inputs = []yumen.JobInput{{Name: "v.csv", Dataset: "visits", Columns: []string{"id_no", "cost"}},
				{Name: "r.arrow", Dataset: "residents", Columns: []string{"id_no"}, Format: yumen.FormatArrow}}
			j.Spec.Output = yumen.JobOutput{Name: "out.ndjson",
				Columns: []yumen.OutputColumn{{Name: "n", Type: yumen.TypeInteger},
					{Name: "费用", Type: "decimal(12,2)"}}}
			change(j)
		}
	}
	privateJob := func(change func(*yumen.SignedContract, *yumen.Job)) func(*yumen.SignedContract, *yumen.Job) {
		return func(c *yumen.SignedContract, j *yumen.Job) {
			c.Classes, j.Spec.Class = append(c.Classes, yumen.ClassDP), yumen.ClassDP
			change(c, j)
		}
	}
	overPeople := func(j *yumen.Job) {
		j.Spec.Mode, j.Spec.Output = yumen.ModeMap, yumen.JobOutput{}
		j.Spec.Inputs = []yumen.JobInput{{Dataset: "visits", Columns: []string{"cost"}}}
		j.Spec.Coordinates = []yumen.Coordinate{{Name: "x", Type: yumen.TypeDouble, Max: 1}}
	}
	for _, c := range []struct {
		name   string
		facts  Facts
		change func(*yumen.SignedContract, *yumen.Job)
		want   string
	}{
		{"sql", in2026, func(c *yumen.SignedContract, j *yumen.Job) {}, ""},
		{"first moment", day("2026-01-01 00:00:00"), func(c *yumen.SignedContract, j *yumen.Job) {}, ""},
		{"last moment", day("2026-12-31 23:59:59"), func(c *yumen.SignedContract, j *yumen.Job) {}, ""},
		{"operator", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Submitter.Org = "城市数据运营公司" }, ""},
		{"name in Chinese", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Spec.Name = "就诊 2026.1" }, ""},
		{"class left to analysis", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Spec.Class = "" }, ""},
		{"last of the day", Facts{Now: in2026.Now, JobsToday: 19}, func(c *yumen.SignedContract, j *yumen.Job) {}, ""},
		{"wasm", in2026, wasmJob(func(j *yumen.Job) {}), ""},

		{"early", day("2025-12-31 23:59:59"), func(c *yumen.SignedContract, j *yumen.Job) {},
			"contract.not-yet-valid contract"},
		{"late", day("2027-01-01 00:00:00"), func(c *yumen.SignedContract, j *yumen.Job) {},
			"contract.expired contract ask for a new contract"},
		{"terminated", in2026, func(c *yumen.SignedContract, j *yumen.Job) { c.Terminated = true },
			"contract.terminated contract"},
		{"stranger", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Submitter.Org = "市公安局" },
			"submitter.not-party contract"},
		{"no organisation", in2026,
			func(c *yumen.SignedContract, j *yumen.Job) { c.Parties.Operator, j.Submitter.Org = "", "" },
			"submitter.not-party contract"},
		{"name", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Spec.Name = "visits\x1b[2J" }, "job.name job"},
		{"quota", Facts{Now: in2026.Now, JobsToday: 20}, func(c *yumen.SignedContract, j *yumen.Job) {},
			"quota.jobs-per-day contract submit it tomorrow (days are counted in UTC)"},
		{"engine", in2026, func(c *yumen.SignedContract, j *yumen.Job) { c.Engines = []yumen.Engine{yumen.EngineWasm} },
			"engine.not-allowed sql"},
		{"class", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Spec.Class = yumen.ClassRows },
			"class.not-allowed class"},
		{"no such class", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Spec.Class = "row" },
			"class.unknown class"},
		{"no program", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Spec.SQL = "" },
			"job.program sql give sql or wasm"},
		{"two programs", in2026, func(c *yumen.SignedContract, j *yumen.Job) { j.Spec.Wasm = "m.wasm" },
			"job.program wasm make two jobs of it"},
		{"sql with files", in2026, func(c *yumen.SignedContract, j *yumen.Job) {
			j.Spec.Args, j.Spec.Inputs, j.Spec.Output.Name = []string{"-v"}, make([]yumen.JobInput, 1), "a.csv"
		}, "job.wasm-only args remove it\njob.wasm-only inputs remove it\njob.wasm-only output remove it"},
		{"wasm engine", in2026, func(c *yumen.SignedContract, j *yumen.Job) {
			wasmJob(func(*yumen.Job) {})(c, j)
			c.Engines = c.Engines[:1]
		}, "engine.not-allowed wasm"},
		{"wasm without opaque", in2026, func(c *yumen.SignedContract, j *yumen.Job) {
			wasmJob(func(*yumen.Job) {})(c, j)
			c.Classes = c.Classes[:1]
		}, "class.not-allowed class"},
		{"wasm aggregate", in2026, wasmJob(func(j *yumen.Job) { j.Spec.Class = yumen.ClassAggregate }),
			"class.not-opaque class remove the class, or write opaque"},
		{"ungranted dataset", in2026, wasmJob(func(j *yumen.Job) { j.Spec.Inputs[0].Dataset = "visit" }),
			`dataset.not-granted inputs[0].dataset did you mean "visits"?`},
		{"columns", in2026, wasmJob(func(j *yumen.Job) {
			j.Spec.Inputs[0].Columns = []string{"diagnosis", "costs", "id_no", "id_no", "_unit"}
		}),
			"column.not-granted inputs[0].columns[0]\ncolumn.unknown inputs[0].columns[1] did you mean \"cost\"?\ncolumn.duplicate inputs[0].columns[3]\ncolumn.unknown inputs[0].columns[4]"},
		{"no columns", in2026, wasmJob(func(j *yumen.Job) { j.Spec.Inputs[1].Columns = nil }),
			"input.columns inputs[1].columns"},
		{"same file", in2026, wasmJob(func(j *yumen.Job) {
			j.Spec.Inputs[1].Name, j.Spec.Inputs[1].Format = "v.csv",
				""
		}), "file.duplicate inputs[1].name"},
		{"odd files", in2026, wasmJob(func(j *yumen.Job) {
			j.Spec.Inputs[0].Name, j.Spec.Inputs[1].Name, j.Spec.Output.Name = "../v.csv", "r.parquet", "out"
		}), "file.name inputs[0].name such as members.csv\nfile.format inputs[1].name\nfile.format output.name"},
		{"format against name", in2026, wasmJob(func(j *yumen.Job) { j.Spec.Inputs[1].Format = yumen.FormatCSV }),
			"file.format inputs[1].format remove the format, or rename the file"},
		{"no output", in2026, wasmJob(func(j *yumen.Job) { j.Spec.Output = yumen.JobOutput{} }),
			"file.name output.name such as members.csv\noutput.columns output.columns such as {name: n, type: integer}"},
		{"bad output columns", in2026, wasmJob(func(j *yumen.Job) {
			j.Spec.Output.Columns = []yumen.OutputColumn{{Name: "n", Type: "int"}, {Name: "N", Type: yumen.TypeInteger},
				{Name: "a b", Type: yumen.TypeInteger}, {Type: yumen.TypeText}}
		}), "output.type output.columns[0].type\ncolumn.duplicate output.columns[1].name\noutput.name output.columns[2].name\noutput.name output.columns[3].name"},
		{"private", in2026, privateJob(func(*yumen.SignedContract, *yumen.Job) {}), ""},
		{"private with its cost", in2026, privateJob(func(_ *yumen.SignedContract, j *yumen.Job) {
			j.Spec.Privacy = yumen.PrivacySpec{Epsilon: 1, RowsPerUnit: 3, GroupsPerUnit: 2}
		}), ""},
		{"private, not in the contract", in2026,
			privateJob(func(c *yumen.SignedContract, _ *yumen.Job) { c.Classes = []yumen.ReleaseClass{"rows"} }),
			"class.not-allowed class"},
		{"private beyond all", in2026, privateJob(func(_ *yumen.SignedContract, j *yumen.Job) {
			j.Spec.Privacy = yumen.PrivacySpec{Epsilon: 1.1, RowsPerUnit: -1, GroupsPerUnit: 2e6}
		}), "privacy.epsilon privacy.epsilon\nprivacy.rows privacy.rows_per_unit\nprivacy.groups privacy.groups_per_unit"},
		{"private of no number", in2026,
			privateJob(func(_ *yumen.SignedContract, j *yumen.Job) { j.Spec.Privacy.Epsilon = math.NaN() }),
			"privacy.epsilon privacy.epsilon"},
		{"a cost without the class", in2026,
			func(_ *yumen.SignedContract, j *yumen.Job) { j.Spec.Privacy.Epsilon = 0.5 },
			"job.dp-only privacy write class: dp, or remove it"},
		{"private, the only class there is", in2026, privateJob(func(c *yumen.SignedContract, j *yumen.Job) {
			c.Classes, j.Spec.Class, j.Spec.Privacy.Epsilon = []yumen.ReleaseClass{yumen.ClassDP}, "", 0.5
		}), ""},
		{"private module over people", in2026, func(c *yumen.SignedContract, j *yumen.Job) {
			privateJob(wasmJob(func(j *yumen.Job) {
				j.Spec.Class, j.Spec.Mode, j.Spec.Output = yumen.ClassDP, yumen.ModeMap, yumen.JobOutput{}
				j.Spec.Inputs = []yumen.JobInput{{Dataset: "visits", Columns: []string{"cost"}}}
				j.Spec.Coordinates = []yumen.Coordinate{{Name: "x", Type: yumen.TypeDouble, Max: 1}}
			}))(c, j)
			c.Classes = []yumen.ReleaseClass{yumen.ClassDP} // opaque is not needed
		}, ""},
		{"private module over files", in2026, privateJob(wasmJob(func(j *yumen.Job) { j.Spec.Class = yumen.ClassDP })),
			"class.not-dp class run it in mode map or block, or remove the class"},
		{"private module with caps and middles", in2026, privateJob(func(c *yumen.SignedContract, j *yumen.Job) {
			wasmJob(overPeople)(c, j)
			j.Spec.Class, j.Spec.Privacy = yumen.ClassDP, yumen.PrivacySpec{RowsPerUnit: 3, GroupsPerUnit: 2}
			j.Spec.Coordinates = append(j.Spec.Coordinates,
				yumen.Coordinate{Name: "y", Type: yumen.TypeDouble, Max: 1, Take: yumen.CentralMedian},
				yumen.Coordinate{Name: "z", Type: yumen.TypeDouble, Max: 1, Take: "mode"})
		}), "job.mode coordinates[1].take remove it, or change the mode\ncoordinate.take coordinates[2].take\n" +
			"job.mode privacy.rows_per_unit remove it, or change the mode\njob.mode privacy.groups_per_unit remove it, or change the mode"},
		{"private blocks", in2026, privateJob(func(c *yumen.SignedContract, j *yumen.Job) {
			wasmJob(overPeople)(c, j)
			j.Spec.Class, j.Spec.Mode, j.Spec.Blocks, j.Spec.Coordinates[0].Take = yumen.ClassDP, yumen.ModeBlock, 20,
				yumen.CentralMedian
		}), ""},
		{"middles of blocks that are not private", in2026, wasmJob(func(j *yumen.Job) {
			overPeople(j)
			j.Spec.Mode, j.Spec.Blocks, j.Spec.Coordinates[0].Take = yumen.ModeBlock, 20, yumen.CentralMean
		}), "job.mode coordinates[0].take remove it, or change the mode"},
		{"all at once", Facts{Now: day("2027-01-01 00:00:00").Now, JobsToday: 20},
			func(c *yumen.SignedContract, j *yumen.Job) {
				c.Terminated, c.Engines, j.Submitter.Org, j.Spec.Class = true, nil, "x", "dp"
			}, "contract.terminated contract\ncontract.expired contract ask for a new contract\nsubmitter.not-party contract\n" +
				"quota.jobs-per-day contract submit it tomorrow (days are counted in UTC)\nengine.not-allowed sql\nclass.not-allowed class"},
	} {
		t.Run(c.name, func(t *testing.T) {
			signed := yumen.SignedContract{Contract: visits(t)}
			job := yumen.Job{
				Spec:      yumen.JobSpec{Contract: signed.Name, SQL: "SELECT 1", Class: yumen.ClassAggregate},
				Submitter: yumen.Actor{Name: "applicant", Org: "养老研究院", Roles: []yumen.Role{yumen.RoleApplicant}},
			}
			c.change(&signed, &job)
			if diff := cmp.Diff(c.want, render(t, Admit(&signed, &job, cityCatalog(), c.facts))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A column that the contract grants but the catalog denies, now or since it was signed, is not readable.
func TestAdmitUsesTodaysCatalog(t *testing.T) {
	signed := yumen.SignedContract{Contract: visits(t)}
	signed.Engines = []yumen.Engine{yumen.EngineWasm}
	job := yumen.Job{Spec: yumen.JobSpec{Wasm: "m.wasm",
		Inputs: []yumen.JobInput{{Name: "v.csv", Dataset: "visits", Columns: []string{"cost"}}},
		Output: yumen.JobOutput{Name: "o.csv", Columns: []yumen.OutputColumn{{Name: "n", Type: yumen.TypeInteger}}}},
		Submitter: yumen.Actor{Org: "养老研究院"}}
	datasets := cityCatalog()
	facts := Facts{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	if got := Admit(&signed, &job, datasets, facts); len(got) > 0 {
		t.Fatalf("got %+v", got)
	}
	d := datasets["visits"]
	cost, _ := d.Column("cost")
	cost.Constraints = []yumen.Constraint{{Use: yumen.UseDeny}}
	if got := render(t, Admit(&signed, &job, datasets, facts)); got != "column.not-granted inputs[0].columns[0]" {
		t.Errorf("denied: %s", got)
	}
	delete(datasets, "visits")
	if got := render(t, Admit(&signed, &job, datasets, facts)); !strings.HasPrefix(got,
		"dataset.unknown inputs[0].dataset") {
		t.Errorf("gone: %s", got)
	}
}
