-- name: first visits by month
SELECT month(first) AS month, count(*) AS n FROM (SELECT resident_id, min(visit_date) AS first FROM visits GROUP BY resident_id) GROUP BY 1 ORDER BY 1

-- name: recency
SELECT CASE WHEN last < DATE '2025-01-01' THEN 'long ago' ELSE 'recent' END AS seen, count(*) AS n FROM (SELECT resident_id, max(visit_date) AS last FROM visits GROUP BY resident_id) GROUP BY 1

-- name: days from first to last
SELECT count(*) AS n, count(*) FILTER (WHERE date_diff('day', first, last) > 200) AS days FROM (SELECT resident_id, min(visit_date) AS first, max(visit_date) AS last FROM visits GROUP BY resident_id)

-- name: department of the first visit
SELECT department, count(*) AS n FROM (SELECT resident_id, arg_min(department, visit_date) AS department FROM visits GROUP BY resident_id) GROUP BY department

-- name: days of the last visit
SELECT avg(days) AS days FROM (SELECT resident_id, max_by(days, visit_date) AS days FROM visits GROUP BY resident_id)

-- name: first and last in an order
SELECT f, count(*) AS n, avg(d) AS days FROM (SELECT resident_id, first(department ORDER BY visit_date) AS f, last(days ORDER BY visit_date) AS d FROM visits GROUP BY resident_id) GROUP BY f

-- name: any value in an order
SELECT v, count(*) AS n FROM (SELECT resident_id, any_value(diagnosis ORDER BY visit_date DESC) AS v FROM visits WHERE days > 2 GROUP BY resident_id) GROUP BY v

-- name: newcomers by sex
SELECT r.sex, count(*) AS n FROM residents r JOIN (SELECT resident_id, min(visit_date) AS first FROM visits GROUP BY resident_id) v USING (resident_id) WHERE v.first < DATE '2024-06-01' GROUP BY r.sex

-- name: ever and never
SELECT count(*) AS n, sum(ever) AS ever, count(*) FILTER (WHERE long) AS long, count(*) FILTER (WHERE always) AS always FROM (SELECT resident_id, max(CASE WHEN diagnosis = 'C34' THEN 1 ELSE 0 END) AS ever, bool_or(days > 9) AS long, bool_and(days > 1) AS always FROM visits GROUP BY resident_id)

-- name: first of some rows
SELECT avg(d) AS days, count(d) AS n FROM (SELECT resident_id, arg_max(days, visit_date) FILTER (WHERE department = 'surgery') AS d FROM visits GROUP BY resident_id)

-- name: cohort and activity
SELECT c.cohort, month(v.visit_date) AS active, count(DISTINCT v.resident_id) AS n FROM visits v JOIN (SELECT resident_id, date_trunc('year', min(visit_date)) AS cohort FROM visits GROUP BY resident_id) c ON c.resident_id = v.resident_id GROUP BY ALL

-- name: largest and smallest
SELECT avg(m) AS largest, avg(s) AS smallest FROM (SELECT resident_id, max(days) AS m, min(cost) AS s FROM visits GROUP BY resident_id)

-- name: HAVING of a person
SELECT count(*) AS n FROM (SELECT resident_id FROM visits GROUP BY resident_id HAVING max(visit_date) - min(visit_date) > 30)
