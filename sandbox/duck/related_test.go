package duck

import (
	"strings"
	"testing"
)

// TestRelated compares ratios, functions of two columns and of the shape of one, which are cells derived from others,
// with what the engine makes of the text.
func TestRelated(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	for _, items := range strings.Split(strings.TrimSpace(`
100.0 * count(*) FILTER (WHERE age > 40) / count(*)
sum(income) / count(*)
sum(age) / nullif(sum(CASE WHEN insured THEN 1 ELSE 0 END), 0)
(sum(age) - count(*) FILTER (WHERE insured)) / count(*)
round(CAST(sum(age) AS DOUBLE) / CAST(count(income) AS DOUBLE), 4)
avg(insured::int)
(count(*) - count(income)) * 1000 / count(*) + 1
corr(income, age)
corr(age, income) FILTER (WHERE insured)
covar_pop(income, age)
covar_samp(income, age)
regr_slope(income, age)
regr_intercept(income, age)
regr_r2(income, age)
regr_count(income, age)
regr_avgx(income, age)
regr_avgy(income, age)
regr_sxx(income, age)
regr_sxy(income, age)
regr_syy(income, age)
skewness(age)
kurtosis(income)
kurtosis_pop(age)
sem(age)
geomean(age + 1)
corr(age, 5.0 - age)
`), "\n") {
		for _, sql := range []string{"SELECT " + items + " AS x FROM residents",
			"SELECT district, " + items + " AS x FROM residents GROUP BY district"} {
			plan, err := analysed(t, judged, sql, scope)
			if err != nil {
				t.Errorf("%s: %v", sql, err)
				continue
			}
			want, err := answer(t, plain, sql, shown(plan), 0)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			got, _, err := resultOf(t, judged, plan)
			if err != nil {
				t.Fatalf("%s: %v\n%s\n%s", sql, err, plan.SQL, plan.Post)
			}
			if missing, extra := compare(want, got, false); len(missing)+len(extra) > 0 {
				t.Errorf("%s\n%s\nin the text's answer only: %q\nin ours only: %q", sql, plan.SQL, few(missing),
					few(extra))
			}
		}
	}
}
