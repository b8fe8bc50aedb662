package sqlsession

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
	"github.com/yumen-data/yumen/gateway/pgwire/rewrite"
)

// viewFor is how long what a session may see is taken for what it may see.
const viewFor = time.Second

// sight is what the catalog shows to a session.
type sight struct {
	api.CatalogView
	tables map[string]bool // names of the tables that the contract grants, in lower case: case tells none apart
	until  time.Time
}

// see returns what the catalog shows to the session: tables and columns that its contract grants, what was released
// under it, and schema yumen. No count is part of it.
func (s *Session) see(ctx context.Context) (*sight, error) {
	if s.sight != nil && time.Now().Before(s.sight.until) {
		return s.sight, nil
	}
	out := &sight{tables: map[string]bool{}, until: time.Now().Add(viewFor)}
	out.Database, out.User = s.Contract, s.By.Person.Name
	out.Schemas = []string{"public", "released", "yumen"}
	for _, k := range known {
		out.Settings = append(out.Settings, api.CatalogPair{Name: k.name, Value: s.Settings.Get(k.name)})
	}
	if err := s.seeGranted(ctx, out); err != nil {
		return nil, err
	}
	if err := s.seeReleased(ctx, out); err != nil {
		return nil, err
	}
	for _, t := range tables {
		table := api.CatalogTable{Schema: "yumen", Name: t.name, View: true}
		for _, c := range TextColumns(t.columns...) {
			table.Columns = append(table.Columns, api.CatalogColumn{Name: c.Name, OID: c.OID, Mod: c.Mod})
		}
		out.Tables = append(out.Tables, table)
	}
	s.sight = out
	return out, nil
}

// seeGranted adds the tables that the contract grants, each column with what it may be used for.
func (s *Session) seeGranted(ctx context.Context, to *sight) error {
	c, err := s.Domain.Contract(ctx, s.By, s.Contract)
	if err != nil {
		return err
	}
	for _, granted := range c.Datasets {
		d, err := s.Domain.Dataset(ctx, s.By, granted.Dataset)
		if err != nil {
			return err
		}
		table := api.CatalogTable{Schema: "public", Name: d.Name, Comment: d.Title.In(s.Settings.Lang())}
		for _, g := range granted.Columns {
			i := slices.IndexFunc(d.Columns, func(c yumen.Column) bool { return c.Name == g.Name })
			if i < 0 {
				continue // the entry has changed since
			}
			col := ColumnOf(g.Name, d.Columns[i].Type)
			table.Columns = append(table.Columns, api.CatalogColumn{Name: g.Name, OID: col.OID, Mod: col.Mod,
				NotNull: !d.Columns[i].Nullable,
				Comment: d.Columns[i].Title.In(s.Settings.Lang()) + ": " + yumen.Uses(g.Uses)})
		}
		to.Tables, to.tables[strings.ToLower(d.Name)] = append(to.Tables, table), true
	}
	return nil
}

// seeReleased adds a table for each release under the contract.
func (s *Session) seeReleased(ctx context.Context, to *sight) error {
	all, err := s.Domain.Releases(ctx, s.By)
	if yumen.KindOf(err) == yumen.KindDenied {
		return nil // a token may have no scope for them
	}
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Contract != s.Contract {
			continue
		}
		columns, err := s.Statements.ReleasedColumns(ctx, s.By, r.Name)
		if err != nil {
			return err
		}
		table := api.CatalogTable{Schema: "released", Name: r.Job, Comment: r.Name}
		for _, c := range columnsOf(columns) {
			table.Columns = append(table.Columns, api.CatalogColumn{Name: c.Name, OID: c.OID, Mod: c.Mod})
		}
		to.Tables = append(to.Tables, table)
	}
	return nil
}

// listed returns the columns of a statement that lists columns of one table and asks for no row of them, as programs do
// that look for names and types: SELECT {* | name, …} FROM table, and what asksNothing knows.
func (v *sight) listed(st *Statement) ([]Column, bool) {
	if !asksNothing(st) || st.Word(0) != "SELECT" {
		return nil, false
	}
	var names []string
	i := 1
	for ; i < len(st.Tokens) && st.Word(i) != "FROM"; i++ {
		switch {
		case st.Source(i) == "*":
			names = append(names, "*")
		case st.Source(i) == "," || st.Source(i) == "." || st.Source(i+1) == ".":
		case st.Ident(i) != "":
			names = append(names, st.Ident(i))
		default:
			return nil, false
		}
	}
	schema, name := "public", st.Ident(i+1)
	if st.Source(i+2) == "." {
		schema, name, i = name, st.Ident(i+3), i+2
	}
	if next := st.Word(i + 2); next != "LIMIT" && next != "WHERE" {
		return nil, false
	}
	t := slices.IndexFunc(v.Tables, func(t api.CatalogTable) bool { return t.Schema == schema && t.Name == name })
	if t < 0 {
		return nil, false
	}
	return chosen(v.Tables[t].Columns, names)
}

// chosen returns the columns of the given names; * stands for all.
func chosen(of []api.CatalogColumn, names []string) (out []Column, ok bool) {
	for _, n := range names {
		found := false
		for _, c := range of {
			if n == c.Name || n == "*" {
				out, found = append(out, Column{Name: c.Name, OID: c.OID, Size: sizes[c.OID], Mod: c.Mod}), true
			}
		}
		if !found {
			return nil, false
		}
	}
	return out, len(out) > 0
}

// subject is what a question is about.
type subject int

// The subjects.
const (
	aboutData subject = iota
	aboutCatalog
	aboutUnknown // it has a FROM, and names nothing that there is
)

// subjectOf tells what a question is about by the names in it, and that without FROM there is nothing to be about. A
// wrong guess gives away nothing: the catalog has no data, and questions about data are analysed.
func subjectOf(st lex.Statement, see *sight) subject {
	from := st.Word(0) == "TABLE"
	for i := range st.Tokens {
		name := st.Ident(i)
		switch {
		case strings.HasPrefix(name, "pg_"), name == "information_schema":
			return aboutCatalog
		case st.Word(i) == "FROM" && st.Source(i-2) != "(": // and not that of EXTRACT (YEAR FROM x)
			from = true
		case st.Word(i) == "FROM" || st.Word(i) == "JOIN":
			from = true
		}
	}
	switch {
	case !from:
		return aboutCatalog
	case see.data(st):
		return aboutData
	}
	return aboutUnknown
}

// data reports whether a statement has the name of a table of the contract in it.
func (v *sight) data(st lex.Statement) bool {
	for i := range st.Tokens {
		if v.tables[strings.ToLower(st.Ident(i))] {
			return true
		}
	}
	return false
}

// catalogued is an answer of the catalog. Its rows are asked for once their formats are known.
type catalogued struct {
	session *Session
	spec    api.CatalogSpec
}

// Read writes the rows that there are from of.From on.
func (c catalogued) Read(ctx context.Context, of api.RowRange, to io.Writer) (api.RowsRead, error) {
	spec := c.spec
	spec.Formats = of.Formats
	a, rows, err := c.session.askCatalog(ctx, spec)
	if err != nil {
		return api.RowsRead{}, err
	}
	var out api.RowsRead
	skip := of.From
	f := &Frames{Columns: len(a.Columns)}
	f.Do = func(body []byte) error {
		if skip > 0 {
			skip--
			return nil
		}
		if of.Rows > 0 && out.Rows == of.Rows {
			out.More = true
			return nil
		}
		out.Rows++
		return writeFrame(to, body)
	}
	_, err = f.Write(rows)
	return out, err
}

// Batches writes all of them as Arrow.
func (c catalogued) Batches(ctx context.Context, to io.Writer) error {
	spec := c.spec
	spec.Arrow = true
	_, messages, err := c.session.askCatalog(ctx, spec)
	if err != nil {
		return err
	}
	_, err = to.Write(messages)
	return err
}

// fromCatalog answers a question over the catalog.
func (s *Session) fromCatalog(ctx context.Context, st *Statement, params []Given) (*Answer, error) {
	if err := s.describeCatalog(ctx, st); err != nil {
		return nil, err
	}
	spec, err := s.catalogSpec(ctx, st, params)
	return &Answer{Columns: st.Columns, Rows: catalogued{s, spec}}, err
}

func (s *Session) catalogSpec(ctx context.Context, st *Statement, params []Given) (api.CatalogSpec, error) {
	see, err := s.see(ctx)
	if err != nil {
		return api.CatalogSpec{}, err
	}
	text, _ := rewrite.Catalog(st.Statement)
	spec := api.CatalogSpec{View: see.CatalogView, SQL: text}
	for i, p := range params {
		of, err := p.forCatalog(i + 1)
		if err != nil {
			return spec, err
		}
		spec.Params = append(spec.Params, of)
	}
	return spec, nil
}

// askCatalog asks the catalog. What is wrong with the statement has its SQLSTATE.
func (s *Session) askCatalog(ctx context.Context, spec api.CatalogSpec) (api.CatalogAnswer, []byte, error) {
	a, rows, err := s.Statements.AskCatalog(ctx, s.By, spec)
	if r := a.Refused; err == nil && r != nil {
		err = Coded(r.State, refusalOf(r))
	}
	return a, rows, err
}

// describeCatalog finds out the columns of a question over the catalog, and the types of its parameters.
func (s *Session) describeCatalog(ctx context.Context, st *Statement) error {
	if st.Asked {
		return nil
	}
	unset := make([]Given, len(st.Types))
	for i, oid := range st.Types {
		unset[i].OID = oid
	}
	spec, err := s.catalogSpec(ctx, st, unset)
	if err != nil {
		return err
	}
	spec.Describe = true
	a, _, err := s.askCatalog(ctx, spec)
	if err != nil {
		return err
	}
	st.described(a)
	return nil
}

// described takes over the columns, and the types of parameters that a client has left open.
func (st *Statement) described(a api.CatalogAnswer) {
	st.Columns, st.Asked = []Column{}, true
	for _, c := range a.Columns {
		st.Columns = append(st.Columns, Column{c.Name, c.OID, c.Len, c.Mod, c.Digits})
	}
	st.infer(a.Params)
}

// infer takes over the types of parameters that a client has left open.
func (st *Statement) infer(types []uint32) {
	for i, oid := range st.Types {
		if (oid == 0 || oid == OIDUnknown) && i < len(types) {
			st.Types[i] = types[i]
		}
	}
}
