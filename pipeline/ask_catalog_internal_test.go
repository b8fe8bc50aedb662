package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
)

// countedCatalog answers with as many bytes as it is to, and counts how often it is asked.
type countedCatalog struct {
	asked, size int
	keeps       bool
}

func (c *countedCatalog) Ask(_ context.Context, _ string, _ any, outs map[string]io.Writer) (task.Outcome, error) {
	c.asked++
	raw, err := json.Marshal(api.CatalogAnswer{Rows: int64(c.asked), Keeps: c.keeps})
	if err == nil {
		_, err = outs[task.OutRows].Write(make([]byte, c.size))
	}
	return task.Outcome{Answer: raw}, err
}

// TestCatalogAnswersAreKept: the same statement for the same view is asked once; another view, text, parameter or
// format, and an answer that depends on more, are asked again. What is kept is bounded.
func TestCatalogAnswersAreKept(t *testing.T) {
	counted := &countedCatalog{keeps: true, size: maxCatalogAnswer}
	s := &Service{cfg: Config{Catalog: counted}}
	ask := func(spec api.CatalogSpec) {
		t.Helper()
		if got, err := s.AskCatalog(t.Context(), "org", spec); err != nil || len(got.Frames) != counted.size {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	x := "x"
	specs := []api.CatalogSpec{{SQL: "a"}, {SQL: "b"}, {SQL: "a", View: api.CatalogView{User: "u"}},
		{SQL: "a", Formats: []int16{1}},
		{SQL: "a", Params: []api.CatalogParam{{Text: &x}}}, {SQL: "a", Describe: true}}
	for range 3 {
		for _, spec := range specs {
			ask(spec)
		}
	}
	if counted.asked != len(specs) {
		t.Errorf("asked %d times for %d statements", counted.asked, len(specs))
	}
	for i := range 100 {
		ask(api.CatalogSpec{SQL: fmt.Sprint(i)})
	}
	if n := len(s.catalog.byKey); s.catalog.size > maxCatalogAnswers || n != len(s.catalog.order) || n == 0 || n > 32 {
		t.Errorf("%d answers of %d bytes are kept", n, s.catalog.size)
	}
	counted.asked, counted.keeps = 0, false
	for range 2 {
		ask(api.CatalogSpec{SQL: "SELECT now()"})
	}
	if counted.asked != 2 {
		t.Errorf("asked %d times for an answer that changes", counted.asked)
	}
	s.cfg.Catalog = nil
	if _, err := s.AskCatalog(t.Context(), "org", api.CatalogSpec{}); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("without a catalog: %v", err)
	}
}

// limited is a catalog whose enclaves end with an error.
type limited struct{ error }

func (l limited) Ask(context.Context, string, any, map[string]io.Writer) (task.Outcome, error) {
	return task.Outcome{}, l.error
}

// late is an error of time, as that of a sandbox.
type late struct{ error }

func (l late) Unwrap() error { return l.error }
func (late) Timeout() bool   { return true }

// TestCatalogLimit: a statement that meets a limit is refused with the SQLSTATE of that, and asked anew the next time.
func TestCatalogLimit(t *testing.T) {
	s := &Service{}
	tooMuch := yumen.Errorf(yumen.KindLimit, "too much", "过多")
	for state, err := range map[string]error{"53200": tooMuch, "57014": late{tooMuch}} {
		s.cfg.Catalog = limited{err}
		got, err := s.AskCatalog(t.Context(), "org", api.CatalogSpec{SQL: "SELECT 1"})
		if err != nil || got.Answer.Refused == nil || got.Answer.Refused.State != state || len(got.Frames) > 0 {
			t.Errorf("%s: %+v, %v", state, got, err)
		}
	}
	s.cfg.Catalog = &countedCatalog{size: 7}
	if got, err := s.AskCatalog(t.Context(), "org", api.CatalogSpec{SQL: "SELECT 1"}); err != nil || len(got.Frames) != 7 {
		t.Errorf("%+v, %v", got, err)
	}
}
