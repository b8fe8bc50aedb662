package query

import "testing"

// TestBucketFix holds that a date cut into days or weeks is shown a key of days or weeks.
func TestBucketFix(t *testing.T) {
	day := &column{name: "d", typ: sqlType{kind: kDate}}
	for width, want := range map[float64]string{
		1: "GROUP BY date_trunc('day', d)", 7: "GROUP BY date_trunc('week', d)", 3: "",
		365.25: "GROUP BY year(d)", 3652.5: "GROUP BY year(d) // 10 * 10",
	} {
		if got := bucketFix(day, width).EN; got != want {
			t.Errorf("width %v: %q, not %q", width, got, want)
		}
	}
}
