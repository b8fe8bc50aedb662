-- name: rows
-- class: rows
SELECT sex, district, insured, length(district) AS n, sex IS NULL AS unknown FROM residents

-- name: rows joined
-- class: rows
SELECT r.sex, v.department, v.score * 2 AS s, TRY_CAST(r.district AS bigint) AS d FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id

-- name: aggregates of several rows
-- class: aggregate
SELECT department, count(*) AS n, sum(cost) AS total, avg(cost) AS mean, avg(cost / days) AS daily, stddev(score) AS spread, 100.0 * count(*) FILTER (WHERE days > 3) / count(*) AS share FROM visits GROUP BY department

-- name: each row a unit
-- class: aggregate
SELECT floor(age / 10) * 10 AS band, avg(least(hours, 60)) AS hours FROM census GROUP BY band

-- name: per person
-- class: aggregate
SELECT n, count(*) AS people, avg(spent) AS spent FROM (SELECT resident_id, least(count(*), 9) AS n, sum(cost) AS spent FROM visits WHERE cost < 100 GROUP BY resident_id) GROUP BY n

-- name: two kinds of unit
-- class: rows
SELECT r.sex, e.sector FROM residents r JOIN enterprises e ON r.district = e.district

-- name: dates
-- class: aggregate
SELECT year(visit_date) AS y, last_day(visit_date) AS d, visit_date - DATE '2025-01-01' AS since, count(*) FROM visits WHERE visit_date BETWEEN '2025-01-01' AND '2025-06-30' GROUP BY ALL

-- name: a union
-- class: aggregate
SELECT avg(x) FROM (SELECT resident_id, cost AS x FROM visits WHERE cost BETWEEN 5 AND 10 UNION ALL SELECT resident_id, days FROM visits)

-- name: dp
-- class: dp
SELECT department, count(*) AS n, median(cost) AS typical, sum(cost) / count(DISTINCT resident_id) AS each FROM visits GROUP BY department
