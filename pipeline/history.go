package pipeline

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// What leaves is compared with everything that left before: when it is checked, so that reviewers know, and again in the
// step that releases it, with what left meanwhile. Findings are shown to reviewers alone, and a result with one waits
// for them as any other does.

// LedgerRecord is what is kept of a release so that later ones can be compared with it. It holds no units. Taking a
// release back removes nothing here: what left is known.
type LedgerRecord struct {
	Release   string             `json:"release"`
	Job       string             `json:"job"`
	Contract  string             `json:"contract"`
	Applicant string             `json:"applicant"`
	Class     yumen.ReleaseClass `json:"class"`
	Plan      yumen.Digest       `json:"plan"`
	Versions  []yumen.VersionRef `json:"versions"`
	// Labels name the object with which units count in which cells, and Table says what it is of. Of other classes than
	// aggregate there are none: they tell of everybody in the versions that they read.
	Labels   yumen.Digest      `json:"labels,omitempty"`
	Table    task.LabeledTable `json:"table"`
	At       time.Time         `json:"at"`
	LogIndex int64             `json:"log_index"`
}

// labeledTable is what is known of the labels of a job without reading them.
func (s *Service) labeledTable(ctx context.Context, j *jobRun, cells int) (task.LabeledTable, error) {
	t := task.LabeledTable{Cells: cells, K: max(j.plan.K, j.contract.Risk.K), Rounding: j.contract.Risk.Rounding}
	if j.plan.Labels == nil {
		return t, nil
	}
	populations := map[string][]int64{}
	for _, ref := range j.V.Versions {
		d, err := journal.Load[yumen.Dataset](ctx, s.state, store.Dataset, ref.Dataset)
		if err != nil {
			return t, err
		}
		v, err := s.version(ctx, ref)
		if err != nil {
			return t, err
		}
		kind := d.V.UnitName()
		populations[kind] = append(populations[kind], v.Units)
	}
	for _, k := range j.plan.Labels.Kinds {
		t.Kinds = append(t.Kinds, task.LabeledUnits{Unit: k.Unit, Populations: populations[k.Unit], Layers: k.Layers})
	}
	return t, nil
}

// compareHistory compares a result that may leave with what left before, from an index of the log on, adds what came of
// it to its findings, and returns the labels of its visible cells, staged.
func (s *Service) compareHistory(ctx context.Context, j *jobRun, rounds []yumen.Artifact, a *yumen.Artifact,
	from int64) ([]store.Object, error) {
	if j.V.Class != yumen.ClassAggregate {
		return nil, nil
	}
	cells := undropped(rounds)
	past, err := s.past(ctx, j, from)
	if err != nil {
		return nil, err
	}
	old := a.History
	a.History = &yumen.History{Compared: len(past.records), UpTo: past.upTo}
	if old != nil {
		a.History.Compared, a.History.Labels = old.Compared+len(past.records), old.Labels
	}
	c := egress.Compared{K: max(j.plan.K, j.contract.Risk.K), Rounding: j.contract.Risk.Rounding,
		Unexamined: past.unlabeled}
	var objects []store.Object
	switch {
	case j.plan.Labels != nil && len(j.plan.Labels.Kinds) == 0: // about nobody
	case j.plan.Labels == nil || cells == nil || cells.Labels == "":
		c.Unlabeled = true
	default:
		if objects, err = s.compareLabels(ctx, j, cells, a, past, &c); err != nil {
			return nil, err
		}
	}
	a.Findings = mergeHistory(a.Findings, egress.History(c))
	a.Verdict = egress.Overall(a.Findings)
	return objects, nil
}

// mergeHistory puts what a comparison found beside what an earlier one did: of each rule the worse counts.
func mergeHistory(known, found []yumen.Finding) []yumen.Finding {
	out := slices.Clone(known)
	for _, f := range found {
		at := slices.IndexFunc(out, func(k yumen.Finding) bool { return k.Rule == f.Rule })
		switch {
		case at < 0:
			out = append(out, f)
		case out[at].Verdict.Worse(f.Verdict) != out[at].Verdict || f.Verdict != yumen.VerdictPass:
			out[at] = f
		}
	}
	return out
}

// undropped is the table of cells as it was before rows were taken out of it: labels number its rows.
func undropped(rounds []yumen.Artifact) (cells *yumen.Artifact) {
	for i, a := range rounds {
		drops := slices.ContainsFunc(a.Fixes, func(f yumen.Fix) bool { return f.Technique == yumen.TechniqueDrop })
		if a.Figures || !a.Cells {
			continue
		}
		if drops {
			break
		}
		cells = &rounds[i]
	}
	return cells
}

// past is what left before.
type past struct {
	records   []LedgerRecord // with a kind of unit in common
	unlabeled []string       // releases of the same data that no labels were kept of
	upTo      int64          // the log index from which releases were not there yet
}

// past lists the releases from an index of the log on that a job is compared with.
func (s *Service) past(ctx context.Context, j *jobRun, from int64) (past, error) {
	out := past{upTo: from}
	table, err := s.labeledTable(ctx, j, 0)
	if err != nil {
		return out, err
	}
	records, err := journal.List[LedgerRecord](ctx, s.state, store.Ledger, "")
	if err != nil {
		return out, err
	}
	known := map[string]bool{}
	for _, r := range records {
		known[r.Release] = true
		if out.upTo = max(out.upTo, r.LogIndex+1); r.LogIndex < from || r.Labels == "" || !s.inScope(j, r.Contract, r.Applicant) {
			continue
		}
		if table.Shares(&r.Table) {
			out.records = append(out.records, r)
		}
	}
	slices.SortFunc(out.records, func(a, b LedgerRecord) int { return int(a.LogIndex - b.LogIndex) })
	if from > 0 {
		return out, nil // what left before there was a ledger was found when the result was checked
	}
	out.unlabeled, err = s.unlabeled(ctx, j, known)
	return out, err
}

// unlabeled names releases of class aggregate over data that the job reads, of which the ledger has nothing.
func (s *Service) unlabeled(ctx context.Context, j *jobRun, known map[string]bool) (names []string, err error) {
	rs, err := s.Releases(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rs {
		if known[r.Name] || r.Class != yumen.ClassAggregate || !readsSame(&r, j) {
			continue
		}
		c, err := s.Contract(ctx, r.Contract)
		if err != nil {
			return nil, err
		}
		if s.inScope(j, r.Contract, c.Parties.Applicant) {
			names = append(names, r.Name)
		}
	}
	return names, nil
}

func readsSame(r *yumen.Release, j *jobRun) bool {
	return slices.ContainsFunc(r.Columns, func(c yumen.ColumnRef) bool {
		return slices.ContainsFunc(j.V.Versions, func(v yumen.VersionRef) bool { return v.Dataset == c.Dataset })
	})
}

func (s *Service) inScope(j *jobRun, contract, applicant string) bool {
	switch s.cfg.History {
	case yumen.HistoryContract:
		return contract == j.contract.Name
	case yumen.HistoryApplicant:
		return applicant == j.contract.Parties.Applicant
	}
	return true
}

// compareLabels has an enclave compare labels. Those that are not there any more are said to be missing.
func (s *Service) compareLabels(ctx context.Context, j *jobRun, cells, a *yumen.Artifact, p past,
	c *egress.Compared) ([]store.Object, error) {
	table, err := s.labeledTable(ctx, j, int(cells.Rows))
	if err != nil {
		return nil, err
	}
	spec := task.LedgerSpec{Columns: cells.Columns, Table: table, P: j.contract.Risk.PRatio}
	var in inputs
	defer in.release()
	streams := map[string]store.Space{}
	own := a.History.Labels
	if own == "" { // of all cells; those that are visible are found now
		own, streams[task.OutLabels] = cells.Labels, store.Labels
		if err := in.fetch(ctx, s.cfg.Objects, task.InArtifact, store.Held, cells.Digest); err != nil {
			return nil, err
		}
	}
	if err := in.fetch(ctx, s.cfg.Objects, task.InLabels, store.Labels, own); err != nil {
		if c.Unlabeled = gone(err); c.Unlabeled {
			err = nil
		}
		return nil, err
	}
	for _, r := range p.records {
		err := in.fetch(ctx, s.cfg.Objects, task.LabelsName(len(spec.Earlier)), store.Labels, r.Labels)
		if gone(err) {
			c.Missing = append(c.Missing, r.Release)
			continue
		}
		if err != nil {
			return nil, err
		}
		spec.Earlier = append(spec.Earlier, r.Table)
		c.Releases, c.Roundings = append(c.Releases, r.Release), append(c.Roundings, r.Table.Rounding)
	}
	limits := checkLimits
	limits.Threads, limits.Output = s.cfg.Threads, labelsOutput
	out, err := run[task.LedgerAnswer](ctx, s, task.Task{Role: task.Ledger, Tenant: j.ahead(), Spec: spec, Inputs: in.all,
		Program: own, Limits: limits}, streams)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if runFailed(err) { // what cannot be compared does not leave
		c.Unlabeled = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.Answer, a.Enclaves = out.answer, append(a.Enclaves, out.report)
	if ls, ok := out.objects[task.OutLabels]; ok {
		a.History.Labels = ls.Digest
		return []store.Object{ls}, nil
	}
	return nil, nil
}

// gone reports whether an object is not there, or is not what it was.
func gone(err error) bool {
	return err != nil && (yumen.KindOf(err) == yumen.KindNotFound || yumen.KindOf(err) == yumen.KindCorrupt)
}

// ledgerRecord is what is kept of a release.
func (s *Service) ledgerRecord(ctx context.Context, j *jobRun, c api.Case, r *ReleaseRecord) (LedgerRecord, error) {
	a := c.Current()
	out := LedgerRecord{Release: r.Name, Job: j.V.ID, Contract: r.Contract, Applicant: j.contract.Parties.Applicant,
		Class: r.Class, Plan: yumen.DigestOf(j.V.Plan), Versions: j.V.Versions, At: r.At, LogIndex: r.LogIndex}
	if a.History == nil {
		return out, nil
	}
	out.Labels = a.History.Labels
	cells, err := 0, error(nil)
	if t := undropped(c.Artifacts); t != nil {
		cells = int(t.Rows)
	}
	out.Table, err = s.labeledTable(ctx, j, cells)
	return out, err
}

// receiptHistory is what a receipt says of what a result was compared with. The caller holds the ledger, so that
// nothing can have left meanwhile.
func (s *Service) receiptHistory(a *yumen.Artifact) *audit.ReceiptHistory {
	if a.History == nil {
		return nil
	}
	return &audit.ReceiptHistory{Compared: a.History.Compared, UpTo: s.cfg.Log.Size()}
}

// compareAgain compares a result that is about to leave with what left since it was checked. Where that finds
// something, the job is in review again, its votes are struck, and the error says so. The caller holds the ledger.
func (s *Service) compareAgain(ctx context.Context, j *jobRun, c api.Case) error {
	a := c.Current()
	if j.V.Class != yumen.ClassAggregate {
		return nil
	}
	if a.History == nil {
		return yumen.Errorf(yumen.KindConflict, "the result of job %s was never compared with what left before",
			"任务 %s 的结果从未与此前放行的结果比对", j.V.ID).ToFix("submit it again", "请重新提交")
	}
	before := a.Verdict
	found := slices.Clone(a.Findings)
	objects, err := s.compareHistory(ctx, j, c.Artifacts, a, a.History.UpTo)
	if err != nil {
		return err
	}
	if worse := slices.ContainsFunc(a.Findings, func(f yumen.Finding) bool {
		return egress.OfLedger(f) && f.Verdict != yumen.VerdictPass && !slices.ContainsFunc(found,
			func(k yumen.Finding) bool { return k.Rule == f.Rule && k.Value == f.Value })
	}); !worse && a.Verdict == before {
		return nil
	}
	return s.sendBack(ctx, j, c, objects)
}

// sendBack takes an approved job back to review with new findings, and strikes all approvals.
func (s *Service) sendBack(ctx context.Context, j *jobRun, c api.Case, objects []store.Object) error {
	a := c.Current()
	old, err := journal.Load[yumen.Artifact](ctx, s.state, store.Artifact, artifactID(j.V.ID, a.Round))
	if err != nil {
		return err
	}
	p, err := journal.Put(store.Artifact, artifactID(j.V.ID, a.Round), old.Rev, a)
	if err != nil {
		return err
	}
	st, names := journal.Step{Objects: objects, Records: []store.Record{p}}, []string{}
	for _, v := range c.Votes {
		old, err := journal.Load[yumen.Vote](ctx, s.state, store.Vote, voteID(v))
		if err != nil {
			return err
		}
		old.V.Struck = true
		p, err := journal.Put(store.Vote, voteID(v), old.Rev, old.V)
		if err != nil {
			return err
		}
		st.Records, names = append(st.Records, p), append(names, v.Voter.Name)
	}
	j.V.Review = &yumen.ReviewSummary{Artifact: a.Digest, Rows: a.Rows, Verdict: a.Verdict, Needed: c.Needed}
	e := s.systemEntry(yumen.ActionReviewReopen, j.V.ID)
	e.Digests = map[string]yumen.Digest{"artifact": j.V.Artifact}
	e.Details = map[string]string{"struck": strings.Join(names, " "), "ledger": "releases since it was checked"}
	if _, err := s.move(ctx, e, &j.Versioned, yumen.StateInReview, st); err != nil {
		return err
	}
	return yumen.Refuse(yumen.KindDenied, yumen.Say("job %s is in review again: results were released since it was checked",
		"任务 %s 已退回审核：检查之后又有结果放行", j.V.ID), []yumen.Reason{{Rule: string(yumen.RuleLedgerDifference),
		Msg: yumen.Say("together with a result that was released meanwhile it may disclose few units",
			"与其间放行的结果结合，可能泄露少数主体"),
		Fix: yumen.Say("read its findings again and decide anew", "请重新查看检查结论后再作决定")}})
}
