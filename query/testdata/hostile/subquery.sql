-- name: subquery 1
SELECT (SELECT max(cost) FROM visits)

-- name: subquery 2
SELECT (SELECT count(*) FROM visits) AS n, district FROM residents GROUP BY district

-- name: subquery 3
SELECT count(*) FROM visits WHERE cost = (SELECT max(cost) FROM visits)

-- name: subquery 8
SELECT count(*) FROM visits WHERE cost = ANY (SELECT cost FROM visits)

-- name: subquery 9
SELECT count(*) FROM visits WHERE cost >= ALL (SELECT cost FROM visits)

-- name: subquery 10
SELECT district, (SELECT name FROM residents LIMIT 1) FROM residents GROUP BY district

-- name: subquery 11
SELECT count(*) FROM residents r, LATERAL (SELECT * FROM visits v WHERE v.resident_id = r.resident_id LIMIT 1) x

-- name: subquery 12
SELECT count(*) FROM residents r LEFT JOIN LATERAL (SELECT v.cost FROM visits v WHERE v.resident_id = r.resident_id) x ON true

-- name: subquery 13
SELECT count(*) FROM (SELECT * FROM visits ORDER BY cost DESC LIMIT 1)

-- name: subquery 14
SELECT avg(cost) FROM (SELECT cost FROM visits ORDER BY visit_id LIMIT 1 OFFSET 5)

-- name: subquery 15
SELECT avg(cost) FROM (SELECT cost FROM visits LIMIT 10%)

-- name: subquery 16
WITH one AS (SELECT * FROM visits LIMIT 1) SELECT sum(cost) FROM one

-- name: subquery 17
SELECT count(*) FROM visits WHERE (SELECT true FROM visits)

-- name: subquery 18
SELECT ARRAY(SELECT name FROM residents)

-- name: subquery 19
SELECT count(*) FROM visits LIMIT (SELECT days FROM visits WHERE visit_id = 1)

-- name: subquery 20
SELECT count(*) FROM visits OFFSET (SELECT 1)

-- name: subquery 21
SELECT avg(n) FROM (SELECT district, count(*) AS n FROM residents GROUP BY district) g JOIN residents r ON r.district = g.district

-- name: subquery 22
SELECT sum(s) FROM (SELECT department, visit_date, sum(cost) AS s FROM visits GROUP BY 1, 2) g LEFT JOIN visits v ON v.department = g.department

-- name: subquery 23
SELECT avg(s) FROM (SELECT name, sum(cost) AS s FROM residents JOIN visits USING (resident_id) GROUP BY name)

-- name: subquery 24
SELECT avg(c) FROM (SELECT DISTINCT cost AS c FROM visits)

-- name: subquery 25
SELECT count(*) FROM (SELECT DISTINCT diagnosis, visit_date FROM visits) g, visits v WHERE g.diagnosis = v.diagnosis

-- name: subquery 26
SELECT avg(m) FROM (SELECT resident_id + 0 AS id, sum(cost) AS m FROM visits GROUP BY resident_id + 0)

-- name: subquery 27
SELECT avg(m) FROM (SELECT md5(resident_id) AS id, sum(cost) AS m FROM visits GROUP BY 1)

-- name: subquery 28
SELECT avg(m) FROM (SELECT resident_id::text AS id, sum(cost) AS m FROM visits GROUP BY 1)

-- name: subquery 29
SELECT avg(m) FROM (SELECT v.resident_id AS id, sum(cost) AS m FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id GROUP BY v.resident_id)

-- name: subquery 30
SELECT avg(m) FROM (SELECT e.credit_code, count(*) AS m FROM enterprises e JOIN residents r ON e.district = r.district GROUP BY e.credit_code)

-- name: subquery 31
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) SELECT count(*) FROM r

-- name: subquery 32
WITH RECURSIVE r(id) AS (SELECT resident_id FROM visits UNION SELECT id FROM r) SELECT count(*) FROM r

-- name: subquery 33
WITH RECURSIVE x AS (SELECT * FROM visits UNION ALL SELECT * FROM x) SELECT avg(cost) FROM x

-- name: subquery 34
SELECT (SELECT avg(income) FROM residents) AS m, count(*) FILTER (WHERE income > m) FROM residents

-- name: subquery 35
SELECT count(*) FROM (SELECT sex, count(*) AS n FROM residents GROUP BY sex UNION ALL SELECT sex, sum(age) FROM residents GROUP BY sex) g JOIN residents r ON r.sex = g.sex

-- name: subquery 36
SELECT resident_id, sex, (SELECT count(*) FROM residents) FROM residents

-- name: subquery 37
SELECT sex, (SELECT count(*) FROM residents) AS n FROM residents GROUP BY sex, n

-- name: subquery 38
SELECT avg(a) FROM (SELECT resident_id, count(*) AS a, (SELECT count(*) FROM visits) AS b FROM visits GROUP BY resident_id)
