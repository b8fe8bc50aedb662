package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/yumen-bench/attacks"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// baseline is the weak system: any SQL of the analyst's over the table, in plain DuckDB inside an enclave.
type baseline struct {
	host  *sandbox.Host
	dir   string
	sides [2]*sandbox.Session
	files []*os.File
}

var attackOwner = sandbox.Owner{Contract: "attack", Actor: "analyst"}

func (a *app) openBaseline(ctx context.Context, dir string) (*baseline, error) {
	host, err := a.host(dir, 0)
	if err != nil {
		return nil, err
	}
	b := &baseline{host: host, dir: dir}
	for side := range b.sides {
		file := filepath.Join(dir, "side"+strconv.Itoa(side), "crowd.parquet")
		if err := a.plainChild(ctx,
			fmt.Sprintf("COPY (SELECT row_number() OVER () - 1 AS _unit, * FROM read_csv('%s')) TO '%s' (FORMAT parquet)",
				filepath.Join(filepath.Dir(file), "crowd.csv"), file)); err != nil {
			return nil, err
		}
		view := task.View{Name: "crowd", Input: "crowd"}
		for _, c := range []task.ViewColumn{
			{Name: "person", Type: yumen.TypeText}, {Name: "seat", Type: yumen.TypeInteger},
			{Name: "area", Type: yumen.TypeText}, {Name: "job", Type: yumen.TypeText},
			{Name: "sector", Type: yumen.TypeText},
			{Name: "income", Type: yumen.TypeInteger}, {Name: "secret", Type: yumen.TypeInteger},
		} {
			c.From = c.Name
			view.Columns = append(view.Columns, c)
		}
		rows, err := os.Open(file)
		if err != nil {
			b.close()
			return nil, err
		}
		b.files = append(b.files, rows)
		t := task.Task{Role: task.Query, Inputs: []task.Input{{Name: "crowd", File: rows}},
			Limits: yumen.Limits{Threads: 2, Wall: yumen.Duration(2 * time.Minute)},
			Spec:   task.QuerySpec{Views: []task.View{view}}}
		if b.sides[side], err = host.OpenSession(ctx, t, attackOwner); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

func (b *baseline) close() {
	for _, s := range b.sides {
		if s != nil {
			s.Close()
		}
	}
	for _, f := range b.files {
		_ = f.Close() // read only
	}
}

// run runs a statement and shows its rows, and tells how long the statement took.
func (b *baseline) run(ctx context.Context, side attacks.Side, sql string) (attacks.Table, time.Duration, error) {
	var t attacks.Table
	file, err := os.CreateTemp(b.dir, "answer-")
	if err != nil {
		return t, 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close() // read through its name
	took, err := timed(func() error {
		_, err := b.sides[side].Run(ctx, attackOwner,
			sandbox.Statement{Spec: task.QuerySpec{SQL: sql, MaxRows: 1 << 20}},
			map[string]io.Writer{task.OutResult: file})
		return err
	})
	if err != nil {
		return t, took, err
	}
	for {
		out, err := b.host.Run(ctx, task.Task{Role: task.Preview,
			Spec:   task.PreviewSpec{Offset: int64(len(t.Rows)), Rows: 1000},
			Inputs: []task.Input{{Name: task.InArtifact, File: file}}}, nil)
		if err != nil {
			return t, took, err
		}
		var page task.PreviewAnswer
		if err := json.Unmarshal(out.Answer, &page); err != nil {
			return t, took, err
		}
		t.Columns, t.Rows = page.Columns, append(t.Rows, page.Rows...)
		if int64(len(t.Rows)) >= page.Total || len(page.Rows) == 0 {
			return t, took, nil
		}
	}
}

// thresholded is a question with the threshold of the weak system behind it: a group is left out where its people, as
// the question tells them apart, are fewer than k.
func thresholded(q attacks.Ask) string {
	where, group := "", ""
	if q.Where != "" {
		where = " WHERE " + q.Where
	}
	if len(q.Keys) > 0 {
		group = " GROUP BY " + strings.Join(q.Keys, ", ")
	}
	return fmt.Sprintf("SELECT %s FROM %s%s%s HAVING count(DISTINCT person) >= %d",
		strings.Join(slices.Concat(q.Keys, q.Select), ", "), cmp.Or(q.From, "crowd"), where, group, attacks.K)
}

// batch is how many questions go into one statement, each still on its own.
const batch = 100

// weak asks the weak system.
func (f *field) weak(ctx context.Context, side attacks.Side, asks []attacks.Ask) ([]attacks.Table, error) {
	out := make([]attacks.Table, len(asks))
	for from := 0; from < len(asks); from += batch {
		part := asks[from:min(from+batch, len(asks))]
		width := 0
		for _, q := range part {
			width = max(width, len(q.Keys)+len(q.Select))
		}
		var sql []string
		for i, q := range part {
			cols := make([]string, width)
			for c := range cols {
				cols[c] = "NULL"
				if c < len(q.Keys)+len(q.Select) {
					cols[c] = fmt.Sprintf("CAST(a.c%d AS VARCHAR)", c)
				}
			}
			names := make([]string, len(q.Keys)+len(q.Select))
			for c := range names {
				names[c] = "c" + strconv.Itoa(c)
			}
			sql = append(sql, fmt.Sprintf("SELECT %d AS q, %s FROM (%s) a(%s)", i, strings.Join(cols, ", "),
				thresholded(q), strings.Join(names, ", ")))
		}
		t, _, err := f.base.run(ctx, side, strings.Join(sql, "\nUNION ALL\n"))
		if err != nil {
			return nil, err
		}
		for _, row := range t.Rows {
			i, err := strconv.Atoi(row[0])
			if err != nil {
				return nil, err
			}
			n := len(part[i].Keys) + len(part[i].Select)
			out[from+i].Rows = append(out[from+i].Rows, row[1:1+n])
		}
	}
	return out, nil
}
