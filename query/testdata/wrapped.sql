-- name: groups shown again
SELECT * FROM (SELECT district, count(*) AS n FROM residents GROUP BY district) t LIMIT 100

-- name: groups filtered and ordered outside
WITH s AS (SELECT department, sum(cost) AS total, count(*) AS n FROM visits GROUP BY department) SELECT department, round(total / n, 1) AS mean FROM s WHERE n > 100 ORDER BY mean DESC LIMIT 3

-- name: twice
SELECT d, m FROM (SELECT d, n * 2 AS m FROM (SELECT department AS d, count(*) AS n FROM visits GROUP BY 1 HAVING count(*) > 5) WHERE d <> 'x') WHERE m > 10

-- name: one row
SELECT a / b AS x FROM (SELECT sum(cost) AS a, sum(days) AS b FROM visits)

-- name: no more than shown
SELECT sum(n) FROM (SELECT district, count(*) AS n FROM residents GROUP BY district)

-- name: groups joined with groups
SELECT a.district, a.n, b.n FROM (SELECT district, count(*) AS n FROM residents GROUP BY 1) a JOIN (SELECT district, count(*) AS n FROM enterprises GROUP BY 1) b ON a.district = b.district

-- name: people with a partner
SELECT district, count(*) AS patients FROM residents SEMI JOIN visits USING (resident_id) GROUP BY district

-- name: people without one
SELECT r.district, count(*) AS n FROM residents r ANTI JOIN (SELECT resident_id AS id FROM visits WHERE days > 3) v ON r.resident_id = v.id GROUP BY r.district

