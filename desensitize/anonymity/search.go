package anonymity

import (
	"cmp"
	"context"
	"math"
	"strings"

	"github.com/yumen-data/yumen"
)

// Problem asks for the full-domain generalization of a table that meets the models at the least cost: one level for
// each quasi-identifier, the same for all rows (Samarati 2001). Rows in classes that fail a model may be suppressed, up
// to a limit.
type Problem struct {
	Table       *Table
	Quasi       []string              // the quasi-identifiers
	Hierarchies map[string]*Hierarchy // one for each quasi-identifier
	Models      []Model
	Metric      Metric             // Defaults to NonUniformEntropy
	Weights     map[string]float64 // factors on the cost of a column, 0 or more, for entropy and loss. Default to 1
	// MaxSuppressed is the share of rows that may be suppressed, in [0,1]. Defaults to 0.
	MaxSuppressed float64
	// CountSuppressed counts suppressed rows in the score as Metric says. Defaults to false: suppression within the
	// limit costs nothing and suppressed rows count as if they were released, as in the monotonic variants of ARX's
	// metrics.
	CountSuppressed bool
	// Released, where not nil, says that the table is a population and marks the rows that the release is about. Models
	// and metrics then count released rows; DeltaPresence compares them with the whole.
	Released []bool
}

// Solution is the generalization that a search found.
type Solution struct {
	Quasi      []string `json:"quasi"`
	Levels     []int    `json:"levels"` // of each quasi-identifier, 0 for unchanged
	Score      float64  `json:"score"`
	Suppressed int64    `json:"suppressed"` // rows
	Classes    int      `json:"classes"`    // without the suppressed rows
	Nodes      int      `json:"nodes"`      // generalizations there are
	Checked    int      `json:"checked"`    // of these, checked on the data
	part       *partition
	released   []bool
}

// Optimal finds a generalization of least score. It is exact: a node of the lattice is left out only if it cannot meet
// the models, because a coarser node fails a model that generalization cannot break, or cannot score better, because a
// lower bound of its score is not below the best. The walk combines the predictive tagging and binary search along
// paths of Flash (Kohlmayer, Prasser et al. 2012) with an order by lower bound. It fails with kind invalid if the
// problem is malformed or no generalization meets the models, limit if the lattice is too large, and with the cause of
// ctx.
func Optimal(ctx context.Context, p Problem) (*Solution, error) {
	s, err := newSearch(p)
	if err != nil {
		return nil, err
	}
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	return s.solution(p)
}

// search is the state of one walk.
type search struct {
	*lattice
	part        *partition
	scorer      *scorer
	limit       int64 // rows that may be suppressed
	suppressing bool
	monotone    bool // some model is monotone, so that failures can be predicted downwards

	bound    []float64 // node → lower bound of its score and of all above
	hopeless []bool    // node → fails a monotone model
	seen     []bool    // node → checked
	best     float64
	at       int // node of the best score, or −1
	checked  int
}

func newSearch(p Problem) (*search, error) {
	quasi, sensitive, err := p.columns()
	if err != nil {
		return nil, err
	}
	ladders, err := p.ladders(quasi)
	if err != nil {
		return nil, err
	}
	v, err := newTuples(p.Table, quasi, sensitive, p.Released)
	if err != nil {
		return nil, err
	}
	if v.rows == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "the table has no rows", "表中没有行")
	}
	for _, m := range p.Models {
		if k, ok := m.(KAnonymity); ok {
			if err := k.check(v.rows); err != nil {
				return nil, err
			}
		}
	}
	tests, err := bindAll(p.Models, v)
	if err != nil {
		return nil, err
	}
	s := &search{part: newPartition(v, ladders, tests), best: math.Inf(1), at: -1}
	if s.lattice, err = newLattice(ladders); err != nil {
		return nil, err
	}
	return s, s.configure(p, ladders)
}

func (s *search) configure(p Problem, ladders []*ladder) error {
	if !(p.MaxSuppressed >= 0 && p.MaxSuppressed <= 1) {
		return yumen.Errorf(yumen.KindInvalid, "the share of rows that may be suppressed must lie in [0,1]",
			"可抑制行的比例必须在 [0,1] 内")
	}
	s.limit = int64(math.Floor(p.MaxSuppressed*float64(s.part.v.rows) + 1e-9))
	s.suppressing = s.limit > 0
	for _, t := range s.part.tests {
		s.monotone = s.monotone || t.monotone || !s.suppressing
	}
	weights, err := p.weights()
	if err != nil {
		return err
	}
	metric := p.Metric
	metric = cmp.Or(metric, NonUniformEntropy)
	s.scorer, err = newScorer(s.part.v, ladders, metric, weights, !p.CountSuppressed)
	return err
}

// columns returns the places of the quasi-identifiers and of the sensitive attributes, in order of the models.
func (p *Problem) columns() (quasi, sensitive []int, err error) {
	if p.Table == nil || len(p.Models) == 0 {
		return nil, nil, yumen.Errorf(yumen.KindInvalid, "a search needs a table and at least one model",
			"搜索需要一张表和至少一个模型")
	}
	if quasi, err = p.Table.pick(p.Quasi, quasiText); err != nil {
		return nil, nil, err
	}
	sensitive, err = sensitivePlaces(p.Table, p.Quasi, p.Models)
	return quasi, sensitive, err
}

// ladders binds the hierarchies, all reasons against them collected.
func (p *Problem) ladders(quasi []int) ([]*ladder, error) {
	var reasons []yumen.Reason
	ladders := make([]*ladder, len(quasi))
	for i, name := range p.Quasi {
		h, ok := p.Hierarchies[name]
		if !ok {
			reasons = append(reasons, yumen.Reason{Rule: "hierarchy.missing", Place: name,
				Msg: yumen.Say("the quasi-identifier has no hierarchy", "该准标识符没有层级")})
			continue
		}
		l, err := newLadder(&p.Table.cols[quasi[i]], h)
		if err != nil {
			e := yumen.AsError(err)
			reasons = append(reasons, yumen.Reason{Rule: "hierarchy.gap", Place: e.Place, Msg: e.Msg, Fix: e.Fix})
		}
		ladders[i] = l
	}
	return ladders, yumen.Refuse(yumen.KindInvalid, yumen.Say("the hierarchies do not fit the table", "层级与表不匹配"),
		reasons)
}

func (p *Problem) weights() ([]float64, error) {
	weights := make([]float64, len(p.Quasi))
	total := 0.0
	for i, name := range p.Quasi {
		w, ok := p.Weights[name]
		if !ok {
			w = 1
		}
		if !(w >= 0) || math.IsInf(w, 0) {
			return nil, yumen.Errorf(yumen.KindInvalid, "a weight must be a number of at least 0",
				"权重必须是不小于 0 的数").At(name)
		}
		weights[i] = w
		total += w
	}
	if total == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "all weights are 0", "所有权重均为 0")
	}
	return weights, nil
}

// run walks the lattice.
func (s *search) run(ctx context.Context) error {
	s.hopeless, s.seen, s.bound = make([]bool, s.nodes), make([]bool, s.nodes), make([]float64, s.nodes)
	for node := range s.bound {
		s.bound[node] = s.scorer.bound(s.decode(node))
	}
	for _, node := range s.sorted(s.key) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		s.inherit(int(node))
		if s.skip(int(node)) {
			continue
		}
		if s.monotone {
			s.path(int(node))
		}
		if !s.skip(int(node)) && !s.seen[node] {
			s.check(int(node))
		}
	}
	return nil
}

// key orders the walk: by lower bound where the metric has one without the data, else by height. Either way a node
// comes after all nodes below it, or along with them at an equal bound.
func (s *search) key(node int) float64 {
	if s.scorer.cost != nil {
		return s.bound[node]
	}
	return float64(s.height(node))
}

// inherit raises the bound of a node to those of the nodes below it.
func (s *search) inherit(node int) {
	s.below(node, func(n int) { s.bound[node] = max(s.bound[node], s.bound[n]) })
}

func (s *search) skip(node int) bool { return s.hopeless[node] || s.bound[node] >= s.best }

// path walks up from a node as far as anything may be gained, and finds by bisection where the monotone models begin to
// hold. All nodes below the last that fails are hopeless.
func (s *search) path(node int) {
	path := []int{node}
	for {
		next := -1
		s.above(path[len(path)-1], func(n int) {
			if !s.skip(n) && (next < 0 || s.key(n) < s.key(next)) {
				next = n
			}
		})
		if next < 0 {
			break
		}
		path = append(path, next)
	}
	lo, hi := 0, len(path)-1
	if s.fails(path[hi]) {
		return
	}
	for lo < hi {
		mid := (lo + hi) / 2
		if s.fails(path[mid]) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
}

// fails reports whether a node fails a monotone model.
func (s *search) fails(node int) bool {
	if !s.seen[node] && !s.hopeless[node] {
		s.check(node)
	}
	return s.hopeless[node]
}

// check computes the classes of a node and keeps it if it is the best so far.
func (s *search) check(node int) {
	s.seen[node] = true
	s.checked++
	s.part.make(s.decode(node), s.suppressing)
	if s.part.doomed > s.limit {
		s.discard(node)
		return
	}
	score, bound := s.scorer.score(s.part)
	s.bound[node] = max(s.bound[node], bound)
	if s.part.suppressed <= s.limit && !s.part.failed && score < s.best {
		s.best, s.at = score, node
	}
}

// discard marks a node that fails a monotone model, and all nodes below it.
func (s *search) discard(node int) {
	stack := []int{node}
	s.hopeless[node] = true
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		s.below(top, func(n int) {
			if !s.hopeless[n] {
				s.hopeless[n] = true
				stack = append(stack, n)
			}
		})
	}
}

func (s *search) solution(p Problem) (*Solution, error) {
	if s.at < 0 {
		names := make([]string, len(p.Models))
		for i, m := range p.Models {
			names[i] = m.String()
		}
		return nil, yumen.Errorf(yumen.KindInvalid, "no generalization meets %s with at most %d rows suppressed",
			"在最多抑制 %[2]d 行的条件下，没有泛化方案满足 %[1]s",
			strings.Join(names, ", "), s.limit).
			ToFix("weaken a model, allow more suppression, or add a level to a hierarchy", "请放宽模型、允许更多抑制，或为层级增加级别")
	}
	levels := s.decode(s.at)
	s.part.make(levels, s.suppressing)
	out := &Solution{Quasi: p.Quasi, Score: s.best, Suppressed: s.part.suppressed, Nodes: s.nodes, Checked: s.checked,
		part: s.part, released: p.Released}
	for _, l := range levels {
		out.Levels = append(out.Levels, int(l))
	}
	for id, n := range s.part.size {
		if n > 0 && !s.part.bad[id] {
			out.Classes++
		}
	}
	return out, nil
}
