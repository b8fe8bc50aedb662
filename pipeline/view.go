package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// JobView is a job as one actor may see it. What is not shown to them is zero.
type JobView struct {
	yumen.Job
	// Artifacts are the held results of all rounds with what the checks found, for reviewers and regulators.
	Artifacts []yumen.Artifact `json:"artifacts,omitempty"`
	// Fixes are those that the released file shows.
	Fixes []ReleasedFix `json:"fixes,omitempty"`
	// Privacy is what a job of class dp costs or has cost.
	Privacy *Cost `json:"privacy,omitempty"`
	// Notice is what its class leaves out of every result, whatever the data.
	Notice yumen.Text `json:"notice,omitzero"`
}

// ReleasedFix is a fix as the released file shows it.
type ReleasedFix struct {
	Technique yumen.Technique `json:"technique"`
	Cells     int             `json:"cells,omitempty"` // that it changed; not of rounding, where they cannot be seen
}

// audience is how much of a job somebody may know, least first.
type audience int

const (
	anybody audience = iota
	submitter
	overseers // reviewers and regulators; of class dp, whose checks see noisy figures only, the submitter too
)

// audienceOf says what somebody is to a job. Its submitter is shown no more for being a reviewer besides.
func audienceOf(by yumen.Actor, j *yumen.Job) audience {
	switch mine := by.Name != "" && by.Name == j.Submitter.Name; {
	case mine && noisy(j):
		return overseers
	case mine:
		return submitter
	case access.May(by, access.JobFindings) == nil:
		return overseers
	}
	return anybody
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
	show func(to, from *JobView)
}

// facts is the whole of what is shown to whom. What no line copies is shown to nobody; docs/roles.md shows the table.
var facts = []fact{
	{"id, name, contract, engine, class and its notice, submitter, dates, release", anybody, func(to, from *JobView) {
		to.Notice = from.Notice
		to.ID, to.Spec.Name, to.Spec.Contract, to.Engine, to.Class = from.ID, from.Spec.Name, from.Spec.Contract,
			from.Engine, from.Class
		to.Submitter, to.Created, to.Updated, to.Release = from.Submitter, from.Created, from.Updated, from.Release
	}},
	{"state, where checks and fixes count as running", anybody, func(to, from *JobView) {
		switch to.State = from.State; to.State {
		// how often these alternate is how many rounds there are
		case yumen.StateRunning, yumen.StateHeld, yumen.StateFixing, yumen.StateProtected:
			to.State, to.Updated = yumen.StateRunning, from.Created
		}
	}},
	{"the job as submitted, plan, versions read, runs started, what it costs", submitter, func(to, from *JobView) {
		to.Spec, to.Program, to.ContractDigest, to.Plan, to.Versions, to.Attempts = from.Spec, from.Program,
			from.ContractDigest, from.Plan, from.Versions, from.Attempts
		to.Privacy = from.Privacy
	}},
	{"why it ended: rules and parameters, a reviewer's words", submitter,
		func(to, from *JobView) { to.Error = from.Error }},
	{"fixes of the result, once released: techniques, and cells where the file shows them", submitter,
		func(to, from *JobView) {
			if from.State == yumen.StateReleased {
				to.Fixes = from.Fixes
			}
		}},
	{"states within checks, rounds, held results with digests and sizes, findings", overseers,
		func(to, from *JobView) { *to = *from }},
}

// viewFor returns the job as the actor may see it. It is the one way by which a job leaves this package.
func viewFor(by yumen.Actor, all *JobView) JobView {
	var out JobView
	to := audienceOf(by, &all.Job)
	for _, f := range facts {
		if to >= f.who {
			f.show(&out, all)
		}
	}
	return out
}

// jobViewFor is viewFor for a job alone.
func jobViewFor(by yumen.Actor, j yumen.Job) yumen.Job { return viewFor(by, &JobView{Job: j}).Job }

func jobViewsFor(by yumen.Actor, js []yumen.Job) []yumen.Job {
	out := make([]yumen.Job, len(js))
	for i, j := range js {
		out[i] = jobViewFor(by, j)
	}
	return out
}

// Show returns the job as the actor may see it. The zero Actor sees what anybody sees.
func (s *Service) Show(ctx context.Context, by yumen.Actor, id string) (JobView, error) {
	j, err := journal.Load[yumen.Job](ctx, s.state, store.Job, id)
	if err != nil {
		return JobView{}, err
	}
	all := JobView{Job: j.V, Notice: Notice(j.V.Class)}
	if all.Artifacts, err = s.artifacts(ctx, id); err != nil {
		return JobView{}, err
	}
	all.Fixes = releasedFixes(all.Artifacts)
	if all.Privacy, err = s.costOf(ctx, j.V); err != nil {
		return JobView{}, err
	}
	return viewFor(by, &all), nil
}

// releasedFixes are the fixes of the result, by technique. Which figures rounding changed cannot be seen in a file,
// only that they are round. What was fixed in a table of cells is not told: the result need not show all of it.
func releasedFixes(rounds []yumen.Artifact) []ReleasedFix {
	var out []ReleasedFix
	for _, a := range rounds {
		if a.Cells {
			continue
		}
		for _, x := range a.Fixes {
			i := slices.IndexFunc(out, func(f ReleasedFix) bool { return f.Technique == x.Technique })
			if i < 0 {
				i, out = len(out), append(out, ReleasedFix{Technique: x.Technique})
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
	j, err := journal.Load[yumen.Job](ctx, s.state, store.Job, id)
	return jobViewFor(by, j.V), err
}

// Jobs returns all jobs, oldest day first, as the actor may see them.
func (s *Service) Jobs(ctx context.Context, by yumen.Actor) ([]yumen.Job, error) {
	js, err := journal.List[yumen.Job](ctx, s.state, store.Job, "")
	return jobViewsFor(by, js), err
}

// Drive takes a job along its route until a person has to act or it has ended, and returns it as the actor may see
// it. That the job was refused or failed is no error of Drive.
func (s *Service) Drive(ctx context.Context, by yumen.Actor, id string) (yumen.Job, error) {
	j, err := s.drive(ctx, id)
	return jobViewFor(by, j), err
}

// Resume drives every job that a crash left on its way, and returns them as the actor may see them.
func (s *Service) Resume(ctx context.Context, by yumen.Actor) ([]yumen.Job, error) {
	js, err := s.resume(ctx)
	return jobViewsFor(by, js), err
}

// MayFollow reports whether somebody may read what the log says of a job. Nobody follows their own: entries show
// rounds and verdicts of checks.
func (s *Service) MayFollow(ctx context.Context, by yumen.Actor, id string) error {
	if err := access.May(by, access.JobLogs); err != nil {
		return err
	}
	j, err := journal.Load[yumen.Job](ctx, s.state, store.Job, id)
	if err != nil {
		return err
	}
	return ownFindings(by, &j.V)
}

// ownFindings refuses what checks found to the submitter of a job.
func ownFindings(by yumen.Actor, j *yumen.Job) error {
	if audienceOf(by, j) != submitter {
		return nil
	}
	return yumen.Errorf(yumen.KindDenied, "nobody is told what checks found in a result of their own",
		"不得查看自己提交的结果的检查结论").
		ToFix("see what may be told of it: yumen job show %s", "可查看的内容：yumen job show %s", j.ID)
}
