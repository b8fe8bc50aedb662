package rest

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// OfJob is a call about a job.
type OfJob struct {
	Job string `path:"job" maxLength:"128"`
}

func (d *Door) jobRoutes() {
	dom := d.cfg.Domain
	get(d, "list-jobs", "/v1/jobs", "All jobs, oldest day first, as one may see them", api.ScopeJobs,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[yumen.Job], error) {
			all, err := dom.Jobs(ctx, by)
			return pageOf(all, err, in, func(j yumen.Job) string { return j.ID })
		})
	get(d, "show-job", "/v1/jobs/{job}", "A job, as one may see it", api.ScopeJobs,
		func(ctx context.Context, by api.Principal, in *OfJob) (api.Job, error) {
			return dom.Job(ctx, by, in.Job)
		})
	post(d, "submit-job", "/v1/jobs", "Submit a job; it goes on its way without being waited for", api.ScopeJobs,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.Submission }) (yumen.Job, error) {
			module, err := d.module(by, in.Body)
			if err != nil {
				return yumen.Job{}, err
			}
			return dom.Submit(ctx, by, in.Body.Spec, module)
		})
	post(d, "explain-job", "/v1/explanations", "What would become of a job, without any data", api.ScopeJobs,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.Submission }) (api.Explanation, error) {
			module, err := d.module(by, in.Body)
			if err != nil {
				return api.Explanation{}, err
			}
			return dom.Explain(ctx, by, in.Body.Spec, module)
		})
	post(d, "cancel-job", "/v1/jobs/{job}/cancellation", "Withdraw a job of one's own", api.ScopeJobs,
		func(ctx context.Context, by api.Principal, in *OfJob) (yumen.Job, error) {
			return dom.Cancel(ctx, by, in.Job)
		})
	get(d, "list-recurrences", "/v1/recurrences", "What is asked again and again", api.ScopeJobs,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[yumen.Recurrence], error) {
			all, err := dom.Recurrences(ctx, by)
			return pageOf(all, err, in, func(r yumen.Recurrence) string { return r.ID })
		})
	post(d, "recur-job", "/v1/jobs/{job}/recurrence", "Have a released job asked again every so often", api.ScopeJobs,
		func(ctx context.Context, by api.Principal, in *struct {
			OfJob
			Body wire.Recurrence
		}) (yumen.Recurrence, error) {
			return dom.Recur(ctx, by, in.Job, time.Duration(in.Body.Every))
		})
	post(d, "end-recurrence", "/v1/jobs/{job}/recurrence/end", "Have a job asked no more", api.ScopeJobs,
		func(ctx context.Context, by api.Principal, in *OfJob) (yumen.Recurrence, error) {
			return dom.EndRecurrence(ctx, by, in.Job)
		})
	stream(d, "watch-job", "/v1/jobs/{job}/events",
		"The job as it is now, and once more when a person is due or it has ended", api.ScopeJobs, d.watch)
}

// module reads the module of a submission, which is used up by that.
func (d *Door) module(by api.Principal, s wire.Submission) ([]byte, error) {
	if s.Module == "" {
		return nil, nil
	}
	up, err := d.spool.take(by, s.Module)
	if err != nil {
		return nil, err
	}
	defer d.spool.drop(up)
	if up.bytes > api.MaxModule {
		return nil, yumen.Errorf(yumen.KindLimit, "the module has more than %s", "模块超过 %s", yumen.Size(api.MaxModule))
	}
	f, err := up.open()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(f, 0, up.bytes))
}

// watch sends a job as it is and, once it waits for a person or has ended, as it is then.
func (d *Door) watch(ctx context.Context, by api.Principal, in *OfJob) (func(*events) error, error) {
	now, err := d.cfg.Domain.Job(ctx, by, in.Job)
	if err != nil {
		return nil, err
	}
	return func(e *events) error {
		if err := e.send("job", now.Job); err != nil {
			return err
		}
		var then api.Job
		err := e.while(func() (err error) {
			_, err = d.cfg.Domain.Watch(ctx, by, in.Job)
			return err
		})
		if err == nil {
			then, err = d.cfg.Domain.Job(ctx, by, in.Job) // for whoever may still see it: that was long ago
		}
		if err != nil {
			return err
		}
		return e.send("end", then.Job)
	}, nil
}

// stream registers a call that is answered by events. What it refuses is refused before the first one.
func stream[I any](d *Door, id, pattern, summary string, s scope,
	begin func(context.Context, api.Principal, *I) (func(*events) error, error)) {
	op := huma.Operation{OperationID: id, Method: "GET", Path: pattern, Summary: summary, Tags: []string{string(s)},
		Responses: map[string]*huma.Response{"200": {Description: "Events, as server-sent events.",
			Content: map[string]*huma.MediaType{"text/event-stream": {Schema: eventSchema("job", "progress", "end",
				"error")}}}},
		Errors: refusals}
	huma.Register(d.api, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		q := requestOf(ctx)
		ctx, give := context.WithCancel(ctx)
		send, err := begin(ctx, q.by, in)
		if err != nil {
			give()
			return nil, q.problem(err)
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			defer give()
			e := newEvents(h, d.stopping, give)
			if err := send(e); err != nil && !errors.Is(err, errGone) {
				_ = e.send("error", q.problem(err)) // whoever asked may be gone
			}
		}}, nil
	})
}
