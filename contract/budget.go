package contract

import (
	"cmp"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
)

// Bounds of what a contract or a job may say about class dp. Beyond them the words lose their meaning, or the noise its
// precision.
const (
	mostCounted     = 1_000_000 // rows of a unit in a group, groups of a unit
	mostEpsilon     = 100       // beyond, there is no privacy to speak of
	longestDeadline = yumen.Duration(24 * time.Hour)
)

// Budget returns b with what its documentation says of everything that is not written.
func Budget(b yumen.Budget) yumen.Budget {
	b.PerQuery = cmp.Or(b.PerQuery, b.Epsilon/10)
	b.RowsPerUnit, b.GroupsPerUnit = max(b.RowsPerUnit, 1), max(b.GroupsPerUnit, 1)
	if len(b.Deadlines) == 0 {
		for _, d := range []time.Duration{100 * time.Millisecond, time.Second, 10 * time.Second, 100 * time.Second} {
			b.Deadlines = append(b.Deadlines, yumen.Duration(d))
		}
	}
	return b
}

// Privacy returns what a job of class dp costs and how much of a unit counts in it: what the job says, and where it
// says nothing, the contract.
func Privacy(b yumen.Budget, p yumen.PrivacySpec) yumen.PrivacySpec {
	b = Budget(b)
	p.Epsilon = cmp.Or(p.Epsilon, b.PerQuery)
	p.RowsPerUnit = cmp.Or(p.RowsPerUnit, b.RowsPerUnit)
	p.GroupsPerUnit = cmp.Or(p.GroupsPerUnit, b.GroupsPerUnit)
	return p
}

// budget checks what the class dp needs.
func (r reader) budget(c *yumen.Contract) {
	b, private := c.Budget, slices.Contains(c.Classes, yumen.ClassDP)
	if !r.Has("budget") {
		if private {
			r.refuse("budget", yumen.Say("the class dp needs a budget", "dp 类发布需要预算"), "budget")
		}
		return
	}
	for _, x := range []struct {
		ok  bool
		key string
		msg yumen.Text
	}{
		{b.Epsilon > 0 && b.Epsilon <= mostEpsilon, "epsilon",
			yumen.Say("epsilon is greater than 0 and at most %d", "epsilon 应大于 0 且不超过 %d", mostEpsilon)},
		{b.Delta >= 0 && b.Delta < 1, "delta", yumen.Say("delta is at least 0 and below 1", "delta 应不小于 0 且小于 1")},
		{b.Delta > 0 || !private, "delta",
			yumen.Say("the class dp needs a delta greater than 0; well below one in the number of people is customary",
				"dp 类发布需要大于 0 的 delta；通常取远小于人数的倒数")},
		{b.PerQuery >= 0 && (b.PerQuery <= b.Epsilon || !(b.Epsilon > 0)), "per_query",
			yumen.Say("per_query is greater than 0 and at most epsilon", "per_query 应大于 0 且不超过 epsilon")},
		{b.RowsPerUnit >= 0 && b.RowsPerUnit <= mostCounted, "rows_per_unit", counted("rows_per_unit")},
		{b.GroupsPerUnit >= 0 && b.GroupsPerUnit <= mostCounted, "groups_per_unit", counted("groups_per_unit")},
	} {
		if !x.ok {
			r.refuse("budget", x.msg, "budget", x.key)
		}
	}
	for i, d := range b.Deadlines {
		if d <= 0 || d > longestDeadline || i > 0 && d <= b.Deadlines[i-1] {
			r.refuse("budget",
				yumen.Say("deadlines are greater than 0, at most 24h, and each is longer than the one before",
					"deadlines 应大于 0、不超过 24h，且依次递增"), "budget", "deadlines", i)
		}
	}
}

func counted(key string) yumen.Text {
	return yumen.Say("%s is a number from 1 to %d", "%s 应为 1 至 %d 的数", key, mostCounted)
}

// private reports whether the job is of class dp: it says so, or the contract allows a query nothing else.
func (a *admission) private() bool {
	spec, allowed := a.job.Spec, a.contract.Classes
	return spec.Class == yumen.ClassDP ||
		spec.Class == "" && spec.SQL != "" && slices.Contains(allowed, yumen.ClassDP) &&
			!slices.Contains(allowed, yumen.ClassAggregate)
}

// privacy checks what a job says of its cost.
func (a *admission) privacy() {
	p, b := a.job.Spec.Privacy, a.contract.Budget
	if !a.private() {
		if p != (yumen.PrivacySpec{}) {
			a.add("job.dp-only", "privacy", yumen.Say("privacy is for jobs of class dp", "privacy 仅用于 dp 类任务"),
				yumen.Say("write class: dp, or remove it", "请写 class: dp，或删除该项"))
		}
		return
	}
	if !(p.Epsilon >= 0 && p.Epsilon <= b.Epsilon) { // so that NaN is refused
		a.add("privacy.epsilon", "privacy.epsilon",
			yumen.Say("epsilon is greater than 0 and at most %s, the contract's whole budget",
				"epsilon 应大于 0 且不超过合同总预算 %s", yumen.FormatEpsilon(b.Epsilon)), yumen.Text{})
	}
	if p.RowsPerUnit < 0 || p.RowsPerUnit > mostCounted {
		a.add("privacy.rows", "privacy.rows_per_unit", counted("rows_per_unit"), yumen.Text{})
	}
	if p.GroupsPerUnit < 0 || p.GroupsPerUnit > mostCounted {
		a.add("privacy.groups", "privacy.groups_per_unit", counted("groups_per_unit"), yumen.Text{})
	}
}
