-- name: rows above the mean
SELECT department, count(*) AS n FROM visits WHERE cost > (SELECT avg(cost) FROM visits) GROUP BY department

-- name: rows above twice the mean of others, as a part
SELECT department, count(*) AS n, count(*) FILTER (WHERE cost >= 2 * (SELECT avg(cost) FROM visits WHERE days > 1) + 1) AS dear FROM visits GROUP BY department

-- name: a figure of groups
SELECT count(*) AS n FROM visits WHERE cost > (SELECT max(n) FROM (SELECT department, count(*) AS n FROM visits GROUP BY department)) / 100

-- name: refused, a figure that a figure is asked with
SELECT count(*) AS n FROM visits WHERE cost < (SELECT avg(cost) FROM visits WHERE days > (SELECT avg(days) FROM visits))

-- name: in a subquery by person
SELECT count(*) AS people FROM (SELECT resident_id, sum(cost) AS c FROM visits GROUP BY resident_id) WHERE c > (SELECT avg(cost) FROM visits)

-- name: CASE inside an aggregate
SELECT department, sum(CASE WHEN cost > (SELECT avg(cost) FROM visits) THEN days ELSE 0 END) AS d FROM visits GROUP BY department

-- name: BETWEEN two figures
SELECT count(*) AS n FROM visits WHERE cost BETWEEN (SELECT avg(cost) FROM visits) AND 3 * (SELECT avg(cost) FROM visits)

-- name: refused, a date
SELECT count(*) AS n FROM visits WHERE visit_date > (SELECT median(visit_date) FROM visits)

-- name: refused, a column less a figure
SELECT count(*) AS n FROM visits WHERE cost - (SELECT avg(cost) FROM visits) > 3

-- name: refused, a sum of distances
SELECT sum(cost - (SELECT avg(cost) FROM visits)) AS n FROM visits

-- name: refused, a figure as a key
SELECT (SELECT avg(cost) FROM visits) + days AS k, count(*) FROM visits GROUP BY (SELECT avg(cost) FROM visits) + days

-- name: refused, single rows
SELECT department FROM visits WHERE cost > (SELECT avg(cost) FROM visits)

-- name: refused, a row of a person
SELECT count(*) FROM visits WHERE cost > (SELECT cost FROM visits LIMIT 1)

-- name: refused, of the same department
SELECT count(*) FROM visits v WHERE cost > (SELECT avg(cost) FROM visits w WHERE w.department = v.department)

-- name: two figures of the same people
SELECT count(*) AS n FROM visits WHERE cost BETWEEN (SELECT avg(cost) FROM visits) AND 3 * (SELECT avg(cost) FROM visits WHERE days > 1)

-- name: refused, figures compared with each other
SELECT count(*) AS n FROM visits WHERE (SELECT sum(cost) FROM visits) - (SELECT sum(cost) FROM visits WHERE days > 1) > 30

-- name: refused, figures of different people
SELECT count(*) AS n FROM visits WHERE cost > (SELECT avg(cost) FROM visits) AND days < (SELECT avg(age) FROM residents)

-- name: people with more rows than a part of all
SELECT count(*) AS people FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) WHERE n > (SELECT count(*) FROM visits) / 100

-- name: an answer of one row beside the rows
WITH m AS (SELECT avg(cost) AS mean, avg(days) AS usual FROM visits) SELECT v.department, count(*) AS n FROM visits v, m WHERE v.cost > 2 * m.mean AND v.days > usual GROUP BY v.department

-- name: the same, shown too
SELECT v.department, m.mean, count(*) FILTER (WHERE v.cost > m.mean) AS dear FROM visits v CROSS JOIN (SELECT avg(cost) AS mean FROM visits) m GROUP BY v.department, m.mean

-- name: refused, joined by a condition on it
SELECT v.department, count(*) AS n FROM visits v JOIN (SELECT avg(cost) AS mean FROM visits) m ON v.cost > m.mean GROUP BY v.department
