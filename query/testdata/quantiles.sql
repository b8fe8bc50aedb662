-- name: median by department
SELECT department, median(cost) AS m, avg(cost) AS mean FROM visits GROUP BY department
-- name: three quantiles are one histogram
SELECT quantile_cont(cost, 0.25) AS q1, median(cost) AS q2, quantile_disc(cost, 0.75) AS q3 FROM visits
-- name: under two filters
SELECT median(income) FILTER (WHERE sex = 'F') AS f, median(income) FILTER (WHERE sex = 'M') AS m FROM residents
-- name: a condition on the column itself
SELECT median(cost) FILTER (WHERE cost > 0) AS m, count(*) AS n FROM visits
-- name: constants are multiplied out
SELECT median(2 * days - 1234.5) AS m, quantile_cont(-days, 0.9) AS q FROM visits
-- name: of what each person has
SELECT median(n) AS m FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id)
-- name: where rows are units
SELECT education, median(hours) AS m FROM census GROUP BY education
-- name: within group, descending
SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY cost DESC) AS p, percentile_disc(0.9) WITHIN GROUP (ORDER BY cost) AS d, approx_quantile(cost, 0.5) AS a FROM visits
-- name: two tables
SELECT r.sex, median(v.cost) AS m FROM visits v JOIN residents r ON v.resident_id = r.resident_id GROUP BY r.sex
-- name: computed from
SELECT CASE WHEN median(cost) > 100 THEN 'high' ELSE 'low' END AS k, round(median(cost)) AS r FROM visits
-- name: two columns
SELECT median(cost) AS a, median(days) AS b FROM visits
-- name: of a difference of columns
SELECT median(cost - days) AS m FROM visits
-- name: of a choice between values
SELECT median(CASE WHEN days > 3 THEN cost ELSE 0 END) AS m FROM visits
-- name: another condition on the column
SELECT median(cost) AS m, count(*) FILTER (WHERE cost > 100) AS n FROM visits
-- name: over a union
SELECT median(x) AS m FROM (SELECT resident_id, age AS x FROM residents UNION ALL SELECT resident_id, days FROM visits)
-- name: the least
SELECT quantile_cont(cost, 0) AS m FROM visits
-- name: a list
SELECT quantile_cont(cost, [0.25, 0.75]) AS m FROM visits
-- name: person by person
SELECT avg(m) AS m FROM (SELECT resident_id, median(cost) AS m FROM visits GROUP BY resident_id)
-- name: of a date
SELECT median(visit_date) AS m FROM visits
-- name: totals beside parts
SELECT department, median(cost) AS m FROM visits GROUP BY ROLLUP (department)
-- name: counts of people alone, who are chosen by what they have elsewhere
SELECT median(n) AS m, count(*) AS people FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) WHERE resident_id IN (SELECT resident_id FROM visits WHERE days > 3)
-- name: beside a sum
SELECT education, median(hours) AS m, avg(hours) AS mean FROM census GROUP BY education
