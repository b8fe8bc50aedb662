-- name: union 1
SELECT name FROM residents UNION ALL SELECT legal_person FROM enterprises

-- name: union 2
SELECT mobile FROM residents UNION SELECT department FROM visits

-- name: union 3
SELECT avg(x) FROM (SELECT resident_id AS x FROM visits UNION ALL SELECT resident_id FROM residents)

-- name: union 4
SELECT sum(x) FROM (SELECT resident_id AS x FROM visits UNION ALL SELECT 0 FROM residents)

-- name: union 5
SELECT x, count(*) FROM (SELECT resident_id AS x FROM visits UNION ALL SELECT resident_id FROM residents) GROUP BY x

-- name: union 6
SELECT x, count(*) FROM (SELECT resident_id AS x FROM visits UNION ALL SELECT age FROM residents) GROUP BY x

-- name: union 7
SELECT count(*) FROM (SELECT resident_id AS x FROM visits UNION ALL SELECT NULL FROM residents) WHERE x = 17

-- name: union 8
SELECT count(*) FROM (SELECT resident_id AS x FROM visits UNION ALL SELECT resident_id FROM residents) WHERE x = 17

-- name: union 9
SELECT count(*) FROM (SELECT resident_id + 0 AS x FROM visits UNION ALL SELECT resident_id FROM residents) WHERE x > 17

-- name: union 10
SELECT avg(n) FROM (SELECT x, count(*) AS n FROM (SELECT age AS x FROM residents UNION ALL SELECT days FROM visits) GROUP BY x)

-- name: union 11
SELECT avg(n) FROM (SELECT x, count(*) AS n FROM (SELECT resident_id AS x FROM visits UNION ALL SELECT days FROM visits) GROUP BY x)

-- name: union 12
SELECT avg(n) FROM (SELECT x, count(*) AS n FROM (SELECT resident_id AS x, credit_code AS y FROM visits v JOIN enterprises e ON v.hospital_code = e.hospital_code UNION ALL SELECT resident_id, 1 FROM visits) GROUP BY x)

-- name: union 13
SELECT count(DISTINCT x) FROM (SELECT credit_code AS x FROM enterprises UNION ALL SELECT resident_id FROM residents)

-- name: union 14
SELECT count(*) FROM (SELECT district FROM residents UNION ALL SELECT district FROM enterprises)

-- name: union 15
SELECT count(*) FROM (SELECT age FROM residents UNION ALL SELECT age FROM census)

-- name: union 16
SELECT count(*) FROM (SELECT r.age FROM residents r JOIN residents q ON r.district = q.district UNION ALL SELECT age FROM residents)

-- name: union 17
SELECT name FROM (SELECT name FROM residents UNION ALL SELECT address FROM residents)

-- name: union 18
SELECT x FROM (SELECT name AS x FROM residents UNION ALL SELECT mobile FROM residents)

-- name: union 19
SELECT x FROM (SELECT name AS x FROM residents UNION ALL SELECT district FROM residents) WHERE x = 'Zhang San'

-- name: union 20
SELECT upper(x) FROM (SELECT name AS x FROM residents UNION ALL SELECT name FROM residents)

-- name: union 21
SELECT income FROM residents UNION ALL SELECT income FROM residents

-- name: union 22
SELECT x FROM (SELECT cost AS x FROM visits UNION ALL SELECT score FROM visits)

-- name: union 23
SELECT max(x) FROM (SELECT cost AS x FROM visits UNION ALL SELECT cost FROM visits)

-- name: union 24
SELECT count(*) FROM (SELECT legal_person FROM enterprises UNION ALL SELECT sector FROM enterprises) WHERE legal_person = 'Zhang San'

-- name: union 25
SELECT legal_person, count(*) FROM (SELECT sector AS legal_person FROM enterprises UNION ALL SELECT legal_person FROM enterprises) GROUP BY 1

-- name: union 26
SELECT age, count(*) FROM (SELECT age FROM residents UNION ALL SELECT age FROM residents) GROUP BY age

-- name: union 27
SELECT a, count(*) FROM (SELECT floor(age / 7) AS a FROM residents UNION ALL SELECT floor((age - 3) / 7) FROM residents) GROUP BY a

-- name: union 28
SELECT floor(a / 10), count(*) FROM (SELECT age AS a FROM residents UNION ALL SELECT age + 1 FROM residents) GROUP BY 1

-- name: union 29
SELECT floor(a / 5), count(*) FROM (SELECT age AS a FROM residents UNION ALL SELECT age FROM residents) GROUP BY 1

-- name: union 30
SELECT count(*) FROM visits UNION ALL SELECT count(*) FROM visits WHERE visit_id <> 17

-- name: union 31
SELECT department, count(DISTINCT resident_id) FROM visits GROUP BY 1 UNION ALL SELECT 'all', count(DISTINCT resident_id) FROM visits

-- name: union 32
SELECT sum(n) FROM (SELECT count(*) AS n FROM visits UNION ALL SELECT count(*) FROM enterprises WHERE employees > 3)

-- name: union 33
SELECT avg(n) FROM (SELECT department, count(DISTINCT diagnosis) AS n FROM visits GROUP BY department UNION ALL SELECT hospital_code, count(*) FROM visits GROUP BY hospital_code)

-- name: union 34
SELECT department FROM visits UNION ALL (SELECT department FROM visits ORDER BY cost DESC LIMIT 1)

-- name: union 35
SELECT avg(cost) FROM (SELECT cost FROM visits UNION ALL (SELECT cost FROM visits LIMIT 1))

-- name: union 36
SELECT sum(x) FROM (SELECT days AS x FROM visits UNION ALL SELECT row_number() OVER (ORDER BY days) FROM visits)

-- name: union 37
SELECT count(*) FROM (SELECT 1 AS x UNION ALL SELECT days FROM visits)

-- name: union 38
SELECT count(*) FROM (VALUES (1), (2) UNION ALL SELECT days FROM visits)

-- name: union 39
SELECT count(*) FROM (SELECT days FROM visits UNION ALL SELECT * FROM range(1000))

-- name: union 40
SELECT count(*) FROM (SELECT days FROM visits UNION ALL SELECT unnest([1,2,3]) FROM visits)

-- name: union 41
SELECT count(*) FROM (SELECT days, cost FROM visits UNION ALL SELECT days FROM visits)

-- name: union 42
SELECT x FROM (SELECT department AS x FROM visits UNION ALL SELECT days FROM visits)

-- name: union 43
SELECT count(*) FROM (SELECT department FROM visits EXCEPT SELECT department FROM visits WHERE visit_id = 17)

-- name: union 44
SELECT count(*) FROM (SELECT resident_id FROM visits EXCEPT ALL SELECT resident_id FROM residents)

-- name: union 45
SELECT count(*) FROM (SELECT resident_id FROM visits INTERSECT ALL SELECT resident_id FROM residents)

-- name: union 46
SELECT resident_id FROM visits UNION SELECT resident_id FROM residents

-- name: union 47
SELECT * FROM residents UNION ALL SELECT * FROM residents

-- name: union 48
(SELECT diagnosis FROM visits) UNION ALL (SELECT diagnosis FROM visits) ORDER BY 1

-- name: union 49
SELECT count(*) FROM (SELECT x FROM (SELECT error(name) AS x FROM residents) UNION ALL SELECT sex FROM residents)

-- name: union 50
WITH RECURSIVE r AS (SELECT resident_id, 1 AS n FROM visits UNION ALL SELECT resident_id, n + 1 FROM r WHERE n < 9) SELECT sum(n) FROM r

-- name: union 51
SELECT sum(x) FROM (SELECT CASE WHEN address LIKE 'C34%' THEN 1 ELSE 0 END AS x FROM residents UNION ALL SELECT 0 FROM residents)

-- name: union 52
SELECT sum(x) FROM (SELECT 1 AS x FROM visits WHERE days = 0 UNION ALL SELECT 2 FROM visits WHERE days = 1 UNION ALL SELECT 4 FROM visits WHERE days = 2 UNION ALL SELECT 8 FROM visits WHERE days = 3 UNION ALL SELECT 16 FROM visits WHERE days = 4 UNION ALL SELECT 32 FROM visits WHERE days = 5 UNION ALL SELECT 64 FROM visits WHERE days = 6 UNION ALL SELECT 128 FROM visits WHERE days = 7 UNION ALL SELECT 256 FROM visits WHERE days = 8 UNION ALL SELECT 512 FROM visits WHERE days = 9 UNION ALL SELECT 1024 FROM visits WHERE days = 10 UNION ALL SELECT 2048 FROM visits WHERE days = 11 UNION ALL SELECT 4096 FROM visits WHERE days = 12 UNION ALL SELECT 8192 FROM visits WHERE days = 13 UNION ALL SELECT 16384 FROM visits WHERE days = 14 UNION ALL SELECT 32768 FROM visits WHERE days = 15 UNION ALL SELECT 65536 FROM visits WHERE days = 16 UNION ALL SELECT 131072 FROM visits WHERE days = 17 UNION ALL SELECT 262144 FROM visits WHERE days = 18 UNION ALL SELECT 524288 FROM visits WHERE days = 19 UNION ALL SELECT 1048576 FROM visits WHERE days = 20 UNION ALL SELECT 2097152 FROM visits WHERE days = 21 UNION ALL SELECT 4194304 FROM visits WHERE days = 22 UNION ALL SELECT 8388608 FROM visits WHERE days = 23 UNION ALL SELECT 16777216 FROM visits WHERE days = 24)

-- name: union 53
SELECT sum(k) FROM (SELECT resident_id, x AS k FROM (SELECT resident_id, 1 AS x FROM visits WHERE days > 3 UNION ALL SELECT resident_id, 1000 FROM visits WHERE days = 1) GROUP BY resident_id, x)

-- name: union 54
SELECT count(*) FROM (SELECT resident_id FROM visits UNION ALL SELECT resident_id FROM visits) u JOIN enterprises e ON u.resident_id = e.credit_code

-- name: union 55
SELECT count(*) FROM (SELECT resident_id AS k FROM visits UNION ALL SELECT days FROM visits) u JOIN residents r ON u.k = r.resident_id

-- name: union 56
SELECT count(*) FROM (SELECT "name" AS "Ｎame" FROM residents UNION ALL SELECT sex FROM residents) WHERE "Ｎame" > 'A'

-- name: union 57
SELECT/**/count(*)FROM(SELECT/**/address/**/FROM/**/residents/**/UNION/**/ALL/**/SELECT/**/sex/**/FROM/**/residents)t(a)WHERE/**/a>'x'

-- name: union 58
SELECT count(*) FROM (TABLE residents UNION ALL TABLE visits)

-- name: union 59
SELECT count(*) FROM (SELECT sex FROM residents UNION ALL SELECT sex FROM residents TABLESAMPLE 1 ROWS)

-- name: union 60
SELECT DISTINCT ON (x) x, y FROM (SELECT department AS x, score AS y FROM visits UNION ALL SELECT department, score FROM visits)

-- name: union 61
EXPLAIN SELECT count(*) FROM visits

-- name: union 62
EXPLAIN ANALYZE SELECT count(*) FROM visits

-- name: union 63
EXPLAIN POLICY; SELECT name FROM residents
