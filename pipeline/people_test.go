package pipeline_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
)

// However a vote and the withdrawal of its voter's role come together, in one batch of the log too, no vote stands
// behind the withdrawal.
func TestVotesDoNotPassAWithdrawal(t *testing.T) {
	var slow atomic.Bool
	d := newDomain(t)
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) {
		c.People, c.Crash = nil, func(point string) {
			if point == "before-intent" && slow.Load() { // so that others queue up for the next batch
				time.Sleep(20 * time.Millisecond)
			}
		}
	})
	defer done()
	everybody := []yumen.Actor{provider, regulator, analyst, reviewer1, reviewer2,
		{Name: "reg2", Org: "bureau", Roles: []yumen.Role{yumen.RoleRegulator}}}
	if err := s.ImportPeople(t.Context(), everybody, yumen.DigestOf(nil)); err != nil {
		t.Fatal(err)
	}
	prepare(t, s, d.dir)
	voted := 0
	for i := range 16 {
		j := submit(t, s)
		slow.Store(true)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.AddOrg(t.Context(), regulator, api.NewOrg{Name: fmt.Sprint("org", i)}); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(5 * time.Millisecond)
		wg.Go(func() {
			if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove,
				"fine"); err == nil {
				voted++
			} else if yumen.KindOf(err) != yumen.KindDenied {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := s.WithdrawRole(t.Context(), regulator, reviewer1.Name, yumen.RoleReviewer); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		slow.Store(false)
		if _, err := s.GrantRole(t.Context(), regulator, reviewer1.Name, yumen.RoleReviewer); err != nil {
			t.Fatal(err)
		}
	}
	may := true
	for _, e := range d.logged("") {
		switch {
		case e.Action == yumen.ActionRoleWithdraw:
			may = false
		case e.Action == yumen.ActionRoleGrant:
			may = true
		case e.Action == yumen.ActionReviewApprove && !may:
			t.Errorf("a vote stands behind the withdrawal: %+v", e)
		}
	}
	if got := compared(t, s); got != "" {
		t.Error(got)
	}
	t.Logf("%d of 16 voted before", voted)
}
