package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/service"
	"github.com/yumen-data/yumen/store"
)

// logOf makes a log of n entries and the service that reads it.
func logOf(t *testing.T, n int) (*service.Service, *audit.Key) {
	t.Helper()
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Create(filepath.Join(t.TempDir(), "log"), key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	for i := 0; i < n; i += 100 {
		var es []yumen.Entry
		for k := i; k < min(i+100, n); k++ {
			es = append(es, yumen.Entry{At: time.UnixMilli(1).UTC(), Actor: "p", Action: yumen.ActionJobHold,
				Subject: fmt.Sprint(k)})
		}
		if _, err := log.AppendAll(es...); err != nil {
			t.Fatal(err)
		}
	}
	return service.New(pipeline.Reader(noJobs{}, log.Entries, nil, rules), knowing(access.LocalAsserted), rules,
		func() (*audit.Log, error) { return log, nil }), key
}

// noJobs is a state without any record.
type noJobs struct{ store.State }

func (noJobs) Get(context.Context, store.Kind, string) (store.Record, error) {
	return store.Record{}, yumen.Errorf(yumen.KindNotFound, "no record", "无记录")
}

func (noJobs) Select(context.Context, store.Query) (store.Page, error) { return store.Page{}, nil }

// Pages hold every entry once, in order, from wherever one begins, and no more of them than a page may hold; every
// entry is proven by the public key of the log alone, and another entry is not.
func TestEntriesArePagedWithProofs(t *testing.T) {
	const n = 2345
	s, key := logOf(t, n)
	regulator := api.Asserted(yumen.Actor{Name: "r", Roles: []yumen.Role{yumen.RoleRegulator}})
	for _, c := range []struct {
		q     api.LogQuery
		first int64
		pages int
	}{{api.LogQuery{}, 0, 3}, {api.LogQuery{Limit: 1000000}, 0, 3}, {api.LogQuery{From: 2000, Limit: 100}, 2000, 4},
		{api.LogQuery{From: -3, Limit: 2, Proofs: true}, n - 3, 2}, {api.LogQuery{From: -n - 5}, 0, 3},
		{api.LogQuery{From: n}, n, 1}} {
		q, next, pages := c.q, c.first, 0
		for more := true; more; pages++ {
			p, err := s.Entries(t.Context(), regulator, q)
			if err != nil || p.Size != n || len(p.Entries) > api.MaxLogPage {
				t.Fatalf("%+v: %d entries of %d, %v", q, len(p.Entries), p.Size, err)
			}
			for _, e := range p.Entries {
				if e.Index != next || e.Entry.Subject != fmt.Sprint(next) {
					t.Fatalf("%+v: entry %d of %s, want %d", q, e.Index, e.Entry.Subject, next)
				}
				next++
				if q.Proofs {
					checkProof(t, e, key)
				}
			}
			q.From, more = p.Next, p.Next > 0
		}
		if next != n || pages != c.pages {
			t.Errorf("%+v: read up to %d in %d pages, want %d", c.q, next, pages, c.pages)
		}
	}
	for name, by := range map[string]yumen.Actor{"an analyst": {Name: "a", Roles: []yumen.Role{yumen.RoleAnalyst}},
		"a reviewer": {Name: "v", Roles: []yumen.Role{yumen.RoleReviewer}}} {
		for _, q := range []api.LogQuery{{}, {From: -1}} {
			if _, err := s.Entries(t.Context(), api.Asserted(by), q); yumen.KindOf(err) != yumen.KindDenied {
				t.Errorf("%s reads %+v: %v", name, q, err)
			}
		}
	}
}

// Entries that tell of the checks of jobs are shown to those alone who may see findings; an administrator learns their
// numbers, and of no job anything but that it was submitted, planned and released.
func TestEntriesOfChecksAreWithheld(t *testing.T) {
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Create(filepath.Join(t.TempDir(), "log"), key)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the test is over
	shown := map[yumen.AuditAction]bool{yumen.ActionJobSubmit: true, yumen.ActionJobPlan: true,
		yumen.ActionRelease: true, yumen.ActionJobRun: false, yumen.ActionJobHold: false, yumen.ActionJobCheck: false,
		yumen.ActionJobFix: false, yumen.ActionJobReject: false, yumen.ActionJobCancel: false,
		yumen.ActionReviewApprove: false, "job.invented": false}
	for act := range shown {
		if _, err := log.AppendAll(yumen.Entry{At: time.UnixMilli(1).UTC(), Actor: "p", Action: act,
			Subject: "j-20260131-k3f9x2"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := log.AppendAll(yumen.Entry{At: time.UnixMilli(1).UTC(), Actor: "p", Action: yumen.ActionRoleGrant,
		Subject: "j-zhang.san"}); err != nil { // whom nobody hides by a name like a job's
		t.Fatal(err)
	}
	s := service.New(pipeline.Reader(noJobs{}, log.Entries, nil, rules), knowing(access.LocalAsserted), rules,
		func() (*audit.Log, error) { return log, nil })
	for role, all := range map[yumen.Role]bool{yumen.RoleAdmin: false, yumen.RoleRegulator: true} {
		p, err := s.Entries(t.Context(), api.Asserted(yumen.Actor{Name: string(role)}), api.LogQuery{})
		if err != nil || len(p.Entries) != len(shown)+1 {
			t.Fatalf("%s: %d entries, %v", role, len(p.Entries), err)
		}
		seen := map[yumen.AuditAction]bool{}
		for _, e := range p.Entries {
			if e.Withheld && (e.Raw != nil || e.Proof != nil || e.Entry.Action != "" || !e.Entry.At.IsZero()) {
				t.Errorf("%s: %+v is withheld", role, e)
			}
			seen[e.Entry.Action] = !e.Withheld
		}
		for act, want := range shown {
			if seen[act] != (want || all) {
				t.Errorf("%s, %s: shown %v", role, act, seen[act])
			}
		}
		if !seen[yumen.ActionRoleGrant] {
			t.Errorf("%s does not see what people did", role)
		}
	}
	if _, err := s.Entries(t.Context(), api.Asserted(yumen.Actor{Name: "admin"}),
		api.LogQuery{Job: "j-1"}); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("an administrator follows a job: %v", err)
	}
}

func checkProof(t *testing.T, e api.LogEntry, key *audit.Key) {
	t.Helper()
	var p audit.Proof
	err := json.Unmarshal(e.Proof, &p)
	if err := errors.Join(err, p.Verify(key.Verifier())); err != nil || string(p.Entry) != string(e.Raw) ||
		p.Index != e.Index {
		t.Errorf("entry %d is not proven: %v", e.Index, err)
	}
	p.Entry = append(json.RawMessage(nil), p.Entry...)
	p.Entry[len(p.Entry)/2] ^= 1
	if p.Verify(key.Verifier()) == nil {
		t.Errorf("another entry is proven to be entry %d", e.Index)
	}
}
