package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// maxCells is how many places a finding lists for people to look at.
const maxCells = 20

// Checks and fixes read only held results and versions; their limits do not depend on the job.
var checkLimits = yumen.Limits{Wall: yumen.Duration(5 * time.Minute), Memory: 4 << 30}

// check has the held artifact measured inside an enclave and judges it.
func (s *Service) check(ctx context.Context, j *jobRun) error {
	a, err := journal.Load[yumen.Artifact](ctx, s.state, store.Artifact, artifactID(j.V.ID, j.V.Rounds))
	if err != nil {
		return err
	}
	var in inputs
	defer in.release()
	tk, err := s.checkTask(ctx, &in, j, &a.V)
	if err != nil {
		return err
	}
	out, err := runInto[yumen.Evidence](ctx, s, tk, nil)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return s.refuse(ctx, j, yumen.ActionJobFail, yumen.StateFailed, uncheckable(err))
	}
	ev := out.answer
	ev.Rows, ev.Bytes = a.V.Rows, a.V.Bytes
	rounds, err := s.artifacts(ctx, j.V.ID)
	if err != nil {
		return err
	}
	rounds = slices.DeleteFunc(rounds, func(r yumen.Artifact) bool { return r.Figures != a.V.Figures })
	p := j.asked()
	sub := egress.Subject{Class: j.V.Class, Columns: a.V.Columns, Risk: j.risk(), K: p.K, Evidence: ev,
		Round: a.V.Round - rounds[0].Round, Fixes: fixesOf(rounds), Noised: p.Private != nil, Cells: a.V.Cells,
		Possible: p.Possible}
	if cells := lastCells(rounds); cells != nil && !a.V.Cells {
		sub.Protected, sub.Round, sub.Fixes = cells.Verdict, a.V.Round-cells.Round-1, nil
	}
	a.V.Findings = egress.Check(sub)
	a.V.Verdict = egress.Overall(a.V.Findings)
	a.V.Enclaves = append(a.V.Enclaves, out.report)
	var st journal.Step
	if leaves(&a.V) {
		if st.Objects, err = s.compareHistory(ctx, j, rounds, &a.V, 0); err != nil {
			return err
		}
	}
	return s.recordFindings(ctx, j, a, out.report, st)
}

// leaves reports whether an artifact is what a job will release, as far as its checks let it.
func leaves(a *yumen.Artifact) bool {
	return !a.Cells && !a.Figures && (a.Verdict == yumen.VerdictPass || a.Verdict == yumen.VerdictReview)
}

// fixesOf are the fixes of all rounds, in order.
func fixesOf(rounds []yumen.Artifact) (out []yumen.Fix) {
	for _, a := range rounds {
		out = append(out, a.Fixes...)
	}
	return out
}

// lastCells is the table of cells as it was judged last, nil for a job that has none.
func lastCells(rounds []yumen.Artifact) *yumen.Artifact {
	for i := range slices.Backward(rounds) {
		if rounds[i].Cells {
			return &rounds[i]
		}
	}
	return nil
}

// risk is the contract's risk appetite, made stricter where a column asks for it.
func (j *jobRun) risk() yumen.Risk {
	r := j.contract.Risk
	if m := j.asked().MaxShare; m > 0 && m < r.Dominance.Share {
		r.Dominance.Share = m
	}
	return r
}

func uncheckable(err error) *yumen.Error {
	e := yumen.Errorf(yumen.KindOf(err), "the held result could not be checked, so it stays held", "暂存结果无法完成检查，不予放行")
	if e.Kind == yumen.KindUnavailable {
		return e.Because(err)
	}
	return e
}

// checkTask asks for what is to be known of an artifact, over inputs that it adds to in.
func (s *Service) checkTask(ctx context.Context, in *inputs, j *jobRun, a *yumen.Artifact) (task.Task, error) {
	err := s.heldInputs(ctx, in, a)
	if err != nil {
		return task.Task{}, err
	}
	p := j.asked()
	spec := task.CheckSpec{Columns: a.Columns, K: p.K, Rounding: j.contract.Risk.Rounding, P: j.contract.Risk.PRatio,
		MaxCells: maxCells,
		Possible: p.Possible}
	limits := checkLimits
	limits.Threads = s.cfg.Threads
	tk := task.Task{Role: task.Check, Tenant: j.ahead(), Program: a.Digest, Limits: limits}
	made := j.V.Class == yumen.ClassDP || p.Post != "" && !a.Cells
	if !made { // whether a result leaves that is made of what may be shown must not depend on data again
		var views []task.View
		views, err = s.versionInputs(ctx, in, j, p.Views)
		for _, v := range views {
			if !slices.Contains(j.plan.Reference, v.Input) {
				spec.Sources = append(spec.Sources, task.Source{View: v, Dataset: v.Input})
			}
		}
	}
	tk.Spec, tk.Inputs = spec, in.all
	return tk, err
}

// heldInputs adds an artifact and its evidence.
func (s *Service) heldInputs(ctx context.Context, in *inputs, a *yumen.Artifact) error {
	err := in.fetch(ctx, s.cfg.Objects, task.InArtifact, store.Held, a.Digest)
	if err == nil && a.Evidence != "" {
		err = in.fetch(ctx, s.cfg.Objects, task.InEvidence, store.Held, a.Evidence)
	}
	return err
}

// recordFindings writes the findings and sends the job where the verdict says.
func (s *Service) recordFindings(ctx context.Context, j *jobRun, a journal.Versioned[yumen.Artifact],
	report yumen.EnclaveReport, st journal.Step) error {
	automatic, err := s.automatic(ctx, j)
	if err != nil {
		return err
	}
	p, err := journal.Put(store.Artifact, artifactID(j.V.ID, a.V.Round), a.Rev, a.V)
	if err != nil {
		return err
	}
	e := s.systemEntry(yumen.ActionJobCheck, j.V.ID)
	e.Digests = map[string]yumen.Digest{"artifact": a.V.Digest, "report": digestJSON(report)}
	e.Details = reportDetails(report)
	apart := slices.DeleteFunc(slices.Clone(a.V.Findings), egress.OfLedger)
	e.Details["verdict"] = string(egress.Overall(apart))
	for _, f := range apart { // what the ledger found is for reviewers alone
		if f.Verdict != yumen.VerdictPass {
			// and no number: those who read the log need not read findings
			e.Details[string(f.Rule)] = string(f.Verdict)
		}
	}
	to := yumen.StateInReview
	switch a.V.Verdict {
	case yumen.VerdictPass, yumen.VerdictReview:
		if a.V.Cells {
			to = yumen.StateProtected
		} else if a.V.Figures {
			to = yumen.StatePlanned
			j.V.Figures = true
			j.V.Attempts-- // the run of the figures and that of the statement are one
		} else if automatic && a.V.Verdict == yumen.VerdictPass {
			to = yumen.StateApproved
		}
	case yumen.VerdictFail:
		if a.V.History == nil { // what left before is for people to weigh
			to = yumen.StateFixing
		}
	default:
		to = yumen.StateRejected
		j.V.Error = egress.Refusal(a.V.Findings)
	}
	if to == yumen.StateInReview || to == yumen.StateApproved {
		j.V.Review = &yumen.ReviewSummary{Artifact: a.V.Digest, Rows: a.V.Rows, Verdict: a.V.Verdict,
			Needed: egress.Needed(j.contract.Review, j.V.Class)}
	}
	st.Records = []store.Record{p}
	_, err = s.move(ctx, e, &j.Versioned, to, st)
	return err
}

// fix has the artifact desensitized inside an enclave; what comes back is a new artifact, checked again.
func (s *Service) fix(ctx context.Context, j *jobRun) error {
	old, err := journal.Load[yumen.Artifact](ctx, s.state, store.Artifact, artifactID(j.V.ID, j.V.Rounds))
	if err != nil {
		return err
	}
	var in inputs
	defer in.release()
	if err := s.heldInputs(ctx, &in, &old.V); err != nil {
		return err
	}
	streams := map[string]store.Space{task.OutResult: store.Held}
	if old.V.Evidence != "" {
		streams[task.OutEvidence] = store.Held
	}
	a := yumen.Artifact{Job: j.V.ID, Round: old.V.Round + 1, Figures: old.V.Figures, Columns: old.V.Columns,
		Cells: old.V.Cells, Labels: old.V.Labels, Parent: old.V.Digest}
	return s.produce(ctx, j, yumen.ActionJobFix, a, task.Task{Role: task.Fix, Tenant: j.ahead(),
		Spec:   task.FixSpec{Columns: old.V.Columns, Fixes: egress.Remedy(old.V.Findings)},
		Inputs: in.all, Program: old.V.Digest, Limits: checkLimits}, streams, uncheckable)
}
