package query

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Table is a dataset that a query may name.
type Table struct {
	Dataset yumen.Dataset
	// Uses are the effective uses by column: what catalog and contract both grant, with the stricter parameter. A column that
	// is absent is not granted.
	Uses map[string][]yumen.Constraint
}

// Scope is what a query is judged by.
type Scope struct {
	Tables  []Table
	Classes []yumen.ReleaseClass // what the contract allows
	Class   yumen.ReleaseClass   // asked for by the submitter; "" derives it
	Risk    yumen.Risk
	Privacy yumen.PrivacySpec // for class dp: how much of a unit counts, nothing left zero
	Today   time.Time         // the day that current_date means; zero refuses it
}

// Plan is what was decided about a query. It is stored with the job.
type Plan struct {
	Class   yumen.ReleaseClass     `json:"class"`
	Columns []yumen.ArtifactColumn `json:"columns"` // of the result
	// Cells are, for class aggregate, the columns of the table of cells: group keys, then aggregates. Post makes the result
	// out of it once it is protected.
	Cells []yumen.ArtifactColumn `json:"cells,omitempty"`
	// Explained are Cells, for an explanation.
	Explained []ExplainedCell `json:"explained,omitempty"`
	// Possible are the combinations of parts of Cells that a row can be in, bit n for part n+1, as far as catalog and text tell;
	// nil for any.
	Possible []uint64 `json:"possible,omitempty"`
	// SQL is what meets the data: for class aggregate it gives the cells, for class rows the result. Its last Evidence columns
	// are evidence.
	SQL string `json:"sql"`
	// Evidence is the number of evidence columns: for class aggregate _units, _rows, and _units_i, _share_i, _p_i, _total_i and
	// _values_i for each measure i, and where there are parts _atoms, or _atoms and _unit_atoms (see yumen.GroupEvidence); none for class rows.
	Evidence int         `json:"evidence"`
	Views    []task.View `json:"views"` // what the enclave must expose
	// Grouping gives the same rows as SQL sooner, where there is one.
	Grouping *task.Grouping `json:"grouping,omitempty"`
	K        int            `json:"k"` // strictest threshold of the contract and the columns used
	// MaxDominance is the strictest share of a total that a column used grants to the largest units; 0 leaves the contract's.
	MaxDominance float64      `json:"max_dominance,omitempty"`
	Datasets     []string     `json:"datasets"`
	Notes        []yumen.Text `json:"notes,omitempty"` // what an analyst should know of how the answer differs from the text
	// Private is, for class dp, what is asked of the data. SQL is then empty and Evidence 0.
	Private *task.Question `json:"private,omitempty"`
	// Post is, for classes aggregate and dp, the post statement: it reads task.CellsTable only, whose cells are protected.
	Post    string          `json:"post,omitempty"`
	Lineage []ColumnLineage `json:"lineage,omitempty"` // of Columns, for an explanation
}

// Defaults of the risk appetite, for a Scope that leaves them zero; those of yumen.Risk.
const (
	defaultK     = 10
	defaultN     = 2
	defaultShare = 0.9
	defaultP     = 0.1
)

// Analyse decides what the answer to sql would reveal and what may be run instead of it. Tree is what DuckDB's
// json_serialize_sql made of the same text, its errors included. The error is a *yumen.Error: of kind invalid where the text
// is no statement, of kind denied with every reason where it may not be answered. No message holds a literal of the text; the
// excerpt of a syntax error alone may.
func Analyse(sql string, tree json.RawMessage, sc Scope) (p *Plan, err error) {
	defer func() {
		if recover() != nil { // what panicked may quote the text
			p, err = nil, yumen.Errorf(yumen.KindInternal, "the analysis of this statement failed", "分析该语句时发生故障")
		}
	}()
	rs := &reasons{src: source{sql}}
	q, err := decodeTree(tree, rs)
	if err != nil {
		return nil, err
	}
	sc.Risk = withDefaults(sc.Risk)
	st := resolve(q, &sc, rs)
	a := &planning{reasons: rs, scope: &sc, plan: &Plan{K: st.k, MaxDominance: st.maxDominance, Notes: st.notes}}
	a.class(st.block)
	a.describe(st.block)
	if len(rs.list) == 0 {
		a.write(st.block)
	}
	if err := rs.refusal(); err != nil {
		return nil, err
	}
	return a.plan, nil
}

// planning is the work on the plan of one statement.
type planning struct {
	*reasons
	scope *Scope
	plan  *Plan
}

// write says what is asked of the data and what is made of the answer.
func (a *planning) write(b *block) {
	rows := 0
	if a.plan.Class == yumen.ClassDP {
		rows = max(1, a.scope.Privacy.RowsPerUnit)
	}
	if b.post || len(b.scalars) > 0 {
		a.plan.Lineage = lineageOfAnswers(b, a.plan.Columns)
	} else {
		a.plan.Lineage = lineageOf(b, a.plan.Columns, rows)
	}
	switch a.plan.Class {
	case yumen.ClassDP:
		if b.post || len(b.scalars) > 0 {
			a.refuseAnswers(b)
			return
		}
		if q := privately(b, a.scope, a.reasons); q != nil {
			p := a.plan
			var notes []yumen.Text
			var errors []yumen.ArtifactColumn
			p.Private, p.Post, errors, notes = emitQuestion(q)
			p.Columns = append(p.Columns, errors...)
			p.Notes, p.Views = append(p.Notes, notes...), p.Private.Views
		}
	case yumen.ClassAggregate:
		a.plan.Columns = append(a.plan.Columns, b.statusColumns()...)
		a.writeTables(b)
	default:
		a.plan.SQL = emitRows(b)
		a.plan.Views = viewsOf(b, a.scope.Tables)
	}
	for _, v := range a.plan.Views {
		a.plan.Datasets = append(a.plan.Datasets, v.Name)
	}
}

// writeTables plans the tables of cells that a block is made of, and what is made of them.
func (a *planning) writeTables(b *block) {
	f := familyOf(b.tables())
	if f == nil {
		a.refuseTables(b.tables())
		return
	}
	t := cellsOf(f.block, a.reasons)
	if t == nil {
		return
	}
	for _, put := range f.back {
		put()
	}
	p, risk := a.plan, a.scope.Risk
	risk.K = p.K
	groups := emitGroups(t, risk)
	p.SQL, p.Evidence, p.Grouping = groups.sql, groups.evidence, groups.grouping
	p.Cells, p.Possible, p.Explained = t.columns, t.possible, t.block.explainedCells(t.columns)
	p.Post = answerWriter{f.posting(p.Cells)}.postStatement(b)
	p.Notes = append(p.Notes, b.suppressionNotes()...)
	p.Views = viewsOf(t.block, a.scope.Tables)
}

// private reports whether aggregates are answered in class dp: where it is asked for, or the contract allows no other class
// for them.
func (sc *Scope) private() bool {
	return sc.Class == yumen.ClassDP ||
		sc.Class == "" && slices.Contains(sc.Classes, yumen.ClassDP) && !slices.Contains(sc.Classes, yumen.ClassAggregate)
}

func withDefaults(r yumen.Risk) yumen.Risk {
	if r.K < 1 {
		r.K = defaultK
	}
	if r.Dominance.N < 1 {
		r.Dominance.N = defaultN
	}
	if r.Dominance.Share <= 0 {
		r.Dominance.Share = defaultShare
	}
	if r.PRatio <= 0 {
		r.PRatio = defaultP
	}
	return r
}

// class settles the release class.
func (a *planning) class(b *block) {
	derived := yumen.ClassRows
	if b.grouped || b.post {
		derived = yumen.ClassAggregate
		if a.scope.private() {
			derived = yumen.ClassDP
		}
	}
	a.plan.Class = derived
	switch asked := a.scope.Class; {
	case asked == yumen.ClassOpaque:
		a.addFix("class.unavailable", -1, yumen.Say("class %s is not available for SQL", "SQL 不支持 %s 类", string(asked)), yumen.Say("ask for class %s", "请申请 %s 类", string(derived)))
	case asked == yumen.ClassDP && derived == yumen.ClassRows:
		a.addFix("class.mismatch", -1, yumen.Say("class dp was asked for, but the query shows single rows", "申请的是 dp 类，但查询显示单行数据"), yumen.Say("aggregate with GROUP BY, COUNT, SUM or AVG", "请用 GROUP BY、COUNT、SUM 或 AVG 聚合"))
	case asked != "" && asked != derived:
		a.addFix("class.mismatch", -1, yumen.Say("class %s was asked for, but the query gives class %s", "申请的是 %s 类，但查询结果属于 %s 类", string(asked), string(derived)), yumen.Say("ask for class %s", "请申请 %s 类", string(derived)))
	}
	if slices.Contains(a.scope.Classes, derived) {
		return
	}
	fix := yumen.Text{}
	if derived == yumen.ClassRows && slices.Contains(a.scope.Classes, yumen.ClassAggregate) {
		fix = yumen.Say("aggregate with GROUP BY, COUNT, SUM or AVG", "请用 GROUP BY、COUNT、SUM 或 AVG 聚合")
	}
	a.addFix("class.not-allowed", -1, yumen.Say("the contract does not allow class %s", "合同不允许 %s 类结果", string(derived)), fix)
}

// describe states each result column.
func (a *planning) describe(b *block) {
	for _, o := range b.outs {
		if o.expr.typ.kind == kInterval {
			a.addFix("type.output", o.at, yumen.Say("a result column cannot be an interval", "结果列不能是时间间隔"), yumen.Say("use date_diff('day', a, b)", "请使用 date_diff('day', a, b)"))
			continue
		}
		c := sourced(o.expr, b.keys)
		c.Name, c.Type, c.Kind = o.name, o.expr.typ.name(), yumen.ColumnRow
		if b.grouped || b.post {
			describeGrouped(&c, o.expr, b.protected(o.expr))
		} else {
			c.Mask = maskOf(o.expr)
		}
		a.plan.Columns = append(a.plan.Columns, c)
	}
}

func describeGrouped(c *yumen.ArtifactColumn, e *expr, protected bool) {
	switch {
	case !protected && !e.windowed() && !e.aggregates():
		c.Kind = yumen.ColumnKey
	case e.op == opAgg:
		c.Kind, c.Function = yumen.ColumnAggregate, e.agg.fn
	default:
		c.Kind, c.Function = yumen.ColumnAggregate, "expr"
	}
}
