-- name: qualified and quoted names
SELECT "R"."District", COUNT(*) AS "How Many" FROM "residents" AS "R" GROUP BY "R"."District"

-- name: a column wins over an alias in WHERE and GROUP BY
SELECT upper(district) AS district, count(*) AS n FROM residents WHERE district LIKE '33%' GROUP BY district

-- name: an alias in WHERE
SELECT year(visit_date) AS y, count(*) AS n FROM visits WHERE y >= 2024 GROUP BY y

-- name: an alias in another select item
SELECT district, count(*) AS n, n * 2 AS twice FROM residents GROUP BY district

-- name: an alias in HAVING
SELECT district, avg(income) AS mean FROM residents GROUP BY district HAVING mean > 5000

-- name: an alias in ORDER BY wins over a column
SELECT department, count(*) AS days FROM visits GROUP BY department ORDER BY days DESC

-- name: positions in GROUP BY and ORDER BY
SELECT sex, insured, count(*) FROM residents GROUP BY 1, 2 ORDER BY 3 DESC, 1

-- name: GROUP BY ALL and ORDER BY ALL
SELECT sex, count(*) AS n, insured FROM residents GROUP BY ALL ORDER BY ALL

-- name: FROM first
FROM visits SELECT department, count(*) GROUP BY department

-- name: alias before the expression
SELECT d: department, n: count(*) FROM visits GROUP BY d

-- name: a star of a subquery
SELECT department, count(*) AS n FROM (SELECT * EXCLUDE (visit_date) FROM visits) v GROUP BY department

-- name: a star with REPLACE and RENAME
SELECT dep, avg(days) AS mean FROM (SELECT * REPLACE (days + 1 AS days) RENAME (department AS dep) FROM visits) v GROUP BY dep

-- name: renamed columns of a table
SELECT d, count(*) FROM residents AS r(id, n, s, b, a, d) GROUP BY d

-- name: WITH in WITH
WITH a AS (SELECT * FROM visits WHERE days > 1), b AS (WITH c AS (SELECT * FROM a) SELECT department AS d, cost FROM c WHERE cost > 10) SELECT d, sum(cost) FROM b GROUP BY d

-- name: WITH that hides a dataset
WITH residents AS (SELECT * FROM residents WHERE sex = 'F') SELECT district, count(*) FROM residents GROUP BY district

-- name: WITH column names
WITH v(id, d) AS (SELECT resident_id, department FROM visits) SELECT d, count(DISTINCT id) AS patients FROM v GROUP BY d

-- name: two columns of one name
SELECT district, count(*), count(*) AS district FROM residents GROUP BY 1

-- name: Chinese names
SELECT "区划", count(*) AS 人数 FROM census GROUP BY "区划" ORDER BY 人数 DESC

-- name: USING shows the column once
SELECT department, count(*) FROM visits JOIN (SELECT resident_id, department FROM visits WHERE days > 1) USING (resident_id, department) GROUP BY department

-- name: comments and odd spacing
SELECT /* the place */ district
	, count ( * )   -- how many
FROM residents
GROUP   BY district

-- name: names that the emitted text uses itself
SELECT sex AS k2, district AS ok, count(*) AS k1, avg(income) AS v1, avg(age) AS n, count(insured) AS r FROM residents GROUP BY sex, district ORDER BY v1 DESC, k2

-- name: rows under names that the emitted text uses itself
-- class: rows
SELECT education AS o2, income AS o1, age AS r FROM census ORDER BY o1 DESC, r

-- name: no alias on expressions
SELECT year(visit_date), avg(cost), sum(cost) / 2, count(*) FILTER (WHERE department = 'secret name') FROM visits GROUP BY 1

