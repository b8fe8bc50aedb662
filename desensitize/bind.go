package desensitize

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/technique"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// bindSteps binds the steps in order, each to the schema that the one before it leaves, and collects everything that is
// wrong.
func (r *run) bindSteps(ctx context.Context, schema *arrow.Schema, p *Profile) ([]bound, error) {
	var plan []bound
	var bad technique.Reasons
	if _, err := arrowio.Columns(schema); err != nil {
		return nil, err
	}
	for n := range p.Steps {
		step := &p.Steps[n]
		place := stepPlace(n)
		name, t := step.use()
		if t == nil {
			bad.Add("step.technique", place, "a step has exactly one technique", "每一步恰有一种技术")
			continue
		}
		if about := technique.Describe(name, t); len(step.Detectors) > 0 && !about.Inside {
			bad.Add("step.detectors", place+" "+name, "the technique works on whole cells only, not inside texts",
				"该技术只作用于整个单元格，不能用于文本之内")
			continue
		}
		b := &technique.Binding{Context: ctx, Env: r.env, Schema: schema, Detectors: step.Detectors}
		if !step.resolve(b, place, &bad) {
			continue
		}
		s, err := b.Bind(t)
		if err != nil {
			bad.AddAll(place+" "+name, err)
			continue
		}
		schema = s.Schema()
		plan = append(plan, bound{name: name, technique: t, step: step, stage: s, binding: b})
	}
	if p.Model != nil && len(bad) == 0 {
		s, err := p.Model.bind(&technique.Binding{Context: ctx, Env: r.env, Schema: schema})
		if err != nil {
			bad.AddAll("model", err)
		} else {
			plan = append(plan, bound{name: "model", step: &Step{}, stage: s})
		}
	}
	return plan, bad.Refuse("the profile does not fit the table", "方案与表不符")
}

// resolve looks the columns of the step up.
func (s *Step) resolve(b *technique.Binding, place string, bad *technique.Reasons) bool {
	ok := true
	for i, c := range s.Columns {
		at, err := b.Column(c)
		if err != nil || slices.Contains(s.Columns[:i], c) {
			bad.Add("step.column", place+" "+c, "there is no such column at this step, or it is named twice",
				"此步骤没有这一列，或重复列出")
			ok = false
			continue
		}
		b.Columns = append(b.Columns, at)
	}
	return ok
}

// bound is a step ready to run.
type bound struct {
	name      string
	technique technique.Technique
	step      *Step
	stage     technique.Stage
	binding   *technique.Binding
}

// settled refuses values that did not fit, where the step says so.
func (b *bound) settled() error {
	if b.step.Unfit != "refuse" || b.stage.Tally().Unfit == 0 {
		return nil
	}
	return yumen.Errorf(yumen.KindFailed, "values do not have the form that %s needs", "有取值不符合 %s 要求的形式", b.name).
		ToFix("leave out \"unfit: refuse\" to suppress them", "去掉 unfit: refuse 则改为抑制这些单元格")
}
