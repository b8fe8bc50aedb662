package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// ids returns the ids that a query finds, after checking that Count agrees.
func ids(t *testing.T, s store.State, q store.Query) []string {
	t.Helper()
	page, err := s.Select(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, r := range page.Records {
		if r.Kind != q.Kind || r.Rev < 1 || len(r.Body) == 0 {
			t.Errorf("%+v: found %+v", q, r)
		}
		got = append(got, r.ID)
	}
	if n, err := s.Count(t.Context(), q); err != nil || n != len(got) && q.Limit == 0 {
		t.Errorf("%+v: counted %d, %v; found %d", q, n, err, len(got))
	}
	return got
}

func byPrefix(t *testing.T, open func() store.State) {
	s := open()
	for _, id := range []string{"b/2", "b/1", "b_/1", "%/1", "中/1", "丮", "a\uD7FF", "a\uD7FFx", "a\uE000", "\U0010FFFF",
		"\U0010FFFFa"} {
		write(t, s, record(store.Version, id, 0, `{}`))
	}
	write(t, s, record(store.Job, "b/3", 0, `{}`))
	for prefix, want := range map[string][]string{
		"": {"%/1", "a\uD7FF", "a\uD7FFx", "a\uE000", "b/1", "b/2", "b_/1", "中/1", "丮", "\U0010FFFF",
			"\U0010FFFFa"},
		"b/":      {"b/1", "b/2"},
		"%":       {"%/1"},
		"中":       {"中/1"},
		"a\uD7FF": {"a\uD7FF", "a\uD7FFx"}, "\U0010FFFF": {"\U0010FFFF", "\U0010FFFFa"},
		"x": {},
	} {
		if diff := cmp.Diff(want, ids(t, s, store.Query{Kind: store.Version, Prefix: prefix})); diff != "" {
			t.Errorf("prefix %q: %s", prefix, diff)
		}
	}
}

func byBody(t *testing.T, open func() store.State) {
	s := open()
	for id, body := range map[string]string{
		"j-1-a": `{"state":"held","spec":{"contract":"c"},"submitter":{"name":"ann"}}`,
		"j-1-b": `{"state":"released","spec":{"contract":"c"},"submitter":{"name":"bob"}}`,
		"j-2-c": `{"state":"running","spec":{"contract":"c"},"submitter":{"name":"ann"}}`,
		"j-2-d": `{"state":"held","spec":{"contract":"d"},"submitter":{"name":"ann"}}`,
		"j-3-e": `{}`,
	} {
		write(t, s, record(store.Job, id, 0, body))
	}
	write(t, s, record(store.Release, "r", 0, `{"contract":"c"}`))
	for _, c := range []struct {
		q    store.Query
		want []string
	}{
		{store.Query{States: []yumen.State{"held", "running", "held"}}, []string{"j-1-a", "j-2-c", "j-2-d"}},
		{store.Query{Contract: "c"}, []string{"j-1-a", "j-1-b", "j-2-c"}},
		{store.Query{Contract: "c", Prefix: "j-1"}, []string{"j-1-a", "j-1-b"}},
		{store.Query{Contract: "c", States: []yumen.State{"held"}}, []string{"j-1-a"}},
		{store.Query{Submitter: "ann", States: []yumen.State{"held"}}, []string{"j-1-a", "j-2-d"}},
		{store.Query{Submitter: "ann", Contract: "d"}, []string{"j-2-d"}},
		{store.Query{Submitter: "nobody"}, []string{}},
	} {
		c.q.Kind = store.Job
		if diff := cmp.Diff(c.want, ids(t, s, c.q)); diff != "" {
			t.Errorf("%+v: %s", c.q, diff)
		}
	}
	if got := ids(t, s, store.Query{Kind: store.Release, Contract: "c"}); !slices.Equal(got, []string{"r"}) {
		t.Errorf("releases of the contract: %v", got)
	}
}

func byTime(t *testing.T, open func() store.State) {
	s := open()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	times := map[string]time.Duration{"e": 0, "d": 120 * time.Millisecond, "c": 123 * time.Millisecond,
		"b": time.Second, "a": time.Second, "f": 2 * time.Second}
	for id, after := range times {
		write(t, s, record(store.Job, id, 0,
			fmt.Sprintf(`{"state":"held","updated":%q}`, at.Add(after).Format(time.RFC3339Nano))))
	}
	write(t, s, record(store.Job, "none", 0, `{"state":"held"}`))
	want := []string{"e", "d", "c", "a", "b", "f"}
	for _, states := range [][]yumen.State{nil, {"held"}, {"held", "running"}} {
		if got := ids(t, s, store.Query{Kind: store.Job, States: states, Order: store.ByUpdated}); !slices.Equal(got,
			want) {
			t.Errorf("in states %v: %v", states, got)
		}
	}
}

func pages(t *testing.T, open func() store.State) {
	s := open()
	var puts []store.Record
	for i := range 50 {
		st := []yumen.State{"held", "running", "released"}[rand.N(3)]
		puts = append(puts, record(store.Job, fmt.Sprint(i), 0, fmt.Sprintf(
			`{"state":%q,"updated":"2026-01-01T00:00:00.%dZ"}`, st, rand.N(9)+1)))
	}
	write(t, s, puts...)
	for _, order := range []store.Order{store.ByID, store.ByUpdated} {
		q := store.Query{Kind: store.Job, States: []yumen.State{"held", "running"}, Order: order}
		all := ids(t, s, q)
		for _, q.Limit = range []int{1, 7, len(all) - 1, len(all), len(all) + 1} {
			if q.Limit < 1 {
				continue
			}
			var got []string
			for q.After = ""; ; {
				page, err := s.Select(t.Context(), q)
				if err != nil || len(page.Records) > q.Limit {
					t.Fatalf("%d records, %v", len(page.Records), err)
				}
				for _, r := range page.Records {
					got = append(got, r.ID)
				}
				if q.After = page.Next; page.Next == "" {
					break
				}
			}
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("order %q, pages of %d: %s", order, q.Limit, diff)
			}
		}
	}
	if _, err := s.Select(t.Context(), store.Query{Kind: store.Job, Order: store.ByUpdated, After: "x"}); err == nil {
		t.Error("a page was begun at a place that is none")
	}
}

func revisions(t *testing.T, open func() store.State) {
	s := open()
	write(t, s, record(store.Job, "a", 0, `{}`), record(store.Vote, "a", 0, `{}`))
	write(t, s, record(store.Job, "a", 1, `{}`))
	got, err := s.Revisions(t.Context(), []store.Record{{Kind: store.Vote, ID: "a"}, {Kind: store.Job, ID: "b"},
		{Kind: store.Job, ID: "a"}, {Kind: store.Vote, ID: "a"}})
	if err != nil || !slices.Equal(got, []int64{1, 0, 2, 1}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// readsBeside reads while steps are written: each read sees whole steps, and those that were acknowledged before it.
func readsBeside(t *testing.T, open func() store.State) {
	s := open()
	write(t, s, record(store.Job, "a", 0, `{"n":0}`), record(store.Job, "b", 0, `{"n":0}`))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for last := int64(0); ; {
				page, err := s.Select(t.Context(), store.Query{Kind: store.Job})
				if err != nil || len(page.Records) != 2 || page.Records[0].Rev != page.Records[1].Rev ||
					page.Records[0].Rev < last {
					t.Errorf("read %+v after revision %d, %v", page.Records, last, err)
					return
				}
				last = page.Records[0].Rev
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for rev := int64(1); rev <= 50; rev++ {
		write(t, s, record(store.Job, "a", rev, `{}`), record(store.Job, "b", rev, `{}`))
		if got, err := s.Get(t.Context(), store.Job, "a"); err != nil || got.Rev != rev+1 {
			t.Errorf("read revision %d after %d was written, %v", got.Rev, rev+1, err)
		}
	}
	close(done)
	wg.Wait()
}
