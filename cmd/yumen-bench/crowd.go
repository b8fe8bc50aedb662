package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// firstWrite notes when the first bytes of a result arrive.
type firstWrite struct {
	once sync.Once
	at   time.Time
	n    atomic.Int64
}

func (f *firstWrite) Write(p []byte) (int, error) {
	f.once.Do(func() { f.at = time.Now() })
	f.n.Add(int64(len(p)))
	return len(p), nil
}

func statement(sql string, limits yumen.Limits) task.Task {
	return task.Task{Role: task.Query, Limits: limits, Spec: task.QuerySpec{SQL: sql, MaxRows: 1 << 40}}
}

// benchFirstRow times a cold enclave from its start to the first bytes of a result, and plain DuckDB in a process of
// its own.
func (a *app) benchFirstRow(ctx context.Context, dir string, runs int) ([]measurement, error) {
	host, err := a.host(dir, 0)
	if err != nil {
		return nil, err
	}
	inside, outside := make([]time.Duration, runs), make([]time.Duration, runs)
	for i := range runs {
		var first firstWrite
		start := time.Now()
		if _, err := host.Run(ctx, statement("SELECT 42 AS answer", yumen.Limits{Threads: 1}),
			map[string]io.Writer{task.OutResult: &first}); err != nil {
			return nil, err
		}
		inside[i] = first.at.Sub(start)
		if outside[i], err = timed(func() error { return a.plainChild(ctx, "SELECT 42 AS answer") }); err != nil {
			return nil, err
		}
	}
	in, out := ms(percentile(inside, 50)), ms(percentile(outside, 50))
	return []measurement{{Name: "cold enclave, spawn to first result row", Value: in, P99: ms(percentile(inside, 99)),
		Baseline: "plain DuckDB process", Base: out, Ratio: in / out, Runs: runs}}, nil
}

// digested takes a result as the store does: it names it by its SHA-256.
type digested struct{ *yumen.Hasher }

// benchTransport carries a large result out of an enclave into a receiver that hashes it: bytes that cost nothing to
// make, then what the engine makes of a range, as Arrow. The baseline of the second is plain DuckDB that makes the same
// and does nothing with it.
func (a *app) benchTransport(ctx context.Context, dir string, _ int) ([]measurement, error) {
	const rows, size, runs = 40_000_000, 1_280_000_000, 5
	host, err := a.host(dir, 0)
	if err != nil {
		return nil, err
	}
	sql := fmt.Sprintf("SELECT range AS a, range AS b, range AS c, range AS d FROM range(%d)", rows)
	limits := yumen.Limits{Memory: 6 << 30, Output: 4 << 30, Threads: 2}
	alone, err := carried("%.2f GB out of an enclave, transport alone", runs,
		func(to digested) error { return host.Pour(ctx, size, to) })
	if err != nil {
		return nil, err
	}
	engine, err := carried("%.2f GB of Arrow result, engine included", runs, func(to digested) error {
		_, err := host.Run(ctx, statement(sql, limits), map[string]io.Writer{task.OutResult: to})
		return err
	})
	if err != nil {
		return nil, err
	}
	plain := make([]time.Duration, runs)
	for i := range plain {
		if plain[i], err = timed(func() error { return a.plainChild(ctx, sql) }); err != nil {
			return nil, err
		}
	}
	engine.Baseline, engine.Base = "plain DuckDB, result dropped", ms(percentile(plain, 50))
	engine.Ratio = engine.Value / engine.Base
	return []measurement{alone, engine}, nil
}

// carried times how long a result takes, and the processor time of both sides: on a host that others use, the wall
// tells of them.
func carried(name string, runs int, carry func(digested) error) (measurement, error) {
	took, cpu := make([]time.Duration, runs), make([]time.Duration, runs)
	var size float64
	for i := range runs {
		sink, before := digested{yumen.NewHasher()}, processorTime()
		var err error
		if took[i], err = timed(func() error { return carry(sink) }); err != nil {
			return measurement{}, err
		}
		cpu[i], size = processorTime()-before, float64(sink.Size())/1e9
	}
	mid, best := percentile(took, 50), percentile(took, 1)
	return measurement{Name: fmt.Sprintf(name, size), Value: ms(mid), Runs: runs,
		Note: fmt.Sprintf("%.2f GB/s at the median, %.2f at best, receiver's SHA-256 included; %.2f s of processor time for a GB, both sides",
			size/mid.Seconds(), size/best.Seconds(), percentile(cpu, 50).Seconds()/size)}, nil
}

// processorTime is what this process and its children that ended have used.
func processorTime() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum
}

// benchCrowd starts a hundred runs at once under a memory budget for all, and watches what they take.
func (a *app) benchCrowd(ctx context.Context, dir string, _ int) ([]measurement, error) {
	const crowd, budget = 100, yumen.Size(4 << 30)
	host, err := a.host(dir, budget)
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	peak := make(chan int64)
	go func() { peak <- peakOfChildren(watching) }()
	errs := make([]error, crowd)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range crowd {
		wg.Go(func() {
			t := statement("SELECT range % 1000 AS k, count(*) AS n, sum(range) AS s FROM range(3000000) GROUP BY k ORDER BY k", yumen.Limits{Memory: 1 << 30, Threads: 2})
			t.Tenant.Contract = "contract-" + strconv.Itoa(i%3)
			_, errs[i] = host.Run(ctx, t, map[string]io.Writer{task.OutResult: io.Discard})
		})
	}
	wg.Wait()
	took := time.Since(start)
	stop()
	most := <-peak
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	note := fmt.Sprintf("all %d ended; together they held %s at most, of a budget of %s", crowd,
		yumen.Size(most>>20<<20), budget)
	return []measurement{{Name: fmt.Sprintf("%d runs queued at once", crowd), Value: ms(took), Runs: 1, Note: note}},
		nil
}

// peakOfChildren samples the resident memory of this process's children until the context ends and returns the largest
// sum.
func peakOfChildren(ctx context.Context) (peak int64) {
	for ctx.Err() == nil {
		peak = max(peak, residentOfChildren())
		time.Sleep(10 * time.Millisecond)
	}
	return peak
}

func residentOfChildren() (sum int64) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	me := strconv.Itoa(os.Getpid())
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid …; the name may hold anything, so count from the last parenthesis (proc_pid_stat(5)).
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(fields) > 21 && fields[1] == me {
			pages, err := strconv.ParseInt(fields[21], 10, 64)
			if err == nil {
				sum += pages * int64(os.Getpagesize())
			}
		}
	}
	return sum
}
