-- name: counts per person
SELECT n, count(*) AS people FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) AS p GROUP BY n

-- name: sums per person
WITH p AS (SELECT resident_id, sum(cost) AS spent, count(*) AS times FROM visits WHERE visit_date >= DATE '2025-01-01' GROUP BY resident_id) SELECT avg(spent) AS mean, avg(times) AS times, count(*) FILTER (WHERE times >= 3) AS frequent FROM p

-- name: joined to the person
SELECT r.sex, avg(p.n) FROM residents r JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY 1) p USING (resident_id) GROUP BY r.sex

-- name: people without any count too
SELECT r.sex, avg(coalesce(p.n, 0)) FROM residents r LEFT JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY 1) p ON r.resident_id = p.resident_id GROUP BY r.sex

-- name: per person and department
SELECT department, avg(spent) FROM (SELECT resident_id, department, sum(cost) AS spent FROM visits GROUP BY ALL HAVING count(*) > 1) GROUP BY department

-- name: distinct people of a kind
SELECT department, count(*) AS people FROM (SELECT DISTINCT resident_id, department FROM visits) GROUP BY department

-- name: a join inside
SELECT avg(spent) FROM (SELECT r.resident_id, r.sex, sum(v.cost) AS spent FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id GROUP BY 1, 2) WHERE sex = 'F'

-- name: weights inside
SELECT avg(points) FROM (SELECT resident_id, sum(CASE WHEN days > 10 THEN 5 WHEN days > 3 THEN 2 ELSE 0 END) AS points FROM visits GROUP BY resident_id)


-- name: rows that are units are one figure
SELECT count(*), count(DISTINCT id), avg(n) FROM (SELECT resident_id AS id, count(*) AS n FROM visits GROUP BY resident_id)
