package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/store"
)

// Submit records a job and its program: the text of spec.SQL, or module for a Wasm job. Nothing is checked yet beyond
// who may submit at all; Drive takes it on its route. A text that begins with EXPLAIN POLICY is for Explain.
func (s *Service) Submit(ctx context.Context, by yumen.Actor, spec yumen.JobSpec, module []byte) (yumen.Job, error) {
	if _, asked := query.ExplainPolicy(spec.SQL); asked && module == nil {
		return yumen.Job{}, yumen.Errorf(yumen.KindInvalid,
			"the text asks what the policy makes of a query; it is no job and nothing was run",
			"该文本只是询问策略如何处理查询，不是任务，未执行任何操作").
			ToFix("ask for an explanation, or leave EXPLAIN POLICY out", "请改用说明功能，或去掉 EXPLAIN POLICY")
	}
	if err := s.acceptsWork(); err != nil {
		return yumen.Job{}, err
	}
	job := yumen.Job{ID: s.newID(jobPrefix), Spec: spec, Engine: yumen.EngineSQL, Submitter: by, State: yumen.StateSubmitted}
	job.Created, job.Updated = s.now(), s.now()
	program := spec.Program()
	if module != nil {
		job.Engine, program = yumen.EngineWasm, module
	}
	obj, err := s.journal.StageBytes(store.Programs, program)
	if err != nil {
		return job, err
	}
	job.Program = obj.Digest
	return job, s.submit(ctx, by, job, journal.Step{Objects: []store.Object{obj}})
}

// submit writes a new job, together with what else the step holds.
func (s *Service) submit(ctx context.Context, by yumen.Actor, job yumen.Job, st journal.Step) error {
	p, err := journal.Put(store.Job, job.ID, 0, job)
	if err != nil {
		return err
	}
	e := s.entry(by, yumen.ActionJobSubmit, job.ID)
	e.To = yumen.StateSubmitted
	if err := yumen.CheckArrow(e, by.Name); err != nil {
		return err
	}
	e.Digests = map[string]yumen.Digest{"program": job.Program}
	e.Details = map[string]string{"contract": job.Spec.Contract, "engine": string(job.Engine)}
	if job.Recurs != "" {
		e.Details["recurs"] = job.Recurs
	}
	st.Entries, st.Records = []yumen.Entry{e}, append(st.Records, p)
	return s.journal.Commit(ctx, st)
}

// jobPrefix begins the id of every job, and of nothing else that the log speaks of.
const jobPrefix = "j-"

// newID returns a name such as j-20260131-k3f9x2 for what a prefix begins: the day for people, 30 random bits so that names
// do not tell how many others there are.
func (s *Service) newID(prefix string) string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return prefix + s.now().Format("20060102") + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:])[:6])
}

// artifacts returns the artifacts of a job, one for each round.
func (s *Service) artifacts(ctx context.Context, job string) ([]yumen.Artifact, error) {
	return journal.List[yumen.Artifact](ctx, s.state, store.Artifact, job+"/")
}

// Cancel withdraws a job before its result is released. A run under way is stopped; where times are fixed, at the next
// of them.
func (s *Service) Cancel(ctx context.Context, by yumen.Actor, id string) (out yumen.Job, err error) {
	if err := s.awaitTold(ctx, by, id); err != nil {
		return out, err
	}
	for range maxTries { // the job may be on its way meanwhile
		if out, err = s.cancel(ctx, by, id); !stale(err) {
			break
		}
	}
	if err == nil {
		s.driver.end(id)
	}
	return out, err
}

// stale reports whether a step was refused because something else came between.
func stale(err error) bool {
	return yumen.KindOf(err) == yumen.KindConflict && len(yumen.AsError(err).Reasons) == 0
}

func (s *Service) cancel(ctx context.Context, by yumen.Actor, id string) (yumen.Job, error) {
	j, err := s.knownJob(ctx, by, id)
	if err != nil {
		return yumen.Job{}, err
	}
	if by.Name != j.V.Submitter.Name {
		return s.jobViewFor(by, j.V), yumen.Errorf(yumen.KindDenied, "only %s, who submitted job %s, may cancel it",
			"只有提交者 %s 可以撤回任务 %s", j.V.Submitter.Name, id).
			ToFix("ask them; a reviewer can return or reject it", "请与其联系；审核员可退回或拒绝")
	}
	if j.V.State.Final() {
		return s.jobViewFor(by, j.V), yumen.Errorf(yumen.KindConflict, "job %s is already %s", "任务 %s 已处于 %s 状态", id,
			j.V.State)
	}
	out, err := s.move(ctx, s.entry(by, yumen.ActionJobCancel, id), &j, yumen.StateCancelled, journal.Step{})
	return s.jobViewFor(by, out), err
}

// move writes a job's new state together with what else the step holds, if the state chart has such an arrow.
func (s *Service) move(ctx context.Context, e yumen.Entry, j *journal.Versioned[yumen.Job], to yumen.State,
	st journal.Step) (yumen.Job, error) {
	e.From, e.To = j.V.State, to
	if err := yumen.CheckArrow(e, j.V.Submitter.Name); err != nil {
		return j.V, err
	}
	next := j.V
	next.State, next.Updated = to, s.now()
	s.fixShown(&j.V, &next)
	p, err := journal.Put(store.Job, next.ID, j.Rev, next)
	if err != nil {
		return j.V, err
	}
	st.Entries = append([]yumen.Entry{e}, st.Entries...)
	st.Records = append(st.Records, p)
	if err := s.journal.Commit(ctx, st); err != nil {
		return j.V, err
	}
	if j.V, j.Rev = next, j.Rev+1; to.Final() {
		s.undecided.ended(&next)
	}
	return next, nil
}

// resume asks again what is due, and drives every job that a crash left on its way until a person is next or it has
// ended. One that cannot be driven keeps no other waiting.
func (s *Service) resume(ctx context.Context) ([]yumen.Job, error) {
	all, err := s.startDue(ctx)
	failed := []error{err}
	var out []yumen.Job
	for _, w := range all {
		select {
		case <-w.done:
		case <-ctx.Done():
			return out, ctx.Err()
		}
		if w.err != nil {
			failed = append(failed, w.err)
			continue
		}
		out = append(out, w.job)
	}
	return out, errors.Join(failed...)
}

// startDue asks again what is due, and has every job driven that the machine is next on.
func (s *Service) startDue(ctx context.Context) ([]*driven, error) {
	asked := s.askDue(ctx)
	due, err := s.state.Select(ctx, store.Query{Kind: store.Job,
		States: append(slices.Collect(maps.Keys(s.machineSteps())), yumen.StateApproved)})
	if err != nil {
		return nil, errors.Join(asked, err)
	}
	var out []*driven
	for _, r := range due.Records {
		j, err := journal.Decode[yumen.Job](r)
		if err != nil {
			return out, errors.Join(asked, err)
		}
		byPeople := j.V.State == yumen.StateApproved && j.V.Review != nil && len(j.V.Review.Approved) > 0
		if !byPeople { // what people approved is for a person to release
			out = append(out, s.driver.start(r.ID))
		}
	}
	return out, asked
}
