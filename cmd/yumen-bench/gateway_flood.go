package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// flood is what became of connections that never log in.
type flood struct {
	Refused int     `json:"refused"` // by 53300
	Closed  int     `json:"closed"`  // without an answer, once the time to log in was over
	Failed  int     `json:"failed"`  // to connect, or otherwise
	Slowest float64 `json:"slowest"` // seconds from the connection to the refusal, of the slowest
	Longest float64 `json:"longest"` // seconds until the last one was closed
	Soonest float64 `json:"soonest"` // seconds until the first one was
	Why     string  `json:"why,omitempty"`
}

// gatewayFlood is the process that makes them.
func (a *app) gatewayFlood() *cobra.Command {
	c := &cobra.Command{Use: "flood ADDRESS NUMBER", Args: cli.Args("ADDRESS", "NUMBER"), Hidden: true,
		Short: a.Say("connect and never log in", "建立连接而不登录"),
		RunE: func(_ *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return err
			}
			return json.NewEncoder(a.Out).Encode(flooding(args[0], n))
		}}
	return c
}

// flooding opens connections, keeps all of them open, and waits until the other side has ended each.
func flooding(address string, n int) (out flood) {
	var mu sync.Mutex
	var all sync.WaitGroup
	dialling := make(chan struct{}, 64)
	held := make([]net.Conn, n)
	for i := range n {
		dialling <- struct{}{}
		all.Go(func() {
			began := time.Now()
			c, err := net.Dial("tcp", address)
			<-dialling
			held[i] = c
			code, err := refusedWith(c, err)
			took := time.Since(began).Seconds()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case code == "53300":
				out.Refused, out.Slowest = out.Refused+1, max(out.Slowest, took)
			case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
				out.Closed, out.Longest = out.Closed+1, max(out.Longest, took)
				if out.Soonest == 0 || took < out.Soonest {
					out.Soonest = took
				}
			default:
				out.Failed, out.Why = out.Failed+1, fmt.Sprint(code, err)
			}
		})
	}
	all.Wait()
	for _, c := range held {
		if c != nil {
			_ = c.Close() // the other side has
		}
	}
	return out
}

// refusedWith waits for what a door says to somebody who says nothing.
func refusedWith(c net.Conn, err error) (code string, _ error) {
	if err != nil {
		return "", err
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return "", err
	}
	m, err := pgproto3.NewFrontend(c, io.Discard).Receive()
	if e, ok := m.(*pgproto3.ErrorResponse); ok {
		return e.Code, nil
	}
	return "", err
}

// paced is how often each logged-in session asks while the door is flooded.
const paced = 20 * time.Millisecond

// flooded has a process of its own open thousands of connections that never log in, and times the statements of sessions
// that did, before and meanwhile.
func (g *gatewayBench) flooded(ctx context.Context, l crowded, _ *pgconn.PgConn) ([]measurement, error) {
	if l.flood == 0 {
		return nil, nil
	}
	if err := roomFor(l.flood); err != nil {
		return nil, err
	}
	sessions := make([]*pgconn.PgConn, 4)
	for i := range sessions {
		var err error
		if sessions[i], err = g.connect(ctx); err != nil {
			return nil, err
		}
		defer sessions[i].Close(ctx) // it may be gone
	}
	calm, err := pacedTimes(ctx, sessions, time.After(5*time.Second))
	if err != nil {
		return nil, err
	}
	before := g.descriptors()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "gateway", "flood", g.address, strconv.Itoa(l.flood))
	cmd.Stderr = g.Errs
	over := make(chan time.Time)
	var raw []byte
	var failed error
	go func() {
		raw, failed = cmd.Output()
		close(over)
	}()
	busy, err := pacedTimes(ctx, sessions, over)
	<-over
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	var f flood
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	left := g.descriptors() - before
	for end := time.Now().Add(15 * time.Second); left > 0 && time.Now().Before(end); left = g.descriptors() - before {
		time.Sleep(100 * time.Millisecond)
	}
	if f.Failed > 0 || left > 0 {
		return nil, fmt.Errorf("bench: %d connections failed (%s), %d descriptors are left", f.Failed, f.Why, left)
	}
	m := beside(fmt.Sprintf("a statement while %d connections do not log in", l.flood), busy, "before", calm)
	m.Note = fmt.Sprintf("p99 %.1f ms before; %d refused with 53300, the slowest after %.2f s; %d closed after %.1f to %.1f s; no descriptor is left",
		ms(percentile(calm, 99)), f.Refused, f.Slowest, f.Closed, f.Soonest, f.Longest)
	return []measurement{m}, nil
}

// roomFor says so where this machine lets a process open fewer files than connections are due.
func roomFor(connections int) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return err
	}
	if l.Max < uint64(connections)+100 {
		return yumen.Errorf(yumen.KindLimit, "this machine lets a process open %d files, too few for %d connections",
			"本机允许单个进程打开 %d 个文件，不足以建立 %d 个连接", l.Max, connections).
			ToFix("raise ulimit -n, or give --flood a smaller number", "请调高 ulimit -n，或将 --flood 设为较小的数")
	}
	return nil
}

// pacedTimes has sessions ask at a steady pace until it is over.
func pacedTimes(ctx context.Context, sessions []*pgconn.PgConn, over <-chan time.Time) ([]time.Duration, error) {
	stop, end := context.WithCancel(ctx)
	defer end()
	go func() {
		<-over
		end()
	}()
	took, errs := make([][]time.Duration, len(sessions)), make([]error, len(sessions))
	var all sync.WaitGroup
	for i, c := range sessions {
		all.Go(func() {
			ask := asks(ctx, c, func(int) string { return catalogSQL })
			tick := time.NewTicker(paced)
			defer tick.Stop()
			for stop.Err() == nil && errs[i] == nil {
				begin := time.Now()
				errs[i] = ask(0)
				took[i] = append(took[i], time.Since(begin))
				<-tick.C
			}
		})
	}
	all.Wait()
	var out []time.Duration
	for _, t := range took {
		out = append(out, t...)
	}
	return out, errors.Join(errs...)
}

// descriptors is how many files the server has open.
func (g *gatewayBench) descriptors() int {
	all, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", g.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	return len(all)
}
