package sqlsession

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
)

// own is a table of schema yumen: what the domain says of itself to whoever works under a contract. All columns are
// text.
type own struct {
	name    string
	columns []string
	rows    func(s *Session, ctx context.Context) (Texts, error)
}

// tables are those of schema yumen.
var tables = []own{
	{"contract", []string{"name", "title", "purpose", "operator", "applicant", "valid_from", "valid_until", "classes",
		"min_k", "reviewers"}, (*Session).contractRows},
	{"policy", []string{"table_name", "column_name", "title", "type", "role", "uses", "min_k", "bounds"},
		(*Session).policyRows},
	{"jobs", []string{"job", "name", "class", "state", "created", "updated", "release", "error", "sql"},
		(*Session).jobRows},
	{"releases", []string{"release", "job", "class", "rows", "columns", "released", "table_name"},
		(*Session).releaseRows},
	{"budget", []string{"unit", "epsilon", "delta", "answers", "spent", "left_over"}, (*Session).budgetRows},
}

// ownOf returns the table of schema yumen that a statement asks for as it is.
func ownOf(st *Statement) (own, bool) {
	name, ok := relationOf(st, "yumen")
	if !ok {
		return own{}, false
	}
	i := slices.IndexFunc(tables, func(t own) bool { return t.name == name })
	if i < 0 {
		return own{}, false
	}
	return tables[i], true
}

// relationOf returns the name of the relation of a schema that a statement asks for as it is: SELECT * FROM
// schema.name, or TABLE schema.name.
func relationOf(st *Statement, schema string) (string, bool) {
	i := 1
	switch {
	case st.Word(0) == "SELECT" && st.Source(1) == "*" && st.Word(2) == "FROM":
		i = 3
	case st.Word(0) != "TABLE":
		return "", false
	}
	if st.Ident(i) != schema || st.Source(i+1) != "." || len(st.Tokens) != i+3 {
		return "", false
	}
	return st.Ident(i + 2), st.Ident(i+2) != ""
}

func (s *Session) contractRows(ctx context.Context) (Texts, error) {
	c, err := s.Domain.Contract(ctx, s.By, s.Contract)
	if err != nil {
		return nil, err
	}
	l := s.Settings.Lang()
	var classes []string
	for _, class := range c.Classes {
		classes = append(classes, string(class))
	}
	return Texts{{c.Name, c.Title.In(l), c.Purpose.In(l), c.Parties.Operator, c.Parties.Applicant, string(c.Valid.From),
			string(c.Valid.Until), strings.Join(classes, " "), strconv.Itoa(c.Risk.K),
			strconv.Itoa(c.Review.Reviewers)}},
		nil
}

func (s *Session) policyRows(ctx context.Context) (Texts, error) {
	c, err := s.Domain.Contract(ctx, s.By, s.Contract)
	if err != nil {
		return nil, err
	}
	var out Texts
	for _, granted := range c.Datasets {
		d, err := s.Domain.Dataset(ctx, s.By, granted.Dataset)
		if err != nil {
			return nil, err
		}
		for _, g := range granted.Columns {
			i := slices.IndexFunc(d.Columns, func(c yumen.Column) bool { return c.Name == g.Name })
			if i < 0 {
				continue // the entry has changed since
			}
			col, k := d.Columns[i], c.Risk.K
			for _, u := range g.Uses {
				k = max(k, u.MinK)
			}
			bounds := ""
			if col.Bounds != nil {
				bounds = fmt.Sprintf("[%v, %v]", col.Bounds.Min, col.Bounds.Max)
			}
			out = append(out, []string{d.Name, col.Name, col.Title.In(s.Settings.Lang()), string(col.Type),
				string(col.Role),
				yumen.Uses(g.Uses), strconv.Itoa(k), bounds})
		}
	}
	return out, nil
}

// at writes a time as PostgreSQL does.
func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05+00") }

func (s *Session) jobRows(ctx context.Context) (Texts, error) {
	jobs, err := s.Statements.OwnJobs(ctx, s.By, s.Contract)
	if err != nil {
		return nil, err
	}
	var out Texts
	for _, j := range jobs {
		why := ""
		if j.Error != nil {
			why = j.Error.In(s.Settings.Lang())
		}
		out = append(out, []string{j.ID, j.Spec.Name, string(cmp.Or(j.Class, j.Spec.Class)), string(j.State),
			at(j.Created),
			at(j.Updated), j.Release, why, j.Spec.SQL})
	}
	return out, nil
}

func (s *Session) releaseRows(ctx context.Context) (Texts, error) {
	all, err := s.Domain.Releases(ctx, s.By)
	if err != nil {
		return nil, err
	}
	var out Texts
	for _, r := range all {
		if r.Contract != s.Contract {
			continue
		}
		var read []string
		for _, c := range r.Columns {
			read = append(read, c.Dataset+"."+c.Column)
		}
		out = append(out, []string{r.Name, r.Job, string(r.Class), strconv.FormatInt(r.Rows, 10),
			strings.Join(read, " "),
			at(r.At), fmt.Sprintf("released.%q", r.Job)})
	}
	return out, nil
}

func (s *Session) budgetRows(ctx context.Context) (Texts, error) {
	l, err := s.Domain.Ledger(ctx, s.By, s.Contract)
	if err != nil {
		return nil, err
	}
	var out Texts
	for _, a := range l.Accounts {
		out = append(out, []string{a.Unit, yumen.FormatEpsilon(l.Budget.Epsilon), fmt.Sprint(l.Budget.Delta),
			strconv.Itoa(a.Answers), yumen.FormatEpsilon(a.Spent), yumen.FormatEpsilon(a.Left)})
	}
	return out, nil
}
