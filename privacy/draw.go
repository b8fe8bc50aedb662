package privacy

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Drawn is the noise of an answer.
type Drawn struct {
	samplers []sampler
	perGroup []int     // noises of a component for one group
	noises   [][]int64 // of each component, group after group
}

// Draws is how many noises an answer needs, at 2 to 5 µs each: for all groups where every key is public, otherwise for
// so many groups.
func Draws(q *task.Question, groups int64) int64 {
	if n, public := Groups(q); public {
		groups = int64(n)
	}
	return groups * int64(drawsPerGroup(q))
}

// firstGroups is for how many groups noise is drawn beforehand.
func firstGroups(q *task.Question, maxGroups int64) int {
	if groups, public := Groups(q); public {
		return groups
	}
	return int(max(1, min(maxGroups, int64(poolDraws/drawsPerGroup(q)))))
}

// Draw draws the noise of an answer. Call it before any data is touched: it then takes as long for one dataset as for
// another. Where keys are not public nobody knows how many groups there are; Finish draws what more it needs. Draw
// refuses noise that does not give the ρ it claims to give for the question.
func Draw(q *task.Question, n task.Noise, maxGroups int64) (*Drawn, error) {
	if err := check(q, n); err != nil {
		return nil, err
	}
	groups := firstGroups(q, maxGroups)
	d := &Drawn{perGroup: make([]int, len(n.Components)), noises: make([][]int64, len(n.Components))}
	for i, c := range n.Components {
		s, err := newSampler(c.Sigma)
		if err != nil {
			return nil, err
		}
		d.samplers = append(d.samplers, s)
		d.perGroup[i] = draws(q, c)
		if err := d.extend(i, groups); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// extend draws until a component has noise for so many groups.
func (d *Drawn) extend(component, groups int) error {
	for len(d.noises[component]) < groups*d.perGroup[component] {
		z, err := d.samplers[component].draw()
		if err != nil {
			return yumen.Errorf(yumen.KindInternal, "cannot draw noise", "无法生成噪声").Because(err)
		}
		d.noises[component] = append(d.noises[component], z)
	}
	return nil
}

// of returns the noises of a component for a group.
func (d *Drawn) of(component, group int) ([]int64, error) {
	if err := d.extend(component, group+1); err != nil {
		return nil, err
	}
	n := d.perGroup[component]
	return d.noises[component][group*n : (group+1)*n], nil
}

// draws is how many noises a component needs for one group. Of a tree only the nodes need noise that a walk looks at:
// the children of one node on each level, for each quantile.
func draws(q *task.Question, c task.Component) int {
	if c.Kind != task.TotalTree {
		return 1
	}
	n := 0
	for _, m := range q.Measures {
		if m.Fn == task.MeasureQuantile && m.Input == c.Input {
			n += treeHeight * treeFanout
		}
	}
	return n
}

func drawsPerGroup(q *task.Question) int {
	n := 0
	for _, c := range Components(q) {
		n += draws(q, c)
	}
	return n
}

// check holds noise against the question: the enclave does not take the word of who asks.
func check(q *task.Question, n task.Noise) error {
	if err := yumen.Refuse(yumen.KindInvalid, yumen.Say("the question cannot be answered", "无法回答该查询"),
		unsound(q)); err != nil {
		return err
	}
	wrong := yumen.Errorf(yumen.KindInvalid, "the noise does not go with the question", "噪声与查询不符")
	want := Components(q)
	if len(n.Components) != len(want) || len(want) == 0 {
		return wrong
	}
	rho := 0.0
	for i, c := range n.Components {
		if c.Kind != want[i].Kind || c.Input != want[i].Input || !drawable(c.Sigma) ||
			!(c.Sensitivity >= Sensitivity(q, c)+rounding(q, c.Sigma)) {
			return wrong
		}
		rho += c.Sensitivity / c.Sigma * c.Sensitivity / c.Sigma / 2
	}
	if !(rho <= n.Rho*(1+1e-9)) {
		return wrong
	}
	if !Public(q) && !(n.MinUnits >= 1 && n.Delta > 0 &&
		n.Tau >= threshold(n.MinUnits, n.Components[0].Sigma, n.Delta, groupsTouched(q))) {
		return wrong
	}
	return nil
}
