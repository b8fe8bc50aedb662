package pipeline

import (
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/privacy"
)

// checkNoise refuses figures whose noise is as wide as what is public of them even in a group of all rows, before they
// are paid for, unless they were asked for on purpose. It looks at the question, its noise and published sizes alone.
func checkNoise(p *privatePlan, of size) error {
	if p.Privacy.WideNoise {
		return nil
	}
	var reasons []yumen.Reason
	expected := privacy.Expect(&p.Question, p.Noise)
	for i, share := range privacy.Shares(&p.Question, p.Noise, mostRows(p, of)) {
		if share < 0.5 {
			continue
		}
		fn := string(p.Question.Measures[i].Fn)
		reasons = append(reasons, yumen.Reason{Rule: "privacy.noise", Place: "measures[" + strconv.Itoa(i) + "]",
			Msg: yumen.Say("the noise of %s (%s) would be ± %.0f %% of what it can be at most, so that the answer would say no more than is public",
				"%s（%s）的噪声将达其取值范围的 ± %.0f %%，答案不会多于已公开的信息", expected[i].Column, fn, 100*share),
			Fix: yumen.Say("ask for a larger epsilon, fewer figures at a time, narrower bounds or fewer rows of a unit; to have it all the same, ask for wide noise on purpose (privacy: wide_noise)",
				"请提高 epsilon、减少一次所求的数值、收窄取值界限或减少每单元行数；仍要该答案时，请明确接受宽噪声（privacy: wide_noise）")})
	}
	return yumen.Refuse(yumen.KindDenied, yumen.Say("noise would drown the answer", "噪声将淹没答案"), reasons)
}

// mostRows is more rows than count in any group, as far as published sizes tell.
func mostRows(p *privatePlan, of size) float64 {
	most := float64(of.units) * float64(p.Question.RowsPerUnit)
	if len(p.Question.Views) == 1 {
		most = min(most, float64(of.rows))
	}
	return most
}

// usualRows is the size of a group for which errors are told: all rows dealt evenly over the public groups, or where
// groups are not public, the least that are told of.
func usualRows(p *privatePlan, of size) float64 {
	groups, public := privacy.Groups(&p.Question)
	if !public {
		return p.Noise.Tau
	}
	return min(float64(of.rows), mostRows(p, of)) / float64(max(groups, 1))
}
