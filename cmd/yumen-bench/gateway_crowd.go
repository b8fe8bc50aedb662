package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// crowd has many connections ask at once: seven of ten statements the catalog, two what was released, one an
// explanation.
func (g *gatewayBench) crowd(ctx context.Context, l crowded, _ *pgconn.PgConn) ([]measurement, error) {
	if l.connections == 0 {
		return nil, nil
	}
	mixed := func(i int) string {
		switch i % 10 {
		case 0, 5:
			return "SELECT * FROM released." + strconv.Quote(g.job)
		case 9:
			return "EXPLAIN " + benchQuery
		}
		return catalogSQL
	}
	right, err := g.answers(ctx, mixed)
	if err != nil {
		return nil, err
	}
	took := make([][]time.Duration, l.connections)
	errs := make([]error, l.connections)
	var all sync.WaitGroup
	begin := time.Now()
	for i := range l.connections {
		all.Go(func() {
			c, err := g.connect(ctx)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.Close(ctx) // it may be gone
			took[i], errs[i] = timesOf(l.statements, func(n int) error {
				got, err := digestOf(ctx, c, mixed(n))
				if err == nil && got != right[n%10] {
					err = fmt.Errorf("bench: another answer to %s", mixed(n))
				}
				return err
			})
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	lasted := time.Since(begin)
	var every []time.Duration
	for _, t := range took {
		every = append(every, t...)
	}
	m := beside(fmt.Sprintf("%d connections, %d statements each", l.connections, l.statements), every, "", nil)
	m.Note = fmt.Sprintf("all answered rightly in %s, %.0f/s; the server has %s in memory", lasted.Round(time.Millisecond),
		float64(len(every))/lasted.Seconds(), g.resident())
	return []measurement{m}, nil
}

// answers are the digests of the right answers to ten statements.
func (g *gatewayBench) answers(ctx context.Context, of func(int) string) (out [10]uint64, err error) {
	c, err := g.connect(ctx)
	if err != nil {
		return out, err
	}
	defer c.Close(ctx) // it may be gone
	for i := range out {
		if out[i], err = digestOf(ctx, c, of(i)); err != nil {
			return out, err
		}
	}
	return out, nil
}

// digestOf asks a statement, and sums up the names and rows of its answer.
func digestOf(ctx context.Context, c *pgconn.PgConn, sql string) (uint64, error) {
	h := fnv.New64a()
	r := c.Exec(ctx, sql)
	for r.NextResult() {
		rows := r.ResultReader()
		for _, f := range rows.FieldDescriptions() {
			fmt.Fprintf(h, "%s %d\n", f.Name, f.DataTypeOID)
		}
		for rows.NextRow() {
			for _, v := range rows.Values() {
				_, _ = h.Write(append(v, 0)) // never fails
			}
		}
		tag, err := rows.Close()
		if err != nil {
			return 0, err
		}
		fmt.Fprintln(h, tag)
	}
	return h.Sum64(), r.Close()
}

// resident is what the server has in memory.
func (g *gatewayBench) resident() string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.cmd.Process.Pid))
	if err != nil {
		return "?"
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
