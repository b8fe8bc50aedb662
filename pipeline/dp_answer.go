package pipeline

import (
	"context"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// answerPrivate takes a question of class dp from its plan to a held result: paid for, answered by an enclave that
// sees data, stored, and presented by another that sees the stored noisy table alone. Of several who ask the same,
// one is answered; then the others find the answer.
func (s *Service) answerPrivate(ctx context.Context, j *jobRun, announce yumen.Entry) error {
	unlock, err := s.asking.lock(ctx, answerID(j.contract.Name, j.plan.Private.Key))
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.startPrivate(ctx, j, announce); err != nil || j.V.State != yumen.StateRunning {
		return err
	}
	stored, err := s.storedAnswer(ctx, j)
	a, ok := stored.V, stored.Rev > 0
	if err == nil && !ok {
		a, ok, err = s.runPrivate(ctx, j)
	}
	if err != nil || !ok {
		return err
	}
	return s.postProcess(ctx, j, a)
}

// runPrivate has a question answered and stores the noisy table. Whatever came of it, nothing is shown or written
// before the deadline that was fixed beforehand: how long the run took depends on data. Not ok means that the job has
// failed.
func (s *Service) runPrivate(ctx context.Context, j *jobRun) (a answer, ok bool, err error) {
	var in inputs
	defer in.release()
	tk, err := s.privateTask(ctx, &in, j)
	if err != nil {
		return a, false, err
	}
	outs, err := s.journal.Stage(map[string]store.Space{task.OutNoisy: store.Held})
	if err != nil {
		return a, false, err
	}
	defer outs.Abort() // what is staged by then stays
	began := s.cfg.Clock()
	tk.Started = func() { began = s.cfg.Clock() } // what went before was waiting for others
	out, failed := s.cfg.Enclave.Run(ctx, tk, outs.Sinks())
	until := began.Add(time.Duration(j.plan.Private.Deadline))
	late := s.cfg.Clock().After(until)
	if err := s.cfg.Wait(ctx, until); err != nil {
		return a, false, err // interrupted: it is run again at the next start, under the same debit
	}
	if late && failed == nil {
		failed = yumen.Errorf(yumen.KindLimit, "the run was late", "运行超时")
	}
	if failed != nil {
		return a, false, s.failPrivate(ctx, j, failed)
	}
	objs, err := outs.Objects()
	if err != nil {
		return a, false, err
	}
	// the time it was given, not the time it took
	out.Report.WallMS = time.Duration(j.plan.Private.Deadline).Milliseconds()
	a = answer{Contract: j.contract.Name, Key: j.plan.Private.Key, Job: j.V.ID, Table: objs[task.OutNoisy],
		Enclave: out.Report, At: s.now()}
	return a, true, s.storeAnswer(ctx, j, a)
}

// storeAnswer writes an answer.
func (s *Service) storeAnswer(ctx context.Context, j *jobRun, a answer) error {
	p, err := journal.Put(store.Answer, answerID(a.Contract, a.Key), 0, a)
	if err != nil {
		return err
	}
	e := s.systemEntry(yumen.ActionAnswerHold, j.V.ID)
	e.Digests = map[string]yumen.Digest{"answer_key": a.Key, "noisy": a.Table.Digest, "report": digestJSON(a.Enclave)}
	e.Details = reportDetails(a.Enclave)
	return s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p},
		Objects: []store.Object{a.Table}})
}

// failPrivate ends a job whose run failed. Where the host was at fault the debit stands and the same question is
// answered under it; otherwise the debit is marked as failed, and one sentence is all that is shown.
func (s *Service) failPrivate(ctx context.Context, j *jobRun, why error) error {
	s.accountMu.Lock()
	defer s.accountMu.Unlock()
	kind := yumen.KindOf(why)
	hosts := kind == yumen.KindUnavailable || kind == yumen.KindCorrupt
	if !hosts {
		why = yumen.Errorf(yumen.KindFailed,
			"the run failed or did not end within its deadline of %s; what it cost is not given back, and more is not said of a run on data",
			"运行失败或未在时限 %s 内结束；已支付的预算不退回，对真实数据上的运行不再透露更多", time.Duration(j.plan.Private.Deadline)).
			ToFix("try the query on synthetic data of the same shape", "请用同结构的模拟数据调试")
	}
	var err error
	for range maxTries {
		var st journal.Step
		if !hosts {
			if st, err = s.failedDebitStep(ctx, j); err != nil {
				return err
			}
		}
		if err = s.refuseWith(ctx, j, yumen.ActionJobFail, yumen.StateFailed, why,
			st); yumen.KindOf(err) != yumen.KindConflict {
			return err
		}
	}
	return err
}

// postProcess makes the result out of the noisy table. Nothing else is given to this enclave, so whatever it does,
// and however long it takes, discloses no more than the table.
func (s *Service) postProcess(ctx context.Context, j *jobRun, a answer) error {
	var in inputs
	defer in.release()
	if err := in.fetch(ctx, s.cfg.Objects, task.InCells, a.Table.Space, a.Table.Digest); err != nil {
		return err
	}
	tk := s.postTask(j, j.plan.Private.Post, &in)
	held := yumen.Artifact{Job: j.V.ID, Columns: j.plan.Columns, Enclaves: []yumen.EnclaveReport{a.Enclave}}
	return s.produce(ctx, j, yumen.ActionJobHold, held, tk, map[string]store.Space{task.OutResult: store.Held},
		func(err error) *yumen.Error { return runError(j, err) })
}

// privateTask asks for the noisy table of the plan's question, within the deadline, over inputs that it adds to in.
func (s *Service) privateTask(ctx context.Context, in *inputs, j *jobRun) (task.Task, error) {
	p := j.plan.Private
	if _, err := s.versionInputs(ctx, in, j, p.Question.Views); err != nil {
		return task.Task{}, err
	}
	spec := task.PrivateSpec{Question: p.Question, Noise: p.Noise, MaxRows: maxRows(j.contract.Risk)}
	tk := task.Task{Role: task.Private, Spec: spec, Tenant: j.tenant(), Inputs: in.all, Limits: s.runLimits(j),
		Program: yumen.DigestOf([]byte(p.Question.SQL))}
	tk.Limits.Wall, tk.Tenant.Keeps = p.Deadline, time.Duration(p.Deadline)
	if p.Question.Module == nil {
		return tk, nil
	}
	tk.Role, tk.Program, tk.Spec = task.Wasm, j.V.Program, task.WasmSpec{Private: &spec}
	err := s.moduleInputs(ctx, in, j)
	tk.Inputs = in.all
	return tk, err
}

// waitUntil waits for a point in time.
func waitUntil(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ctx.Err()
	}
}
