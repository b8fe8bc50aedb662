package pipeline

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/tenant"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// undecided are the jobs that may hold a result which nobody has decided on, each with the most that a run of its
// contract may write. What it wrote depends on data and must not decide whether the next job is accepted. Answers of
// class dp do not wait for anybody and are not among them.
type undecided struct {
	mu      sync.Mutex
	jobs    map[string]heldShare // nil until they are asked for
	refused map[tenant.Key]uint64
}

// heldShare is what the result of one job counts for.
type heldShare struct {
	contract, organisation string
	bytes                  yumen.Size
	until                  time.Time // when it is shown that the job has ended, where it has
}

func (h heldShare) of(k tenant.Key) bool {
	return k.Kind == tenant.Contract && k.Name == h.contract || k.Kind == tenant.Organisation &&
		k.Name == h.organisation
}

// holding are the states in which a job may hold a result.
var holding = []yumen.State{yumen.StatePlanned, yumen.StateRunning, yumen.StateHeld, yumen.StateFixing,
	yumen.StateProtected,
	yumen.StateInReview, yumen.StateApproved}

// shareOf is what the result of a planned job counts for; nothing in class dp.
func shareOf(j *yumen.Job, r yumen.Risk) heldShare {
	h := heldShare{contract: j.Spec.Contract, organisation: j.Submitter.Org, bytes: runOutput(r)}
	if j.Class == yumen.ClassDP {
		h.bytes = 0
	}
	return h
}

// reserve counts a job whose plan is known, or refuses it, with kind limit, where its contract or the organisation that
// submitted it has too much that nobody decided on.
func (s *Service) reserve(ctx context.Context, j *jobRun) error {
	h := shareOf(&j.V, j.contract.Risk)
	u := &s.undecided
	u.mu.Lock()
	defer u.mu.Unlock()
	reasons, err := s.heldReasons(ctx, j.V.ID, h, j.contract.Quotas.Limits)
	if err != nil {
		return err
	}
	for k := range reasons {
		u.refused[k]++
	}
	if len(reasons) == 0 {
		u.jobs[j.V.ID] = h
	}
	var why []yumen.Reason
	for _, k := range []tenant.Kind{tenant.Contract, tenant.Organisation} {
		for key, r := range reasons {
			if key.Kind == k {
				why = append(why, r)
			}
		}
	}
	return yumen.Refuse(yumen.KindLimit, yumen.Say("the job is not accepted: too many results are not decided yet",
		"任务未被接受：尚未审定的结果过多"), why)
}

// heldReasons says which tenants have no room for a further job. The caller holds the lock.
func (s *Service) heldReasons(ctx context.Context, id string, h heldShare,
	own yumen.TenantLimits) (map[tenant.Key]yumen.Reason, error) {
	if err := s.loadUndecided(ctx); err != nil || h.bytes == 0 {
		return nil, err
	}
	s.undecided.forgetShown(s.now())
	reasons := map[tenant.Key]yumen.Reason{}
	for _, k := range []tenant.Key{{Kind: tenant.Contract, Name: h.contract},
		{Kind: tenant.Organisation, Name: h.organisation}} {
		limit, used, n := s.cfg.Tenants.Of(k, own).Held, h.bytes, 0
		for other, o := range s.undecided.jobs {
			if o.of(k) && o.bytes > 0 && other != id {
				used, n = used+o.bytes, n+1
			}
		}
		if limit > 0 && used > limit {
			reasons[k] = heldReason(k, n, limit)
		}
	}
	return reasons, nil
}

func heldReason(k tenant.Key, n int, limit yumen.Size) yumen.Reason {
	return yumen.Reason{Rule: "quota.held", Place: string(k.Kind), Msg: yumen.Say(
		"%s %s has %d jobs whose results are not decided yet; each counts at the most that a run may write, and with this one they would be above the limit of %s",
		"%s %s 有 %d 个任务的结果尚未审定，每个均按单次运行可写出的上限计，加上本任务将超过限额 %s", k.Kind.Text(), k.Name, n, limit),
		Fix: yumen.Say("have results reviewed or withdraw jobs, then submit it again", "请先完成结果审核或撤回任务，再重新提交")}
}

// loadUndecided reads from the state which jobs may hold a result, once. The caller holds the lock.
func (s *Service) loadUndecided(ctx context.Context) error {
	u := &s.undecided
	if u.jobs != nil {
		return nil
	}
	jobs, _, err := journal.Select[yumen.Job](ctx, s.state, store.Query{Kind: store.Job, States: holding})
	if err != nil {
		return err
	}
	found, contracts := map[string]heldShare{}, map[string]yumen.Risk{}
	for i := range jobs {
		j := &jobs[i]
		risk, ok := contracts[j.Spec.Contract]
		if !ok {
			c, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, j.Spec.Contract)
			if err != nil {
				return err
			}
			risk = c.V.Risk
			contracts[j.Spec.Contract] = risk
		}
		found[j.ID] = shareOf(j, risk)
	}
	u.jobs, u.refused = found, map[tenant.Key]uint64{}
	return nil
}

// ended takes a job that has ended out of those that may hold a result, once that is shown to those who are not shown
// what checks found: a limit that had room before would disclose when the checks ended.
func (u *undecided) ended(j *yumen.Job) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if h, ok := u.jobs[j.ID]; ok && !j.Shown.IsZero() {
		h.until = j.Shown
		u.jobs[j.ID] = h
		return
	}
	delete(u.jobs, j.ID)
}

// forgetShown forgets the jobs that are shown to have ended by now. The caller holds the lock.
func (u *undecided) forgetShown(now time.Time) {
	maps.DeleteFunc(u.jobs, func(_ string, h heldShare) bool { return !h.until.IsZero() && !now.Before(h.until) })
}

// Tenants returns what tenants hold and how many of their jobs were rejected for it.
func (s *Service) Tenants(ctx context.Context) ([]tenant.Use, error) {
	s.undecided.mu.Lock()
	defer s.undecided.mu.Unlock()
	if err := s.loadUndecided(ctx); err != nil {
		return nil, err
	}
	s.undecided.forgetShown(s.now())
	var out tenant.Uses
	for h := range maps.Values(s.undecided.jobs) {
		out.Of(tenant.Key{Kind: tenant.Contract, Name: h.contract}).Held += h.bytes
		out.Of(tenant.Key{Kind: tenant.Organisation, Name: h.organisation}).Held += h.bytes
	}
	for k, n := range s.undecided.refused {
		out.Of(k).RefusedHeld = n
	}
	return out.List(), nil
}

// metQuota reports whether a job was rejected for nothing but quotas, which may have room later.
func metQuota(j *yumen.Job) bool {
	if j.State != yumen.StateRejected || j.Error == nil || len(j.Error.Reasons) == 0 {
		return false
	}
	for _, r := range j.Error.Reasons {
		if !strings.HasPrefix(r.Rule, "quota.") {
			return false
		}
	}
	return true
}

// roomFor reports whether quotas and disk leave room for a job that is to be asked again as it was before.
func (s *Service) roomFor(ctx context.Context, last *yumen.Job) (bool, error) {
	if s.acceptsWork() != nil {
		return false, nil
	}
	c, err := journal.Load[yumen.SignedContract](ctx, s.state, store.Contract, last.Spec.Contract)
	if err != nil {
		return false, err
	}
	today, err := s.state.Submitted(ctx, c.V.Name, c.V.Parties, yumen.DayOf(s.now()))
	if err != nil || today >= c.V.Quotas.JobsPerDay {
		return false, err
	}
	s.undecided.mu.Lock()
	defer s.undecided.mu.Unlock()
	reasons, err := s.heldReasons(ctx, "", shareOf(last, c.V.Risk), c.V.Quotas.Limits)
	return len(reasons) == 0, err
}
