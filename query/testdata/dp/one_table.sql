-- name: count by a key with a public domain
SELECT department, count(*) AS n FROM visits GROUP BY department

-- name: sum by a private key
SELECT diagnosis, sum(cost) AS total FROM visits GROUP BY diagnosis

-- name: a filter
SELECT sex, count(*) AS n FROM residents WHERE district = '330102' GROUP BY sex

-- name: no GROUP BY
SELECT count(*), sum(cost), avg(days) FROM visits WHERE days > 3

-- name: units
SELECT department, count(DISTINCT resident_id) AS people, count(*) AS n FROM visits GROUP BY department

-- name: each row a unit
SELECT education, count(*) AS n, avg(hours) AS hours FROM census GROUP BY education

-- name: arithmetic, HAVING, ORDER BY and LIMIT are free
SELECT department, sum(cost) / count(*) AS mean, round(100.0 * count(*) FILTER (WHERE days > 3) / count(*), 1) AS percent FROM visits GROUP BY department HAVING count(*) > 100 ORDER BY mean DESC, department LIMIT 5 OFFSET 1

-- name: keys alone
SELECT DISTINCT department FROM visits

-- name: per person
WITH p AS (SELECT resident_id, sum(cost) AS spent, count(*) AS times FROM visits WHERE visit_date >= DATE '2025-01-01' GROUP BY resident_id) SELECT avg(least(greatest(spent, 0), 10000)) AS mean, avg(least(times, 20)) AS times, count(*) FILTER (WHERE times >= 3) AS frequent FROM p

-- name: joined on the unit
SELECT r.sex, avg(v.cost) FROM residents r JOIN visits v ON r.resident_id = v.resident_id GROUP BY r.sex

-- name: left on the unit
SELECT r.district, count(*) AS n, count(v.resident_id) AS visits, sum(v.cost) AS cost FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id AND v.days > 3 GROUP BY r.district
