package service

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/tenant"
)

// Limiter bounds what tenants ask of all doors together: calls, connections and bytes of uploads. A door asks it with
// the organisation of who asks ("" while nobody has found out who does) and the contract that is asked under ("" for
// none). What counts are the limits of both, at the moment of asking. A refusal is of kind limit; it names the tenant
// of whoever asks and discloses nothing of others. It may be used by several goroutines.
type Limiter struct {
	tenants   *tenant.Current
	contracts func(name, organisation string) (yumen.TenantLimits, bool)
	clock     func() time.Time

	mu   sync.Mutex
	uses map[tenant.Key]*doorUse
}

// doorUse is what a tenant has of the doors.
type doorUse struct {
	calls *rate.Limiter
	use   tenant.Use
}

// NewLimiter returns a limiter. Contracts returns what the quotas of a contract say, and whether it is the
// organisation's: others are not counted, because anybody can make up names, and nobody is to use up what others have.
// The clock defaults to time.Now.
func NewLimiter(tenants *tenant.Current, contracts func(name, organisation string) (yumen.TenantLimits, bool),
	clock func() time.Time) *Limiter {
	if clock == nil {
		clock = time.Now
	}
	return &Limiter{tenants: tenants, contracts: contracts, clock: clock, uses: map[tenant.Key]*doorUse{}}
}

// asking is a tenant that asks, with its limits at this moment.
type asking struct {
	tenant.Key
	*doorUse
	limits yumen.TenantLimits
}

// lock returns the tenants that ask, and holds the lock until it is unlocked.
func (l *Limiter) lock(organisation, contract string) []asking {
	keys := []tenant.Key{{Kind: tenant.Organisation, Name: organisation}}
	var own yumen.TenantLimits
	if contract != "" {
		var known bool
		if own, known = l.contracts(contract, organisation); known {
			keys = append(keys, tenant.Key{Kind: tenant.Contract, Name: contract})
		}
	}
	l.mu.Lock()
	out := make([]asking, len(keys))
	for i, k := range keys {
		if l.uses[k] == nil {
			l.uses[k] = &doorUse{use: tenant.Use{Key: k}}
		}
		out[i] = asking{k, l.uses[k], l.tenants.Of(k, own)}
	}
	return out
}

// Call counts one call, or refuses it where a tenant has used up its calls of this second.
func (l *Limiter) Call(organisation, contract string) error {
	all := l.lock(organisation, contract)
	defer l.mu.Unlock()
	now := l.clock()
	var taken []*rate.Reservation
	for _, t := range all {
		most := t.limits.CallsPerSecond
		if most == 0 {
			continue
		}
		r := t.rate(now, most).ReserveN(now, 1)
		wait := r.DelayFrom(now)
		if wait == 0 {
			taken = append(taken, r)
			continue
		}
		for _, r := range append(taken, r) {
			r.CancelAt(now)
		}
		t.use.RefusedCalls++
		return t.refuse(yumen.Say("calls a second", "次调用/秒"), most).ToFix("repeat it in %s", "请在 %s 后重试",
			max(wait, time.Millisecond).Round(time.Millisecond)).After(wait)
	}
	return nil
}

// rate is what counts the calls of a tenant, by its limit as it is now.
func (u *doorUse) rate(now time.Time, most int) *rate.Limiter {
	if u.calls == nil {
		u.calls = rate.NewLimiter(rate.Limit(most), most)
	}
	if u.calls.Burst() != most {
		u.calls.SetLimitAt(now, rate.Limit(most))
		u.calls.SetBurstAt(now, most)
	}
	return u.calls
}

// Connect counts a connection until it is left, or refuses it where a tenant has as many as it may.
func (l *Limiter) Connect(organisation, contract string) (leave func(), err error) {
	all := l.lock(organisation, contract)
	defer l.mu.Unlock()
	for _, t := range all {
		if most := t.limits.Connections; most > 0 && t.use.Connections >= most {
			t.use.RefusedConnections++
			return nil, t.refuse(yumen.Say("connections", "个连接"), most).ToFix("close one, then repeat", "请关闭其中一个后重试")
		}
	}
	count := func(by int) {
		for _, t := range all {
			t.use.Connections += by
		}
	}
	count(1)
	return l.once(func() { count(-1) }), nil
}

// Spool counts further bytes of an upload until they are freed, or refuses them where a tenant's uploads would take
// more than they may.
func (l *Limiter) Spool(organisation, contract string, bytes yumen.Size) (free func(), err error) {
	all := l.lock(organisation, contract)
	defer l.mu.Unlock()
	for _, t := range all {
		if most := t.limits.Spool; most > 0 && bytes > most-t.use.Spool {
			t.use.RefusedSpool++
			return nil, t.refuse(yumen.Say("of uploads", "上传暂存"), most).
				ToFix("wait until other uploads have ended, or send less", "请待其他上传结束后重试，或减小文件")
		}
	}
	count := func(by yumen.Size) {
		for _, t := range all {
			t.use.Spool += by
		}
	}
	count(bytes)
	return l.once(func() { count(-bytes) }), nil
}

// once returns what calls f under the lock, the first time.
func (l *Limiter) once(f func()) func() {
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		f()
	})
}

// refuse says which limit a tenant has reached.
func (t asking) refuse(what yumen.Text, most any) *yumen.Error {
	if t.Name == "" {
		return yumen.Errorf(yumen.KindLimit, "those who have not said who they are have reached their limit of %v %s",
			"未经身份认证者已达到上限：%v %s", most, what)
	}
	return yumen.Errorf(yumen.KindLimit, "%s %s has reached its limit of %v %s", "%s %s 已达到上限：%v %s", t.Kind.Text(),
		t.Name, most, what)
}

// Tenants returns what tenants have of the doors, and how often they were refused.
func (l *Limiter) Tenants() []tenant.Use {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out tenant.Uses
	for _, u := range l.uses {
		out.Add([]tenant.Use{u.use})
	}
	return out.List()
}
