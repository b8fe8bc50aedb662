package duck

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	analysis "github.com/yumen-data/yumen/query"
)

// hostileVisits are rows of units that do what they can to move a total: 1 has thousands of rows where three count, of
// the largest values; 2 has NULL only; 3 has numbers that are none; 4 has every key; 5 has equal rows; 6 has one row;
// the others are ordinary.
const hostileVisits = `SELECT CASE WHEN i < 300 THEN 1 WHEN i < 310 THEN 2 WHEN i < 320 THEN 3 WHEN i < 340 THEN 4 WHEN i < 350 THEN 5 WHEN i < 351 THEN 6
		ELSE 7 + i * 7 % 30 END::BIGINT AS _unit, i::BIGINT AS visit_id, DATE '2024-01-01' + (i * 17 % 700)::INT AS visit_date,
	CASE WHEN i BETWEEN 340 AND 349 OR i % 3 = 0 THEN 'surgery' WHEN i % 3 = 1 THEN 'medicine' ELSE 'eyes' END AS department,
	CASE WHEN i BETWEEN 320 AND 339 THEN 'D' || i ELSE 'I' || (i % 4) END AS diagnosis,
	CASE WHEN i BETWEEN 300 AND 309 THEN NULL WHEN i < 300 THEN 1000 ELSE (i * 613 % 100000 / 100.0) END::DECIMAL(10,2) AS cost,
	CASE WHEN i BETWEEN 300 AND 309 THEN NULL WHEN i < 300 THEN 11 ELSE i * 5 % 12 END::BIGINT AS days,
	CASE WHEN i BETWEEN 300 AND 309 THEN NULL WHEN i BETWEEN 310 AND 319 THEN ['nan', 'inf', '-inf', '1e308', '-1e308'][1 + i % 5]::DOUBLE
		ELSE (i * 271 % 1000) / 64.0::DOUBLE END AS score, 'h' || (i % 5) AS hospital_code FROM (SELECT i - 1700 AS i FROM range(0, 2200) t(i))`

// hostileResidents is who they are, and some who have no visit.
const hostileResidents = `SELECT i::BIGINT AS _unit, CASE WHEN i % 2 = 0 THEN 'F' ELSE 'M' END AS sex, (i * 37 % 90)::BIGINT AS age, 'd' || (i * 11 % 4) AS district,
	CASE WHEN i % 13 > 0 THEN (i * 7919 % 900000 / 100.0)::DECIMAL(12,2) END AS income, i % 3 = 0 AS insured, DATE '1940-01-01' + (i * 97 % 29000)::INT AS birth_date FROM range(1, 45) t(i)`

// moving are questions of every kind of measure over what a unit has in a subquery, and of what is not linear.
var moving = []string{
	`SELECT avg(n), sum(n), stddev(n), count(*) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id)`,
	`SELECT avg(spent), sum(spent), count(spent), var_samp(spent) FROM (SELECT resident_id, sum(cost) AS spent FROM visits GROUP BY resident_id)`,
	`SELECT avg(greatest(s, 20000000000000)), count(*) FROM (SELECT resident_id, sum(cost * 10000000000) AS s FROM visits GROUP BY resident_id)`,
	`SELECT sum(coalesce(spent, 1000) + 5), avg(coalesce(spent, 1000) + 5) FROM (SELECT resident_id, sum(cost) AS spent FROM visits GROUP BY resident_id)`,
	`SELECT department, avg(n), sum(d), count(*) FROM (SELECT resident_id, department, count(*) AS n, sum(days - 5) AS d FROM visits GROUP BY ALL) GROUP BY department`,
	`SELECT department, avg(n), sum(n) FROM (SELECT resident_id, department, diagnosis, count(*) AS n FROM visits GROUP BY ALL) GROUP BY department`,
	`SELECT r.sex, avg(coalesce(v.n, 0)), sum(v.n * v.n), avg(ln(v.n)) FROM residents r LEFT JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) v USING (resident_id) GROUP BY r.sex`,
	`SELECT avg(spent / n), sum(spent / n), avg(n * spent) FROM (SELECT resident_id, sum(cost) AS spent, count(*) AS n FROM visits GROUP BY resident_id)`,
	`SELECT avg(k), sum(k) FROM (SELECT resident_id, count(DISTINCT diagnosis) AS k FROM visits GROUP BY resident_id)`,
	`SELECT avg(n), sum(n) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) WHERE n > 2`,
	`SELECT avg(s), sum(s), count(s) FROM (SELECT resident_id, sum(least(greatest(score, 0), 16)) AS s FROM visits GROUP BY resident_id)`,
	`SELECT avg(ln(days)), sum(log10(cost)), avg(sqrt(cost)), sum(exp(days)), avg(power(days, 2)), sum(power(days, 0.5)), avg(power(cost + 1, -1)) FROM visits`,
	`SELECT department, sum(cost * days), avg(days * days), sum((days - 5) * (days - 5)), stddev(cost * days) FROM visits GROUP BY department`,
	`SELECT count(DISTINCT diagnosis), count(DISTINCT score), count(DISTINCT cost) FROM visits`,
	`SELECT department, count(DISTINCT diagnosis), count(DISTINCT visit_id) FILTER (WHERE days > 3), count(*) FROM visits GROUP BY department`,
	`SELECT diagnosis, count(DISTINCT department), count(DISTINCT days // 2) FROM visits GROUP BY diagnosis`,
	`SELECT count(DISTINCT n) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id)`,
	`SELECT avg(ln(least(greatest(score, 1), 16))), sum(exp(least(greatest(score, 1), 3))), count(score) FROM visits`,
}

// TestOneUnitMovesTotals holds the claim that noise is measured out by, for the whole of role private: without any one
// unit no exact total of a group is further off than its sensitivity, and no more groups are touched than one unit may.
func TestOneUnitMovesTotals(t *testing.T) {
	parser, _, scope := publicEngines(t)
	declarePublic(&scope)
	scope.Privacy = yumen.PrivacySpec{RowsPerUnit: 3, GroupsPerUnit: 2}
	for i := range scope.Tables {
		for j := range scope.Tables[i].Dataset.Columns {
			if c := &scope.Tables[i].Dataset.Columns[j]; scope.Tables[i].Dataset.Name+"."+c.Name == "visits.score" {
				c.Bounds = nil // numbers that are none pass import where there are no bounds
			}
		}
	}
	files := func(without string) map[string]string {
		return map[string]string{"visits": parquetOf(t, "FROM ("+hostileVisits+") "+without+" ORDER BY _unit"),
			"residents": parquetOf(t, "FROM ("+hostileResidents+") "+without+" ORDER BY _unit")}
	}
	all, left := files(""), map[int]map[string]string{}
	for _, u := range []int{1, 2, 3, 4, 5, 6, 7} {
		left[u] = files(fmt.Sprint("WHERE _unit <> ", u))
	}
	for _, sql := range moving {
		plan, err := analysed(t, parser, sql, scope)
		if err != nil {
			t.Errorf("%v\n%s", err, sql)
			continue
		}
		movesWithin(t, sql, plan, all, left)
	}
}

func movesWithin(t *testing.T, sql string, plan *analysis.Plan, all map[string]string, left map[int]map[string]string) {
	t.Helper()
	q := plan.Private
	choice := privacy.NewChoice()
	whole := totalsOf(t, q, choice, all)
	inOne := *q
	inOne.GroupsPerUnit = 1
	moved := 0
	for u, files := range left {
		rest, groups := totalsOf(t, q, choice, files), map[string]bool{}
		for i, c := range privacy.Components(q) {
			most := privacy.Sensitivity(&inOne, c)
			keys := maps.Clone(whole[i])
			maps.Copy(keys, rest[i])
			for k := range keys {
				off, _ := new(big.Float).SetInt(new(big.Int).Sub(at(whole[i], k), at(rest[i], k))).Float64()
				if off != 0 {
					groups[k], moved = true, moved+1
				}
				if math.Abs(off) > most*(1+1e-12) {
					t.Errorf("%s\nwithout unit %d, %s of input %d moves by %v in group %q; %v is claimed\n%s", sql, u,
						c.Kind, c.Input, off, k, most, q.SQL)
				}
			}
		}
		if n, public := privacy.Groups(q); len(groups) > q.GroupsPerUnit || public && len(groups) > n {
			t.Errorf("%s\nunit %d is in %d groups", sql, u, len(groups))
		}
	}
	if moved == 0 {
		t.Errorf("no unit moves anything\n%s", sql)
	}
}

func at(sums map[string]*big.Int, key string) *big.Int {
	if x := sums[key]; x != nil {
		return x
	}
	return new(big.Int)
}

// totalsOf computes the exact totals of a question, by component and group.
func totalsOf(t *testing.T, q *task.Question, choice privacy.Choice,
	files map[string]string) (out []map[string]*big.Int) {
	t.Helper()
	inputs := map[string]string{}
	for _, v := range q.Views {
		inputs[v.Input] = files[v.Input]
	}
	totals, err := exactTotals(t.Context(), newTestEnv(t, nil, inputs), q, choice, atOnce)
	if err != nil {
		t.Fatalf("%v\n%s", err, q.SQL)
	}
	for _, sums := range totals.Sums {
		of := map[string]*big.Int{}
		for g, keys := range totals.Keys {
			var name []string
			for _, k := range keys {
				name = append(name, fmt.Sprint(k))
			}
			if sums != nil {
				x := new(big.Int).Lsh(big.NewInt(sums[g].Hi), 64)
				of[strings.Join(name, "|")] = x.Add(x, new(big.Int).SetUint64(sums[g].Lo))
			}
		}
		out = append(out, of)
	}
	return out
}
