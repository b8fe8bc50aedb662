package query

import (
	"encoding/json"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/bind"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/decode"
	"github.com/yumen-data/yumen/query/emit"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// Plan is what was decided about a query. It is stored with the job.
type Plan struct {
	Class   yumen.ReleaseClass     `json:"class"`
	Columns []yumen.ArtifactColumn `json:"columns"` // of the result
	// Cells are, for class aggregate, the columns of the table of cells: group keys, then aggregates. Post makes the
	// result out of it once it is protected.
	Cells []yumen.ArtifactColumn `json:"cells,omitempty"`
	// Explained are Cells, for an explanation.
	Explained []ExplainedCell `json:"explained,omitempty"`
	// Possible are the combinations of parts of Cells that a row can be in, bit n for part n+1, as far as catalog and
	// text tell; nil for any.
	Possible []uint64 `json:"possible,omitempty"`
	// SQL is what meets the data: for class aggregate it gives the cells, for class rows the result. Its last Evidence
	// columns are evidence.
	SQL string `json:"sql"`
	// Evidence is the number of evidence columns: for class aggregate _units, _rows, and _units_i, _share_i, _p_i,
	// _total_i and _values_i for each measure i, and where there are parts _atoms, or _atoms and _unit_atoms (see
	// yumen.GroupEvidence); none for class rows.
	Evidence int         `json:"evidence"`
	Views    []task.View `json:"views"` // what the enclave must expose
	// Lookups are statements over reference data alone that give no row if rows of people find one row of each list at
	// most.
	Lookups []Lookup `json:"lookups,omitempty"`
	// Grouping gives the same rows as SQL sooner, where there is one.
	Grouping *task.Grouping `json:"grouping,omitempty"`
	// Labels say which units count in which of Cells, for the ledger.
	Labels *task.LabelsSpec `json:"labels,omitempty"`
	K      int              `json:"k"` // strictest threshold of the contract and the columns used
	// MaxDominance is the strictest share of a total that a column used grants to the largest units; 0 leaves the
	// contract's.
	MaxDominance float64      `json:"max_dominance,omitempty"`
	Datasets     []string     `json:"datasets"`
	Notes        []yumen.Text `json:"notes,omitempty"` // what an analyst should know of how the answer differs from the text
	// Private is, for class dp, what is asked of the data. SQL is then empty and Evidence 0.
	Private *task.Question `json:"private,omitempty"`
	// Post is, for classes aggregate and dp, the post statement: it reads task.CellsTable only, whose cells are
	// protected.
	Post    string                `json:"post,omitempty"`
	Lineage []cells.ColumnLineage `json:"lineage,omitempty"` // of Columns, for an explanation
	// Figures is, for class aggregate, the question that is asked before, if SQL compares rows with figures over
	// others: its Post gives one row, which SQL reads as task.FiguresTable.
	Figures *Plan `json:"figures,omitempty"`
}

// Lookup is a statement that must give no row before SQL may run, and why SQL is refused otherwise.
type Lookup struct {
	SQL string       `json:"sql"`
	Why yumen.Reason `json:"why"`
}

// Defaults of the risk appetite, for a Scope that leaves them zero; those of yumen.Risk.
const (
	defaultK     = 10
	defaultN     = 2
	defaultShare = 0.9
	defaultP     = 0.1
)

// Analyse decides what the answer to sql would reveal and what may be run instead of it. Tree is what DuckDB's
// json_serialize_sql made of the same text, its errors included. The error is a *yumen.Error: of kind invalid where the
// text is no statement, of kind denied with every reason where it may not be answered. No message holds a literal of
// the text; the excerpt of a syntax error alone may.
func Analyse(sql string, tree json.RawMessage, sc plan.Scope) (p *Plan, err error) {
	defer func() {
		if recover() != nil { // what panicked may quote the text
			p, err = nil, yumen.Errorf(yumen.KindInternal, "the analysis of this statement failed", "分析该语句时发生故障")
		}
	}()
	rs := &reason.List{Source: reason.Source{Text: sql}}
	q, err := decode.Tree(tree, sc.Params, rs)
	if err != nil {
		return nil, err
	}
	sc.Risk = withDefaults(sc.Risk)
	st := bind.Resolve(q, &sc, rs)
	a := &planning{List: rs, scope: &sc, plan: &Plan{K: st.K, MaxDominance: st.MaxDominance, Notes: st.Notes}}
	a.class(st.Block)
	a.describe(st.Block)
	if len(rs.All) == 0 {
		a.write(st.Block)
		a.writeFigures(st.Figures)
	}
	if err := rs.Refusal(); err != nil {
		return nil, err
	}
	return a.plan, nil
}

// planning is the work on the plan of one statement.
type planning struct {
	*reason.List
	scope *plan.Scope
	plan  *Plan
}

// write says what is asked of the data and what is made of the answer.
func (a *planning) write(b *plan.Block) {
	rows := 0
	if a.plan.Class == yumen.ClassDP {
		rows = max(1, a.scope.Privacy.RowsPerUnit)
	}
	if b.Post || len(b.Scalars) > 0 {
		a.plan.Lineage = cells.LineageOfAnswers(b, a.plan.Columns)
	} else {
		a.plan.Lineage = cells.LineageOf(b, a.plan.Columns, rows)
	}
	switch a.plan.Class {
	case yumen.ClassDP:
		if b.Post || len(b.Scalars) > 0 || len(b.Levels) > 0 {
			a.writePrivateTable(b)
		} else if q := cells.QuestionOf(b, a.scope, a.List); q != nil {
			p := a.plan
			var notes []yumen.Text
			var errors []yumen.ArtifactColumn
			p.Private, p.Post, errors, notes = emit.Question(q)
			p.Columns = append(p.Columns, errors...)
			p.Notes, p.Views = append(p.Notes, notes...), p.Private.Views
		}
	case yumen.ClassAggregate:
		a.plan.Columns = append(a.plan.Columns, cells.StatusColumns(b)...)
		a.writeTables(b)
	default:
		a.plan.SQL = emit.Rows(b)
		a.plan.Views = emit.Views(b, a.scope.Tables)
	}
	for _, v := range a.plan.Views {
		a.plan.Datasets = append(a.plan.Datasets, v.Name)
	}
}

// writePrivateTable plans, in class dp, the one table of cells that a block is made of, and what is made of it.
func (a *planning) writePrivateTable(b *plan.Block) {
	f := cells.FamilyOf(b.Tables())
	if f == nil {
		f = cells.SeveralOf(b.Tables())
	}
	if f == nil {
		a.refuseAnswers(b)
		return
	}
	if len(f.Block.Levels) > 0 && !cells.PrivateLevels(f.Block, a.List) {
		return
	}
	for _, t := range b.Tables() {
		t.Noisy = true
	}
	for _, put := range f.Back {
		put()
	}
	if q := cells.QuestionOf(f.Block, a.scope, a.List); q != nil {
		p := a.plan
		var notes []yumen.Text
		p.Private, p.Post, notes = emit.QuestionOfAnswers(q, b, f.Levels)
		if f.Levels != nil {
			notes = append(notes,
				yumen.Say("totals are sums of noisy parts: what counts in no part counts in no total",
					"合计为加噪分项之和：未计入任何分项者亦不计入合计"))
		}
		p.Notes, p.Views = append(p.Notes, notes...), p.Private.Views
	}
}

// writeTables plans the tables of cells that a block is made of, and what is made of them.
func (a *planning) writeTables(b *plan.Block) {
	for _, t := range b.Tables() {
		if cells.OneUnit(t, yumen.ClassAggregate, a.List) == nil {
			return
		}
	}
	f := cells.FamilyOf(b.Tables())
	if f == nil {
		f = cells.SeveralOf(b.Tables())
	}
	if f == nil {
		refuseTables(a.List, b.Tables())
		return
	}
	t := cells.TableOf(f, a.List)
	if t == nil {
		return
	}
	for _, put := range f.Back {
		put()
	}
	p, risk := a.plan, a.scope.Risk
	risk.K = p.K
	groups := emit.Cells(t, risk)
	p.SQL, p.Evidence, p.Grouping, p.Labels = groups.SQL, groups.Evidence, groups.Grouping, groups.Labels
	p.Cells, p.Possible, p.Explained = t.Columns, t.Possible, explainedCells(t.Block, t.Columns)
	p.Post = emit.AnswerWriter{Table: emit.FamilyPosting(f, p.Cells)}.PostStatement(b)
	p.Notes = slices.Concat(p.Notes, cells.SuppressionNotes(b, f), cells.QuantileNotes(t.Block), cells.RepeatsNotes(t))
	for _, k := range cells.LookupsOf(t.Block) {
		p.Lookups = append(p.Lookups, Lookup{emit.LookupSQL(k), k.Refusal(a.Source)})
	}
	p.Views = emit.Views(t.Block, a.scope.Tables)
}

// writeFigures plans the question whose protected answer rows are compared with.
func (a *planning) writeFigures(figures []*plan.Figure) {
	if len(figures) == 0 {
		return
	}
	b := plan.Asked(figures)
	if a.plan.Class != yumen.ClassAggregate {
		a.AddFix("expression.subquery", b.At,
			yumen.Say("single rows are not chosen by a figure over others: which are there would tell of it",
				"不能用他人的统计值选择单行：选出的行会透露该值"),
			yumen.Say("ask for the figure first, and write the value that is released as a constant",
				"请先查询该值，再把放行的数值写作常量"))
		return
	}
	of := &planning{List: a.List, scope: a.scope,
		plan: &Plan{Class: a.plan.Class, K: a.plan.K, MaxDominance: a.plan.MaxDominance}}
	of.describe(b)
	of.plan.Columns = append(of.plan.Columns, cells.StatusColumns(b)...)
	of.writeTables(b)
	a.plan.Figures = of.plan
	for _, v := range of.plan.Views {
		if !slices.Contains(a.plan.Datasets, v.Name) {
			a.plan.Datasets = append(a.plan.Datasets, v.Name)
		}
	}
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
func (a *planning) class(b *plan.Block) {
	derived := yumen.ClassRows
	if b.Grouped || b.Post {
		derived = yumen.ClassAggregate
		if a.scope.Private() {
			derived = yumen.ClassDP
		}
	}
	a.plan.Class = derived
	switch asked := a.scope.Class; {
	case asked == yumen.ClassOpaque:
		a.AddFix("class.unavailable", -1, yumen.Say("class %s is not available for SQL", "SQL 不支持 %s 类", string(asked)),
			yumen.Say("ask for class %s", "请申请 %s 类", string(derived)))
	case asked == yumen.ClassDP && derived == yumen.ClassRows:
		a.AddFix("class.mismatch", -1,
			yumen.Say("class dp was asked for, but the query shows single rows", "申请的是 dp 类，但查询显示单行数据"),
			yumen.Say("aggregate with GROUP BY, COUNT, SUM or AVG", "请用 GROUP BY、COUNT、SUM 或 AVG 聚合"))
	case asked != "" && asked != derived:
		a.AddFix("class.mismatch", -1,
			yumen.Say("class %s was asked for, but the query gives class %s", "申请的是 %s 类，但查询结果属于 %s 类", string(asked),
				string(derived)), yumen.Say("ask for class %s", "请申请 %s 类", string(derived)))
	}
	if slices.Contains(a.scope.Classes, derived) {
		return
	}
	fix := yumen.Text{}
	if derived == yumen.ClassRows && slices.Contains(a.scope.Classes, yumen.ClassAggregate) {
		fix = yumen.Say("aggregate with GROUP BY, COUNT, SUM or AVG", "请用 GROUP BY、COUNT、SUM 或 AVG 聚合")
	}
	a.AddFix("class.not-allowed", -1,
		yumen.Say("the contract does not allow class %s", "合同不允许 %s 类结果", string(derived)), fix)
}

// describe states each result column.
func (a *planning) describe(b *plan.Block) {
	for _, o := range b.Outs {
		if o.Expr.Type.Kind == plan.KindInterval {
			a.AddFix("type.output", o.At, yumen.Say("a result column cannot be an interval", "结果列不能是时间间隔"),
				yumen.Say("use date_diff('day', a, b)", "请使用 date_diff('day', a, b)"))
			continue
		}
		c := cells.Sourced(o.Expr, b.Keys)
		c.Name, c.Type, c.Kind = o.Name, o.Expr.Type.Name(), yumen.ColumnRow
		if b.Grouped || b.Post {
			describeGrouped(&c, o.Expr, b.Protected(o.Expr))
		} else {
			c.Mask = plan.MaskOf(o.Expr)
		}
		a.plan.Columns = append(a.plan.Columns, c)
	}
}

func describeGrouped(c *yumen.ArtifactColumn, e *plan.Expr, protected bool) {
	switch {
	case !protected && !e.Windowed() && !e.Aggregates():
		c.Kind = yumen.ColumnKey
	case e.Op == plan.OpAgg:
		c.Kind, c.Function = yumen.ColumnAggregate, e.Aggregate.Fn
	default:
		c.Kind, c.Function = yumen.ColumnAggregate, "expr"
	}
}

// refuseTables refuses several tables of cells in one statement.
func refuseTables(r *reason.List, tables []*plan.Block) {
	r.AddFix("tables.several", tables[1].At,
		yumen.Say("the statement groups %d times, over rows of other units or by other numbers of keys, and what these groups tell together is not judged", "该语句分组 %d 次，涉及不同的隐私单元，或键数不同且来源不同，不能判定这些分组合在一起会泄露什么", len(tables)),
		yumen.Say("group once, or submit each as a job of its own", "请只分组一次，或分别提交为单独的任务"))
}

// refuseAnswers refuses in class dp what is made of other answers than one.
func (a *planning) refuseAnswers(b *plan.Block) {
	a.AddFix("dp.tables", b.At,
		yumen.Say("class dp asks for one table of cells a statement, and this one groups rows of several tables or joins", "dp 类每条语句只查询一个单元格表，而该语句对多个表或连接的行分组"),
		yumen.Say("ask for each in a job of its own, or for class aggregate", "请分别提交为单独的任务，或申请 aggregate 类"))
}
