package rest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// work is what an operation does. It goes on when whoever asked for it goes away.
type work struct {
	release func() // what it is done with; called at its end, or where it does not begin
	run     func(ctx context.Context, o *operation) (any, error)
}

// operation is long work.
type operation struct {
	owner  string
	scope  scope
	cancel context.CancelFunc

	mu      sync.Mutex
	now     wire.Operation
	changed chan struct{} // closed at every change
	until   time.Time     // once it is over
}

// progress notes how far it has come.
func (o *operation) progress(done, total int64) {
	o.change(func(now *wire.Operation) { now.Done, now.Total = done, total })
}

func (o *operation) change(do func(now *wire.Operation)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	do(&o.now)
	close(o.changed)
	o.changed = make(chan struct{})
}

// see returns the operation as it is, and what is closed when it is otherwise.
func (o *operation) see() (wire.Operation, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now, o.changed
}

// operations are those that run, and those that are over and were not forgotten.
type operations struct {
	limits *limits
	born   string // begins the names of operations of this start of the server
	ctx    context.Context
	stop   context.CancelFunc
	all    sync.WaitGroup

	mu       sync.Mutex
	refusing bool
	byID     map[string]*operation
}

func newOperations(l *limits) operations {
	ctx, stop := context.WithCancel(context.Background())
	return operations{limits: l, born: "o-" + rand.Text()[:8], ctx: ctx, stop: stop, byID: map[string]*operation{}}
}

// maxEnded is how many ended operations of one person are kept.
const maxEnded = 100

// begin starts an operation.
func (ops *operations) begin(q request, s scope, do work) (*operation, error) {
	ops.mu.Lock()
	defer ops.mu.Unlock()
	if ops.refusing {
		return nil, yumen.Errorf(yumen.KindUnavailable, "the server is stopping",
			"服务正在停止").ToFix("ask again when it is back", "请在服务恢复后重新请求")
	}
	l, running, own := ops.limits.Load(), 0, 0
	var ended []*operation // of the same person
	for _, o := range ops.byID {
		now, _ := o.see()
		mine := o.owner == q.by.Person.Name
		switch {
		case !now.Over():
			running++
			if mine {
				own++
			}
		case mine:
			ended = append(ended, o)
		}
	}
	if len(ended) >= maxEnded {
		oldest := slices.MinFunc(ended, func(a, b *operation) int { return a.until.Compare(b.until) })
		delete(ops.byID, oldest.now.ID)
	}
	if running >= l.Operations || own >= max(1, l.Operations/2) {
		return nil, yumen.Errorf(yumen.KindLimit, "too many operations are running", "正在执行的操作过多").
			ToFix("wait until one is over", "请等待其中之一结束")
	}
	ctx, cancel := context.WithCancel(ops.ctx)
	o := &operation{owner: q.by.Person.Name, scope: s, cancel: cancel, changed: make(chan struct{}),
		now: wire.Operation{ID: ops.born + rand.Text(), State: wire.OperationRunning}}
	ops.byID[o.now.ID] = o
	ops.all.Go(func() {
		defer cancel()
		v, err := safely(func() (any, error) { return do.run(ctx, o) })
		do.release()
		var b []byte
		if err == nil {
			b, err = json.Marshal(v)
		}
		o.change(func(now *wire.Operation) {
			now.State, now.Result = wire.OperationDone, b
			if err != nil {
				now.State, now.Error = wire.OperationFailed, q.problem(err)
			}
			o.until = time.Now().Add(ops.limits.Load().Keep)
		})
	})
	return o, nil
}

// safely turns a defect into an error, without what was thrown, which may hold values: nobody is above this to catch
// it.
func safely[T any](do func() (T, error)) (out T, err error) {
	defer func() {
		if recover() != nil {
			err = yumen.Errorf(yumen.KindInternal, "unexpected failure", "意外故障")
		}
	}()
	return do()
}

// find returns an operation, to whoever began it.
func (ops *operations) find(by api.Principal, id string) (*operation, error) {
	ops.mu.Lock()
	defer ops.mu.Unlock()
	o, ok := ops.byID[id]
	switch {
	case ok && o.owner == by.Person.Name && by.Has(o.scope):
		return o, nil
	case !strings.HasPrefix(id, ops.born):
		return nil, yumen.Errorf(yumen.KindNotFound,
			"the server was started again since this operation began, and knows it no more",
			"该操作开始之后服务已重新启动，不再保留该操作").At(id).
			ToFix("what had not ended by then came to nothing: see whether its version, record or file is there, and ask again where none is",
				"当时尚未结束的操作没有产生任何结果：请查看其版本、记录或文件是否存在，若不存在请重新请求")
	}
	return nil, yumen.Errorf(yumen.KindNotFound, "there is no such operation, or it was forgotten since it ended",
		"没有该操作，或其结束后已不再保留").At(id).
		ToFix("see what has come of it, and ask again where nothing has", "请查看其结果；若无结果，请重新请求")
}

func (ops *operations) expire(now time.Time) {
	ops.mu.Lock()
	defer ops.mu.Unlock()
	for id, o := range ops.byID {
		o.mu.Lock()
		if !o.until.IsZero() && now.After(o.until) {
			delete(ops.byID, id)
		}
		o.mu.Unlock()
	}
}

// refuse begins no more of them.
func (ops *operations) refuse() {
	ops.mu.Lock()
	ops.refusing = true
	ops.mu.Unlock()
}

// close waits for them until ctx ends, and gives up those that are left.
func (ops *operations) close(ctx context.Context) {
	over := make(chan struct{})
	go func() { ops.all.Wait(); close(over) }()
	select {
	case <-over:
	case <-ctx.Done():
	}
	ops.stop()
	<-over
}

// started is the answer to whoever began an operation.
type started struct {
	Location string `header:"Location"`
	Body     wire.Operation
}

// long registers a call that begins an operation.
func long[I any](d *Door, id, pattern, summary string, s scope, prepare func(api.Principal, *I) (work, error)) {
	op := huma.Operation{OperationID: id, Method: http.MethodPost, Path: pattern,
		Summary:       summary + " (long: an operation)",
		DefaultStatus: http.StatusAccepted, Tags: []string{string(s)}, Extensions: map[string]any{"x-scope": string(s)},
		Parameters: []*huma.Param{idempotencyKey}, Errors: refusals, BodyReadTimeout: -1, MaxBodyBytes: -1}
	huma.Register(d.api, op, func(ctx context.Context, in *I) (*started, error) {
		q := requestOf(ctx)
		do, err := prepare(q.by, in)
		if err != nil {
			return nil, q.problem(err)
		}
		o, err := d.operations.begin(q, s, do)
		if err != nil {
			do.release()
			return nil, q.problem(err)
		}
		now, _ := o.see()
		return &started{"/v1/operations/" + now.ID, now}, nil
	})
}

func (d *Door) operationRoutes() {
	get(d, "show-operation", "/v1/operations/{name}", "Long work: how far it has come and, in the end, its result", "",
		func(_ context.Context, by api.Principal, in *Named) (wire.Operation, error) {
			o, err := d.operations.find(by, in.Name)
			if err != nil {
				return wire.Operation{}, err
			}
			now, _ := o.see()
			return now, nil
		})
	post(d, "cancel-operation", "/v1/operations/{name}/cancellation", "Give up long work", "",
		func(_ context.Context, by api.Principal, in *Named) (wire.Operation, error) {
			o, err := d.operations.find(by, in.Name)
			if err != nil {
				return wire.Operation{}, err
			}
			o.cancel()
			now, _ := o.see()
			return now, nil
		})
	stream(d, "watch-operation", "/v1/operations/{name}/events",
		"How far long work has come, as it goes on, to its end", "domain",
		func(ctx context.Context, by api.Principal, in *Named) (func(*events) error, error) {
			o, err := d.operations.find(by, in.Name)
			if err != nil {
				return nil, err
			}
			return func(e *events) error { return e.follow(ctx, o) }, nil
		})
}

// follow sends an operation as it changes, at most ten times a second.
func (e *events) follow(ctx context.Context, o *operation) error {
	for {
		now, changed := o.see()
		if now.Over() {
			return e.send("end", now)
		}
		if err := e.send("progress", now); err != nil {
			return err
		}
		err := e.while(func() error {
			select {
			case <-ctx.Done():
				return errGone
			case <-changed:
			}
			select {
			case <-ctx.Done():
				return errGone
			case <-time.After(100 * time.Millisecond):
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
