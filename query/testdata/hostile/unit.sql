-- name: unit 1
SELECT resident_id, count(*) FROM visits GROUP BY resident_id

-- name: unit 2
SELECT resident_id, sum(cost) FROM visits GROUP BY 1

-- name: unit 3
SELECT v.resident_id AS who, avg(v.cost) FROM visits v GROUP BY ALL

-- name: unit 4
SELECT DISTINCT resident_id FROM visits

-- name: unit 5
SELECT count(*) FROM visits WHERE resident_id = '330102199001011234'

-- name: unit 6
SELECT count(*) FROM visits WHERE resident_id = 5

-- name: unit 7
SELECT count(*) FROM visits WHERE resident_id IN (1, 2, 3)

-- name: unit 8
SELECT count(*) FROM visits WHERE resident_id BETWEEN 1 AND 10

-- name: unit 9
SELECT count(*) FROM visits WHERE resident_id > 100

-- name: unit 10
SELECT count(*) FROM visits WHERE resident_id % 2 = 0

-- name: unit 11
SELECT resident_id % 100, count(*) FROM visits GROUP BY 1

-- name: unit 12
SELECT sum(resident_id) FROM visits

-- name: unit 13
SELECT avg(resident_id) FROM visits

-- name: unit 14
SELECT sum(cost * resident_id) FROM visits

-- name: unit 15
SELECT count(*) FILTER (WHERE resident_id = 7) FROM visits

-- name: unit 16
SELECT sum(CASE WHEN resident_id = 7 THEN cost END) FROM visits

-- name: unit 17
SELECT sum(cost) FILTER (WHERE resident_id <> 7) FROM visits

-- name: unit 18
SELECT count(*) FROM visits WHERE resident_id::text LIKE '3301%'

-- name: unit 19
SELECT substr(resident_id::text, 1, 6), count(*) FROM visits GROUP BY 1

-- name: unit 20
SELECT count(*) FROM visits ORDER BY resident_id

-- name: unit 21
SELECT department FROM visits GROUP BY department HAVING sum(resident_id) > 3

-- name: unit 22
SELECT resident_id FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY 1) WHERE n > 20

-- name: unit 23
SELECT p, count(*) FROM (SELECT resident_id AS p FROM visits) GROUP BY p

-- name: unit 24
SELECT p, avg(c) FROM (SELECT resident_id AS p, cost AS c FROM visits) GROUP BY p

-- name: unit 25
SELECT n, resident_id, count(*) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY 1) GROUP BY ALL

-- name: unit 26
SELECT n FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY 1)

-- name: unit 27
SELECT s FROM (SELECT resident_id, sum(cost) AS s FROM visits GROUP BY 1)

-- name: unit 28
SELECT district, n FROM residents JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY 1) v USING (resident_id)

-- name: unit 29
WITH p AS (SELECT resident_id, sum(cost) AS s FROM visits GROUP BY 1) SELECT s, count(*) FROM p GROUP BY s

-- name: unit 30
SELECT s > 1000, count(*) FROM (SELECT resident_id, sum(income) AS s FROM residents GROUP BY 1) GROUP BY 1

-- name: unit 31
SELECT count(*) FROM (SELECT resident_id, sum(income) AS s FROM residents GROUP BY 1) WHERE s > 1000

-- name: unit 32
SELECT count(*) FROM (SELECT resident_id FROM residents GROUP BY 1 HAVING sum(income) > 1000000)

-- name: unit 33
SELECT credit_code, sum(employees) FROM enterprises GROUP BY 1

-- name: unit 34
SELECT row(resident_id), count(*) FROM visits GROUP BY 1

-- name: unit 35
SELECT CASE WHEN resident_id IS NULL THEN 'x' ELSE resident_id::text END, count(*) FROM visits GROUP BY 1

-- name: unit 36
SELECT coalesce(resident_id, 0), count(*) FROM visits GROUP BY 1

-- name: unit 37
SELECT count(*) FROM residents a JOIN residents b ON a.resident_id = b.resident_id WHERE a.resident_id = 4

-- name: unit 38
SELECT max(resident_id) FROM visits

-- name: unit 39
SELECT min(resident_id) FROM visits

-- name: unit 40
SELECT sum(y) FROM (SELECT resident_id, CASE WHEN department = 'int' THEN 1 WHEN department = 'sur' THEN 1000 END AS y FROM visits GROUP BY 1, 2)

-- name: unit 41
SELECT district, sex, count(*) FROM residents GROUP BY ALL HAVING count(*) > count(nullif(resident_id, '17'))

-- name: unit 42
SELECT diagnosis, count(*) - count(nullif(resident_id, '17')) AS n FROM visits GROUP BY 1

-- name: unit 43
SELECT count(DISTINCT least(resident_id, '5')) FROM visits

-- name: unit 44
SELECT count(DISTINCT greatest(resident_id, '5')) FROM visits

-- name: unit 45
SELECT count(resident_id || '5') FROM visits

-- name: unit 46
SELECT count(coalesce(resident_id, 'x')) FROM visits

-- name: unit 47
SELECT count(CASE WHEN district = 'd1' THEN lower(resident_id) END) FROM residents

-- name: unit 48
SELECT count(k) FROM (SELECT nullif(resident_id, '17') AS k FROM residents)

-- name: unit 49
SELECT count(DISTINCT k) FROM (SELECT resident_id || '' AS k FROM residents)

-- name: unit 50
SELECT sum(n) FROM (SELECT count(nullif(resident_id, '17')) AS n, resident_id FROM residents GROUP BY resident_id)
