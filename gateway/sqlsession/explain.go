package sqlsession

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// Explain says what would become of a question. EXPLAIN POLICY gives a row for each thing that is known; EXPLAIN alone
// the same, a line each. Nothing is run, so ANALYZE is refused.
func (s *Session) Explain(ctx context.Context, st *Statement, params []Given) (*Answer, error) {
	i, err := explained(st.Statement)
	if err != nil {
		return nil, err
	}
	of, err := Split(st.Text[st.Tokens[i].Start:])
	if err != nil {
		return nil, InPart(st, i, err)
	}
	if err := s.InForce(ctx); err != nil {
		return nil, err
	}
	of[0].Types = st.Types
	facts, err := s.factsOf(ctx, of[0], params)
	if err != nil {
		return nil, InPart(st, i, err)
	}
	a := &Answer{Columns: explainColumns(st.Statement), Tag: "EXPLAIN"}
	if st.Word(1) == "POLICY" {
		a.Rows = Texts(facts)
		return a, nil
	}
	var lines Texts
	for _, f := range facts {
		lines = append(lines, []string{strings.TrimSpace(fmt.Sprintf("%s %s: %s", f[0], f[1], f[2]))})
	}
	a.Rows = lines
	return a, nil
}

// factsOf are what is known of a question before it is asked.
func (s *Session) factsOf(ctx context.Context, st *Statement, params []Given) ([][]string, error) {
	st, err := withResults(st)
	if err != nil {
		return nil, err
	}
	of, err := s.readableOf(ctx, st.Statement)
	if err != nil {
		return nil, err
	}
	if !of.none() {
		return s.explainReleased(ctx, st, of)
	}
	values, err := allForData(params)
	if err != nil {
		return nil, err
	}
	x, err := s.explained(ctx, st, values)
	if err != nil {
		return nil, err
	}
	return facts(x, s.Settings.Lang()), nil
}

func explainColumns(st lex.Statement) []Column {
	if st.Word(1) == "POLICY" {
		return TextColumns("about", "name", "says")
	}
	return TextColumns("QUERY PLAN")
}

// explained returns where the question begins that is to be explained.
func explained(st lex.Statement) (int, error) {
	i := 1
	refused := Coded("0A000", yumen.Errorf(yumen.KindInvalid, "EXPLAIN ANALYZE is refused: it would run the statement",
		"不支持 EXPLAIN ANALYZE：它会执行语句").ToFix("write EXPLAIN POLICY", "请使用 EXPLAIN POLICY"))
	if st.Source(i) == "(" {
		for i++; st.Source(i) != ")" && i < len(st.Tokens); i++ {
			off := slices.Contains([]string{"FALSE", "OFF"}, st.Word(i+1)) || st.Source(i+1) == "0"
			if st.Word(i) == "ANALYZE" && !off {
				return 0, refused
			}
		}
		i++
	}
	for slices.Contains([]string{"POLICY", "VERBOSE"}, st.Word(i)) {
		i++
	}
	if st.Word(i) == "ANALYZE" {
		return 0, refused
	}
	if i >= len(st.Tokens) {
		return 0, Coded("42601", yumen.Errorf(yumen.KindInvalid, "there is nothing to explain", "没有要说明的语句"))
	}
	return i, nil
}

// facts are what an explanation says: about what, of which name, and what.
func facts(x *api.Explanation, l yumen.Lang) [][]string {
	out := [][]string{{"class", "", string(x.Class)}, {"reviewers", "", fmt.Sprint(x.Reviewers)},
		{"automatic", "", strconv.FormatBool(x.Automatic)},
		{"units", "", fmt.Sprint(x.K)}}
	for _, d := range x.Datasets {
		out = append(out, []string{"reads", d.Dataset, fmt.Sprintf("version %d", d.Seq)})
	}
	for _, c := range x.Cells {
		says := c.Expression
		if c.Where != "" {
			says += " WHERE " + c.Where
		}
		out = append(out, []string{"cell", c.Name, says})
	}
	for _, c := range x.Columns {
		out = append(out, []string{"column", c.Name, string(c.Type) + " " + string(c.Kind)})
	}
	if p := x.Privacy; p != nil {
		out = append(out, []string{"privacy", "epsilon", yumen.FormatEpsilon(p.Epsilon)},
			[]string{"privacy", "delta", fmt.Sprint(p.Delta)}, []string{"privacy", "left", yumen.FormatEpsilon(p.Left)},
			[]string{"privacy", "deadline", time.Duration(p.Deadline).String()})
		for _, m := range p.Measures {
			out = append(out, []string{"noise", m.Column, fmt.Sprintf("± %.4g", m.Half)})
		}
	}
	for _, w := range x.Withheld {
		out = append(out, []string{"withheld", w.Dataset + "." + w.Column, ""})
	}
	for _, n := range append(slices.Clone(x.Notes), x.Notice) {
		if !n.IsZero() {
			out = append(out, []string{"note", "", n.In(l)})
		}
	}
	return out
}
