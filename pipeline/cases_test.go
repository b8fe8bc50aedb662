package pipeline_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Of two decisions at the same time one is taken, and the other is told how the case stands by then.
func TestTwoDecideAtOnce(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	if _, err := s.SignPack(t.Context(), regulator, "p.yaml", place(1, "3y"), false); err != nil {
		t.Fatal(err)
	}
	c, err := s.OpenCase(t.Context(), analyst, api.NewCase{Type: "objection", Fields: map[string]string{"内容": "数据有误"}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var taken, late atomic.Int32
	for _, decision := range []string{"pass", "refuse", "pass", "refuse"} {
		wg.Go(func() {
			_, err := s.ActOnCase(t.Context(), regulator, c.ID, api.CaseAct{Kind: "decide", Decision: decision, Reason: "查实"})
			switch {
			case err == nil:
				taken.Add(1)
			case yumen.KindOf(err) == yumen.KindConflict:
				late.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 1 || late.Load() != 3 {
		t.Errorf("%d were taken, %d came late", taken.Load(), late.Load())
	}
	if n := len(d.logged(yumen.ActionCaseAct)); n != 1 {
		t.Errorf("%d decisions are in the log", n)
	}
}

// The revision by which a case was opened rules it to its end. A draft opens a case only where it is named, and a
// pack that is over none.
func TestRulesOfACase(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	sign := func(text string, trial bool) {
		t.Helper()
		if _, err := s.SignPack(t.Context(), regulator, "p.yaml", []byte(text), trial); err != nil {
			t.Fatal(err)
		}
	}
	open := func(pack string) (api.OfficeCase, error) {
		return s.OpenCase(t.Context(), analyst, api.NewCase{Type: "objection", Pack: pack, Fields: map[string]string{"内容": "数据有误"}})
	}
	if c, err := s.OpenCase(t.Context(), analyst, api.NewCase{Type: "complaint"}); err != nil || c.Pack.ID != "default" {
		t.Errorf("where no pack was signed: %+v, %v", c.Pack, err)
	}
	draft := strings.NewReplacer("in_force", "draft", "2025-01-01", "null", "5wd", "1wd").Replace(string(place(3, "1mo")))
	sign(draft, true)
	if _, err := open(""); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("by a draft: %v", err)
	}
	if c, err := open("cn-place"); err != nil || !c.Pack.Trial || c.Pack.Revision != 3 {
		t.Errorf("on trial: %+v, %v", c.Pack, err)
	}
	if _, err := s.OpenCase(t.Context(), analyst, api.NewCase{Type: "complaint"}); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("by the default, though a pack was signed: %v", err)
	}
	sign(strings.Replace(string(place(4, "3y")), "5wd", "6wd", 1), false)
	first, err := open("")
	if err != nil {
		t.Fatal(err)
	}
	sign(strings.Replace(string(place(5, "3y")), "5wd", "60wd", 1), false)
	second, err := open("cn-place")
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.OfficeCase(t.Context(), analyst, first.ID)
	if err != nil || again.Pack.Revision != 4 || again.Steps[0].Due != first.Steps[0].Due || second.Steps[0].Due <= first.Steps[0].Due {
		t.Errorf("first %+v, then %+v; the second %+v; %v", first.Steps, again.Steps, second.Steps, err)
	}
	if all, err := s.OfficeCases(t.Context(), provider); err != nil || len(all) != 0 {
		t.Errorf("somebody whom they do not concern sees %+v, %v", all, err)
	}
}
