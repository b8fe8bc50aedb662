package service_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/tenant"
	"github.com/yumen-data/yumen/service"
)

// doors are a limiter with a clock that a test sets, where lab's contract "study" has quotas.
type doors struct {
	*service.Limiter
	tenants tenant.Current
	now     time.Time
}

func newDoors(t tenant.Table, quotas yumen.TenantLimits) *doors {
	d := &doors{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	d.tenants.Set(t)
	d.Limiter = service.NewLimiter(&d.tenants, func(name, org string) (yumen.TenantLimits, bool) {
		return quotas, name == "study" && org == "lab"
	},
		func() time.Time { return d.now })
	return d
}

func each(l yumen.TenantLimits) tenant.Table { return tenant.Table{EachOrganisation: l} }

// use is what the limiter counts for a tenant.
func (d *doors) use(kind tenant.Kind, name string) tenant.Use {
	for _, u := range d.Tenants() {
		if u.Kind == kind && u.Name == name {
			return u
		}
	}
	return tenant.Use{}
}

// refused checks that a refusal says what is reached, by whom and what to do, in both languages, and nothing of others.
func refused(t *testing.T, err error, whose string) {
	t.Helper()
	if yumen.KindOf(err) != yumen.KindLimit || !strings.Contains(err.Error(), whose) ||
		!strings.Contains(yumen.AsError(err).In(yumen.LangChinese), whose) ||
		yumen.AsError(err).Fix.EN == "" || yumen.AsError(err).Fix.ZH == "" {
		t.Errorf("got %v", err)
	}
	if err != nil && strings.Contains(err.Error()+yumen.AsError(err).In(yumen.LangChinese), "%!") {
		t.Errorf("badly put: %v", err)
	}
	for _, other := range []string{"bureau", "lab"} {
		if err != nil && other != whose && strings.Contains(err.Error(), other) {
			t.Errorf("names %s: %v", other, err)
		}
	}
}

// A tenant has so many calls a second, whoever else calls. They come back with time.
func TestCallsPerSecond(t *testing.T) {
	d := newDoors(each(yumen.TenantLimits{CallsPerSecond: 10}), yumen.TenantLimits{})
	for range 10 {
		if err := d.Call("lab", ""); err != nil {
			t.Fatal(err)
		}
	}
	err := d.Call("lab", "")
	refused(t, err, "lab")
	if !strings.Contains(err.Error(), "in 100ms") {
		t.Errorf("does not say when: %v", err)
	}
	if err := d.Call("bureau", ""); err != nil {
		t.Errorf("another one: %v", err)
	}
	d.now = d.now.Add(100 * time.Millisecond)
	if err := d.Call("lab", ""); err != nil {
		t.Errorf("after the time it said: %v", err)
	}
	refused(t, d.Call("lab", ""), "lab")
	if got := d.use(tenant.Organisation, "lab").RefusedCalls; got != 2 {
		t.Errorf("%d refusals counted", got)
	}
}

// A call counts for contract and organisation, or for neither: what the one refuses costs the other nothing.
func TestCallCountsForBothOrNeither(t *testing.T) {
	d := newDoors(each(yumen.TenantLimits{CallsPerSecond: 3}), yumen.TenantLimits{CallsPerSecond: 2})
	for _, want := range []error{nil, nil} {
		if err := d.Call("lab", "study"); !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
	refused(t, d.Call("lab", "study"), "study")
	if err := d.Call("lab", ""); err != nil {
		t.Errorf("the organisation paid for a call that its contract refused: %v", err)
	}
	refused(t, d.Call("lab", "study"), "lab")
	d.now = d.now.Add(time.Second)
	if err := d.Call("lab", "study"); err != nil {
		t.Errorf("the contract paid for a call that the organisation was refused: %v", err)
	}
}

// Nobody uses up what others have by naming their contract.
func TestContractsOfOthers(t *testing.T) {
	d := newDoors(tenant.Table{}, yumen.TenantLimits{CallsPerSecond: 1, Connections: 1, Spool: 1})
	for range 5 {
		_, err1 := d.Connect("bureau", "study")
		_, err2 := d.Spool("bureau", "study", 1)
		if err := errors.Join(d.Call("bureau", "study"), err1, err2); err != nil {
			t.Fatal(err)
		}
	}
	_, err1 := d.Connect("lab", "study")
	_, err2 := d.Spool("lab", "study", 1)
	if err := errors.Join(d.Call("lab", "study"), err1, err2); err != nil {
		t.Errorf("somebody else used it up: %v", err)
	}
}

// A limit that is lowered or lifted counts from the next call on.
func TestCallLimitChanges(t *testing.T) {
	d := newDoors(each(yumen.TenantLimits{CallsPerSecond: 100}), yumen.TenantLimits{})
	if err := d.Call("lab", ""); err != nil {
		t.Fatal(err)
	}
	d.tenants.Set(each(yumen.TenantLimits{CallsPerSecond: 1}))
	d.now = d.now.Add(time.Second)
	if err := d.Call("lab", ""); err != nil {
		t.Fatal(err)
	}
	refused(t, d.Call("lab", ""), "lab")
	d.tenants.Set(each(yumen.TenantLimits{}))
	for range 1000 {
		if err := d.Call("lab", ""); err != nil {
			t.Fatal(err)
		}
	}
}

// Connections count until they are left, once, however often that is said. Those of nobody in particular are limited
// together.
func TestConnections(t *testing.T) {
	d := newDoors(each(yumen.TenantLimits{Connections: 2}), yumen.TenantLimits{})
	leave, err := d.Connect("lab", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Connect("lab", ""); err != nil {
		t.Fatal(err)
	}
	_, err = d.Connect("lab", "")
	refused(t, err, "lab")
	if _, err := d.Connect("bureau", ""); err != nil {
		t.Error(err)
	}
	leave()
	leave()
	if got := d.use(tenant.Organisation, "lab"); got.Connections != 1 || got.RefusedConnections != 1 {
		t.Errorf("counted %+v", got)
	}
	for range 2 {
		if _, err := d.Connect("", ""); err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.Connect("", "")
	refused(t, err, "")
}

// Uploads of a tenant take so much together until they are freed, and a size that no limit can hold does not wrap
// around.
func TestSpool(t *testing.T) {
	d := newDoors(each(yumen.TenantLimits{Spool: 100}), yumen.TenantLimits{Spool: 50})
	free, err := d.Spool("lab", "study", 50)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Spool("lab", "study", 1)
	refused(t, err, "study")
	_, err = d.Spool("lab", "", 51)
	refused(t, err, "lab")
	_, err = d.Spool("lab", "", 1<<62)
	refused(t, err, "lab")
	if _, err := d.Spool("lab", "", 50); err != nil {
		t.Error(err)
	}
	free()
	if got := d.use(tenant.Contract, "study"); got.Spool != 0 || got.RefusedSpool != 1 {
		t.Errorf("counted %+v", got)
	}
	if got := d.use(tenant.Organisation, "lab"); got.Spool != 50 || got.RefusedSpool != 2 {
		t.Errorf("counted %+v", got)
	}
}

// Names that callers make up are not remembered.
func TestMadeUpContracts(t *testing.T) {
	d := newDoors(tenant.Default(), yumen.TenantLimits{})
	for range 1000 {
		if err := d.Call("lab", strings.Repeat("x", len(d.Tenants())+1)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(d.Tenants()); n != 1 {
		t.Errorf("%d tenants", n)
	}
}

// Whatever comes at once, no limit is passed, and nothing is left behind.
func TestManyAtOnce(t *testing.T) {
	d := newDoors(each(yumen.TenantLimits{Connections: 5, Spool: 500}), yumen.TenantLimits{Connections: 3})
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			contract := []string{"", "study"}[i%2]
			leave, err1 := d.Connect("lab", contract)
			free, err2 := d.Spool("lab", contract, 100)
			if u := d.use(tenant.Organisation, "lab"); u.Connections > 5 || u.Spool > 500 {
				t.Errorf("over the limit: %+v", u)
			}
			if u := d.use(tenant.Contract, "study"); u.Connections > 3 {
				t.Errorf("over the limit: %+v", u)
			}
			if err1 == nil {
				leave()
			}
			if err2 == nil {
				free()
			}
		})
	}
	wg.Wait()
	for _, u := range d.Tenants() {
		if u.Connections != 0 || u.Spool != 0 {
			t.Errorf("left: %+v", u)
		}
	}
}
