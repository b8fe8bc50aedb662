package sandbox

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/internal/tenant"
)

// keysOf are the tenants that a run counts for.
func keysOf(t task.Tenant) (keys []tenant.Key) {
	if t.Contract != "" {
		keys = append(keys, tenant.Key{Kind: tenant.Contract, Name: t.Contract})
	}
	if t.Organisation != "" {
		keys = append(keys, tenant.Key{Kind: tenant.Organisation, Name: t.Organisation})
	}
	return keys
}

// full returns those tenants of a run whose limits, as they are now, leave no room for it.
func (a *admission) full(t *ticket) (keys []tenant.Key) {
	for _, k := range keysOf(t.tenant) {
		l, used := a.tenants.Of(k, t.tenant.Quotas), a.used[k]
		memory := a.all.memory / 100 * int64(l.MemoryPercent)
		if l.Runs > 0 && used.runs >= l.Runs || l.MemoryPercent > 0 && used.runs > 0 &&
			used.memory+t.cost.memory > memory {
			keys = append(keys, k)
		}
	}
	return keys
}

// allowed reports whether runs that keep their place and the limits of its tenants let a run begin, and none of them is waited for by a run before it,
// which would starve otherwise. It adds the tenants that this run waits for.
func (a *admission) allowed(t *ticket, before map[tenant.Key]bool) bool {
	if a.waitsForKept(t) {
		return false
	}
	behind := slices.ContainsFunc(keysOf(t.tenant), func(k tenant.Key) bool { return before[k] })
	full := a.full(t)
	for _, k := range full {
		before[k] = true
		if !t.held {
			a.delayed[k]++
		}
	}
	t.held = t.held || len(full) > 0
	return !behind && len(full) == 0
}

// waitsForKept reports whether a run that keeps its place finds those of others taken.
func (a *admission) waitsForKept(t *ticket) bool {
	return t.tenant.Keeps > 0 && a.kept > 0 && a.kept+t.cost.threads > a.mostKept()
}

// giveBack takes a run out of the shares of the host and of its tenants, and lets others in. The caller holds the lock.
func (a *admission) giveBack(t *ticket) {
	a.free.memory += t.cost.memory
	a.free.threads += t.cost.threads
	if t.tenant.Keeps > 0 {
		a.kept -= t.cost.threads
	}
	for _, k := range keysOf(t.tenant) {
		if a.used[k] = (share{a.used[k].runs - 1, a.used[k].memory - t.cost.memory}); a.used[k].runs == 0 {
			delete(a.used, k)
		}
	}
	a.grant()
}

// wants reports whether somebody waits who may come in when a run of a tenant ends: for room on the host, or for a
// limit of that tenant.
func (a *admission) wants(of task.Tenant) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	mine := keysOf(of)
	for _, ts := range a.waiting {
		for _, t := range ts {
			if a.waitsForKept(t) {
				continue
			}
			full := a.full(t)
			if len(full) == 0 ||
				slices.ContainsFunc(full, func(k tenant.Key) bool { return slices.Contains(mine, k) }) {
				return true
			}
		}
	}
	return false
}

// Tenants returns what tenants have of the host now, and how many of their runs their limits held back.
func (h *Host) Tenants() []tenant.Use {
	a := h.admission
	a.mu.Lock()
	defer a.mu.Unlock()
	var out tenant.Uses
	for k, s := range a.used {
		u := out.Of(k)
		u.Runs, u.Memory = s.runs, yumen.Size(s.memory)
	}
	for _, ts := range a.waiting {
		for _, t := range ts {
			for _, k := range keysOf(t.tenant) {
				out.Of(k).Waiting++
			}
		}
	}
	for k, n := range a.delayed {
		out.Of(k).Delayed = n
	}
	return out.List()
}
