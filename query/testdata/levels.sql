-- name: totals by ROLLUP
SELECT department, diagnosis, count(*) AS n, sum(days) AS days FROM visits GROUP BY ROLLUP (department, diagnosis)

-- name: cube
SELECT sex, insured, district, count(*) AS n, avg(age) AS mean FROM residents GROUP BY CUBE (sex, insured, district)

-- name: both margins without the parts
SELECT sex, insured, count(*) AS n FROM residents GROUP BY GROUPING SETS ((sex), (insured), ())

-- name: which rows are totals
SELECT coalesce(department, 'all') AS department, GROUPING(department) AS total, GROUPING(diagnosis, department) AS both, GROUPING_ID(department, diagnosis) AS id, count(*) AS n FROM visits GROUP BY CUBE (department, diagnosis) HAVING GROUPING(diagnosis) = 1 ORDER BY GROUPING(department), 1

-- name: keys that can be NULL beside totals
SELECT income > 3000 AS high, sex, GROUPING(income > 3000) AS total, count(*) AS n FROM residents GROUP BY ROLLUP (income > 3000, sex)

-- name: by computed keys
SELECT days // 2 AS d, year(visit_date) AS y, count(*) AS n, sum(cost) AS cost FROM visits WHERE days > 0 GROUP BY ROLLUP (days // 2, year(visit_date))

-- name: a grouping set of each
SELECT sex, district, insured, count(*) AS n FROM residents GROUP BY GROUPING SETS ((sex, district), (district, insured))

-- name: some keys in all sets
SELECT sex, district, count(*) AS n FROM residents GROUP BY sex, ROLLUP (district) ORDER BY ALL

-- name: by positions
SELECT sex, district, count(*) FROM residents GROUP BY ROLLUP (1, 2)

-- name: share of the total by a scalar subquery
SELECT department, 100.0 * count(*) / (SELECT count(*) FROM visits) AS percent FROM visits GROUP BY department

-- name: another total than the parts
SELECT department, count(*) AS n, (SELECT count(*) FROM visits WHERE days > 2) AS long FROM visits GROUP BY department

-- name: parts of a condition beside the total of all
SELECT department, count(*) AS n, (SELECT sum(cost) FROM visits) AS cost FROM visits WHERE days > 2 GROUP BY department

-- name: total below the parts
SELECT department, count(*) AS n FROM visits GROUP BY department UNION ALL SELECT 'all', count(*) FROM visits

-- name: two totals below the parts
SELECT sex, district, count(*) AS n, stddev(age) AS s FROM residents GROUP BY sex, district UNION ALL SELECT sex, NULL, count(*), stddev(age) FROM residents GROUP BY sex UNION ALL SELECT NULL, NULL, count(*), stddev(age) FROM residents

-- name: a CTE of one row
WITH t AS (SELECT avg(cost) AS m FROM visits) SELECT department, avg(cost) / (SELECT m FROM t) AS ratio FROM visits GROUP BY department

-- name: a CTE of one row in FROM
WITH t AS (SELECT count(*) AS n FROM visits), d AS (SELECT department, count(*) AS n FROM visits GROUP BY department) SELECT d.department, d.n, t.n AS of FROM d, t

-- name: groups above a mean over all
SELECT department, sum(cost) AS cost FROM visits GROUP BY department HAVING sum(cost) > (SELECT avg(cost) FROM visits)

-- name: parts beside the totals of one key
WITH p AS (SELECT sex, district, count(*) AS n FROM residents GROUP BY sex, district), t AS (SELECT district, count(*) AS n FROM residents GROUP BY district) SELECT p.sex, p.district, p.n / t.n AS share FROM p JOIN t ON p.district = t.district

-- name: two tables by other keys
SELECT 'sex' AS what, sex AS value, count(*) AS n FROM residents GROUP BY sex UNION ALL SELECT 'district', district, count(*) FROM residents GROUP BY district

-- name: units of one row each
SELECT n, count(*) AS people, count(DISTINCT resident_id) AS again FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) GROUP BY ROLLUP (n)

-- name: people by what is one value of each
SELECT p.n, count(*) AS visits, count(DISTINCT v.resident_id) AS people FROM visits v JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) p ON p.resident_id = v.resident_id GROUP BY ROLLUP (p.n)

-- name: ratios and correlations
SELECT department, sum(cost) / sum(days) AS per_day, corr(cost, days) AS r, count(*) AS n FROM visits GROUP BY ROLLUP (department)

-- name: a window over parts and total
SELECT department, count(*) AS n, rank() OVER (PARTITION BY GROUPING(department) ORDER BY count(*) DESC) AS place FROM visits GROUP BY ROLLUP (department)

-- name: totals read by a query
SELECT department, n FROM (SELECT department, GROUPING(department) AS total, count(*) AS n FROM visits GROUP BY ROLLUP (department)) WHERE total = 0 ORDER BY n DESC, 1 LIMIT 3

-- name: joined tables with totals
SELECT r.sex, v.department, count(*) AS n, sum(v.cost) AS cost FROM visits v JOIN residents r ON v.resident_id = r.resident_id GROUP BY ROLLUP (r.sex, v.department)

-- name: GROUPING without totals
SELECT department, GROUPING(department) AS total, count(*) AS n FROM visits GROUP BY department

-- name: refused, people are in several parts
SELECT department, count(DISTINCT resident_id) AS people FROM visits GROUP BY ROLLUP (department)

-- name: refused, people beside their total
SELECT department, count(DISTINCT resident_id) AS people, (SELECT count(DISTINCT resident_id) FROM visits) AS total FROM visits GROUP BY department

-- name: refused, people by what some rows of theirs have
SELECT p.n, count(DISTINCT v.resident_id) AS people FROM visits v LEFT JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) p ON p.resident_id = v.resident_id AND v.days > 2 GROUP BY ROLLUP (p.n)

-- name: refused, other values
SELECT sex, count(DISTINCT district) AS districts FROM residents GROUP BY ROLLUP (sex)

-- name: refused, a set twice
SELECT sex, count(*) FROM residents GROUP BY GROUPING SETS ((sex), (sex))

-- name: refused, DISTINCT
SELECT DISTINCT count(*) AS n FROM residents GROUP BY ROLLUP (sex)

-- name: refused, totals of units
SELECT avg(n) FROM (SELECT resident_id, department, count(*) AS n FROM visits GROUP BY ROLLUP (resident_id, department))

-- name: refused, totals over an answer
SELECT sex, sum(n) FROM (SELECT sex, district, count(*) AS n FROM residents GROUP BY sex, district) GROUP BY ROLLUP (sex)

-- name: refused, GROUPING of no key
SELECT GROUPING(district), count(*) FROM residents GROUP BY ROLLUP (sex)

-- name: refused, GROUPING without GROUP BY
SELECT GROUPING(sex) FROM residents

-- name: refused, other rows
SELECT sex, count(*) AS n, (SELECT count(*) FROM visits) AS visits FROM residents GROUP BY sex

-- name: refused, in class dp
-- class: dp
SELECT sex, count(*) AS n FROM residents GROUP BY ROLLUP (sex)

-- name: refused, levels whose keys differ for one row
-- class: aggregate
SELECT department, CASE WHEN days = 68 THEN 'surgery' ELSE department END AS k, count(*) AS n FROM visits GROUP BY GROUPING SETS ((k), (department))

-- name: refused, levels whose keys differ for one person by a semi join
-- class: aggregate
SELECT district, CASE WHEN resident_id IN (SELECT resident_id FROM visits WHERE days = 68) THEN 'north' ELSE district END AS k, count(*) AS n FROM residents GROUP BY GROUPING SETS ((k), (district))

-- name: refused, levels of what rows of a person come to
-- class: aggregate
SELECT w, v, count(*) AS n FROM (SELECT resident_id, count(*) FILTER (WHERE days <> 68) AS w, count(*) AS v FROM visits GROUP BY resident_id) GROUP BY GROUPING SETS ((w), (v))

-- name: refused, sides as levels whose keys differ for one person
-- class: aggregate
SELECT 'a' AS t, department AS k, count(*) AS n FROM visits GROUP BY 2 UNION ALL SELECT 'b', CASE WHEN days = 68 THEN 'surgery' ELSE department END, count(*) FROM visits GROUP BY 2

-- name: a key computed of another column below its own
-- class: aggregate
SELECT department, CASE WHEN days > 3 THEN 'long' ELSE 'short' END AS stay, count(*) AS n FROM visits GROUP BY ROLLUP (department, stay)
