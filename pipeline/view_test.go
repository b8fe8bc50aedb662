package pipeline

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/task"
)

var (
	asker   = yumen.Actor{Name: "asker", Org: "lab", Roles: []yumen.Role{yumen.RoleAnalyst}}
	doubled = yumen.Actor{Name: "asker", Org: "lab",
		Roles: []yumen.Role{yumen.RoleAnalyst, yumen.RoleReviewer, yumen.RoleRegulator}}
	stranger = yumen.Actor{Name: "other", Org: "lab",
		Roles: []yumen.Role{yumen.RoleAnalyst, yumen.RoleProvider, yumen.RoleOperator, yumen.RoleApplicant,
			yumen.RoleAdmin}}
)

// fill sets everything that v holds to something.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(7)
	case reflect.Float64:
		v.SetFloat(7)
	case reflect.Bool:
		v.SetBool(true)
	}
}

func full(state yumen.State) *api.Job {
	all := &api.Job{}
	fill(reflect.ValueOf(all).Elem())
	all.Error.Cause, all.Shown = nil, time.Time{}
	all.State, all.Class, all.Submitter = state, yumen.ClassAggregate, asker
	return all
}

// fields names what is told: the top-level names of the JSON.
func fields(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	m := map[string]json.RawMessage{}
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(slices.Sorted(maps.Keys(m)), " ")
}

const (
	toAll   = "class created engine id notice program release spec state submitter updated" // program is empty
	toAsker = "attempts class contract_digest created engine error id notice plan privacy program recurs release spec state submitter updated versions"
	toJudge = "artifact artifacts attempts class contract_digest created engine error figures fixes id independent notice plan privacy program recurs release review rounds spec state submitter updated versions"
)

// looker shows jobs by the rules that ship.
var looker = &Service{cfg: Config{Rules: defaultRules()}}

// Of a job of which everything is set, each is told what the table says, and a field that is new to a job is told to
// nobody before the table has a line for it.
func TestShown(t *testing.T) {
	judge := yumen.Actor{Name: "judge", Roles: []yumen.Role{yumen.RoleReviewer}}
	watch := yumen.Actor{Name: "watch", Roles: []yumen.Role{yumen.RoleRegulator}}
	for _, c := range []struct {
		by    yumen.Actor
		state yumen.State
		want  string
	}{
		{yumen.Actor{}, yumen.StateInReview, toAll}, {stranger, yumen.StateInReview, toAll},
		{stranger, yumen.StateReleased, toAll}, {stranger, yumen.StateRejected, toAll},
		{asker, yumen.StateInReview, toAsker}, {asker, yumen.StateRejected, toAsker},
		{asker, yumen.StateApproved, toAsker}, {doubled, yumen.StateInReview, toAsker},
		{asker, yumen.StateReleased, strings.Replace(toAsker, " id", " fixes id", 1)},
		{judge, yumen.StateInReview, toJudge}, {watch, yumen.StateRejected, toJudge},
	} {
		all := full(c.state)
		if diff := cmp.Diff(c.want, fields(t, looker.viewFor(c.by, all))); diff != "" {
			t.Errorf("%s (%v), %s:\n%s", c.by.Name, c.by.Roles, c.state, diff)
		}
		if got := fields(t, looker.jobViewFor(c.by, all.Job)); strings.Contains(got, "rounds") != (c.want == toJudge) {
			t.Errorf("%s: a job alone tells %s", c.by.Name, got)
		}
	}
	if got := looker.viewFor(stranger, full(yumen.StateInReview)).Spec; !reflect.DeepEqual(got,
		yumen.JobSpec{Name: "x", Contract: "x"}) {
		t.Errorf("a stranger is told of the job as submitted: %+v", got)
	}
}

// While checks and fixes take turns, nothing that is told changes.
func TestRoundsAreNotSeenFromOutside(t *testing.T) {
	var last string
	states := []yumen.State{yumen.StateRunning, yumen.StateHeld, yumen.StateFixing, yumen.StateHeld,
		yumen.StateProtected, yumen.StateHeld}
	for i, state := range append(states, append([]yumen.State{yumen.StatePlanned}, states...)...) { // figures first
		all := full(state)
		all.Figures, all.Attempts = i >= len(states), 1
		if state == yumen.StatePlanned {
			all.Attempts = 0
		}
		all.Updated, all.Rounds, all.Artifact = time.Unix(int64(100+i), 0), i, yumen.DigestOf([]byte{byte(i)})
		b, err := json.Marshal(looker.viewFor(asker, all))
		if err != nil || i > 0 && string(b) != last {
			t.Errorf("%s shows: %v\n%s\n%s", state, err, last, b)
		}
		last = string(b)
	}
}

// What is told of class dp comes from a noisy table, so its submitter is told all of it; the class alone does not make
// it so.
func TestNoiseIsShown(t *testing.T) {
	all := full(yumen.StateInReview)
	all.Class = yumen.ClassDP
	for _, plan := range []string{`{}`, `{"private":null}`, `[]`} {
		if all.Plan = json.RawMessage(plan); fields(t, looker.viewFor(asker, all)) != toAsker {
			t.Errorf("plan %s: %s", plan, fields(t, looker.viewFor(asker, all)))
		}
	}
	b, err := json.Marshal(planned{Private: &privatePlan{Question: task.Question{Unit: "person"}}})
	if all.Plan = b; err != nil || fields(t, looker.viewFor(asker, all)) != toJudge ||
		fields(t, looker.viewFor(stranger, all)) != toAll {
		t.Errorf("%v: %s; %s", err, fields(t, looker.viewFor(asker, all)), fields(t, looker.viewFor(stranger, all)))
	}
}

// What was fixed in the cells is told by no count: LIMIT and HAVING may keep it out of the file.
func TestFixesOfCellsAreNotShown(t *testing.T) {
	suppressed := yumen.Fix{Technique: yumen.TechniqueSuppress, Changed: 5}
	masked := yumen.Fix{Technique: yumen.TechniqueMask, Changed: 3}
	rounded := yumen.Fix{Technique: yumen.TechniqueRound, Changed: 7}
	got := releasedFixes([]yumen.Artifact{{Cells: true}, {Cells: true, Fixes: []yumen.Fix{suppressed, rounded}}, {},
		{Fixes: []yumen.Fix{masked, rounded}}, {Fixes: []yumen.Fix{masked}}})
	if d := cmp.Diff([]api.ReleasedFix{{Technique: yumen.TechniqueMask, Cells: 6},
		{Technique: yumen.TechniqueRound, Cells: 0}}, got); d != "" {
		t.Error(d)
	}
}

// docs/roles.md shows the table.
func TestShownDocument(t *testing.T) {
	got := "| of a job | whoever knows of it | its submitter | reviewers, regulators |\n|---|---|---|---|\n"
	for _, f := range facts {
		mark := map[bool]string{true: "shown", false: "–"}
		got += "| " + f.what + " | " + mark[f.who <= anybody] + " | " + mark[f.who <= submitter] + " | shown |\n"
	}
	goldentest.Part(t, "../docs/roles.md", "job view", got)
}
