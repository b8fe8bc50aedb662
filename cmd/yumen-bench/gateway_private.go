package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// saturation asks many questions of class dp at once, each over a connection of its own, and counts what became of
// them. One that is neither answered nor refused for want of budget or quota was late: it is an error.
func (g *gatewayBench) saturation(ctx context.Context, l crowded, _ *pgconn.PgConn) ([]measurement, error) {
	if l.private == 0 {
		return nil, nil
	}
	took, errs := make([]time.Duration, l.private), make([]error, l.private)
	refused := make([]bool, l.private)
	var all sync.WaitGroup
	begin := time.Now()
	for i := range l.private {
		all.Go(func() {
			began := time.Now()
			refused[i], errs[i] = g.askPrivately(ctx, i)
			took[i] = time.Since(began)
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	no := 0
	for _, r := range refused {
		if r {
			no++
		}
	}
	m := beside(fmt.Sprintf("%d questions of class dp at once", l.private), took, "", nil)
	m.Note = fmt.Sprintf("%d answered, %d refused for budget or quota, none late; all in %s", l.private-no, no,
		time.Since(begin).Round(time.Millisecond))
	return []measurement{m}, nil
}

// askPrivately asks a question that differs from those of other numbers.
func (g *gatewayBench) askPrivately(ctx context.Context, i int) (refused bool, err error) {
	c, err := g.connectTo(ctx, "private")
	if err != nil {
		return false, err
	}
	defer c.Close(ctx) // it may be gone
	all, err := c.Exec(ctx, fmt.Sprintf("SET yumen.epsilon = 0.05; SELECT count(*) AS n FROM bench_visits WHERE fee %s %d",
		[]string{"<", ">="}[i%2], 1+i/2%99)).ReadAll()
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) && (e.Code == "YM010" || e.Code == "YM011") {
		return true, nil
	}
	if err == nil && len(all[len(all)-1].Rows) != 1 {
		err = errors.New("bench: an answer of class dp without its row")
	}
	return false, err
}
