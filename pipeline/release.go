package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// ReleaseRecord is a release with what its receipt is made from.
type ReleaseRecord struct {
	yumen.Release
	// Receipt is the body of the receipt, byte for byte as the log entry binds it.
	Receipt  []byte `json:"statement"`
	LogIndex int64  `json:"log_index"`
}

// releaseName is the one name a job's release can have, so that no job is released twice.
func releaseName(job string) string { return "r" + strings.TrimPrefix(job, "j") }

// Release lets an approved artifact leave as a file of the given format.
func (s *Service) Release(ctx context.Context, by yumen.Actor, id string,
	format yumen.FileFormat) (ReleaseRecord, error) {
	c, j, err := s.loadCase(ctx, id)
	if err != nil {
		return ReleaseRecord{}, err
	}
	if err := mayReview(by, &j); err != nil {
		return ReleaseRecord{}, err
	}
	a := c.Current()
	if j.V.State != yumen.StateApproved || a == nil {
		return ReleaseRecord{}, yumen.Errorf(yumen.KindConflict,
			"job %s is %s: only an approved result can be released", "任务 %s 处于 %s 状态，只有已批准的结果可以放行", id, j.V.State)
	}
	if len(c.Votes) == 0 {
		return ReleaseRecord{}, yumen.Errorf(yumen.KindConflict, "the result of job %s leaves without people",
			"任务 %s 的结果无需人员审核，将自行放行", id)
	}
	cleared, err := s.clear(ctx, &j, a, c.Votes, false)
	if lacksVotes(err) {
		err = s.reopen(ctx, &j, c, err)
	}
	if err != nil {
		return ReleaseRecord{}, err
	}
	return s.release(ctx, by, &j, c, cleared, format)
}

// clear decides whether the artifact may leave, from the votes as they count now, or without any.
func (s *Service) clear(ctx context.Context, j *jobRun, a *yumen.Artifact, votes []yumen.Vote,
	automatic bool) (egress.Cleared, error) {
	standing, err := s.standing(ctx, votes)
	if err != nil {
		return egress.Cleared{}, err
	}
	return egress.Clear(&j.V, a, &j.contract, standing, automatic, s.now())
}

// release writes the file inside an enclave, writes what the receipt says of it, and announces and releases it, in
// that order.
func (s *Service) release(ctx context.Context, by yumen.Actor, j *jobRun, c api.Case, cleared egress.Cleared,
	format yumen.FileFormat) (ReleaseRecord, error) {
	var r ReleaseRecord
	if !cleared.OK() || cleared.Job() != j.V.ID || cleared.Artifact().Digest != j.V.Artifact {
		return r, yumen.Errorf(yumen.KindInternal, "the artifact was not cleared", "该结果未获放行许可")
	}
	promise, err := s.guarantee(ctx, j)
	if err != nil {
		return r, err
	}
	unlock, err := s.ledger.lock(ctx, "") // what leaves is compared with all that left, one after the other
	if err != nil {
		return r, err
	}
	defer unlock()
	if err := s.compareAgain(ctx, j, c); err != nil {
		return r, err
	}
	obj, report, err := s.export(ctx, c.Current(), format)
	if err != nil {
		return r, err
	}
	r.Release = yumen.Release{Name: releaseName(j.V.ID), Job: j.V.ID, Contract: j.contract.Name, Artifact: j.V.Artifact,
		File: obj.Digest, Format: format, Bytes: obj.Bytes, Rows: c.Current().Rows, By: by.Name, At: s.now(),
		Class: j.V.Class, Columns: columnsRead(j.plan.views())}
	body, err := audit.NewReceiptBody(audit.ReleaseFacts{Domain: s.cfg.Key.Name(), Release: r.Release, Job: &j.V,
		Emitted: emitted(j), Contract: &j.contract, Artifact: flattenRounds(c.Artifacts), Votes: c.Votes,
		Enclaves: []yumen.EnclaveReport{report}, Privacy: promise,
		History: s.receiptHistory(c.Current())})
	if err != nil {
		return r, err
	}
	if r.Receipt, err = body.Bytes(); err != nil {
		return r, err
	}
	e, err := audit.ReleaseEntry(by, r.Receipt)
	if err != nil {
		return r, err
	}
	voters := []string{}
	for _, v := range c.Votes {
		voters = append(voters, v.Voter.Name)
	}
	seen, err := s.personSeen(ctx, voters...)
	if err != nil {
		return r, err
	}
	kept, err := s.ledgerRecord(ctx, j, c, &r)
	if err != nil {
		return r, err
	}
	asked := *j
	st := journal.Step{Timed: true, Objects: []store.Object{obj}, Seen: append(seen, j.terms),
		Indexed: func(index int64) ([]store.Record, error) {
			// by who the voters are at this moment
			if _, err := s.clear(ctx, &asked, c.Current(), c.Votes, cleared.Automatic()); err != nil {
				return nil, err
			}
			r.LogIndex, kept.LogIndex = index, index
			p, err := journal.Put(store.Release, r.Name, 0, r)
			if err != nil {
				return nil, err
			}
			l, err := journal.Put(store.Ledger, r.Name, 0, kept)
			return []store.Record{p, l}, err
		}}
	j.V.Release = r.Name
	_, err = s.move(ctx, e, &j.Versioned, yumen.StateReleased, st)
	return r, err
}

// flattenRounds is the last artifact with the fixes and enclave reports of all rounds, as the receipt shows them.
func flattenRounds(chain []yumen.Artifact) yumen.Artifact {
	last := chain[len(chain)-1]
	last.Fixes, last.Enclaves = nil, nil
	of := last.Findings
	last.Findings = nil
	for _, a := range chain {
		if a.Cells && (a.Verdict == yumen.VerdictPass || a.Verdict == yumen.VerdictReview) { // as it was used
			last.Findings = append(last.Findings, a.Findings...)
		}
		last.Fixes = append(last.Fixes, a.Fixes...)
		last.Enclaves = append(last.Enclaves, a.Enclaves...)
	}
	last.Findings = append(last.Findings, of...)
	last.Findings = slices.DeleteFunc(last.Findings, egress.OfLedger) // for reviewers alone
	return last
}

func emitted(j *jobRun) yumen.Digest {
	sql := j.plan.emitted()
	if sql == "" {
		return ""
	}
	return yumen.DigestOf([]byte(sql))
}

// emitted is the SQL that meets data, if any does, that of the figures first.
func (p *planned) emitted() string {
	if p.Private != nil {
		return p.Private.Question.SQL
	}
	return p.figures(func(f *planned) string { return f.SQL }) + p.SQL
}

// figures writes a statement of the figures that rows are compared with, if there are any.
func (p *planned) figures(of func(*planned) string) string {
	if p.Figures == nil {
		return ""
	}
	return fmt.Sprintf("-- %s\n%s;\n", task.FiguresTable, of(p.Figures))
}

// post is the SQL that makes the result out of protected cells or a noisy table, if any does.
func (p *planned) post() string {
	if p.Private != nil {
		return p.Private.Post
	}
	return p.figures(func(f *planned) string { return f.Post }) + p.Post
}

// columnsRead are the columns of datasets that a result was computed from, those that only chose rows included, each
// once.
func columnsRead(views []task.View) []yumen.ColumnRef {
	var out []yumen.ColumnRef
	for _, v := range views {
		for _, c := range v.Columns {
			ref := yumen.ColumnRef{Dataset: v.Input, Column: c.Name}
			if c.Name != yumen.UnitColumn && !slices.Contains(out, ref) {
				out = append(out, ref)
			}
		}
	}
	return out
}

// guarantee is what a receipt says of an answer of class dp, so that it can be judged later what was promised.
func (s *Service) guarantee(ctx context.Context, j *jobRun) (*audit.ReceiptPrivacy, error) {
	p := j.plan.Private
	if p == nil {
		return nil, nil
	}
	a, err := s.storedAnswer(ctx, j)
	if err != nil {
		return nil, err
	}
	if a.Rev == 0 {
		return nil, yumen.Errorf(yumen.KindCorrupt, "the answer that the result of job %s was made of is not on record",
			"任务 %s 的结果所依据的答案没有记录", j.V.ID)
	}
	return &audit.ReceiptPrivacy{Unit: p.Question.Unit, Epsilon: p.Privacy.Epsilon, Delta: j.contract.Budget.Delta,
		Rho: p.Noise.Rho, DeltaGroups: p.Noise.Delta, RowsPerUnit: p.Question.RowsPerUnit,
		GroupsPerUnit: p.Question.GroupsPerUnit, Noise: p.Noise, Answer: p.Key, Noisy: a.V.Table.Digest,
		Post: yumen.DigestOf([]byte(p.Post)), Deadline: p.Deadline}, nil
}

// export has an enclave write the file that leaves.
func (s *Service) export(ctx context.Context, a *yumen.Artifact,
	format yumen.FileFormat) (store.Object, yumen.EnclaveReport, error) {
	bare := *a
	bare.Evidence = "" // what leaves is the result alone
	var in inputs
	defer in.release()
	if err := s.heldInputs(ctx, &in, &bare); err != nil {
		return store.Object{}, yumen.EnclaveReport{}, err
	}
	out, err := run[noAnswer](ctx, s, task.Task{Role: task.Export,
		Spec: task.ExportSpec{Format: format, Columns: a.Columns}, Inputs: in.all, Program: a.Digest,
		Limits: yumen.Limits{Wall: yumen.Duration(5 * time.Minute)}},
		map[string]store.Space{task.OutFile: store.Released})
	return out.objects[task.OutFile], out.report, err
}

// Releases returns all releases, oldest day first.
func (s *Service) Releases(ctx context.Context) ([]yumen.Release, error) {
	return journal.List[yumen.Release](ctx, s.state, store.Release, "")
}

// Fetch gives a release to a person who may have it: the file, and a receipt sealed with the log as it stands now. That
// it was fetched is logged first.
func (s *Service) Fetch(ctx context.Context, by yumen.Actor, name string) (api.Result, error) {
	r, err := s.releaseFor(ctx, by, name)
	if err != nil {
		return api.Result{}, err
	}
	columns, err := s.releasedColumns(ctx, &r.V.Release)
	if err != nil {
		return api.Result{}, err
	}
	e := s.entry(by, yumen.ActionReleaseGet, name)
	e.Digests = map[string]yumen.Digest{"file": r.V.File}
	if err := s.record(ctx, e); err != nil {
		return api.Result{}, err
	}
	receipt, err := audit.Seal(s.cfg.Log, json.RawMessage(r.V.Receipt), r.V.LogIndex)
	if err != nil {
		return api.Result{}, err
	}
	f, release, err := s.cfg.Objects.Fetch(ctx, store.Object{Space: store.Released, Digest: r.V.File})
	if err != nil {
		return api.Result{}, err
	}
	return api.Result{ReadCloser: &releasedFile{store.Checked(f, r.V.File), release}, Release: r.V.Release,
		MediaType: mediaTypes[r.V.Format], Columns: columns, Receipt: receipt, Notice: notice(r.V.Class)}, nil
}

// releaseFor returns a release to a person who may have it.
func (s *Service) releaseFor(ctx context.Context, by yumen.Actor, name string) (journal.Versioned[ReleaseRecord],
	error) {
	r, err := journal.Load[ReleaseRecord](ctx, s.state, store.Release, name)
	if err != nil {
		return r, err
	}
	c, err := s.Contract(ctx, r.V.Contract)
	if err != nil {
		return r, err
	}
	if !s.knows(by, &c.Contract) {
		return journal.Versioned[ReleaseRecord]{}, store.Missing(store.Release, name)
	}
	if why := c.Stopped(); why != nil && !watches(by) {
		return r, yumen.Refuse(yumen.KindDenied, yumen.Say("release %s is not given out", "发布 %s 暂不提供", name),
			[]yumen.Reason{*why})
	}
	if !mayFetch(by, &c.Contract) {
		err = yumen.Errorf(yumen.KindDenied, "release %s belongs to the parties of contract %s", "发布 %s 仅限合同 %s 的当事方获取",
			name, r.V.Contract).ToFix("have somebody of one of them fetch it", "请由当事方人员获取")
	}
	return r, err
}

// releasedFile is an object that is read to its end.
type releasedFile struct {
	io.Reader
	release func()
}

// Close gives the object back.
func (f *releasedFile) Close() error {
	f.release()
	return nil
}

var mediaTypes = map[yumen.FileFormat]string{yumen.FormatCSV: "text/csv; charset=utf-8",
	yumen.FormatParquet: "application/vnd.apache.parquet", yumen.FormatArrow: "application/vnd.apache.arrow.stream"}

// releasedColumns are the columns of a released file. A CSV file says where a cell is suppressed in the cell itself.
func (s *Service) releasedColumns(ctx context.Context, r *yumen.Release) (out []yumen.OutputColumn, err error) {
	rounds, err := s.artifacts(ctx, r.Job)
	for _, a := range rounds {
		if a.Digest != r.Artifact {
			continue
		}
		out = nil
		for _, c := range a.Columns {
			if r.Format != yumen.FormatCSV || c.Kind != yumen.ColumnStatus {
				out = append(out, yumen.OutputColumn{Name: c.Name, Type: c.Type})
			}
		}
	}
	return out, err
}

// watches reports whether somebody watches over what is released.
func watches(by yumen.Actor) bool { return by.Has(yumen.RoleReviewer, yumen.RoleRegulator) }

// MayFetch lets the parties of a contract have what was released under it, and those who watch over it.
func (s *Service) MayFetch(ctx context.Context, by yumen.Actor, contract string) (bool, error) {
	if watches(by) {
		return true, nil
	}
	c, err := s.Contract(ctx, contract)
	return err == nil && mayFetch(by, &c.Contract), err
}

func mayFetch(by yumen.Actor, c *yumen.Contract) bool {
	return watches(by) || by.Org == c.Parties.Operator || by.Org == c.Parties.Applicant
}
