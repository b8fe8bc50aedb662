package contract

import (
	"time"

	"github.com/yumen-data/yumen"
)

// risk checks the risk appetite. A contract may be laxer than the defaults, but no check can be written away: k counts
// at least two units, shares stay below one, caps stay finite.
func (r reader) risk(k yumen.Risk) {
	for _, c := range []struct {
		ok  bool
		key string
		msg yumen.Text
	}{
		{k.K >= 2, "k", yumen.Say("k is at least 2: below that a cell can show one unit", "k 至少为 2：否则单元格可能只含一个单位")},
		{k.PRatio >= 0 && k.PRatio < 1, "p_ratio",
			yumen.Say("p_ratio is at least 0 and below 1", "p_ratio 应不小于 0 且小于 1")},
		{k.Rounding >= 1, "rounding", yumen.Say("rounding is at least 1, which means exact", "rounding 至少为 1，即不取整")},
		{k.MaxRows >= 1, "max_rows", yumen.Say("max_rows is at least 1", "max_rows 至少为 1")},
		{k.MaxBytes >= 1, "max_bytes", yumen.Say("max_bytes is greater than 0", "max_bytes 应大于 0")},
		{k.MaxHits >= 0, "max_hits", yumen.Say("max_hits must not be negative", "max_hits 不能为负数")},
	} {
		if !c.ok {
			r.refuse("risk", c.msg, "risk", c.key)
		}
	}
	if k.Dominance.N < 1 {
		r.refuse("risk", yumen.Say("n is at least 1", "n 至少为 1"), "risk", "dominance", "n")
	}
	if s := k.Dominance.Share; s <= 0 || s > 1 {
		r.refuse("risk", yumen.Say("share is greater than 0 and at most 1", "share 应大于 0 且不大于 1"), "risk", "dominance",
			"share")
	}
}

func (r reader) quotas(c *yumen.Contract) {
	const leastMemory, longestWall = 64 << 20, yumen.Duration(24 * time.Hour)
	q := c.Quotas
	if q.JobsPerDay < 1 {
		r.refuse("quotas", yumen.Say("jobs_per_day is at least 1", "jobs_per_day 至少为 1"), "quotas", "jobs_per_day")
	}
	if q.Wall <= 0 || q.Wall > longestWall {
		r.refuse("quotas", yumen.Say("wall is greater than 0 and at most 24h", "wall 应大于 0 且不超过 24h"), "quotas", "wall")
	}
	if q.Memory < leastMemory {
		r.refuse("quotas", yumen.Say("memory is at least %s: an engine cannot start in less", "memory 至少为 %s：否则引擎无法启动",
			yumen.Size(leastMemory)), "quotas", "memory")
	}
	if key := q.Limits.Wrong(); key != "" {
		r.refuse("quotas", yumen.Say("%s must not be negative, and a share is at most 100", "%s 不能为负数，占比不能超过 100", key),
			"quotas", "limits", key)
	}
	if c.Review.Reviewers < 1 {
		r.refuse("review", yumen.Say("reviewers is at least 1", "reviewers 至少为 1"), "review", "reviewers")
	}
}
