package sandbox

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/internal/tenant"
)

// crowd are runs that ask for room, each by a name.
type crowd struct {
	t     *testing.T
	a     *admission
	mu    sync.Mutex
	in    []string // in the order in which they were let in
	leave map[string]func()
	wg    sync.WaitGroup
}

func newCrowd(t *testing.T, all cost, table tenant.Table) *crowd {
	c := &crowd{t: t, a: newAdmission(all), leave: map[string]func(){}}
	c.a.tenants = &tenant.Current{}
	c.a.tenants.Set(table)
	return c
}

// asks asks for room, and returns once that waits or is granted.
func (c *crowd) asks(name, contract, org string, memory yumen.Size) {
	c.t.Helper()
	before := waitingIn(c.a) + c.inside()
	c.wg.Go(func() {
		leave, err := c.a.enter(context.Background(), task.Tenant{Contract: contract, Organisation: org},
			need(memory, 1))
		if err != nil {
			c.t.Error(err)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.in, c.leave[name] = append(c.in, name), leave
	})
	for waitingIn(c.a)+c.inside() == before {
		runtime.Gosched()
	}
}

func (c *crowd) inside() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.in)
}

// leaves ends a run, and waits until so many were let in altogether.
func (c *crowd) leaves(name string, then int) {
	c.t.Helper()
	c.mu.Lock()
	leave := c.leave[name]
	c.mu.Unlock()
	leave()
	for c.inside() < then {
		runtime.Gosched()
	}
}

// want compares who was let in so far, in their order.
func (c *crowd) want(names string) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := strings.Join(c.in, " "); got != names {
		c.t.Errorf("let in: %s; want %s", got, names)
	}
}

func organisations(l yumen.TenantLimits) tenant.Table { return tenant.Table{EachOrganisation: l} }

// A tenant at its limit waits, in its own order; runs of others pass it, also where they come later, and under the same
// contract.
func TestTenantAtItsLimitIsInNobodysWay(t *testing.T) {
	c := newCrowd(t, cost{100, 100}, organisations(yumen.TenantLimits{Runs: 2}))
	c.asks("a1", "c1", "lab", 10)
	c.asks("a2", "c2", "lab", 10)
	c.asks("a3", "c1", "lab", 10)
	c.asks("a4", "c2", "lab", 10)
	c.asks("b1", "c1", "operator", 10)
	c.asks("b2", "c3", "bureau", 10)
	c.want("a1 a2 b1 b2")
	c.leaves("a2", 5)
	c.leaves("a1", 6)
	c.want("a1 a2 b1 b2 a4 a3") // c1 has had its turn with b1
	for _, n := range []string{"a3", "a4", "b1", "b2"} {
		c.leaves(n, 6)
	}
	if c.a.free != c.a.all || len(c.a.used) != 0 || len(c.a.turns) != 0 {
		t.Errorf("left: %+v", c.a)
	}
	if got := c.a.delayed[tenant.Key{Kind: tenant.Organisation, Name: "lab"}]; got != 2 || len(c.a.delayed) != 1 {
		t.Errorf("delayed %v", c.a.delayed)
	}
}

// A contract's own quota counts beside its organisation's limits.
func TestContractsOwnQuota(t *testing.T) {
	a := newAdmission(cost{100, 100})
	of := task.Tenant{Contract: "c", Organisation: "lab", Quotas: yumen.TenantLimits{Runs: 1}}
	leave, err := a.enter(t.Context(), of, need(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := a.enter(short, of, need(1, 1)); err != context.DeadlineExceeded {
		t.Errorf("a second one: %v", err)
	}
	of.Contract = "other"
	other, err := a.enter(t.Context(), of, need(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	leave()
	other()
}

// Memory is shared as runs are. A run that is larger than the share waits until it is the tenant's only one, and
// smaller ones of the tenant do not overtake it meanwhile.
func TestShareOfMemory(t *testing.T) {
	c := newCrowd(t, cost{1000, 100}, organisations(yumen.TenantLimits{MemoryPercent: 50}))
	c.asks("a1", "c1", "lab", 300)
	c.asks("large", "c2", "lab", 800)
	c.asks("a2", "c1", "lab", 10)
	c.asks("b", "c3", "bureau", 400)
	c.want("a1 b")
	c.leaves("b", 2)
	c.leaves("a1", 3)
	c.want("a1 b large")
	c.leaves("large", 4)
	c.want("a1 b large a2")
	c.leaves("a2", 4)
}

// A limit that is lowered counts for those who wait, one that is raised lets them in with the next who comes or goes.
func TestLimitsChangeWhileRunsWait(t *testing.T) {
	c := newCrowd(t, cost{100, 100}, organisations(yumen.TenantLimits{Runs: 2}))
	for _, n := range []string{"a1", "a2", "a3", "a4", "a5"} {
		c.asks(n, "c", "lab", 1)
	}
	c.a.tenants.Set(organisations(yumen.TenantLimits{Runs: 1}))
	c.leaves("a1", 2)
	c.want("a1 a2")
	c.leaves("a2", 3)
	c.want("a1 a2 a3")
	c.a.tenants.Set(organisations(yumen.TenantLimits{Runs: 5}))
	c.asks("b", "c3", "bureau", 1)
	for c.inside() < 6 {
		runtime.Gosched()
	}
	if waitingIn(c.a) != 0 {
		t.Error("somebody still waits")
	}
}

// A run that has to be kept keeps its share of the host and counts in its tenant's limits although it ended.
func TestKeptRun(t *testing.T) {
	a := newAdmission(cost{10, 10})
	a.tenants = &tenant.Current{}
	a.tenants.Set(organisations(yumen.TenantLimits{Runs: 1}))
	of := task.Tenant{Contract: "c", Organisation: "lab", Keeps: 300 * time.Millisecond}
	began := time.Now()
	leave, err := a.enter(t.Context(), of, need(10, 1))
	if err != nil {
		t.Fatal(err)
	}
	leave()
	other, err := a.enter(t.Context(), task.Tenant{Contract: "d", Organisation: "bureau"}, need(10, 1))
	if took := time.Since(began); err != nil || took < of.Keeps {
		t.Fatalf("another's began after %s, %v", took, err)
	}
	other()
	next, err := a.enter(t.Context(), of, need(10, 1))
	if took := time.Since(began); err != nil || took < of.Keeps {
		t.Errorf("the next one began after %s, %v", took, err)
	}
	next()
}

// TestKeptRunsHaveProcessors: runs whose late answer is lost take whole processors, and leave room for what is small.
func TestKeptRunsHaveProcessors(t *testing.T) {
	processors := runtime.NumCPU()
	a := newAdmission(cost{100, 4 * processors})
	of := task.Tenant{Contract: "c", Keeps: time.Minute}
	for _, threads := range []int{1, 2, processors, 100} {
		got := a.claim(of, need(10, threads))
		if want := min(4*threads, 3*processors); got != (cost{10, want}) && threads <= processors {
			t.Errorf("%d threads claim %+v, want %d", threads, got, want)
		}
		if left := a.all.threads - got.threads; left < processors && threads <= processors {
			t.Errorf("%d threads leave %d", threads, left)
		}
		if !got.fits(a.all) {
			t.Errorf("%d threads claim %+v of %+v", threads, got, a.all)
		}
	}
	if got := a.claim(task.Tenant{Contract: "c"}, need(10, 2)); got != (cost{10, 2}) {
		t.Errorf("another run claims %+v", got)
	}
}

// TestLimitsHold: whatever comes and goes, no tenant has more than its limits, and everybody gets in.
func TestLimitsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := yumen.TenantLimits{Runs: rapid.IntRange(0, 3).Draw(t, "runs"),
			MemoryPercent: rapid.IntRange(0, 100).Draw(t, "percent")}
		a := newAdmission(cost{100, 8})
		a.tenants = &tenant.Current{}
		a.tenants.Set(tenant.Table{EachOrganisation: limits, EachContract: yumen.TenantLimits{Runs: 2}})
		var mu sync.Mutex
		used := map[tenant.Key]share{}
		var all sync.WaitGroup
		for range rapid.IntRange(1, 30).Draw(t, "number") {
			of := task.Tenant{Contract: rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "contract"),
				Organisation: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "organisation")}
			memory := rapid.Int64Range(1, 120).Draw(t, "memory")
			all.Go(func() {
				leave, err := a.enter(context.Background(), of, need(yumen.Size(memory), 1))
				if err != nil {
					panic(err)
				}
				mine := min(memory, 100)
				count := func(by int) {
					mu.Lock()
					defer mu.Unlock()
					for _, k := range keysOf(of) {
						used[k] = share{used[k].runs + by, used[k].memory + int64(by)*mine}
						l := a.tenants.Of(k, of.Quotas)
						if u := used[k]; l.Runs > 0 && u.runs > l.Runs || l.MemoryPercent > 0 && u.runs > 1 &&
							u.memory > int64(l.MemoryPercent) {
							panic("over the limit of " + k.Name)
						}
					}
				}
				count(1)
				runtime.Gosched()
				count(-1)
				leave()
			})
		}
		all.Wait()
		if a.free != a.all || len(a.turns) != 0 || len(a.used) != 0 {
			t.Fatalf("left: %+v", a)
		}
	})
}

// What tenants use is listed by tenant, and by nothing else.
func TestTenants(t *testing.T) {
	h := &Host{admission: newAdmission(cost{10, 1})}
	leave, err := h.admission.enter(t.Context(), task.Tenant{Contract: "c", Organisation: "lab"}, need(4, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	want := []tenant.Use{{Key: tenant.Key{Kind: tenant.Contract, Name: "c"}, Runs: 1, Memory: 4},
		{Key: tenant.Key{Kind: tenant.Organisation, Name: "lab"}, Runs: 1, Memory: 4}}
	if got := h.Tenants(); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

// TestKeptRunsWaitForEachOther: runs that keep their place until a deadline wait for each other, and what is small, or
// continues a job, passes those that wait.
func TestKeptRunsWaitForEachOther(t *testing.T) {
	a := newAdmission(cost{100, 4 * runtime.NumCPU()})
	of := task.Tenant{Contract: "c", Keeps: 200 * time.Millisecond}
	all := need(1, runtime.NumCPU())
	began := time.Now()
	const many = 4
	ended := make(chan time.Duration, many)
	for range many {
		go func() {
			leave, err := a.enter(context.Background(), of, all)
			ended <- time.Since(began)
			if err == nil {
				leave()
			}
		}()
	}
	for waitingIn(a) < many-1 {
		runtime.Gosched()
	}
	for _, other := range []task.Tenant{{}, {Contract: "d"}, {Contract: "c", Ahead: true}, {Contract: "c"}} {
		leave, err := a.enter(t.Context(), other, need(1, 1))
		if took := time.Since(began); err != nil || took > of.Keeps {
			t.Errorf("%+v waits for %s, %v", other, took, err)
			continue
		}
		leave()
	}
	for i := range many {
		if took := <-ended; took < time.Duration(i)*of.Keeps {
			t.Errorf("the run %d began after %s", i, took)
		}
	}
}

// TestAhead: what goes ahead is let in before runs that wait longer, in its own order.
func TestAhead(t *testing.T) {
	var queue []*ticket
	for i, ahead := range []bool{false, true, false, true, true} {
		queue = queued(queue, &ticket{tenant: task.Tenant{Contract: strconv.Itoa(i), Ahead: ahead}})
	}
	var got string
	for _, q := range queue {
		got += q.tenant.Contract
	}
	if got != "13402" {
		t.Errorf("in the order %s", got)
	}
}
