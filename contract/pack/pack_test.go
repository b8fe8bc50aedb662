package pack

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/workday"
	"github.com/yumen-data/yumen/internal/goldentest"
)

const good = `pack: {id: cn-test, revision: 1, title: 试验办法, status: in_force, scope: [sharing], source: none}
valid: {from: 2025-01-01, until: 2026-12-31, after: {running: finish, new: needs_successor}}
under: {pack: cn-above, article: "27", rule: upper_prevails}
offices: {bureau: 主管部门, provider: 提供部门, provider_head: 提供部门负责人}
agreements:
  contract: {signers: [bureau, provider], max_term: {is: 3y, strength: 原则上, override: reason}, renew_from: -6mo}
cases:
  application:
    steps:
      - {id: form, by: bureau, article: "17.1", clock: {law: 3wd, from: applied, restarts: [completed]}, refuse: return_with_reason}
      - {id: answer, by: [bureau, provider], lead: bureau, after: form, clock: {law: 7wd, from: form.passed, stops: [consulted], extends: {law: 10wd, by: provider_head}}, refuse: legal_basis}
  objection: {opened_by: [person], to: provider, clock: {law: 5wd, from: accepted, assumed: true}}
  rectify: {opened_by: [bureau], to: provider, clock: {law: 30d, from: served}}
duties: [{by: provider, what: 报告, every: 1y}, {by: bureau, what: 计划, due: 02-28}]
log_years: 3
`

// Each rule for packs is broken once; what is said names it.
func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"an id in capitals":           {"cn-test", "CN", "name"},
		"revision 0":                  {"revision: 1", "revision: 0", "revision"},
		"no title":                    {"title: 试验办法", "title: \" \"", "missing"},
		"a status that is none":       {"in_force", "law", "unknown"},
		"a scope that is none":        {"[sharing]", "[taxes]", "unknown"},
		"no scope":                    {"[sharing]", "[]", "missing"},
		"a source that is no digest":  {"source: none", "source: md5", "source"},
		"in force without a day":      {"from: 2025-01-01", "from: null", "validity"},
		"ends before it begins":       {"until: 2026-12-31", "until: 2024-12-31", "validity"},
		"expired without an end":      {"in_force, ", "expired, ", ""},
		"under itself":                {"pack: cn-above", "pack: cn-test", "under"},
		"another rule of stacking":    {"upper_prevails", "local_prevails", "unknown"},
		"an office that is a person":  {"bureau: 主管部门", "bureau: 主管部门, person: 人", "name"},
		"an office that is not there": {"by: bureau, article", "by: centre, article", "unknown"},
		"an office twice":             {"by: [bureau, provider]", "by: [bureau, bureau]", "duplicate"},
		"no way to write an article":  {`"17.1"`, `"XVII"`, "article"},
		"a step twice":                {"id: answer", "id: form", "duplicate"},
		"a step after a later one":    {"after: form", "after: answer", "after"},
		"a lead that does not decide": {"lead: bureau", "lead: provider_head", "lead"},
		"a form of refusal":           {"return_with_reason", "silence", "unknown"},
		"a clock without a start":     {"law: 3wd, from: applied", "law: 3wd", "clock.from"},
		"law and house at once":       {"law: 3wd", "law: 3wd, house: 5wd", "clock"},
		"a clock of nothing":          {"law: 30d, from: served", "from: served", "clock"},
		"a clock that runs back":      {"law: 30d", "law: -30d", "span"},
		"a clock of a century":        {"law: 30d", "law: 100y", "span"},
		"no span":                     {"law: 30d", "law: soon", "type"},
		"zero days":                   {"law: 30d", "law: 0d", "type"},
		"an event of no step":         {"form.passed", "other.passed", "event"},
		"an event that is none":       {"from: served", "from: Served!", "event"},
		"extended by nobody":          {"by: provider_head}", "by: minister}", "unknown"},
		"extended by less":            {"extends: {law: 10wd", "extends: {law: -1wd", "span"},
		"one signer":                  {"[bureau, provider], max", "[provider], max", "signers"},
		"agreements in a circle": {"renew_from: -6mo}", "renew_from: -6mo, within: a}\n  a: {signers: [bureau, provider], within: b}\n  b: {signers: [bureau, provider], within: contract}",
			"within"},
		"a circle that another leads into": {"renew_from: -6mo}", "renew_from: -6mo, within: a}\n  a: {signers: [bureau, provider], within: b}\n  b: {signers: [bureau, provider], within: a}",
			"within"},
		"a term of less than nothing": {"is: 3y", "is: -3y", "span"},
		"passed over though absolute": {"strength: 原则上", "strength: 不得", "override"},
		"renewal after the end":       {"-6mo", "6mo", "renew_from"},
		"within what is not there":    {"signers: [bureau", "within: umbrella, signers: [bureau", "unknown"},
		"a duty of no rhythm":         {"every: 1y", "results: [好]", "every"},
		"no day of the year":          {"02-28", "13-01", "due"},
		"a log for two years":         {"log_years: 3", "log_years: 2", "log_years"},
		"another crypto":              {"log_years: 3", "log_years: 3\ncrypto: rot13", "unknown"},
		"an empty clause":             {"log_years: 3", "log_years: 3\nclauses: {\"17\": \"\"}", "missing"},
		"by and to":                   {"to: provider, clock: {law: 30d", "by: bureau, to: provider, clock: {law: 30d", "by"},
		"nobody decides":              {"to: provider, clock: {law: 30d", "clock: {law: 30d", "by"},
		"steps and a clock beside":    {"  application:\n", "  application:\n    clock: {law: 1d, from: x}\n", "steps"},
		"a key that is none":          {"log_years", "logs_years", "key.unknown"},
		"no cases":                    {"cases:\n", "case:\n", "key.unknown"},
		"a zone on no map":            {"log_years: 3", "log_years: 3\ncalendar: {tz: Asia/Atlantis}", "tz"},
		"the day of the event counts": {"log_years: 3", "log_years: 3\ncalendar: {event_day: included}", "unknown"},
	} {
		text := strings.Replace(good, c.old, c.new, 1)
		if text == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		_, err := Parse("p.yaml", []byte(text))
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		found := false
		if yumen.KindOf(err) == yumen.KindInvalid {
			for _, r := range yumen.AsError(err).Reasons {
				found = found || r.Rule == c.want && strings.HasPrefix(r.Place, "p.yaml:")
			}
		}
		if !found {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := Parse("p.yaml", []byte(good)); err != nil {
		t.Error(err)
	}
}

// FuzzParse: no text makes the reader fail otherwise than by saying why, and what it takes can be counted with.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	for _, p := range All() {
		f.Add(p.Text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse("p.yaml", text)
		if err != nil {
			if yumen.KindOf(err) != yumen.KindInvalid {
				t.Fatalf("%v", err)
			}
			return
		}
		count := func(k *Clock, e Events) (Due, error) { return p.Due(k, e, workday.Embedded()) }
		if _, err := p.Table(count, []yumen.Day{"2026-11-30"}); err != nil {
			t.Fatal(err)
		}
	})
}

func parsed(t *testing.T, text string) Pack {
	t.Helper()
	p, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What happens to a clock: completions start it anew, consultation stops it, it is made longer once.
func TestClock(t *testing.T) {
	p := parsed(t, good)
	form, answer, rectify := p.Cases["application"].Steps[0].Clock, p.Cases["application"].Steps[1].Clock,
		p.Cases["rectify"].Clock
	day := func(d yumen.Day) *yumen.Day { return &d }
	for name, c := range map[string]struct {
		clock *Clock
		e     Events
		want  yumen.Day
	}{
		"plain":                      {form, Events{Start: "2026-11-30"}, "2026-12-03"},
		"completed":                  {form, Events{Start: "2026-11-30", Restarts: []yumen.Day{"2026-12-02"}}, "2026-12-07"},
		"completed twice":            {form, Events{Start: "2026-11-30", Restarts: []yumen.Day{"2026-12-04", "2026-12-02"}}, "2026-12-09"},
		"stopped":                    {answer, Events{Start: "2026-11-30", Stops: []Stop{{"2026-12-01", day("2026-12-03")}}}, "2026-12-11"},
		"stopped over a weekend":     {answer, Events{Start: "2026-11-30", Stops: []Stop{{"2026-12-04", day("2026-12-06")}}}, "2026-12-09"},
		"stopped twice, overlapping": {answer, Events{Start: "2026-11-30", Stops: []Stop{{"2026-12-02", day("2026-12-04")}, {"2026-12-01", day("2026-12-03")}}}, "2026-12-14"},
		"stopped before it began":    {answer, Events{Start: "2026-11-30", Stops: []Stop{{"2026-11-20", day("2026-11-30")}}}, "2026-12-09"},
		"extended":                   {answer, Events{Start: "2026-11-30", Extended: true}, "2026-12-23"},
		"natural days, rolled":       {rectify, Events{Start: "2026-09-01"}, "2026-10-08"},
		"natural days, stopped":      {rectify, Events{Start: "2026-11-02", Stops: []Stop{{"2026-11-10", day("2026-11-12")}}}, "2026-12-04"},
	} {
		if d, err := p.Due(c.clock, c.e, workday.Embedded()); err != nil || d.Day != c.want || d.Basis != ByLaw {
			t.Errorf("%s: %+v, %v, want %s", name, d, err, c.want)
		}
	}
	if d, err := p.Due(answer, Events{Start: "2026-11-30", Stops: []Stop{{From: "2026-12-01"}}},
		workday.Embedded()); err != nil || !d.Stopped || d.Day != "" {
		t.Errorf("still stopped: %+v, %v", d, err)
	}
	if _, err := p.Due(answer, Events{Start: "2026-11-30", Stops: []Stop{{"2026-12-03", day("2026-12-01")}}},
		workday.Embedded()); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("goes on before it stops: %v", err)
	}
	if _, err := p.Due(form, Events{Start: "2026-11-30", Extended: true}, workday.Embedded()); yumen.KindOf(err) !=
		yumen.KindDenied {
		t.Errorf("made longer though it cannot be: %v", err)
	}
	if d, err := p.Due(nil, Events{Start: "2026-11-30"}, workday.Embedded()); err != nil || d.Basis != NoClock {
		t.Errorf("no clock: %+v, %v", d, err)
	}
	set := &Clock{SetBy: "bureau"}
	if d, err := p.Due(set, Events{Start: "2026-11-30", Set: Span{10, Days}}, workday.Embedded()); err != nil ||
		d.Day != "2026-12-10" || d.Basis != BySet {
		t.Errorf("set for the case: %+v, %v", d, err)
	}
}

// A pack opens no case before it holds or after, and a draft on trial alone.
func TestHolds(t *testing.T) {
	xm, err := Find("cn-xm-sharing-opening")
	if err != nil {
		t.Fatal(err)
	}
	draft, err := Find("cn-sjz-operation")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p     *Pack
		on    yumen.Day
		trial bool
		ok    bool
	}{
		{&xm.Pack, "2023-12-27", false, false}, {&xm.Pack, "2023-12-28", false, true}, {&xm.Pack, "2025-12-27", false, true},
		{&xm.Pack, "2025-12-28", false, false}, {&xm.Pack, "2025-12-28", true, false},
		{&draft.Pack, "2026-01-01", false, false}, {&draft.Pack, "2026-01-01", true, true},
	} {
		if err := c.p.Holds(c.on, c.trial); (err == nil) != c.ok || err != nil && yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("%s on %s: %v", c.p.Head.ID, c.on, err)
		}
	}
	// what was opened on the last day is decided after it
	step := xm.Cases["opening_application"].Steps[0]
	if d, err := xm.Due(step.Clock, Events{Start: "2025-12-25"}, workday.Embedded()); err != nil || d.Day != "2025-12-30" {
		t.Errorf("%+v, %v", d, err)
	}
	late := time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)
	if d := xm.Today(late); d != "2026-12-01" {
		t.Errorf("in Shanghai it is %s", d)
	}
}

// What the pack above rules otherwise is displaced, and said; what it says nothing of stays.
//
// Duty 167 (SJZ27 XX84): the law above prevails.
func TestStack(t *testing.T) {
	local := parsed(t, good)
	upper := parsed(t, strings.NewReplacer("id: cn-test", "id: cn-above", "pack: cn-above", "pack: cn-top", "law: 5wd", "law: 10wd",
		"law: 3wd", "law: none, house: 9wd", "refuse: legal_basis", "refuse: written_reason", "provider, clock: {law: 30d",
		"bureau, clock: {law: 20d", "log_years: 3", "log_years: 5", "  objection:",
		"  complaint: {opened_by: [person], to: bureau, clock: {law: 10wd, from: received}}\n  objection:").Replace(good))
	out, gone, err := local.Stack(&upper)
	if err != nil {
		t.Fatal(err)
	}
	want := []Displaced{
		{"cases.application.answer.refuse", "legal_basis", "written_reason", ""},
		{"cases.objection.clock", "5wd from accepted", "10wd from accepted", ""},
		{"cases.rectify.steps", "provider", "bureau", ""}, {"log_years", "3", "5", ""},
	}
	if diff := cmp.Diff(want, gone); diff != "" {
		t.Error(diff)
	}
	if out.Cases["objection"].Clock.Law.N != 10 || local.Cases["objection"].Clock.Law.N != 5 ||
		out.Cases["application"].Steps[0].Clock.Law.N != 3 || out.Cases["complaint"].Clock == nil || out.LogYears != 5 ||
		out.Cases["rectify"].Clock.Law.N != 20 || local.Cases["application"].Steps[1].Refuse != RefuseLegal {
		t.Errorf("%+v", out)
	}
	if _, _, err := upper.Stack(&local); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("the other way round: %v", err)
	}
}

func TestCite(t *testing.T) {
	for in, want := range map[string]string{"16": "第16条", "16.2": "第16条第2款", "23(四)": "第23条第(四)项", "10.4a": "第10条第4款",
		"elsewhere": "elsewhere"} {
		if got := Cite(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// The days for which the table of due days is kept: ordinary ones, before and in long holidays, at ends of months and years,
// on worked weekends, and beyond the announced years.
var tableDays = []yumen.Day{"2023-12-28", "2024-02-08", "2025-01-27", "2025-09-30", "2025-12-25", "2026-02-13", "2026-02-28",
	"2026-05-09", "2026-09-28", "2026-11-30", "2026-12-30", "2027-02-04"}

// TestTable keeps by when and by whom each kind of case of each pack is decided. The same table is counted by a script of
// another language with another source of working days (check_due.py).
func TestTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("pack\tcase\tstep\tarticle\tby\tevent\ton\tclock\tbasis\tdue\tprovisional\trefuse\n")
	rows := 0
	for _, p := range All() {
		list, err := p.Table(func(k *Clock, e Events) (Due, error) { return p.Due(k, e, workday.Embedded()) }, tableDays)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			rows++
			fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%v\t%s\n", r.Pack, r.Case, r.Step, r.Article,
				strings.Join(r.By, "+"), r.Event, r.On, r.Clock, r.Basis, r.Day, r.Provisional, r.Refuse)
		}
	}
	if rows < 300 {
		t.Errorf("%d rows", rows)
	}
	goldentest.File(t, "testdata/due.tsv", []byte(b.String()))
}
