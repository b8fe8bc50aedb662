package sqlsession

import (
	"context"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// readable is what a question names of schemas released and yumen.
type readable struct {
	names    []string // in schema released
	releases []string // what they stand for
	unknown  string   // one of names that stands for nothing
	own      []own
}

// readableOf returns what a question names of what was released and of schema yumen; none where it names neither.
func (s *Session) readableOf(ctx context.Context, st lex.Statement) (out readable, err error) {
	for i := range st.Tokens {
		schema, name := st.Ident(i), st.Ident(i+2)
		qualified := st.Source(i-1) == "." && st.Ident(i-2) != s.Contract
		if qualified || st.Source(i+1) != "." || name == "" {
			continue
		}
		switch schema {
		case "released":
			out.names = append(out.names, name)
		case "yumen":
			known := func(t own) bool { return t.name == strings.ToLower(name) }
			if n := slices.IndexFunc(tables, known); n >= 0 && !slices.ContainsFunc(out.own, known) {
				out.own = append(out.own, tables[n])
			}
		}
	}
	if len(out.names) == 0 {
		return out, nil
	}
	all, err := s.Domain.Releases(ctx, s.By)
	if err != nil {
		return out, err
	}
	for _, name := range out.names {
		is := func(r yumen.Release) bool {
			return r.Contract == s.Contract && (strings.EqualFold(r.Job, name) || strings.EqualFold(r.Name, name))
		}
		if i := slices.IndexFunc(all, is); i < 0 {
			out.unknown = name
		} else if !slices.Contains(out.releases, all[i].Name) {
			out.releases = append(out.releases, all[i].Name)
		}
	}
	return out, nil
}

// none reports whether a question reads nothing that was released and no table of schema yumen.
func (r readable) none() bool { return len(r.releases) == 0 && len(r.own) == 0 }

// statement is what is asked of the enclave that holds what a question reads.
func (s *Session) releasedStatement(ctx context.Context, st *Statement, of readable,
	params []Given) (out api.ReleasedStatement, err error) {
	out = api.ReleasedStatement{Contract: s.Contract, Releases: of.releases}
	if out.CatalogSpec, err = s.catalogSpec(ctx, st, params); err != nil {
		return out, err
	}
	for _, t := range of.own {
		rows, err := t.rows(s, ctx)
		if err != nil {
			return out, err
		}
		out.Own = append(out.Own, api.OwnTable{Name: t.name, Columns: t.columns, Rows: rows})
	}
	return out, nil
}

// describeReleased finds out the columns of a question over what was released, and the types of its parameters.
func (s *Session) describeReleased(ctx context.Context, st *Statement, of readable) error {
	if st.Asked {
		return nil
	}
	unset := make([]Given, len(st.Types))
	for i, oid := range st.Types {
		unset[i].OID = oid
	}
	ask, err := s.releasedStatement(ctx, st, of, unset)
	if err != nil {
		return err
	}
	ask.Describe = true
	a, err := s.Statements.AskReleased(ctx, s.By, ask, nobody{})
	if err = s.refusedReleased(ctx, st, of, a, err); err != nil {
		return err
	}
	st.described(a)
	return nil
}

// nobody takes rows of a statement that has none.
type nobody struct{}

// Write refuses them.
func (nobody) Write([]byte) (int, error) { return 0, ErrFrames }

// fromReleased answers a question over what was released.
func (s *Session) fromReleased(ctx context.Context, st *Statement, of readable, params []Given) (*Answer, error) {
	if err := s.describeReleased(ctx, st, of); err != nil {
		return nil, err
	}
	ask, err := s.releasedStatement(ctx, st, of, params)
	if err != nil {
		return nil, err
	}
	for _, c := range st.Columns {
		ask.Types = append(ask.Types, c.OID)
	}
	return &Answer{Columns: st.Columns, Rows: &askedRows{session: s, statement: st, of: of, ask: ask, more: true}}, nil
}

// refusedReleased says what is wrong with a question over what was released.
func (s *Session) refusedReleased(ctx context.Context, st *Statement, of readable, a api.CatalogAnswer,
	err error) error {
	if err != nil || a.Refused == nil {
		return err
	}
	see, seen := s.see(ctx)
	if seen != nil {
		return seen
	}
	switch a.Refused.State {
	case "42P01":
		if of.unknown != "" {
			return s.notReleased(of.unknown)
		}
		if see.data(st.Statement) {
			return Coded("0A000", yumen.Errorf(yumen.KindInvalid,
				"a question reads tables of the contract, or what was released and schema yumen; not both",
				"一条查询只能读取合同中的表，或已发布的结果与 yumen 模式；不能同时读取两者").
				ToFix("ask for the figures of the contract's tables first; once they are released, join the releases",
					"请先查询合同中的表；放行后再连接各个发布"))
		}
	case "53200", "54000", "57014":
		return Coded(a.Refused.State, refusalOf(a.Refused).ToFix("ask for less: fewer rows, a condition for each join",
			"请缩小查询：减少行数，并为每个连接加上条件"))
	}
	return Coded(a.Refused.State, refusalOf(a.Refused))
}

func refusalOf(r *api.CatalogRefusal) *yumen.Error {
	return &yumen.Error{Kind: yumen.KindInvalid, Msg: yumen.Text{EN: r.Message, ZH: r.Chinese}}
}

// explainReleased says what would become of a question over what was released.
func (s *Session) explainReleased(ctx context.Context, st *Statement, of readable) ([][]string, error) {
	if err := s.describeReleased(ctx, st, of); err != nil {
		return nil, err
	}
	out := [][]string{{"class", "", "released"}, {"reviewers", "", "0"}}
	for _, r := range of.releases {
		out = append(out, []string{"reads", r, "released"})
	}
	for _, t := range of.own {
		out = append(out, []string{"reads", "yumen." + t.name, ""})
	}
	for _, c := range st.Columns {
		out = append(out, []string{"column", c.Name, ""})
	}
	note := yumen.Say("it reads only what was released: it is answered at once, and costs nothing",
		"仅读取已发布的内容：立即回答，不产生费用")
	return append(out, []string{"note", "", note.In(s.Settings.Lang())}), nil
}
