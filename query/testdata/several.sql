-- name: two numbers of other rows
SELECT (SELECT count(*) FROM residents) AS people, (SELECT count(*) FROM visits) AS visits, (SELECT sum(days) FROM visits) AS days

-- name: visits for each person by sex
WITH p AS (SELECT sex, count(*) AS people FROM residents GROUP BY sex), v AS (SELECT r.sex, count(*) AS visits, sum(v.cost) AS cost FROM visits v JOIN residents r ON r.resident_id = v.resident_id GROUP BY r.sex) SELECT p.sex, people, visits, cost, 1000.0 * visits / people AS rate FROM p JOIN v ON v.sex = p.sex

-- name: by two keys in another order
SELECT a.sex, a.insured, a.n, b.visits FROM (SELECT sex, insured, count(*) AS n FROM residents GROUP BY 1, 2) a FULL JOIN (SELECT r.insured, r.sex, count(*) FILTER (WHERE v.days > 3) AS visits FROM visits v JOIN residents r USING (resident_id) GROUP BY r.insured, r.sex) b ON a.sex = b.sex AND a.insured = b.insured

-- name: numbers below each other
SELECT 'residents' AS what, count(*) AS n FROM residents UNION ALL SELECT 'patients', count(DISTINCT resident_id) FROM visits UNION ALL SELECT 'surgery', count(*) FROM visits WHERE department = 'surgery'

-- name: a mean beside a mean of other rows
WITH a AS (SELECT avg(age) AS age FROM residents), b AS (SELECT avg(days) AS days, avg(cost) AS cost FROM visits) SELECT * FROM a CROSS JOIN b

-- name: groups of a subquery by people beside groups of people
WITH a AS (SELECT r.sex, count(*) AS n FROM residents r GROUP BY 1), b AS (SELECT r.sex, avg(q.n) AS mean FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) q JOIN residents r ON r.resident_id = q.resident_id GROUP BY 1) SELECT a.sex, a.n, b.mean FROM a JOIN b USING (sex)

-- name: refused the same rows by changed labels
WITH a AS (SELECT r.district AS k, count(*) AS n FROM residents r GROUP BY 1), b AS (SELECT CASE WHEN r.district = 'd1' THEN 'd2' ELSE 'd1' END AS k, count(*) AS n FROM residents r JOIN visits v USING (resident_id) WHERE v.days <> 7 GROUP BY 1) SELECT * FROM a JOIN b USING (k)

-- name: refused people and enterprises
SELECT (SELECT count(*) FROM residents) AS people, (SELECT count(*) FROM enterprises) AS enterprises

-- name: refused groups by other numbers of keys
SELECT department, count(*) AS n, 1.0 * count(*) / (SELECT count(*) FROM residents) AS rate FROM visits GROUP BY department
