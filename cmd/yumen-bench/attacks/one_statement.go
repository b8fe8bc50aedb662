package attacks

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/yumen-data/yumen"
)

// oneStatement is an attack that gets by with one statement: what it shows is a number that tells a bit.
type oneStatement struct {
	name string
	ask  func(target int, s, t subset) Ask
	tell func(target int, s subset, v float64) bool
}

// aboveHalf is how most of them tell the secret bit.
func aboveHalf(_ int, _ subset, v float64) bool { return v > 0.5 }

// one is a statement over everybody with the secret, or over those of a condition.
func one(selected, where string) Ask { return Ask{Select: []string{selected}, Where: where} }

// singling are the attacks that single a person out: a value or a NULL depends on a value, parts of a table are added
// and subtracted, weights put a person into digits of their own.
var singling = []oneStatement{
	{"key arithmetic", func(seat int, _, _ subset) Ask {
		return one(fmt.Sprintf("count(*) - count(nullif(person, 'P%06d'))", seat), "secret = 1")
	}, aboveHalf},
	{"nullif difference", func(seat int, _, _ subset) Ask {
		return one(fmt.Sprintf("sum(secret) - sum(secret + 0 * nullif(seat, %d))", seat), "")
	}, aboveHalf},
	{"CASE difference", func(seat int, _, _ subset) Ask {
		return one(fmt.Sprintf("sum(secret) - sum(CASE WHEN seat = %d THEN 0 ELSE secret END)", seat), "")
	}, aboveHalf},
	{"difference of filters", func(seat int, s, _ subset) Ask {
		return one(fmt.Sprintf("sum(secret) FILTER (WHERE %[1]s OR seat = %[2]d) - "+
			"sum(secret) FILTER (WHERE %[1]s AND seat <> %[2]d)", s.sql(), seat), "")
	}, aboveHalf},
	{"overflow", func(seat int, _, _ subset) Ask {
		return one(fmt.Sprintf("count(TRY(seat * %d)) - count(TRY(seat * %d))",
			math.MaxInt64/seat, math.MaxInt64/(seat-1)), "secret = 1")
	}, aboveHalf},
	{"absorption", func(seat int, _, _ subset) Ask {
		step := func(from int) string {
			return fmt.Sprintf("sum((seat + %d + %g) - %[2]g)", 512-from, math.Pow(2, 62))
		}
		return one("("+step(seat-1)+" - "+step(seat)+") / 1024", "secret = 1")
	}, aboveHalf},
	{"inclusion–exclusion", func(seat int, s, t subset) Ask {
		f := s.sql()
		b := fmt.Sprintf("(%s AND NOT (%s) OR seat = %d AND secret = 1 AND %[2]s)", t.sql(), s.sql(), seat)
		if !s.has(seat) {
			b = fmt.Sprintf("(%s AND %s OR seat = %d AND secret = 1)", t.sql(), s.sql(), seat)
			f = "NOT (" + f + ")"
		}
		return one(fmt.Sprintf("count(*) FILTER (WHERE %[1]s) + count(*) FILTER (WHERE %[2]s) - "+
			"count(*) FILTER (WHERE %[1]s OR %[2]s)", f, b), "")
	}, aboveHalf},
	{"weights", func(seat int, _, _ subset) Ask {
		return one(fmt.Sprintf("(sum(secret * CASE WHEN seat = %d THEN 100000 ELSE 1 END) - sum(secret)) / 99999.0",
			seat), "")
	}, aboveHalf},
	{"near-proportional measures", func(seat int, _, _ subset) Ask {
		return one(fmt.Sprintf("sum(secret) - sum(secret * least(abs(seat - %d), 1))", seat), "")
	}, aboveHalf},
	{"side of a union", func(seat int, s, _ subset) Ask {
		a := one("count(*)", "")
		a.From = fmt.Sprintf("(SELECT person FROM crowd WHERE %s UNION ALL "+
			"SELECT person FROM crowd WHERE seat = %d AND secret = 1) u", s.sql(), seat)
		return a
	}, func(_ int, s subset, v float64) bool { return v > float64(s.size())+0.5 }},
	{"total beside a part", func(seat int, _, _ subset) Ask {
		return one(fmt.Sprintf("sum(secret) - (SELECT sum(secret) FROM crowd WHERE seat <> %d)", seat), "")
	}, aboveHalf},
	{"rows counted twice", func(seat int, _, _ subset) Ask {
		a := one("count(*) % 2", "")
		a.From = fmt.Sprintf("(SELECT person FROM crowd WHERE secret = 1 UNION ALL "+
			"SELECT person FROM crowd WHERE secret = 1 AND seat <> %d) u", seat)
		return a
	}, odd},
}

// passing are the attacks that pass rounding by: what the analyst computes, compares or chooses by sees exact figures.
var passing = []oneStatement{
	{"remainder", func(_ int, s, _ subset) Ask {
		return one("count(*) % 2", "secret = 1 AND "+s.sql())
	}, aboveHalf},
	{"CAST", func(_ int, s, _ subset) Ask {
		return one("CAST('1' || right(CAST(count(*) AS VARCHAR), 1) AS BIGINT)", "secret = 1 AND "+s.sql())
	}, odd},
	{"condition", func(_ int, s, _ subset) Ask {
		return one("CASE WHEN count(*) % 2 = 1 THEN 1 ELSE 0 END", "secret = 1 AND "+s.sql())
	}, aboveHalf},
	{"centring", func(_ int, s, _ subset) Ask { return one("sum(secret - 0.5)", s.sql()) },
		func(_ int, s subset, v float64) bool { return odd(0, s, v+float64(s.size())/2) }},
}

func odd(_ int, _ subset, v float64) bool { return math.Mod(math.Abs(math.Round(v)), 2) == 1 }

// size is how many seats a subset has.
func (s subset) size() (n int) {
	for _, in := range s.row() {
		n += bit(in)
	}
	return n
}

// oneStatements carries them out against both systems, and judges the attacks of a kind together besides.
func oneStatements(ctx context.Context, l *Lab) ([]Result, error) {
	var out []Result
	for _, set := range []struct {
		name    string
		attacks []oneStatement
		success yumen.Text
		truth   func(target int, s subset) bool
	}{
		{"one statement: singling out", singling, learnsBit,
			func(target int, _ subset) bool { return l.Crowd.people[target-1].secret }},
		{"one statement: past rounding", passing,
			yumen.Say("whether a rounded count is odd or even in truth is learnt", "得知取整计数的真值为奇数或偶数"),
			func(_ int, s subset) bool { return odd(0, s, float64(l.Crowd.secretsOf(s))) }},
	} {
		var all [2]tried
		for n, a := range set.attacks {
			of, err := a.run(ctx, l, l.random(uint64(31+n)), set.truth)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.name, err)
			}
			out = append(out, of[0].result("one statement: "+a.name, Threshold, "enclave", nil, set.success),
				of[1].result("one statement: "+a.name, Aggregate, "jobs", new(0.5), set.success).with(of[1].note()))
			for i := range all {
				all[i].add(of[i])
			}
		}
		out = append(out, all[0].result(set.name, Threshold, "enclave", nil, set.success),
			all[1].result(set.name, Aggregate, "jobs", new(0.5), set.success).with(all[1].note()))
	}
	return out, nil
}

// tried is what came of attacks on a system.
type tried struct{ hits, trials, refused, shown int }

func (t *tried) add(o tried) {
	t.hits, t.trials, t.refused, t.shown = t.hits+o.hits, t.trials+o.trials, t.refused+o.refused, t.shown+o.shown
}

func (t tried) result(name string, s System, through string, bound *float64, success yumen.Text) Result {
	return rate(name, s, through, t.hits, t.trials, 0.5, bound, success)
}

func (t tried) note() yumen.Text {
	return yumen.Say("%d refused, %d with a number; without one the attacker guesses",
		"%d 条被拒，%d 条给出数值；未给出时攻击者猜测", t.refused, t.shown)
}

func (c *Crowd) secretsOf(s subset) (n int) {
	for _, p := range c.people {
		n += bit(p.secret && s.has(p.seat))
	}
	return n
}

// run asks both systems about people half of whom have the secret, or about subsets half of which have an odd number of
// them. Where no number is shown the attacker guesses.
func (a oneStatement) run(ctx context.Context, l *Lab, r *rand.Rand,
	truth func(int, subset) bool) (of [2]tried, err error) {
	trials := l.pick(8, 60)
	targets, s, asks := make([]int, trials), make([]subset, trials), make([]Ask, trials)
	for i := range trials {
		for targets[i] == 0 || truth(targets[i], s[i]) != (i%2 == 0) {
			targets[i], s[i] = 2+r.IntN(len(l.Crowd.people)-1), newSubset(r, len(l.Crowd.people))
		}
		asks[i] = a.ask(targets[i], s[i], newSubset(r, len(l.Crowd.people)))
	}
	weak, err := l.Weak(ctx, Whole, asks)
	if err != nil {
		return of, err
	}
	ours := make([]Answer, trials)
	if err := l.each(trials, func(i int) (err error) {
		ours[i], err = l.aggregate(ctx, Whole, asks[i].sql())
		return err
	}); err != nil {
		return of, err
	}
	for i := range trials {
		for n, t := range []Table{weak[i], ours[i].Table} {
			v, shown := t.number(0, 0)
			guess := r.IntN(2) == 1
			if shown {
				guess = a.tell(targets[i], s[i], v)
			}
			of[n].add(tried{hits: bit(guess == truth(targets[i], s[i])), trials: 1, shown: bit(shown),
				refused: bit(n == 1 && len(ours[i].Artifacts) == 0)})
		}
	}
	return of, nil
}

// sql writes a question as an analyst would.
func (q Ask) sql() string {
	sql := "SELECT " + strings.Join(q.Select, ", ") + " FROM " + cmp.Or(q.From, "crowd")
	if q.Where != "" {
		sql += " WHERE " + q.Where
	}
	return sql
}
