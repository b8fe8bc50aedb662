-- name: most and mean of the groups
SELECT max(n) AS most, avg(n) AS mean FROM (SELECT department, count(*) AS n FROM visits GROUP BY department)

-- name: groups above the mean
WITH s AS (SELECT department, count(*) AS n FROM visits GROUP BY department) SELECT department, n FROM s WHERE n > (SELECT avg(n) FROM s)

-- name: two years are one question
WITH a AS (SELECT department, count(*) AS n FROM visits WHERE visit_date < DATE '2025-01-01' GROUP BY 1), b AS (SELECT department, count(*) AS n FROM visits WHERE visit_date >= DATE '2025-01-01' GROUP BY 1) SELECT department, b.n - a.n AS more FROM a JOIN b USING (department) ORDER BY more DESC

-- name: labels of groups, and groups that nobody is in
SELECT l.label, coalesce(x.n, 0) AS n FROM (VALUES ('J11', 'flu'), ('Z00', 'none')) AS l(code, label) LEFT JOIN (SELECT diagnosis, count(*) AS n FROM visits GROUP BY 1) x ON x.diagnosis = l.code

-- name: groups again by their places
SELECT quarter, count(*) AS n, sum(n) AS people FROM (SELECT sector, count(*) AS n, ntile(4) OVER (ORDER BY count(*)) AS quarter FROM enterprises GROUP BY sector) GROUP BY quarter

-- name: refused tables of other units
SELECT (SELECT count(*) FROM residents) AS people, (SELECT count(*) FROM enterprises) AS enterprises

-- name: a total beside its parts
SELECT department, count(*) AS n, (SELECT count(*) FROM visits) AS total FROM visits GROUP BY department

-- name: totals by ROLLUP
SELECT department, diagnosis, count(*) AS n, GROUPING(diagnosis) AS total FROM visits GROUP BY ROLLUP (department, diagnosis)

-- name: refused totals of a mean
SELECT department, avg(days) AS days FROM visits GROUP BY ROLLUP (department)

-- name: visits beside residents
SELECT (SELECT count(*) FROM residents) AS people, (SELECT sum(days) FROM visits) AS days
