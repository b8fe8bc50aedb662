-- name: repeats 1
SELECT k, count(*) FROM (SELECT row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) GROUP BY k

-- name: repeats 2
SELECT k, count(*) FROM (SELECT rank() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k, days FROM visits) WHERE k <= 2 AND days > 3 GROUP BY k

-- name: repeats 3
SELECT least(k, 9) AS k, count(*) FROM (SELECT row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) GROUP BY 1

-- name: repeats 4
SELECT k > 1 AS again, sum(days) FROM (SELECT days, ntile(3) OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) GROUP BY 1

-- name: repeats 5
SELECT n, count(*) FROM (SELECT count(*) OVER (PARTITION BY resident_id ORDER BY visit_date) AS n FROM visits) GROUP BY n

-- name: repeats 6
SELECT d IS NULL AS first, count(*) FROM (SELECT lag(department) OVER (PARTITION BY resident_id ORDER BY visit_date) AS d FROM visits) GROUP BY 1

-- name: repeats 7
SELECT CASE WHEN d IS NOT NULL THEN 'again' ELSE 'first' END AS what, count(*) FROM (SELECT lead(days, 2) OVER (PARTITION BY resident_id ORDER BY visit_date) AS d FROM visits) GROUP BY 1

-- name: repeats 8
SELECT d, count(*) FROM (SELECT lag(department) OVER (PARTITION BY resident_id ORDER BY visit_date) AS d, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) WHERE k <= 2 GROUP BY d

-- name: repeats 9
SELECT s, count(*) FROM (SELECT sum(days) OVER (PARTITION BY resident_id ORDER BY visit_date) AS s FROM visits WHERE days = 1) GROUP BY s

-- name: repeats 10
SELECT k, count(*) FROM (SELECT a.resident_id, a.visit_id, count(*) AS k FROM visits a JOIN visits b ON a.resident_id = b.resident_id AND b.visit_date <= a.visit_date GROUP BY a.resident_id, a.visit_id) GROUP BY k

-- name: repeats 11
SELECT k, n FROM (SELECT k, count(*) AS n FROM (SELECT resident_id, dense_rank() OVER (PARTITION BY resident_id ORDER BY days) AS k FROM visits) GROUP BY k)

-- name: repeats 12
SELECT DISTINCT k FROM (SELECT row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits)

-- name: repeats 13
SELECT count(*) FROM visits a JOIN visits b ON a.resident_id = b.resident_id WHERE b.days <= abs(a.days - 17) * 100 + 3

-- name: repeats 14
SELECT count(*) FROM visits a JOIN visits b ON a.hospital_code = b.hospital_code WHERE (a.days - 3) * (b.days - 7) = 0

-- name: repeats 15
SELECT count(*) FROM (SELECT days, visit_id, count(*) OVER (PARTITION BY resident_id) AS n FROM visits) WHERE (n - 7) * (days - 3) = 0

-- name: repeats 16
SELECT count(*) FROM visits v JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) c ON c.resident_id = v.resident_id WHERE greatest(abs(c.n - 7), 0) * abs(v.days - 3) < 1

-- name: repeats 17
SELECT CASE WHEN n = 7 OR days = 3 THEN 'a' ELSE 'b' END AS g, count(*) FROM (SELECT days, count(*) OVER (PARTITION BY resident_id) AS n FROM visits) GROUP BY 1

-- name: repeats 18
SELECT count(*) FROM visits WHERE resident_id IN (SELECT resident_id FROM visits GROUP BY resident_id HAVING count(*) = 7 OR count(*) FILTER (WHERE days = 3) > 0)

-- name: many quantiles beside a sum 1
SELECT sum(days) AS s, quantile_cont(days, 0.2) AS a, quantile_cont(days, 0.3) AS b, quantile_cont(days, 0.4) AS c, median(days) AS d FROM visits

-- name: many quantiles beside a sum 2
SELECT avg(b.days) AS s, quantile_cont(a.days, 0.2) AS a, quantile_cont(a.days, 0.3) AS b, quantile_cont(a.days, 0.4) AS c, median(a.days) AS d FROM visits a JOIN visits b ON a.resident_id = b.resident_id

-- name: many quantiles beside a sum 3
SELECT count(DISTINCT resident_id) AS s, quantile_cont(n, 0.2) AS a, quantile_cont(n, 0.3) AS b, quantile_cont(n, 0.4) AS c, median(n) AS d FROM (SELECT resident_id, count(*) OVER (PARTITION BY resident_id) AS n FROM visits)
