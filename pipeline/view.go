package pipeline

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// audience is how much of a job somebody may know, least first.
type audience int

const (
	anybody audience = iota
	submitter
	overseers // reviewers and regulators; of class dp, whose checks see noisy figures only, the submitter too
)

// audienceOf says what somebody is to a job. Its submitter is shown no more for being a reviewer besides, nor is a
// colleague of theirs whom its contract keeps from reviewing it.
func (s *Service) audienceOf(by yumen.Actor, j *yumen.Job) audience {
	switch mine := by.Name != "" && by.Name == j.Submitter.Name; {
	case mine && noisy(j):
		return overseers
	case mine:
		return submitter
	case !colleague(by, j) && s.cfg.Rules.Permit(by, access.JobFindings):
		return overseers
	}
	return anybody
}

// colleague reports whether the contract of a job keeps somebody from it because they belong to the submitter's
// organisation. A regulator oversees all jobs, and sees of their colleagues' what checks found, not the result.
func colleague(by yumen.Actor, j *yumen.Job) bool {
	return j.Independent && by.Org == j.Submitter.Org && !by.Has(yumen.RoleRegulator) && !noisy(j)
}

// noisy reports whether the checks of a job see nothing but what noise was added to.
func noisy(j *yumen.Job) bool {
	var p planned
	return j.Class == yumen.ClassDP && len(j.Plan) > 0 && json.Unmarshal(j.Plan, &p) == nil && p.Private != nil
}

// fact is something that is known of a job, and to whom it is shown.
type fact struct {
	what string
	who  audience
	show func(to, from *api.Job)
}

// facts is the whole of what is shown to whom. What no line copies is shown to nobody; docs/roles.md shows the table.
var facts = []fact{
	{"id, name, contract, engine, class and its notice, submitter, dates, release", anybody, func(to, from *api.Job) {
		to.Notice = from.Notice
		to.ID, to.Spec.Name, to.Spec.Contract, to.Engine, to.Class = from.ID, from.Spec.Name, from.Spec.Contract,
			from.Engine, from.Class
		to.Submitter, to.Created, to.Updated, to.Release = from.Submitter, from.Created, from.Updated, from.Release
	}},
	{"state, where checks and fixes count as running; on a served home until the next of the times that the plan fixes",
		anybody, func(to, from *api.Job) {
			to.State = from.State
			if slices.Contains(checking, to.State) || betweenRuns(&from.Job) { // how often these alternate is how many rounds there are
				to.State, to.Updated = yumen.StateRunning, from.Created
			}
		}},
	{"the job as submitted, what asked it again, plan, versions read, runs started, what it costs", submitter,
		func(to, from *api.Job) {
			to.Recurs = from.Recurs
			to.Spec, to.Program, to.ContractDigest, to.Plan, to.Versions, to.Attempts = from.Spec, from.Program,
				from.ContractDigest, from.Plan, from.Versions, from.Attempts
			to.Privacy = from.Privacy
			if betweenRuns(&from.Job) {
				to.Attempts++
			}
		}},
	{"why it ended: rules and parameters, a reviewer's words", submitter,
		func(to, from *api.Job) { to.Error = from.Error }},
	{"fixes of the result, once released: techniques, and cells where the file shows them", submitter,
		func(to, from *api.Job) {
			if from.State == yumen.StateReleased {
				to.Fixes = from.Fixes
			}
		}},
	{"states within checks, rounds, held results with digests and sizes, findings", overseers,
		func(to, from *api.Job) { *to = *from }},
}

var checking = []yumen.State{yumen.StateRunning, yumen.StateHeld, yumen.StateFixing, yumen.StateProtected}

// betweenRuns reports whether the figures that a job compares rows with were protected, and its statement is to be run.
func betweenRuns(j *yumen.Job) bool { return j.Figures && j.State == yumen.StatePlanned }

// viewFor returns the job as the actor may see it. It is the one way by which a job leaves this package.
func (s *Service) viewFor(by yumen.Actor, all *api.Job) api.Job {
	var out api.Job
	to := s.audienceOf(by, &all.Job)
	if to < overseers && !all.Shown.IsZero() {
		all = untilShown(all, s.cfg.Clock())
	}
	for _, f := range facts {
		if to >= f.who {
			f.show(&out, all)
		}
	}
	return out
}

// jobViewFor is viewFor for a job alone.
func (s *Service) jobViewFor(by yumen.Actor, j yumen.Job) yumen.Job {
	return s.viewFor(by, &api.Job{Job: j}).Job
}

func (s *Service) jobViewsFor(by yumen.Actor, js []yumen.Job) []yumen.Job {
	out := make([]yumen.Job, len(js))
	for i, j := range js {
		out[i] = s.jobViewFor(by, j)
	}
	return out
}

// Show returns the job as the actor may see it.
func (s *Service) Show(ctx context.Context, by yumen.Actor, id string) (api.Job, error) {
	j, err := s.knownJob(ctx, by, id)
	if err != nil {
		return api.Job{}, err
	}
	all := api.Job{Job: j.V, Notice: notice(j.V.Class)}
	if all.Artifacts, err = s.artifacts(ctx, id); err != nil {
		return api.Job{}, err
	}
	all.Fixes = releasedFixes(all.Artifacts)
	if all.Privacy, err = s.costOf(ctx, j.V); err != nil {
		return api.Job{}, err
	}
	return s.viewFor(by, &all), nil
}

// releasedFixes are the fixes of the result, by technique. Which figures rounding changed cannot be seen in a file,
// only that they are round. What was fixed in a table of cells is not told: the result need not show all of it.
func releasedFixes(rounds []yumen.Artifact) []api.ReleasedFix {
	var out []api.ReleasedFix
	for _, a := range rounds {
		if a.Cells {
			continue
		}
		for _, x := range a.Fixes {
			i := slices.IndexFunc(out, func(f api.ReleasedFix) bool { return f.Technique == x.Technique })
			if i < 0 {
				i, out = len(out), append(out, api.ReleasedFix{Technique: x.Technique})
			}
			if x.Technique != yumen.TechniqueRound {
				out[i].Cells += x.Changed
			}
		}
	}
	return out
}

// Job returns the job as the actor may see it, without its results.
func (s *Service) Job(ctx context.Context, by yumen.Actor, id string) (yumen.Job, error) {
	j, err := s.knownJob(ctx, by, id)
	if err != nil {
		return yumen.Job{}, err
	}
	return s.jobViewFor(by, j.V), nil
}

// Jobs returns the jobs that the actor may know of, oldest day first, as they may see them.
func (s *Service) Jobs(ctx context.Context, by yumen.Actor) ([]yumen.Job, error) {
	js, err := journal.List[yumen.Job](ctx, s.state, store.Job, "")
	if err == nil {
		js, err = s.knownJobs(ctx, by, js)
	}
	return s.jobViewsFor(by, js), err
}

// Resume drives every job that a crash left on its way, and returns them as the actor may see them.
func (s *Service) Resume(ctx context.Context, by yumen.Actor) ([]yumen.Job, error) {
	js, err := s.resume(ctx)
	for i := range js {
		if by.Name == yumen.System.Name || err != nil {
			break
		}
		err = s.awaitShown(ctx, by, &js[i])
	}
	if err == nil {
		js, err = s.knownJobs(ctx, by, js)
	}
	return s.jobViewsFor(by, js), err
}

// MayFollow refuses what the log says of a job to its submitter: entries show rounds and verdicts of checks.
func (s *Service) MayFollow(ctx context.Context, by yumen.Actor, id string) error {
	j, err := journal.Load[yumen.Job](ctx, s.state, store.Job, id)
	if err != nil {
		return err
	}
	return s.ownFindings(by, &j.V)
}

// ofColleague is the refusal of a result of somebody of the same organisation.
func ofColleague(j *yumen.Job) error {
	return yumen.Errorf(yumen.KindDenied,
		"the contract keeps people of the submitter's organisation %s from reviewing job %s",
		"合同规定提交方机构 %s 的人员不得审核任务 %s", j.Submitter.Org, j.ID).
		ToFix("leave it to reviewers of other organisations", "请由其他机构的审核员审核")
}

// mayReview refuses the submitter of a job, and colleagues whom its contract keeps from it, what is for reviewers:
// reading what was held, and letting it go.
func mayReview(by yumen.Actor, j *jobRun) error {
	switch {
	case by.Name == j.V.Submitter.Name:
		return yumen.Errorf(yumen.KindDenied, "nobody reviews a held result of their own, or lets it go",
			"不得预览或放行自己提交的暂存结果").ToFix("wait for its release; reviewers decide about it", "请等待出域；由审核员裁决")
	case j.contract.Review.Independent && by.Org == j.V.Submitter.Org:
		return ofColleague(&j.V)
	}
	return nil
}

// Untold returns the jobs of which MayFollow refuses somebody to read.
func (s *Service) Untold(ctx context.Context, by yumen.Actor) (map[string]bool, error) {
	q := store.Query{Kind: store.Job, Submitter: by.Name}
	if s.cfg.Rules.Permit(by, access.JobFindings) && !by.Has(yumen.RoleRegulator) {
		q.Submitter = "" // those of colleagues, too
	}
	jobs, _, err := journal.Select[yumen.Job](ctx, s.state, q)
	out := map[string]bool{}
	for i := range jobs {
		if s.ownFindings(by, &jobs[i]) != nil {
			out[jobs[i].ID] = true
		}
	}
	return out, err
}

// besideChecks are the actions on jobs that tell nothing of what checks found, nor when they ended.
var besideChecks = []yumen.AuditAction{yumen.ActionJobSubmit, yumen.ActionJobAdmit, yumen.ActionJobPlan,
	yumen.ActionJobRecur, yumen.ActionJobRecurEnd, yumen.ActionRelease, yumen.ActionReleaseGet}

// ofPeople begin the actions whose subject is a person or an organisation, whatever it is called.
var ofPeople = []string{"person", "role", "org"}

// OfChecks reports whether an entry of the log tells of the checks of a job, and so is shown to those alone who may see
// what they find. Of a job it does unless its action is known to tell nothing of them.
func OfChecks(e *yumen.Entry) bool {
	about, _, _ := strings.Cut(string(e.Action), ".")
	return strings.HasPrefix(e.Subject, jobPrefix) && !slices.Contains(besideChecks, e.Action) &&
		!slices.Contains(ofPeople, about)
}

// ownFindings refuses what checks found to the submitter of a job, and to colleagues whom its contract keeps from it.
func (s *Service) ownFindings(by yumen.Actor, j *yumen.Job) error {
	switch to := s.audienceOf(by, j); {
	case to == submitter:
	case to == anybody && colleague(by, j):
		return ofColleague(j)
	default:
		return nil
	}
	return yumen.Errorf(yumen.KindDenied, "nobody is told what checks found in a result of their own",
		"不得查看自己提交的结果的检查结论").
		ToFix("see what may be told of it", "请查看可告知的内容").Then("job.show", j.ID)
}
