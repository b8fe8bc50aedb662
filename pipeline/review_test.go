package pipeline_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

// A reviewer of class aggregate is shown the cells as they were checked last, the result made of them, both statements
// and both tables; which of the tables was looked at stands in the log.
func TestReviewOfCellsAndResult(t *testing.T) {
	d, e := newDomain(t), fixable(t)
	var shown []task.Task
	e[task.Preview] = func(tk task.Task, _ map[string]io.Writer) (any, error) {
		shown = append(shown, tk)
		return task.PreviewAnswer{}, nil
	}
	s, done := d.mustOpen(e)
	defer done()
	prepare(t, s, d.dir)
	j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
	if err == nil {
		_, err = s.Drive(t.Context(), reviewer1, j.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Case(t.Context(), reviewer1, j.ID)
	cells, result := c.Cells(), c.Current()
	if err != nil || c.Emitted == "" || c.Post == "" || len(c.Artifacts) != 3 || cells != &c.Artifacts[1] ||
		result != &c.Artifacts[2] || len(cells.Findings) == 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	_, err1 := s.Preview(t.Context(), reviewer1, j.ID, 0, 9)
	_, err2 := s.PreviewCells(t.Context(), reviewer2, j.ID, 3, 7)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	want := []task.PreviewSpec{{Rows: 9, Columns: result.Columns},
		{Offset: 3, Rows: 7, Columns: cells.Columns, Suppressed: "c"}}
	if got := []task.PreviewSpec{shown[0].Spec.(task.PreviewSpec), shown[1].Spec.(task.PreviewSpec)}; cmp.Diff(want,
		got) != "" || shown[0].Program != result.Digest ||
		shown[1].Program != cells.Digest || len(shown[1].Inputs) != 1 {
		t.Errorf("%+v", shown)
	}
	var looks [][2]string
	log, err := audit.OpenReader(d.path("log"), d.key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // read only
	for r, err := range log.Entries(0) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Entry.Action == yumen.ActionReviewPreview {
			looks = append(looks, [2]string{r.Entry.Details["stage"], string(r.Entry.Digests["artifact"])})
		}
	}
	if !slices.Equal(looks, [][2]string{{"result", string(result.Digest)}, {"cells", string(cells.Digest)}}) {
		t.Errorf("the log says %v", looks)
	}
}

// A result that is made of no cells has none to show.
func TestNoCellsToPreview(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	if _, err := s.PreviewCells(t.Context(), reviewer1, submit(t, s).ID, 0,
		9); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("cells of a module: %v", err)
	}
}

// Nobody is shown cells of their own.
func TestOwnCells(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(fixable(t))
	defer done()
	prepare(t, s, d.dir)
	both := analyst
	both.Roles = []yumen.Role{yumen.RoleAnalyst, yumen.RoleReviewer}
	j, err := s.Submit(t.Context(), both, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
	if err == nil {
		_, err = s.Drive(t.Context(), reviewer1, j.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PreviewCells(t.Context(), both, j.ID, 0, 9); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("one's own cells: %v", err)
	}
}

// Where the contract asks for independent reviewers, and it does unless it says otherwise, nobody of the submitter's
// organisation reads, previews, votes on or releases a result, and nobody at all their own.
func TestColleaguesDoNotReview(t *testing.T) {
	colleague := yumen.Actor{Name: "c", Org: analyst.Org, Roles: []yumen.Role{yumen.RoleReviewer}}
	overseer := yumen.Actor{Name: "q", Org: analyst.Org, Roles: []yumen.Role{yumen.RoleRegulator, yumen.RoleReviewer}}
	mine := analyst
	mine.Roles = append(slices.Clone(mine.Roles), yumen.RoleReviewer)
	for what, c := range map[string]struct {
		rule string
		may  bool
	}{"by default": {"", false}, "as it asks": {"review: {independent: true}\n", false},
		"as it allows": {"review: {independent: false}\n", true}} {
		d := newDomain(t)
		s, done := d.mustOpenWith(fixable(t), func(c *pipeline.Config) {
			c.People = people{"c": colleague, "q": overseer}
		})
		prepare(t, s, d.dir)
		if _, err := s.Sign(t.Context(), regulator, "other.yaml",
			[]byte(strings.Replace(agreement, "contract: study", "contract: other", 1)+c.rule)); err != nil {
			t.Fatal(err)
		}
		j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "other", SQL: figures}, nil)
		if err == nil {
			j, err = s.Drive(t.Context(), reviewer1, j.ID)
		}
		if err != nil || j.State != yumen.StateInReview {
			t.Fatalf("%s: %s %v", what, j.State, err)
		}
		asks := func(by yumen.Actor) map[string]error {
			out := map[string]error{"follow": s.MayFollow(t.Context(), by, j.ID)}
			_, out["case"] = s.Case(t.Context(), by, j.ID)
			_, out["preview"] = s.Preview(t.Context(), by, j.ID, 0, 9)
			_, out["cells"] = s.PreviewCells(t.Context(), by, j.ID, 0, 9)
			_, out["vote"] = s.Vote(t.Context(), by, j.ID, "sha256:000000000000", yumen.DecisionApprove, "fine")
			_, out["release"] = s.Release(t.Context(), by, j.ID, yumen.FormatCSV)
			return out
		}
		for ask, err := range asks(colleague) {
			denied := yumen.KindOf(err) == yumen.KindDenied && err != nil &&
				strings.Contains(err.Error(), "organisation")
			if ask == "vote" && !c.may && strings.Contains(err.Error(), "vote.digest") {
				t.Errorf("%s: a guess at the digest is answered: %v", what, err)
			}
			if denied == c.may {
				t.Errorf("%s: %s of a colleague: %v", what, ask, err)
			}
		}
		for ask, err := range asks(mine) {
			if yumen.KindOf(err) != yumen.KindDenied || err == nil {
				t.Errorf("%s: %s of one's own: %v", what, ask, err)
			}
		}
		for ask, err := range asks(overseer) {
			reads := ask == "follow" // what checks found, and not the result
			if denied := yumen.KindOf(err) == yumen.KindDenied && err != nil; ask != "vote" &&
				denied == (c.may || reads) {
				t.Errorf("%s: %s of a regulator: %v", what, ask, err)
			}
		}
		view, err1 := s.Show(t.Context(), colleague, j.ID)
		q, err2 := s.Waiting(t.Context(), colleague, "", 0)
		untold, err3 := s.Untold(t.Context(), colleague)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		if shown := len(view.Artifacts) > 0; shown != c.may || (q.Jobs[0].Verdict != "") != c.may ||
			untold[j.ID] == c.may {
			t.Errorf("%s: shown %v, %+v, untold %v", what, shown, q.Jobs[0], untold)
		}
		done()
	}
}

// An explanation names the cells and both statements; of a class without cells it has neither cells nor notice.
func TestExplainedCells(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(fixable(t))
	defer done()
	prepare(t, s, d.dir)
	x, err := s.Explain(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
	if err != nil || len(x.Cells) != 1 || x.Cells[0].Expression != "count(*)" || x.Cells[0].Where != "" ||
		x.Emitted == "" || x.Post == "" ||
		x.Notice.EN == "" || x.Notice.ZH == "" {
		t.Errorf("%+v, %v", x, err)
	}
	module, err := s.Explain(t.Context(), analyst, moduleJob, []byte("module"))
	if err != nil || len(module.Cells) != 0 || !module.Notice.IsZero() {
		t.Errorf("%+v, %v", module, err)
	}
}

// What Untold lists is what MayFollow refuses: jobs of one's own whose checks saw data, whatever roles one holds
// besides.
func TestUntoldIsWhatNobodyMayFollow(t *testing.T) {
	p := newPrivately(t)
	noisy := p.ask(question(10))
	p.e[task.Wasm] = calm()[task.Wasm]
	exact := submit(t, p.s)
	mine := analyst
	mine.Roles = append(slices.Clone(mine.Roles), yumen.RoleRegulator, yumen.RoleReviewer)
	for _, by := range []yumen.Actor{mine, regulator} {
		untold, err := p.s.Untold(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range []yumen.Job{noisy, exact} {
			if err := p.s.MayFollow(t.Context(), by, j.ID); untold[j.ID] != (yumen.KindOf(err) == yumen.KindDenied) ||
				(err == nil) == untold[j.ID] {
				t.Errorf("%s by %s: untold %v, %v", j.ID, by.Name, untold[j.ID], err)
			}
		}
		if want := by.Name == analyst.Name; untold[exact.ID] != want || untold[noisy.ID] {
			t.Errorf("%s: %v", by.Name, untold)
		}
	}
}
