package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// When checks and fixes end depends on the data, and tells of it. So whoever is not shown what they found is not shown
// when, either: a job that the machine has come to the end of counts as running until the next of a row of times that
// is fixed when it is planned: one slot after it was submitted, two, four, eight and so on. What is left to see is in
// which of these it fell.

// leastSlot is the first of these times, for a job that reads little.
const leastSlot = time.Second

// slotOf is the first time for a job that reads so many rows, as the publication of versions states them: a power of
// two seconds.
func slotOf(rows int64) time.Duration {
	slot := leastSlot
	for slot < maxDeadline && float64(slot) < float64(timeToStart)+float64(rows)*float64(timePerRow+timePerInput) {
		slot *= 2
	}
	return slot
}

// fixSlot fixes the times at which a job is shown to have come further.
func (s *Service) fixSlot(ctx context.Context, j *jobRun) error {
	if !s.cfg.FixedTimes || j.plan.Private != nil {
		return nil
	}
	read, err := s.sizeRead(ctx, j)
	j.plan.Slot = yumen.Duration(slotOf(read.rows))
	return err
}

// shownAt is the first of the times at or after now.
func shownAt(created, now time.Time, slot time.Duration) time.Time {
	for after := cmp.Or(slot, leastSlot); after > 0; after *= 2 {
		if at := created.Add(after); !at.Before(now) {
			return at
		}
	}
	return now // after centuries
}

// fixShown fixes when a step is shown by which the machine comes to the end of a job. What people do is shown at once.
func (s *Service) fixShown(from, next *yumen.Job) {
	next.Shown = time.Time{}
	ends := slices.Contains([]yumen.State{yumen.StateInReview, yumen.StateApproved, yumen.StateRejected,
		yumen.StateFailed}, next.State)
	if s.cfg.FixedTimes && ends && from.Attempts > 0 && (slices.Contains(checking, from.State) || betweenRuns(from)) &&
		!noisy(from) {
		next.Shown = shownAt(next.Created, next.Updated, slotIn(from))
	}
}

// slotIn is the slot that a job was planned with.
func slotIn(j *yumen.Job) time.Duration {
	var p planned
	if json.Unmarshal(j.Plan, &p) != nil { // of a job without a plan
		return leastSlot
	}
	return time.Duration(p.Slot)
}

// untilShown is the job as it counts until what the machine came to is shown, and then, as if it had come to it at that
// time.
func untilShown(all *api.Job, now time.Time) *api.Job {
	out := *all
	if now.Before(all.Shown) {
		out.State, out.Error, out.Fixes = yumen.StateRunning, nil, nil
	} else {
		out.Updated = all.Shown
	}
	return &out
}

// awaitShown waits until what the machine came to is shown to somebody.
func (s *Service) awaitShown(ctx context.Context, by yumen.Actor, j *yumen.Job) error {
	if j.Shown.IsZero() || s.audienceOf(by, j) >= overseers {
		return nil
	}
	return s.cfg.Wait(ctx, j.Shown)
}

// awaitTold waits, while the machine works on a job or has come to an end that is not shown yet, until the next of the
// times at which that may be shown. Whether a withdrawal comes in time is decided then: decided at once, it would say
// whether the machine had ended by any moment that the submitter chooses.
func (s *Service) awaitTold(ctx context.Context, by yumen.Actor, id string) error {
	j, err := s.knownJob(ctx, by, id)
	if err != nil {
		return err
	}
	working := j.V.Attempts > 0 && (slices.Contains(checking, j.V.State) || betweenRuns(&j.V)) && !noisy(&j.V)
	if s.cfg.FixedTimes && working && s.audienceOf(by, &j.V) < overseers {
		return s.cfg.Wait(ctx, shownAt(j.V.Created, s.now(), slotIn(&j.V)))
	}
	return s.awaitShown(ctx, by, &j.V)
}
