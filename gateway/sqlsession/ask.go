package sqlsession

import (
	"context"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Ask answers a question: about what was released, about what there is, or about data.
func (s *Session) Ask(ctx context.Context, st *Statement, params []Given) (*Answer, error) {
	if c, ok, err := callOf(st.Statement); ok || err != nil {
		if err != nil {
			return nil, err
		}
		return c.answer(ctx, s, params)
	}
	st, err := withResults(st)
	if err != nil {
		return nil, err
	}
	if err := s.InForce(ctx); err != nil {
		return nil, err
	}
	if name, ok := releaseOf(st); ok {
		return s.askRelease(ctx, name)
	}
	if t, ok := ownOf(st); ok {
		rows, err := t.rows(s, ctx)
		return &Answer{Columns: TextColumns(t.columns...), Rows: rows}, err
	}
	see, err := s.see(ctx)
	if err != nil {
		return nil, err
	}
	if columns, ok := see.listed(st); ok {
		return &Answer{Columns: columns, Rows: nothing{}}, nil
	}
	if of, err := s.readableOf(ctx, st.Statement); err != nil {
		return nil, err
	} else if !of.none() {
		return s.fromReleased(ctx, st, of, params)
	} else if of.unknown != "" && !see.data(st.Statement) {
		return nil, s.notReleased(of.unknown)
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
		return &Answer{Columns: columnsOf(x.Columns), Rows: nothing{}}, nil
	}
	return s.askData(ctx, st, values, x)
}

// mostTyped is how many parameters of a question about data are given types; a job has no more.
const mostTyped = 1000

// Describe finds out the columns of a statement without answering it; none where it gives no rows.
func (s *Session) Describe(ctx context.Context, st *Statement) error {
	if st.Asked {
		return nil
	}
	columns, err := s.columnsOf(ctx, st)
	if err == nil {
		st.Columns, st.Asked = columns, true
	}
	return err
}

func (s *Session) columnsOf(ctx context.Context, st *Statement) ([]Column, error) {
	switch word := st.Word(0); {
	case IsQuestion(st.Statement):
		if c, ok, err := callOf(st.Statement); ok || err != nil {
			if err != nil {
				return nil, err
			}
			return c.described(ctx, s)
		}
		st, err := withResults(st)
		if err != nil {
			return nil, err
		}
		if name, ok := releaseOf(st); ok {
			a, err := s.askRelease(ctx, name)
			if err != nil {
				return nil, err
			}
			return a.Columns, nil
		}
		if t, ok := ownOf(st); ok {
			return TextColumns(t.columns...), nil
		}
		see, err := s.see(ctx)
		if err != nil {
			return nil, err
		}
		if columns, ok := see.listed(st); ok {
			return columns, nil
		}
		if of, err := s.readableOf(ctx, st.Statement); err != nil {
			return nil, err
		} else if !of.none() {
			err := s.describeReleased(ctx, st, of)
			return st.Columns, err
		} else if of.unknown != "" && !see.data(st.Statement) {
			return nil, s.notReleased(of.unknown)
		}
		about := subjectOf(st.Statement, see)
		if about != aboutData || len(st.Types) <= mostTyped {
			err = s.describeCatalog(ctx, st) // of a question about data, the types of its parameters
		}
		if about == aboutCatalog || about == aboutUnknown && err == nil {
			return st.Columns, err
		}
		st.Asked = false
		st.guess(see)
		x, err := s.explained(ctx, st, placeholders(st.Types))
		if err != nil {
			return nil, err
		}
		if s.Settings.Get("yumen.on_hold") == "ticket" && !x.Automatic {
			return ticketColumns(), nil
		}
		return columnsOf(x.Columns), nil
	case word == "SHOW":
		a, err := s.Show(st)
		if err != nil {
			return nil, err
		}
		return a.Columns, nil
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
		case OIDBool:
			out[i] = yumen.Param{Type: yumen.TypeBoolean, Value: "true"}
		case OIDInt2, OIDInt4, OIDInt8:
			out[i] = yumen.Param{Type: yumen.TypeInteger, Value: "1"}
		case OIDFloat4, OIDFloat8:
			out[i] = yumen.Param{Type: yumen.TypeDouble, Value: "1"}
		case OIDNumeric:
			out[i] = yumen.Param{Type: "decimal(1,0)", Value: "1"}
		case OIDDate:
			out[i] = yumen.Param{Type: yumen.TypeDate, Value: "2026-01-01"}
		case OIDTimestamp, OIDTimestamptz:
			out[i] = yumen.Param{Type: yumen.TypeTimestamp, Value: "2026-01-01 00:00:00"}
		}
	}
	return out
}

// columnsOf are the columns of a result.
func columnsOf(of []yumen.ArtifactColumn) []Column {
	out := make([]Column, len(of))
	for i, c := range of {
		out[i] = ColumnOf(c.Name, c.Type)
	}
	return out
}

// asksNothing reports whether a statement ends with what leaves no row: it is asked for its columns alone.
func asksNothing(st *Statement) bool {
	n := len(st.Tokens)
	limit := n >= 2 && st.Word(n-2) == "LIMIT" && st.Source(n-1) == "0"
	never := n >= 2 && st.Word(n-2) == "WHERE" && st.Word(n-1) == "FALSE" ||
		n >= 4 && st.Word(n-4) == "WHERE" && st.Source(n-2) == "=" &&
			slices.Contains([]string{"1=0", "0=1"}, st.Source(n-3)+"="+st.Source(n-1))
	return limit || never
}

// releaseOf returns the release that a statement asks for as it is. A name may be that of the job.
func releaseOf(st *Statement) (string, bool) { return relationOf(st, "released") }

// askRelease answers with what was released, under its own name or that of its job.
func (s *Session) askRelease(ctx context.Context, name string) (*Answer, error) {
	r, err := s.releaseNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.releasedAs(ctx, r.Name)
}

// releaseNamed returns the release of a name, or of a job, under the contract.
func (s *Session) releaseNamed(ctx context.Context, name string) (yumen.Release, error) {
	all, err := s.Domain.Releases(ctx, s.By)
	if err != nil {
		return yumen.Release{}, err
	}
	for _, r := range all {
		if r.Contract == s.Contract && (r.Name == name || r.Job == name) {
			return r, nil
		}
	}
	return yumen.Release{}, s.notReleased(name)
}

func (s *Session) notReleased(name string) error {
	return Coded("42P01", yumen.Errorf(yumen.KindNotFound, "nothing was released as %q under contract %s",
		"合同 %[2]s 下没有发布 %[1]q", name, s.Contract).Then("release.list", ""))
}

// releasedAs is the answer that a release is.
func (s *Session) releasedAs(ctx context.Context, release string) (*Answer, error) {
	columns, err := s.Statements.ReleasedColumns(ctx, s.By, release)
	if err != nil {
		return nil, err
	}
	return &Answer{Columns: columnsOf(columns), Rows: released{s, release}}, nil
}

// spec is the job that a statement asks for, by what the session has set.
func (s *Session) spec(st *Statement, params []yumen.Param) yumen.JobSpec {
	g := s.Settings.Get
	purpose := yumen.Text{EN: g("yumen.purpose"), ZH: g("yumen.purpose")}
	if g("yumen.purpose") == "" {
		purpose = yumen.Text{}
	}
	return yumen.JobSpec{Name: g("yumen.name"), Contract: s.Contract, Purpose: purpose, SQL: st.Text, Params: params,
		Class: yumen.ReleaseClass(g("yumen.class")),
		Privacy: yumen.PrivacySpec{Epsilon: s.Settings.number("yumen.epsilon"),
			RowsPerUnit:   int(s.Settings.number("yumen.rows_per_unit")),
			GroupsPerUnit: int(s.Settings.number("yumen.groups_per_unit"))}}
}

// explained is what would become of a statement.
func (s *Session) explained(ctx context.Context, st *Statement, params []yumen.Param) (*api.Explanation, error) {
	x, err := s.Domain.Explain(ctx, s.By, s.spec(st, params), nil)
	if err != nil {
		return nil, err
	}
	return &x, nil
}

// askData submits a statement as a job, unless the same question was asked before and stands, and answers with its
// result where that leaves by itself. What a person has to look at is held, and said to be before anything is run.
func (s *Session) askData(ctx context.Context, st *Statement, params []yumen.Param, x *api.Explanation) (*Answer,
	error) {
	job, found, err := s.jobFor(ctx, s.spec(st, params), x)
	if err != nil {
		return nil, err
	}
	if !x.Automatic && !job.State.Final() {
		return s.held(ctx, job, x)
	}
	if !job.State.Final() {
		if job, err = s.Domain.Watch(ctx, s.By, job.ID); err != nil {
			return nil, err
		}
	}
	a, err := s.outcome(ctx, job, x)
	if err != nil {
		return nil, err
	}
	s.Settings.values["yumen.last_cost"] = "0"
	if x.Privacy != nil && !found {
		return a, s.tellCost(ctx, job.ID, a)
	}
	return a, nil
}

// tellCost says what a new answer of class dp cost. What it was to cost says less: somebody else may have paid for the
// same meanwhile.
func (s *Session) tellCost(ctx context.Context, job string, a *Answer) error {
	j, err := s.Domain.Job(ctx, s.By, job)
	if err != nil || j.Privacy == nil || !j.Privacy.Paid {
		return err
	}
	cost := yumen.FormatEpsilon(j.Privacy.Epsilon)
	s.Settings.values["yumen.last_cost"] = cost
	a.Notices = append(a.Notices, yumen.Say("the answer cost ε %s; one of ε %s can still be paid",
		"本次答案花费 ε %s；尚可支付 ε %s 的答案", cost, yumen.FormatEpsilon(j.Privacy.Left)))
	return nil
}

// jobFor returns the job by which a question was asked before, or submits a new one, unless that costs more than the
// session allows.
func (s *Session) jobFor(ctx context.Context, spec yumen.JobSpec, x *api.Explanation) (yumen.Job, bool, error) {
	if most := s.Settings.number("yumen.max_epsilon"); most > 0 && x.Privacy != nil && !x.Privacy.Free &&
		x.Privacy.Epsilon > most {
		return yumen.Job{}, false, Coded(CodeBudget, yumen.Errorf(yumen.KindLimit,
			"the answer costs ε %s, and yumen.max_epsilon is %s", "该答案需花费 ε %s，而 yumen.max_epsilon 为 %s",
			yumen.FormatEpsilon(x.Privacy.Epsilon), yumen.FormatEpsilon(most)).
			ToFix("set yumen.epsilon lower, or yumen.max_epsilon higher", "请调低 yumen.epsilon，或调高 yumen.max_epsilon"))
	}
	job, found, err := s.before(ctx, spec, x)
	if err == nil && !found {
		job, err = s.submit(ctx, spec)
	}
	return job, found, err
}

// submit submits a job and waits until it is accepted: what refuses it by then is a quota, the budget or the contract,
// and no data.
func (s *Session) submit(ctx context.Context, spec yumen.JobSpec) (yumen.Job, error) {
	job, err := s.Domain.Submit(ctx, s.By, spec, nil)
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
		j, err := s.Domain.Job(ctx, s.By, job.ID)
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
func (s *Session) before(ctx context.Context, spec yumen.JobSpec, x *api.Explanation) (yumen.Job, bool, error) {
	jobs, err := s.Statements.OwnJobs(ctx, s.By, s.Contract)
	if err != nil {
		return yumen.Job{}, false, err
	}
	program := yumen.DigestOf(spec.Program())
	again := s.Settings.Get("yumen.again") == "on"
	var out yumen.Job
	found := false
	for _, j := range jobs {
		if j.Program != program || j.Spec.Class != spec.Class || j.Spec.Privacy != spec.Privacy || j.Created.Before(out.Created) {
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
