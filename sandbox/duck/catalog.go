package duck

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/pgrows"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// catalogEngine answers statements over PostgreSQL's catalog for one view after the other. It holds no data, and no
// statement can change anything in it: see catalogTree.
type catalogEngine struct {
	engine    *engine
	relations map[string]bool
	functions map[string]bool
	procs     map[string]bool
	shown     [32]byte // digest of the view that is there

	released bool // it is one of releasedEngine
}

// prepare is the sandbox.Opener. The engine serves all statements of the enclave.
func (c *catalogEngine) prepare(ctx context.Context, in sandbox.Env) (sandbox.Handler, func(), error) {
	if c.engine == nil {
		if err := c.open(ctx, in); err != nil {
			return nil, nil, err
		}
	}
	in.Engine(engineName())
	return c.answer, func() {}, nil
}

// catalogOnce answers one statement in an enclave of its own. The engine ends with it.
func catalogOnce(ctx context.Context, in sandbox.Env) error {
	c := &catalogEngine{}
	run, _, err := c.prepare(ctx, in)
	if err != nil {
		return err
	}
	defer c.engine.close()
	return run(ctx, in)
}

func (c *catalogEngine) open(ctx context.Context, in sandbox.Env) error {
	e, err := openCatalog(ctx, in)
	if err != nil {
		return err
	}
	relations, err := readRelations()
	if err != nil {
		e.close()
		return err
	}
	c.engine, c.relations, c.functions, c.procs = e, map[string]bool{}, setOf(catalogFunctions), map[string]bool{}
	for _, r := range relations {
		for _, col := range r.columns {
			if col.typ == "regproc" {
				c.procs[col.name] = true
			}
		}
		if r.schema == "information_schema" {
			c.relations[infoSchema+"."+r.name] = true
		} else {
			c.relations[r.name] = true
		}
	}
	names, err := c.column(ctx, "SELECT DISTINCT proname::VARCHAR FROM fixed.pg_proc")
	if err != nil {
		e.close()
		return err
	}
	for _, n := range names {
		c.functions[n] = true
	}
	return nil
}

// catalogFunctions are those that DuckDB's parser writes for what PostgreSQL has another word for, and ours.
const catalogFunctions = `count_star list_value row struct_extract array_extract list_extract array_slice list_slice
	like_escape not_like_escape ilike_escape not_ilike_escape unnest trim ltrim rtrim mean greatest least coalesce nullif
	date_part list_concat pg_current_user pg_session_user pg_user pg_current_role pg_current_catalog pg_current_schema
	regexp_matches struct_pack array_agg string_agg _pg_expandarray list_has_any position to_regclass to_regtype
	to_regnamespace to_regrole to_regproc cast extract`

// column returns the only column of a result, which is text.
func (c *catalogEngine) column(ctx context.Context, sql string, args ...any) ([]string, error) {
	r, err := c.engine.query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	var out []string
	for r.Next() {
		col, ok := r.RecordBatch().Column(0).(array.StringLike)
		if !ok {
			return nil, errors.New("no text")
		}
		for i := range col.Len() {
			out = append(out, strings.Clone(col.Value(i)))
		}
	}
	return out, r.Err()
}

// answer runs one statement. What is wrong with it is part of the answer, so that the enclave goes on.
func (c *catalogEngine) answer(ctx context.Context, in sandbox.Env) error {
	var spec api.CatalogSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	if err := checkText(spec.SQL); err != nil {
		return err
	}
	if !c.released && len(spec.Own) > 0 {
		return yumen.Errorf(yumen.KindInternal, "enclaves that serve everybody are given no rows", "共享的飞地不得接收数据行")
	}
	err := c.show(ctx, spec.View)
	for _, t := range spec.Own {
		if err == nil {
			err = c.showOwn(ctx, t)
		}
	}
	if lacksMemory(err) {
		return tooLittleMemory()
	}
	if err != nil {
		return yumen.Errorf(yumen.KindInternal, "the view of the catalog cannot be shown", "无法呈现目录视图")
	}
	ans, err := c.statement(ctx, in, spec)
	if err != nil {
		if ctx.Err() != nil {
			err = &refused{"57014", "the statement took too long", "语句执行时间过长"}
		}
		if lacksMemory(err) {
			return tooLittleMemory()
		}
		r := refusalOf(err)
		ans = api.CatalogAnswer{Refused: &api.CatalogRefusal{State: r.state, Message: r.message, Chinese: r.chinese}}
	}
	return in.Answer(ans)
}

// lacksMemory reports whether the engine ran out of memory, in which case the enclave ends: what it took may not be free for
// the next statement, and whether it was this one that took it cannot be told.
func lacksMemory(err error) bool { return err != nil && refusalOf(err).state == "53200" }

func tooLittleMemory() error {
	return yumen.Errorf(yumen.KindLimit, "the statement needs more memory than it may have", "语句所需内存超过限额")
}

func (r *refused) Error() string { return r.message }

// statement checks, changes, describes and runs a statement.
func (c *catalogEngine) statement(ctx context.Context, in sandbox.Env, spec api.CatalogSpec) (ans api.CatalogAnswer,
	err error) {
	sql, tree, err := c.adapted(ctx, spec, spec.Params)
	if err != nil {
		return ans, err
	}
	ans.Keeps = !tree.changes
	columns, params, err := c.describe(sql)
	if err == nil && slices.ContainsFunc(params, func(p described) bool { return p.oid == 0 }) {
		sql, columns, params, err = c.settled(ctx, spec, params, tree.casts)
	}
	if err != nil {
		return ans, err
	}
	if wrapped := withNames(sql, columns); wrapped != "" {
		sql = wrapped
	}
	for _, p := range params {
		ans.Params = append(ans.Params, parameterOID(p))
	}
	if spec.Describe {
		if ans.Columns, err = c.columns(columns); err != nil {
			return ans, err
		}
		return ans, nil
	}
	args, err := arguments(spec.Params, params)
	if err != nil {
		return ans, err
	}
	return ans, c.run(ctx, in, sql, args, columns, spec, &ans)
}

// openTypes are what a parameter may be that neither the client nor the statement gives a type: text, or what the
// statement needs.
var openTypes = []uint32{25, 701, 20, 1082, 1114}

// settled gives types to parameters that neither the client nor the statement does.
func (c *catalogEngine) settled(ctx context.Context, spec api.CatalogSpec, params []described, casts map[int]uint32) (
	sql string, columns, typed []described, err error) {
	var first error
	for _, open := range openTypes {
		values := make([]api.CatalogParam, len(params))
		for i, p := range params {
			values[i].OID = cmp.Or(p.oid, casts[i+1], open)
			if i < len(spec.Params) && spec.Params[i].OID != 0 {
				values[i].OID = spec.Params[i].OID
			}
		}
		if sql, _, err = c.adapted(ctx, spec, values); err != nil {
			return sql, nil, nil, err
		}
		if columns, typed, err = c.describe(sql); err == nil {
			for i := range typed {
				typed[i].oid = values[i].OID
			}
			return sql, columns, typed, nil
		}
		first = cmp.Or(first, err)
	}
	return sql, nil, nil, first
}

// adapted returns the statement as the engine is to run it, and what was found in its tree.
func (c *catalogEngine) adapted(ctx context.Context, spec api.CatalogSpec, params []api.CatalogParam) (string,
	*catalogTree, error) {
	texts, err := c.column(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", spec.SQL)
	if err != nil {
		return "", nil, err
	}
	var tree node
	read := json.NewDecoder(strings.NewReader(strings.Join(texts, "")))
	read.UseNumber() // places are beyond what a double holds
	if len(texts) != 1 || read.Decode(&tree) != nil {
		return "", nil, &refused{"42601", "syntax error", "语法错误"}
	}
	if tree["error"] == true {
		return "", nil, syntaxError(wordOf(tree, "error_type"), wordOf(tree, "error_message"))
	}
	if list, _ := tree["statements"].([]any); len(list) != 1 {
		return "", nil, &refused{"42601", "cannot insert multiple commands into a prepared statement", "一次只能有一条语句"}
	}
	t := &catalogTree{database: spec.View.Database, relations: c.relations, functions: c.functions, procs: c.procs,
		queries: map[string]bool{}, casts: map[int]uint32{}}
	for _, p := range params {
		t.params = append(t.params, p.OID)
	}
	t.names(tree)
	t.adapt(tree)
	if t.refusal != nil {
		return "", nil, t.refusal
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		return "", nil, err
	}
	if texts, err = c.column(ctx, "SELECT json_deserialize_sql(?::JSON)::VARCHAR", string(raw)); err != nil {
		return "", nil, err
	}
	return texts[0], t, nil
}

// describe prepares a statement and returns its columns, and the types of its parameters.
func (c *catalogEngine) describe(sql string) (columns, params []described, err error) {
	conn, err := rawConnection(c.engine.conn)
	if err != nil {
		return nil, nil, err
	}
	var stmt bindings.PreparedStatement
	defer bindings.DestroyPrepare(&stmt)
	if bindings.Prepare(conn, sql, &stmt) == bindings.StateError {
		return nil, nil, engineError(bindings.PrepareError(stmt))
	}
	for i := range bindings.PreparedStatementColumnCount(stmt) {
		t := bindings.PreparedStatementColumnLogicalType(stmt, i)
		d := describeType(t)
		bindings.DestroyLogicalType(&t)
		d.name = bindings.PreparedStatementColumnName(stmt, i)
		columns = append(columns, d)
	}
	for i := range bindings.NParams(stmt) {
		t := bindings.ParamLogicalType(stmt, i+1)
		params = append(params, describeType(t))
		bindings.DestroyLogicalType(&t)
	}
	return columns, params, nil
}

// withNames wraps a statement with columns that stand for objects, whose names are shown, and returns "" for any other.
func withNames(sql string, columns []described) string {
	any := false
	list, names := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = fmt.Sprintf("c%d", i)
		list[i] = names[i]
		if registers[c.alias] != "" {
			any = true
			list[i] = "own." + c.alias + "_name(" + names[i] + ")"
		}
	}
	if !any {
		return ""
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM (" + strings.TrimRight(sql, "; \n") + ") AS t(" +
		strings.Join(names, ", ") + ")"
}

// columns says what the columns are where nothing is run.
func (c *catalogEngine) columns(list []described) ([]api.CatalogResult, error) {
	fields := make([]arrow.Field, len(list))
	for i := range fields {
		fields[i] = arrow.Field{Name: list[i].name, Type: arrow.BinaryTypes.String}
	}
	described, err := pgrows.Columns(withTypes(arrow.NewSchema(fields, nil), list))
	for i := range described {
		described[i].Digits = list[i].digits
	}
	return results(described), err
}

func results(columns []pgrows.Column) []api.CatalogResult {
	out := make([]api.CatalogResult, len(columns))
	for i, c := range columns {
		out[i] = api.CatalogResult{Name: c.Name, OID: c.OID, Len: c.Len, Mod: c.Mod, Digits: c.Digits}
	}
	return out
}

// withTypes puts names and types of PostgreSQL on a schema of the engine's.
func withTypes(schema *arrow.Schema, columns []described) *arrow.Schema {
	fields := schema.Fields()
	for i, d := range columns {
		fields[i].Name = d.name
		if d.oid != 0 {
			fields[i].Metadata = arrow.NewMetadata([]string{pgrows.OIDKey, pgrows.ModKey},
				[]string{fmt.Sprint(d.oid), fmt.Sprint(d.mod)})
		}
	}
	return arrow.NewSchema(fields, nil)
}

func (c *catalogEngine) run(ctx context.Context, in sandbox.Env, sql string, args []any, columns []described,
	spec api.CatalogSpec, ans *api.CatalogAnswer) error {
	rows, err := c.engine.stream(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.close()
	schema := withTypes(rows.schema, columns)
	encoder, err := pgrows.NewEncoder(schema, spec.Formats, time.UTC)
	if err != nil {
		return err
	}
	ans.Columns = results(encoder.Columns())
	if spec.Types != nil && !slices.EqualFunc(ans.Columns, spec.Types,
		func(c api.CatalogResult, oid uint32) bool { return c.OID == oid }) {
		return &refused{"55000", "the columns are not of the types that they were described with", "列的类型与描述不符"}
	}
	w := &rangeWriter{spec: spec, encoder: encoder, to: in.Output(task.OutRows), answer: ans}
	if err := w.hashed(schema); err != nil {
		return err
	}
	write := w.write
	if spec.Arrow {
		write = messagesTo(in.Output(task.OutRows), encoder, ans)
	}
	for !w.full {
		if n, err := rows.next(); err != nil || n == 0 {
			w.mark(&ans.After)
			return err
		}
		batch, err := rows.arrow()
		if err != nil {
			return err
		}
		err = write(batch)
		batch.Release()
		if err != nil {
			return err
		}
	}
	w.mark(&ans.After)
	return nil
}

// messagesTo returns what writes all rows as Arrow messages.
func messagesTo(out io.Writer, encoder *pgrows.Encoder, ans *api.CatalogAnswer) func(arrow.RecordBatch) error {
	messages := arrowio.NewMessages(out)
	return func(batch arrow.RecordBatch) error {
		b, err := encoder.Batch(batch)
		if err != nil {
			return err
		}
		defer b.Release()
		ans.Rows += b.NumRows()
		return messages.Write(b)
	}
}
