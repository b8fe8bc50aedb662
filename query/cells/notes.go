package cells

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
)

// QuantileNotes says how coarse quantiles are.
func QuantileNotes(b *plan.Block) (out []yumen.Text) {
	h := HistogramOf(b)
	switch {
	case h == nil:
		return nil
	case h.Grid.Width > 0:
		out = append(out, yumen.Say("medians and quantiles are read from a histogram with enough units in each bucket, of width %s at least, and rounded counts",
			"中位数与分位数读自直方图：每个分桶的主体数足够，宽度至少为 %s，计数已取整", plan.FormatFloat(h.Grid.Width)))
	default:
		out = append(out, yumen.Say("medians and quantiles are read from a histogram with enough units in each bucket, the finest of two leading digits, and rounded counts",
			"中位数与分位数读自直方图：每个分桶的主体数足够，最细为前两位有效数字，计数已取整"))
	}
	if !h.Counted {
		out = append(out, yumen.Say("each is the middle of its bucket, because units may have several rows or something else than counts stands beside it",
			"因一个保护单元可有多行，或并列的不只是计数，各取所在分桶的中点"))
	}
	return out
}

// SuppressionNotes says where the answer differs from the text because cells are suppressed.
func SuppressionNotes(b *plan.Block, f *Family) (out []yumen.Text) {
	if slices.ContainsFunc(b.Tables(), func(t *plan.Block) bool { return len(t.Keys) > 0 }) {
		out = append(out, yumen.Say("groups below the threshold are left out", "低于最小频数的分组不予列出"))
	}
	if f != nil && len(f.Levels) > 0 {
		out = append(out, yumen.Say("totals beside parts: a row of which one figure is suppressed is left out whole, and further rows with it that would give it away",
			"合计与分项并列：某行有指标被抑制则整行不列出，能还原它的其他行亦不列出"))
	}
	if b.Post && slices.ContainsFunc(b.Outs, func(o *plan.Output) bool { return o.Expr.Aggregates() }) {
		out = append(out, yumen.Say("an aggregate over groups of which one is suppressed is suppressed; WHERE on the same figure leaves such groups out first",
			"对含被抑制单元格的分组再聚合，其结果亦被抑制；对同一数值写 WHERE 可先排除这些分组"))
	}
	if b.Having != nil && b.Having.Aggregates() {
		out = append(out, yumen.Say("HAVING: a condition on a suppressed cell does not hold",
			"HAVING：涉及被抑制单元格的条件视为不成立"))
	}
	if slices.ContainsFunc(b.Order, func(o plan.Ordering) bool { return o.Expr.Aggregates() }) {
		out = append(out, yumen.Say("ORDER BY: rows with a suppressed cell come last, in the order of their keys",
			"ORDER BY：含被抑制单元格的行排在最后，按键排序"))
	}
	if slices.ContainsFunc(b.Windows(), func(w *plan.Expr) bool { return w.Aggregates() }) {
		out = append(out, yumen.Say("OVER: where a cell of a partition is suppressed, so is the value in the whole partition; HAVING on the same figure, such as count(*) > 0, leaves such groups out first",
			"OVER：分区中有被抑制的单元格时，整个分区的该值均被抑制；对同一数值写 HAVING（如 count(*) > 0）可先排除这些分组"))
	}
	return out
}

// RepeatsNotes says how counts of rows are given in which the statement has a hand.
func RepeatsNotes(t *Table) (out []yumen.Text) {
	if slices.ContainsFunc(t.Columns, func(c yumen.ArtifactColumn) bool { return c.Repeats }) {
		out = append(out, yumen.Say("rows are counted as the statement joins or chooses them, so a count is as coarse as a sum, and suppressed where all but a few people have a multiple of the same number of rows; count(DISTINCT key) counts people",
			"所计行由语句连接或选取，计数按合计的粒度取整；若除少数人外每人的行数都是同一数的倍数，则予以抑制；count(DISTINCT 键) 统计人数"))
	}
	return out
}
