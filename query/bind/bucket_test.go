package bind

import (
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
)

// TestBucketFix holds that a date cut into days or weeks is shown a key of days or weeks.
func TestBucketFix(t *testing.T) {
	day := &plan.Column{Name: "d", Type: plan.Type{Kind: plan.KindDate}}
	for width, want := range map[float64]string{
		1: "GROUP BY date_trunc('day', d)", 7: "GROUP BY date_trunc('week', d)", 3: "",
		365.25: "GROUP BY year(d)", 3652.5: "GROUP BY year(d) // 10 * 10",
	} {
		if got := bucketFix(day, width).EN; got != want {
			t.Errorf("width %v: %q, not %q", width, got, want)
		}
	}
}

// TestIntervalsOfOneValue holds that intervals as narrow as the values themselves are the values, and no others are.
func TestIntervalsOfOneValue(t *testing.T) {
	for _, c := range []struct {
		typ   yumen.Type
		width float64
		each  bool
	}{
		{yumen.TypeDate, 1, true}, {yumen.TypeInteger, 1, true}, {yumen.TypeDate, 7, false},
		{yumen.TypeInteger, 5, false},
		{yumen.TypeTimestamp, 1, false}, {yumen.TypeDouble, 1, false},
	} {
		col := &plan.Column{Base: &yumen.Column{Type: c.typ}}
		uses := []yumen.Constraint{{Use: yumen.UseBucket, Width: c.width}}
		if got := eachValue(col, uses); got != c.each {
			t.Errorf("%s in intervals of %v: %v", c.typ, c.width, got)
		}
		if eachValue(col, append(uses, yumen.Constraint{Use: yumen.UseDeny})) {
			t.Errorf("%s is denied, and grouped by", c.typ)
		}
	}
}
