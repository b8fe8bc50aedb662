package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// jobRun is a job on its way with what the steps need to know of it.
type jobRun struct {
	journal.Versioned[yumen.Job]
	contract yumen.SignedContract
	terms    store.Record // that of the contract, by its revision
	plan     planned
	datasets map[string]yumen.Dataset // published, by name; nil where nobody has looked
	// machine code that the inspection left, and the revision to store it under
	compiled *journal.Versioned[store.Object]
}

// tenant is whose share of the host the runs of the job take.
func (j *jobRun) tenant() task.Tenant {
	return task.Tenant{Contract: j.contract.Name, Organisation: j.V.Submitter.Org, Quotas: j.contract.Quotas.Limits}
}

// ahead is the tenant of a task that continues the job, or that the job is planned by, and goes before runs that wait.
func (j *jobRun) ahead() task.Tenant {
	t := j.tenant()
	t.Ahead = true
	return t
}

// atFigures reports whether the job is at the figures that its statement compares rows with, not yet at its result.
func (j *jobRun) atFigures() bool { return j.plan.Figures != nil && !j.V.Figures }

// asked is the plan of what the job is at.
func (j *jobRun) asked() *planned {
	if j.atFigures() {
		return j.plan.Figures
	}
	return &j.plan
}

// drive takes a job along its route until a person has to act or it has ended. It returns the job as it stands then;
// that the job was refused or failed is no error of drive. Where driving is stopped, or the home cannot be read or
// written, a run under way is taken back.
func (s *Service) drive(ctx context.Context, id string) (yumen.Job, error) {
	j, err := s.advance(ctx, id)
	if err == nil {
		return j, nil
	}
	after := context.WithoutCancel(ctx)
	j, err = s.pause(after, id, cmp.Or(ctx.Err(), err))
	if now, err := s.loadJob(after, id); err == nil && now.stopped() {
		return now.V, nil // it waits, and did not fail
	}
	return j, err
}

// advance is drive without taking anything back.
func (s *Service) advance(ctx context.Context, id string) (yumen.Job, error) {
	j, err := s.loadJob(ctx, id)
	if err != nil || j.stopped() {
		return j.V, err
	}
	if j.V.State == yumen.StateRunning {
		if err := s.runAgain(ctx, &j); err != nil {
			return j.V, err
		}
	}
	steps := s.machineSteps()
	for step := steps[j.V.State]; step != nil; step = steps[j.V.State] {
		if err := step(ctx, &j); err != nil {
			return j.V, err
		}
	}
	if j.V.State == yumen.StateApproved {
		return s.autoRelease(ctx, &j)
	}
	return j.V, nil
}

// machineSteps are the steps that need nobody, by the state in which each is next.
func (s *Service) machineSteps() map[yumen.State]func(context.Context, *jobRun) error {
	return map[yumen.State]func(context.Context, *jobRun) error{
		yumen.StateSubmitted: s.admit, yumen.StateAdmitted: s.plan, yumen.StatePlanned: s.start,
		yumen.StateRunning: s.run, yumen.StateHeld: s.check, yumen.StateFixing: s.fix,
		yumen.StateProtected: s.post,
	}
}

// loadJob reads a job with what the steps need to know of it.
func (s *Service) loadJob(ctx context.Context, id string) (jobRun, error) {
	var j jobRun
	var err error
	if j.Versioned, err = journal.Load[yumen.Job](ctx, s.state, store.Job, id); err != nil {
		return j, err
	}
	c, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, j.V.Spec.Contract)
	j.contract, j.terms = c.V, store.Record{Kind: store.Contract, ID: j.V.Spec.Contract, Rev: c.Rev}
	if err == nil && len(j.V.Plan) > 0 {
		err = json.Unmarshal(j.V.Plan, &j.plan)
	}
	return j, err
}

// refuse ends a job with the reasons why. The log names the rules, never their texts.
func (s *Service) refuse(ctx context.Context, j *jobRun, action yumen.AuditAction, to yumen.State, why error) error {
	return s.refuseWith(ctx, j, action, to, why, journal.Step{})
}

// refuseWith is refuse, together with what else the step holds.
func (s *Service) refuseWith(ctx context.Context, j *jobRun, action yumen.AuditAction, to yumen.State, why error,
	st journal.Step) error {
	e := s.systemEntry(action, j.V.ID)
	j.V.Error = yumen.AsError(why)
	e.Details = map[string]string{"kind": string(j.V.Error.Kind)}
	var rules []string
	for _, r := range j.V.Error.Reasons {
		rules = append(rules, r.Rule)
	}
	if slices.Sort(rules); len(rules) > 0 {
		e.Details["rules"] = strings.Join(slices.Compact(rules), " ")
	}
	_, err := s.move(ctx, e, &j.Versioned, to, st)
	return err
}

// admit asks access and contract.
func (s *Service) admit(ctx context.Context, j *jobRun) error {
	spec := j.V.Spec
	if j.contract.Name == "" || !s.knows(j.V.Submitter, &j.contract.Contract) {
		return s.refuse(ctx, j, yumen.ActionJobReject, yumen.StateRejected,
			yumen.Refuse(yumen.KindDenied, yumen.Say("the job is not admitted", "任务未获准入"),
				[]yumen.Reason{{Rule: "contract.unknown", Msg: yumen.Say("no contract named %q", "没有名为“%s”的合同",
					spec.Contract)}}))
	}
	datasets, err := s.published(ctx)
	if err != nil {
		return err
	}
	today, err := s.jobsToday(ctx, j)
	if err != nil {
		return err
	}
	reasons := contract.Admit(&j.contract, &j.V, datasets, contract.Facts{Now: s.now(), JobsToday: today})
	if len(reasons) > 0 {
		return s.refuse(ctx, j, yumen.ActionJobReject, yumen.StateRejected, yumen.Refuse(yumen.KindDenied,
			yumen.Say("contract %s does not admit the job", "合同 %s 不准许该任务", j.contract.Name), reasons))
	}
	e := s.systemEntry(yumen.ActionJobAdmit, j.V.ID)
	e.Digests = map[string]yumen.Digest{"contract": j.contract.Digest}
	j.V.ContractDigest, j.V.Independent = j.contract.Digest, j.contract.Review.Independent
	_, err = s.move(ctx, e, &j.Versioned, yumen.StateAdmitted, journal.Step{})
	return err
}

// jobsToday counts the other jobs of the contract that were submitted on the same day, by the log: a job that was taken
// out of the state still counts.
func (s *Service) jobsToday(ctx context.Context, j *jobRun) (int, error) {
	n, err := s.state.Submitted(ctx, j.V.Spec.Contract, j.contract.Parties, yumen.DayOf(j.V.Created))
	return n - 1, err
}
