package pgwire

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// ask answers a question: about what was released, about what there is, or about data.
func (s *session) ask(ctx context.Context, st *statement, params []given) (*answer, error) {
	if name, ok := releaseOf(st); ok {
		return s.askRelease(ctx, name)
	}
	if t, ok := ownOf(st); ok {
		rows, err := t.rows(s, ctx)
		return &answer{columns: textColumns(t.columns...), rows: rows}, err
	}
	if err := s.inForce(ctx); err != nil {
		return nil, err
	}
	see, err := s.see(ctx)
	if err != nil {
		return nil, err
	}
	if columns, ok := see.listed(st); ok {
		return &answer{columns: columns, rows: nothing{}}, nil
	}
	about := subjectOf(st.Statement, see)
	if about != aboutData {
		a, err := s.fromCatalog(ctx, st, params)
		if about == aboutCatalog || err == nil {
			return a, err
		}
	}
	values, err := allForData(params)
	if err != nil {
		return nil, err
	}
	x, err := s.explained(ctx, st, values)
	if err != nil {
		return nil, err
	}
	if asksNothing(st) {
		return &answer{columns: columnsOf(x.Columns), rows: nothing{}}, nil
	}
	return s.askData(ctx, st, values, x)
}

// describe finds out the columns of a statement without answering it; none where it gives no rows.
func (s *session) describe(ctx context.Context, st *statement) error {
	if st.asked {
		return nil
	}
	columns, err := s.columnsOf(ctx, st)
	if err == nil {
		st.columns, st.asked = columns, true
	}
	return err
}

func (s *session) columnsOf(ctx context.Context, st *statement) ([]column, error) {
	switch word := st.Word(0); {
	case isQuestion(st.Statement):
		if name, ok := releaseOf(st); ok {
			a, err := s.askRelease(ctx, name)
			if err != nil {
				return nil, err
			}
			return a.columns, nil
		}
		if t, ok := ownOf(st); ok {
			return textColumns(t.columns...), nil
		}
		see, err := s.see(ctx)
		if err != nil {
			return nil, err
		}
		if columns, ok := see.listed(st); ok {
			return columns, nil
		}
		err = s.describeCatalog(ctx, st) // of a question about data, the types of its parameters
		if about := subjectOf(st.Statement, see); about == aboutCatalog || about == aboutUnknown && err == nil {
			return st.columns, err
		}
		st.asked = false
		x, err := s.explained(ctx, st, placeholders(st.types))
		if err != nil {
			return nil, err
		}
		if s.settings.get("yumen.on_hold") == "ticket" && x.Class != yumen.ClassDP {
			return ticketColumns(), nil
		}
		return columnsOf(x.Columns), nil
	case word == "SHOW":
		a, err := s.show(st)
		if err != nil {
			return nil, err
		}
		return a.columns, nil
	case word == "FETCH":
		if p := s.portals[fetchOf(st.Statement).name]; p != nil && p.window != nil {
			return p.window.columns, nil
		}
	case word == "EXPLAIN":
		return explainColumns(st.Statement), nil
	}
	return nil, nil
}

// placeholders are values for parameters that have none yet, for what does not depend on them.
func placeholders(types []uint32) []yumen.Param {
	out := make([]yumen.Param, len(types))
	for i, oid := range types {
		out[i] = yumen.Param{Type: yumen.TypeText}
		switch oid {
		case oidBool:
			out[i] = yumen.Param{Type: yumen.TypeBoolean, Value: "true"}
		case oidInt2, oidInt4, oidInt8:
			out[i] = yumen.Param{Type: yumen.TypeInteger, Value: "1"}
		case oidFloat4, oidFloat8:
			out[i] = yumen.Param{Type: yumen.TypeDouble, Value: "1"}
		case oidNumeric:
			out[i] = yumen.Param{Type: "decimal(1,0)", Value: "1"}
		case oidDate:
			out[i] = yumen.Param{Type: yumen.TypeDate, Value: "2026-01-01"}
		case oidTimestamp, oidTimestamptz:
			out[i] = yumen.Param{Type: yumen.TypeTimestamp, Value: "2026-01-01 00:00:00"}
		}
	}
	return out
}

// columnsOf are the columns of a result.
func columnsOf(of []yumen.ArtifactColumn) []column {
	out := make([]column, len(of))
	for i, c := range of {
		out[i] = columnOf(c.Name, c.Type)
	}
	return out
}

// asksNothing reports whether a statement ends with what leaves no row: it is asked for its columns alone.
func asksNothing(st *statement) bool {
	n := len(st.Tokens)
	limit := n >= 2 && st.Word(n-2) == "LIMIT" && st.Source(n-1) == "0"
	never := n >= 2 && st.Word(n-2) == "WHERE" && st.Word(n-1) == "FALSE" ||
		n >= 4 && st.Word(n-4) == "WHERE" && st.Source(n-2) == "=" &&
			slices.Contains([]string{"1=0", "0=1"}, st.Source(n-3)+"="+st.Source(n-1))
	return limit || never
}

// releaseOf returns the release that a statement asks for as it is. A name may be that of the job.
func releaseOf(st *statement) (string, bool) { return relationOf(st, "released") }

// askRelease answers with what was released, under its own name or that of its job.
func (s *session) askRelease(ctx context.Context, name string) (*answer, error) {
	all, err := s.door.cfg.Domain.Releases(ctx, s.by)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Contract == s.contract && (r.Name == name || r.Job == name) {
			return s.releasedAs(ctx, r.Name)
		}
	}
	return nil, state("42P01", yumen.Errorf(yumen.KindNotFound, "nothing was released as %q under contract %s",
		"合同 %[2]s 下没有发布 %[1]q", name, s.contract).Then("release.list", ""))
}

// releasedAs is the answer that a release is.
func (s *session) releasedAs(ctx context.Context, release string) (*answer, error) {
	columns, err := s.door.cfg.Statements.ReleasedColumns(ctx, s.by, release)
	if err != nil {
		return nil, err
	}
	return &answer{columns: columnsOf(columns), rows: released{s, release}}, nil
}

// spec is the job that a statement asks for, by what the session has set.
func (s *session) spec(st *statement, params []yumen.Param) yumen.JobSpec {
	g := s.settings.get
	purpose := yumen.Text{EN: g("yumen.purpose"), ZH: g("yumen.purpose")}
	if g("yumen.purpose") == "" {
		purpose = yumen.Text{}
	}
	return yumen.JobSpec{Name: g("yumen.name"), Contract: s.contract, Purpose: purpose, SQL: st.Text, Params: params,
		Class: yumen.ReleaseClass(g("yumen.class")),
		Privacy: yumen.PrivacySpec{Epsilon: s.settings.number("yumen.epsilon"),
			RowsPerUnit:   int(s.settings.number("yumen.rows_per_unit")),
			GroupsPerUnit: int(s.settings.number("yumen.groups_per_unit"))}}
}

// explained is what would become of a statement.
func (s *session) explained(ctx context.Context, st *statement, params []yumen.Param) (*api.Explanation, error) {
	x, err := s.door.cfg.Domain.Explain(ctx, s.by, s.spec(st, params), nil)
	if err != nil {
		return nil, err
	}
	return &x, nil
}

// askData submits a statement as a job, unless the same question was asked before and stands, and answers with its
// result where that leaves by itself. What a person has to look at is held, and said to be before anything is run.
func (s *session) askData(ctx context.Context, st *statement, params []yumen.Param, x *api.Explanation) (*answer,
	error) {
	spec := s.spec(st, params)
	if most := s.settings.number("yumen.max_epsilon"); most > 0 && x.Privacy != nil && !x.Privacy.Free &&
		x.Privacy.Epsilon > most {
		return nil, state(stateBudget, yumen.Errorf(yumen.KindLimit,
			"the answer costs ε %s, and yumen.max_epsilon is %s", "该答案需花费 ε %s，而 yumen.max_epsilon 为 %s",
			yumen.FormatEpsilon(x.Privacy.Epsilon), yumen.FormatEpsilon(most)).
			ToFix("set yumen.epsilon lower, or yumen.max_epsilon higher", "请调低 yumen.epsilon，或调高 yumen.max_epsilon"))
	}
	job, found, err := s.before(ctx, spec, x)
	if err != nil {
		return nil, err
	}
	if !found {
		if job, err = s.submit(ctx, spec); err != nil {
			return nil, err
		}
	}
	if x.Class != yumen.ClassDP && !job.State.Final() {
		return s.held(ctx, job, x)
	}
	if !job.State.Final() {
		if job, err = s.door.cfg.Domain.Watch(ctx, s.by, job.ID); err != nil {
			return nil, err
		}
	}
	a, err := s.outcome(ctx, job, x)
	if err == nil && x.Privacy != nil && !found {
		s.settings.values["yumen.last_cost"] = "0"
		if !x.Privacy.Free {
			s.settings.values["yumen.last_cost"] = yumen.FormatEpsilon(x.Privacy.Epsilon)
			a.notices = append(a.notices, yumen.Say("the answer cost ε %s; one of ε %s can still be paid",
				"本次答案花费 ε %s；尚可支付 ε %s 的答案", yumen.FormatEpsilon(x.Privacy.Epsilon),
				yumen.FormatEpsilon(x.Privacy.LeftAfter)))
		}
	}
	return a, err
}

// submit submits a job and waits until it is accepted: what refuses it by then is a quota, the budget or the contract,
// and no data.
func (s *session) submit(ctx context.Context, spec yumen.JobSpec) (yumen.Job, error) {
	job, err := s.door.cfg.Domain.Submit(ctx, s.by, spec, nil)
	if err != nil {
		return job, err
	}
	tick := time.NewTicker(admissionEvery)
	defer tick.Stop()
	for job.State == yumen.StateSubmitted || job.State == yumen.StateAdmitted {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return job, ctx.Err()
		}
		j, err := s.door.cfg.Domain.Job(ctx, s.by, job.ID)
		if err != nil {
			return job, err
		}
		job = j.Job
	}
	return job, nil
}

// admissionEvery is how often a session looks whether its job is accepted.
const admissionEvery = 10 * time.Millisecond

// before finds the newest job by which the same person asked the same under the same contract over the same versions.
// One that failed or was withdrawn is none, and one that was rejected or returned is none where it is asked again on
// purpose.
func (s *session) before(ctx context.Context, spec yumen.JobSpec, x *api.Explanation) (yumen.Job, bool, error) {
	jobs, err := s.door.cfg.Domain.Jobs(ctx, s.by)
	if err != nil {
		return yumen.Job{}, false, err
	}
	program := yumen.DigestOf(spec.Program())
	again := s.settings.get("yumen.again") == "on"
	var out yumen.Job
	found := false
	for _, j := range jobs {
		if j.Submitter.Name != s.by.Person.Name || j.Program != program || j.Spec.Contract != spec.Contract ||
			j.Spec.Class != spec.Class || j.Spec.Privacy != spec.Privacy || j.Created.Before(out.Created) {
			continue
		}
		if len(j.Versions) > 0 && !slices.EqualFunc(j.Versions, x.Datasets, sameVersion) {
			continue
		}
		switch j.State {
		case yumen.StateFailed, yumen.StateCancelled:
			continue
		case yumen.StateRejected, yumen.StateReturned:
			if again || short(j) { // what refused it may have changed
				continue
			}
		}
		out, found = j, true
	}
	return out, found, nil
}

func sameVersion(a, b yumen.VersionRef) bool { return a.Dataset == b.Dataset && a.Digest == b.Digest }

// outcome is the answer of a job that has ended.
func (s *session) outcome(ctx context.Context, job yumen.Job, x *api.Explanation) (*answer, error) {
	switch job.State {
	case yumen.StateReleased:
		return s.releasedAs(ctx, job.Release)
	case yumen.StateRejected, yumen.StateReturned:
		return nil, rejected(job)
	case yumen.StateFailed, yumen.StateCancelled:
		return nil, state(stateFailed, yumen.Errorf(yumen.KindFailed, "job %s did not come to an answer", "任务 %s 未得出结果",
			job.ID).Because(errorOf(job)).ToFix("ask again, or ask for less", "请重试，或缩小查询"))
	}
	return s.held(ctx, job, x)
}

// errorOf is why a job ended, as its submitter may know it.
func errorOf(j yumen.Job) error {
	if j.Error == nil {
		return nil
	}
	return j.Error
}

// short reports whether a job was refused before it ran, or for want of budget or quota, and so not for what it asks.
func short(j yumen.Job) bool {
	if j.Error == nil {
		return j.Attempts == 0
	}
	code := codeOf(j.Error)
	return j.Attempts == 0 || code == stateBudget || code == stateQuota
}

func rejected(j yumen.Job) error {
	if short(j) && j.Error != nil {
		return j.Error
	}
	fix := yumen.Say("change the statement; SET yumen.again = on asks for the same once more",
		"请修改语句；如需再次提交同一语句，请执行 SET yumen.again = on")
	if j.State == yumen.StateReturned {
		fix = yumen.Say("change the statement as the reviewer asks", "请按审核意见修改语句")
	}
	e := yumen.Errorf(yumen.KindDenied, "job %s was %s", "任务 %s 的状态为 %s", j.ID, j.State).ToFix(fix.EN, fix.ZH)
	if j.Error != nil {
		e = e.Because(j.Error)
	}
	return state(stateRejected, e)
}

// held says that a result waits for review: as an error, which every client shows; as a row; or, once it has left, by
// the result itself.
func (s *session) held(ctx context.Context, job yumen.Job, x *api.Explanation) (*answer, error) {
	switch s.settings.get("yumen.on_hold") {
	case "ticket":
		return &answer{columns: ticketColumns(), rows: texts{{job.ID, string(x.Class), strconv.Itoa(x.Reviewers),
			selectReleased(job.ID)}}}, nil
	case "wait":
		job, err := s.await(ctx, job)
		if err != nil {
			return nil, err
		}
		return s.outcome(ctx, job, x)
	}
	return nil, &coded{code: stateHeld,
		err: yumen.Errorf(yumen.KindConflict, "held for review as job %s; nothing was lost",
			"已提交审核，任务编号 %s；没有丢失任何内容", job.ID).
			ToFix("once released: %s", "放行后：%s", selectReleased(job.ID)),
		detail: yumen.Say("class %s, reviewers needed: %d", "类别 %s，所需审核人数：%d", string(x.Class), x.Reviewers)}
}

func selectReleased(job string) string { return fmt.Sprintf("SELECT * FROM released.%q", job) }

func ticketColumns() []column { return textColumns("job", "class", "reviewers_needed", "then") }

// awaitEvery is how often a session looks whether a result was decided on.
const awaitEvery = 500 * time.Millisecond

// await waits until people have decided on a job. What the machine found is shown at times that are fixed, as
// everywhere.
func (s *session) await(ctx context.Context, job yumen.Job) (yumen.Job, error) {
	tick := time.NewTicker(awaitEvery)
	defer tick.Stop()
	for {
		j, err := s.door.cfg.Domain.Job(ctx, s.by, job.ID)
		if err != nil || j.State.Final() || j.State == yumen.StateReturned {
			return j.Job, err
		}
		if err := s.inForce(ctx); err != nil { // nothing is released any more
			return j.Job, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return j.Job, ctx.Err()
		}
	}
}
