package pipeline

import (
	"context"
	"encoding/json"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/store"
)

// privatePlan is what class dp adds to a plan. Analysis gives the question and what is made of its noisy answer;
// setTerms adds the rest, from the question, the contract and public sizes alone.
type privatePlan struct {
	Question task.Question     `json:"question"`
	Post     string            `json:"post"`    // reads task.CellsTable only
	Privacy  yumen.PrivacySpec `json:"privacy"` // as it counts here, nothing left zero
	Noise    task.Noise        `json:"noise"`
	Key      yumen.Digest      `json:"key"`      // of the answer: who asks the same again gets the same
	Deadline yumen.Duration    `json:"deadline"` // when the answer is given, counted from the start of the run
}

// price fixes the terms of a question and refuses one that the budget does not allow, before anything is run.
func (s *Service) price(ctx context.Context, j *jobRun) error {
	if err := s.setTerms(ctx, j); err != nil {
		return err
	}
	_, err := s.spending(ctx, j)
	return overBudget(j, err)
}

// setTerms fixes what an answer of class dp costs, under which key it is stored and when it is given: from the plan,
// the contract and the published sizes of versions, and nothing else of the data.
func (s *Service) setTerms(ctx context.Context, j *jobRun) error {
	p, b := j.plan.Private, contract.Budget(j.contract.Budget)
	p.Privacy = contract.Privacy(b, j.V.Spec.Privacy)
	var err error
	if p.Noise, err = privacy.Price(&p.Question, p.Privacy.Epsilon, b, j.plan.K); err != nil {
		return err
	}
	if err := checkGroupLimit(j); err != nil {
		return err
	}
	if p.Key, err = answerKey(p, j.V.Versions); err != nil {
		return err
	}
	of, err := s.sizeRead(ctx, j)
	if err != nil {
		return err
	}
	if err := checkNoise(p, of); err != nil {
		return err
	}
	p.Deadline, err = deadline(b.Deadlines, estimate(p, of, maxRows(j.contract.Risk)))
	return err
}

// answerKey names an answer: the question, the noise and the data are the same. How the answer is presented is no
// part of it.
func answerKey(p *privatePlan, versions []yumen.VersionRef) (yumen.Digest, error) {
	read := map[string]yumen.Digest{}
	for _, v := range versions {
		read[v.Dataset] = v.Digest
	}
	b, err := json.Marshal(struct { // fields in order, keys of maps sorted: equal values are equal bytes
		Errors   bool                    `json:"errors"` // the noisy table has them
		Question task.Question           `json:"question"`
		Noise    task.Noise              `json:"noise"`
		Versions map[string]yumen.Digest `json:"versions"`
	}{true, p.Question, p.Noise, read})
	return yumen.DigestOf(b), err
}

// checkGroupLimit refuses more public groups than a result may have rows, before they are paid for. Later steps can
// only leave groups out by what their noisy figures are.
func checkGroupLimit(j *jobRun) error {
	n, public := privacy.Groups(&j.plan.Private.Question)
	if most := maxRows(j.contract.Risk); public && int64(n) > most {
		return yumen.Refuse(yumen.KindDenied, yumen.Say("the question has too many groups", "该问题分组过多"),
			[]yumen.Reason{{Rule: "privacy.groups",
				Msg: yumen.Say("every combination of the keys' public values is answered, and they are more than %d",
					"各键公开取值的每种组合都要作答，已超过 %d 组", most),
				Fix: yumen.Say("group by fewer or coarser keys", "请减少分组键或使用更粗的分组")}})
	}
	return nil
}

// size is how much a question reads, as the publication of the versions states it: each table once for each time it
// is read.
type size struct{ rows, units int64 }

func (s *Service) sizeRead(ctx context.Context, j *jobRun) (size, error) {
	sizes := map[string]size{}
	for _, ref := range j.V.Versions {
		v, err := journal.Load[yumen.Version](ctx, s.state, store.Version, versionID(ref.Dataset, ref.Seq))
		if err != nil {
			return size{}, err
		}
		sizes[ref.Dataset] = size{v.V.Rows, v.V.Units}
	}
	var all size
	for _, v := range j.plan.Views {
		all.rows, all.units = all.rows+sizes[v.Input].rows, all.units+sizes[v.Input].units
	}
	return all, nil
}

// Estimated times are generous, several times what was measured on a small machine: a run that is late costs its
// budget and gives nothing, one that waits costs a moment.
const (
	timeToStart   = 300 * time.Millisecond
	timePerRow    = 150 * time.Nanosecond // read and handed over
	timePerInput  = 150 * time.Nanosecond // for each measured input of a row
	timeScattered = 1000 * time.Nanosecond
	timePerUnit   = 20 * time.Microsecond // of a module that is called for each, beside its steps
	timePerBlock  = 1 * time.Millisecond  // the same
	timePerStep   = 2 * time.Nanosecond
	timePerNoise  = 10 * time.Microsecond
)

// estimate says how long a question takes at most, as far as its form and public sizes show. Groups that are not
// public need noise only if they have enough units.
func estimate(p *privatePlan, of size, most int64) time.Duration {
	q := &p.Question
	groups := min(float64(most), float64(of.units)*float64(q.GroupsPerUnit)/float64(max(p.Noise.MinUnits, 1)))
	noise := float64(privacy.Draws(q, int64(groups))) * float64(timePerNoise)
	perRow, calls := timePerRow+timePerInput*time.Duration(len(q.Inputs)), 0.0
	switch q.Form {
	case task.Scattered:
		perRow += timeScattered
	case task.Mapped:
		calls = float64(of.units) * (float64(timePerUnit) + steps(q))
	case task.Blocked:
		perRow *= 2 // read at least twice
		calls = float64(q.Blocks) * (float64(timePerBlock) + steps(q))
	}
	// In floating point, so that no size is so large that it comes out short.
	return time.Duration(min(float64(timeToStart)+float64(of.rows)*float64(perRow)+calls+noise, float64(maxDeadline)))
}

// steps is how long one call of a module can take. What a module can do with the steps it declared, it can do for one
// unit alone; a deadline that holds them all leaves it no way to be late because of that unit.
func steps(q *task.Question) float64 {
	return float64(q.Module.Units.Steps) * float64(timePerStep)
}

// maxDeadline is longer than any deadline can be.
const maxDeadline = 100 * 365 * 24 * time.Hour

// deadline returns the shortest of the contract's deadlines that the estimate keeps.
func deadline(classes []yumen.Duration, estimated time.Duration) (yumen.Duration, error) {
	for _, d := range classes {
		if estimated <= time.Duration(d) {
			return d, nil
		}
	}
	last := time.Duration(classes[len(classes)-1])
	return 0, yumen.Refuse(yumen.KindDenied, yumen.Say("the question is too large for the contract", "该问题超出合同的时限"),
		[]yumen.Reason{{Rule: "deadline",
			Msg: yumen.Say("it is estimated to take %s, and the longest deadline of the contract is %s; an answer that comes late is lost, and paid for",
				"预计耗时 %s，而合同最长时限为 %s；超时的答案会作废且不退预算", estimated.Round(100*time.Millisecond), last),
			Fix: yumen.Say("ask for less at a time, declare fewer steps for a module, or ask for a contract with a longer deadline", "请缩小问题、减少模块声明的 steps，或申请时限更长的合同")}})
}
