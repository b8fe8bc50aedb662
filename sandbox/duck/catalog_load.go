package duck

import (
	"bufio"
	"context"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/sandbox"
)

// infoSchema is where the engine has what PostgreSQL has in information_schema; statements come with it.
const infoSchema = "pg_info"

//go:embed catalog/*.csv catalog/relations.txt catalog/macros.sql
var catalogFiles embed.FS

// relation is a table or view of PostgreSQL's catalogs.
type relation struct {
	schema, name string
	columns      []relationColumn
	shipped      bool // there is a file of its rows
}

type relationColumn struct{ name, typ string }

// place is how the engine names it. What stands in pg_catalog stands in the engine's default schema, which is searched
// first.
func (r relation) place() string {
	if r.schema == "information_schema" {
		return infoSchema + "." + identifier(r.name)
	}
	return "main." + identifier(r.name)
}

// openCatalog starts an engine that holds PostgreSQL's catalogs and nothing of anybody's. It opens no file.
func openCatalog(ctx context.Context, in sandbox.Env) (*engine, error) {
	e, err := open(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := e.loadCatalog(ctx); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *engine) loadCatalog(ctx context.Context) error {
	if err := e.registerTypes(); err != nil {
		return err
	}
	relations, err := readRelations()
	if err != nil {
		return err
	}
	own, err := readOwn()
	if err != nil {
		return err
	}
	if err := e.exec(ctx, "CREATE SCHEMA fixed; CREATE SCHEMA own; CREATE SCHEMA "+infoSchema+";"+
		ownTables); err != nil {
		return err
	}
	for _, r := range relations {
		if r.shipped {
			if err := e.loadShipped(ctx, r); err != nil {
				return fmt.Errorf("load %s: %w", r.name, err)
			}
		}
	}
	var sql []string
	macros, err := catalogFiles.ReadFile("catalog/macros.sql")
	if err != nil {
		return err
	}
	var info []string // what information_schema shows is found by functions, which look at pg_catalog
	for _, r := range relations {
		create := r.table()
		if rows, ok := own[r.schema+"."+r.name]; ok {
			create = r.view(r.place(), rows)
			if slices.Contains(keptRelations, r.name) {
				create = r.view("own."+identifier(r.name), rows) + "; CREATE TABLE " + r.place() + r.definition()
			}
		}
		delete(own, r.schema+"."+r.name)
		if r.schema == "information_schema" {
			info = append(info, create)
			continue
		}
		sql = append(sql, create)
	}
	if len(own) > 0 {
		return fmt.Errorf("%d relations are none of PostgreSQL's", len(own))
	}
	for _, s := range slices.Concat(sql, []string{string(macros)}, info) {
		if err := e.exec(ctx, s); err != nil {
			return fmt.Errorf("load catalog: %w in %.80s", err, s)
		}
	}
	return nil
}

// keptRelations are those that most statements look at: what they show is worked out once for each view.
var keptRelations = []string{"pg_namespace", "pg_class", "pg_attribute", "pg_type", "pg_description"}

// ownTables hold the view of one person.
const ownTables = `
CREATE TABLE own.session (database VARCHAR, username VARCHAR);
CREATE TABLE own.settings (k_setting VARCHAR, k_value VARCHAR);
CREATE TABLE own.keys (oid UINTEGER, index_oid UINTEGER, table_oid UINTEGER, schema_oid UINTEGER, name VARCHAR, nums SMALLINT[], names VARCHAR[]);
CREATE TABLE own.schemas (oid UINTEGER, name VARCHAR);
CREATE TABLE own.tables (oid UINTEGER, schema_oid UINTEGER, schema VARCHAR, name VARCHAR, kind VARCHAR, columns SMALLINT, comment VARCHAR);
CREATE TABLE own.columns (table_oid UINTEGER, num SMALLINT, name VARCHAR, type UINTEGER, mod INTEGER, required BOOLEAN, comment VARCHAR);`

// readRelations reads which relations PostgreSQL has, in their order.
func readRelations() ([]relation, error) {
	rows, err := readRows("shape")
	if err != nil {
		return nil, err
	}
	var out []relation
	for _, row := range rows {
		schema, name := row[0], row[1]
		if n := len(out); n == 0 || out[n-1].name != name || out[n-1].schema != schema {
			_, err := catalogFiles.Open("catalog/" + name + ".csv")
			out = append(out, relation{schema: schema, name: name, shipped: err == nil})
		}
		last := &out[len(out)-1]
		last.columns = append(last.columns, relationColumn{name: row[6], typ: carrier(row[7], row[8])})
	}
	return out, nil
}

func (r relation) table() string {
	if r.shipped {
		return "CREATE VIEW " + r.place() + " AS SELECT * FROM fixed." + identifier(r.name)
	}
	return "CREATE TABLE " + r.place() + r.definition()
}

func (r relation) definition() string {
	list := make([]string, len(r.columns))
	for i, c := range r.columns {
		list[i] = identifier(c.name) + " " + c.typ
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// loadShipped fills a table with the rows that PostgreSQL ships: NULL is \N in the file.
func (e *engine) loadShipped(ctx context.Context, r relation) error {
	table := "fixed." + identifier(r.name)
	if err := e.exec(ctx, "CREATE TABLE "+table+r.definition()); err != nil {
		return err
	}
	rows, err := readRows(r.name)
	if err != nil {
		return err
	}
	list := make([][]*string, len(rows))
	for i, row := range rows {
		list[i] = make([]*string, len(row))
		for j := range row {
			if row[j] != `\N` {
				list[i][j] = &row[j]
			}
		}
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return err
	}
	values := make([]string, len(r.columns))
	for i, c := range r.columns {
		values[i] = "v[" + sqlInt(int64(i+1)) + "]::" + c.typ
	}
	done, err := e.query(ctx, "INSERT INTO "+table+" SELECT "+strings.Join(values, ", ")+
		` FROM (SELECT unnest(from_json(?::JSON, '[["VARCHAR"]]')) AS v)`, string(raw))
	if err == nil {
		done.Release()
	}
	return err
}

// readRows reads a file of rows.
func readRows(name string) ([][]string, error) {
	f, err := catalogFiles.Open("catalog/" + name + ".csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return csv.NewReader(f).ReadAll()
}

// ownRows are the rows of a relation that come from one person's view.
type ownRows struct {
	from   string
	values map[string]string
}

func (r relation) view(name string, own ownRows) string {
	var b strings.Builder
	b.WriteString("CREATE VIEW " + name + " AS ")
	if r.shipped {
		b.WriteString("SELECT * FROM fixed." + identifier(r.name) + " UNION ALL ")
	}
	b.WriteString("SELECT ")
	for i, c := range r.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		value := own.values[c.name]
		if value == "" {
			value = "NULL"
		}
		b.WriteString("(" + value + ")::" + c.typ + " AS " + identifier(c.name))
	}
	b.WriteString(" " + own.from)
	return b.String()
}

// readOwn reads catalog/relations.txt.
func readOwn() (map[string]ownRows, error) {
	f, err := catalogFiles.Open("catalog/relations.txt")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string]ownRows{}
	var last ownRows
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "" || line[0] == '#':
		case line[0] != ' ':
			name, from, _ := strings.Cut(line, " ")
			if !strings.Contains(name, ".") {
				name = "pg_catalog." + name
			}
			last = ownRows{from: from, values: map[string]string{}}
			out[name] = last
		default:
			column, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
			last.values[column] = value
		}
	}
	return out, lines.Err()
}
