package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// rows reads the released result by COPY, and the same rows from PostgreSQL.
func (g *gatewayBench) rows(ctx context.Context, l crowded, plain *pgconn.PgConn) (out []measurement, err error) {
	c, err := g.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx) // it may be gone
	var text bytes.Buffer
	begin := time.Now()
	if _, err := c.CopyTo(ctx, &text, fmt.Sprintf("COPY released.%q TO STDOUT", g.job)); err != nil {
		return nil, err
	}
	out = append(out, beside(fmt.Sprintf("COPY of %d rows, the first of a session", l.groups),
		[]time.Duration{time.Since(begin)}, "", nil))
	if plain != nil {
		if _, err := plain.Exec(ctx,
			"CREATE TABLE r (district text, n int8, fees int8, n_status text, fees_status text)").
			ReadAll(); err != nil {
			return nil, err
		}
		if _, err := plain.CopyFrom(ctx, bytes.NewReader(text.Bytes()), "COPY r FROM STDIN"); err != nil {
			return nil, err
		}
	}
	for _, format := range []string{"text", "binary"} {
		copied := func(c *pgconn.PgConn, from string) func(int) error {
			return func(int) error {
				tag, err := c.CopyTo(ctx, io.Discard, fmt.Sprintf("COPY %s TO STDOUT (FORMAT %s)", from, format))
				if err == nil && tag.RowsAffected() != int64(l.groups) {
					err = fmt.Errorf("bench: %d rows", tag.RowsAffected())
				}
				return err
			}
		}
		took, err := timesOf(7, copied(c, fmt.Sprintf("released.%q", g.job)))
		if err != nil {
			return nil, err
		}
		var base []time.Duration
		if plain != nil {
			if base, err = timesOf(7, copied(plain, "r")); err != nil {
				return nil, err
			}
		}
		m := beside(fmt.Sprintf("COPY of %d rows, %s", l.groups, format), took, plainName, base)
		m.Note = fmt.Sprintf("%.0f rows/s, %d bytes", float64(l.groups)/m.Value*1000, text.Len())
		out = append(out, m)
	}
	return out, nil
}
