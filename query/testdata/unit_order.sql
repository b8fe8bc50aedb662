-- name: first row of each person
SELECT department, avg(days) AS days, count(*) AS n FROM (SELECT *, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) WHERE k = 1 GROUP BY department

-- name: days between rows
SELECT count(*) AS n, count(gap) AS again FROM (SELECT visit_date - lag(visit_date) OVER (PARTITION BY resident_id ORDER BY visit_date) AS gap FROM visits) WHERE gap < 90

-- name: how many rows come at which place
SELECT count(*) FILTER (WHERE k = 1) AS first, count(*) FILTER (WHERE k = 2) AS second, count(*) FILTER (WHERE k > 2) AS more FROM (SELECT row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits)

-- name: a place that a condition leaves
SELECT k, department, count(*) AS n FROM (SELECT department, rank() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) WHERE k = 2 GROUP BY k, department

-- name: what came before the second row
SELECT before, department, count(*) AS n FROM (SELECT department, lag(department) OVER (PARTITION BY resident_id ORDER BY visit_date) AS before, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) WHERE k = 2 GROUP BY ALL

-- name: what came before, where anything did
SELECT before, department, count(*) AS n FROM (SELECT department, lag(department) OVER (PARTITION BY resident_id ORDER BY visit_date) AS before FROM visits) WHERE before IS NOT NULL GROUP BY ALL

-- name: QUALIFY
SELECT department, count(*) AS n FROM (SELECT resident_id, department FROM visits QUALIFY row_number() OVER (PARTITION BY resident_id ORDER BY visit_date DESC) = 1) GROUP BY department

-- name: share of a person's own total
SELECT avg(days) AS days, count(*) FILTER (WHERE days * 10 > whole) AS large FROM (SELECT days, sum(days) OVER (PARTITION BY resident_id) AS whole FROM visits)

-- name: what came before
SELECT before, department, count(*) AS n FROM (SELECT department, lag(department) OVER (PARTITION BY resident_id ORDER BY visit_date) AS before FROM visits) GROUP BY ALL

-- name: joined to the person
SELECT r.sex, avg(v.k) AS place FROM residents r JOIN (SELECT resident_id, rank() OVER (PARTITION BY resident_id ORDER BY days DESC) AS k FROM visits) v USING (resident_id) GROUP BY r.sex

-- name: running total
SELECT count(DISTINCT resident_id) AS n FROM (SELECT resident_id, sum(days) OVER (PARTITION BY resident_id ORDER BY visit_date ROWS UNBOUNDED PRECEDING) AS sofar FROM visits) WHERE sofar > 20

-- name: person by person, of the second row
SELECT avg(n) AS n FROM (SELECT resident_id, count(*) FILTER (WHERE days > d) AS n FROM (SELECT resident_id, days, first_value(days) OVER (PARTITION BY resident_id ORDER BY visit_date) AS d FROM visits) GROUP BY resident_id)

-- name: many rows
SELECT count(*) AS n FROM (SELECT count(*) OVER (PARTITION BY resident_id) AS m FROM visits) WHERE m >= 5
