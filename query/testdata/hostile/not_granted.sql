-- name: not_granted 1
SELECT address FROM residents

-- name: not_granted 2
SELECT count(*) FROM residents WHERE address LIKE '%road%'

-- name: not_granted 3
SELECT address, count(*) FROM residents GROUP BY address

-- name: not_granted 4
SELECT count(address) FROM residents

-- name: not_granted 5
SELECT count(DISTINCT address) FROM residents

-- name: not_granted 6
SELECT length(address), count(*) FROM residents GROUP BY 1

-- name: not_granted 7
SELECT sum(length(address)) FROM residents

-- name: not_granted 8
SELECT count(*) FROM residents ORDER BY address

-- name: not_granted 9
SELECT district, count(*) FROM residents GROUP BY district ORDER BY avg(length(address))

-- name: not_granted 10
SELECT district FROM residents GROUP BY district HAVING count(address) > 0

-- name: not_granted 11
SELECT count(*) FILTER (WHERE address IS NULL) FROM residents

-- name: not_granted 12
SELECT sum(CASE WHEN address = 'x' THEN 1 ELSE 0 END) FROM residents

-- name: not_granted 13
SELECT count(CASE WHEN address = 'x' THEN 1 END) FROM residents

-- name: not_granted 14
SELECT avg((address = 'x')::int) FROM residents

-- name: not_granted 15
SELECT count(*) FROM residents r JOIN visits v ON r.address = v.department

-- name: not_granted 16
SELECT count(*) FROM residents r JOIN visits v USING (resident_id) WHERE r.address <> v.department

-- name: not_granted 17
SELECT x, count(*) FROM (SELECT address AS x FROM residents) GROUP BY x

-- name: not_granted 18
WITH a AS (SELECT address AS x FROM residents), b AS (SELECT x AS y FROM a) SELECT y, count(*) FROM b GROUP BY y

-- name: not_granted 19
WITH a AS (SELECT substr(address, 1, 1) AS x FROM residents) SELECT count(*) FILTER (WHERE x = '1') FROM a

-- name: not_granted 20
SELECT count(*) FROM (SELECT * FROM residents WHERE address > 'm')

-- name: not_granted 21
SELECT avg(n) FROM (SELECT resident_id, count(address) AS n FROM residents GROUP BY resident_id)

-- name: not_granted 22
SELECT a, count(*) FROM (SELECT resident_id, address AS a FROM residents GROUP BY ALL) GROUP BY a

-- name: not_granted 23
SELECT "address" FROM residents

-- name: not_granted 24
SELECT ADDRESS FROM residents

-- name: not_granted 25
SELECT r."Address" FROM residents AS r

-- name: not_granted 26
SELECT /* nothing */ address -- here
FROM residents

-- name: not_granted 27
SELECT a FROM residents AS r(i, n, s, b, g, d, m, a)

-- name: not_granted 28
SELECT a.address FROM residents a

-- name: not_granted 29
SELECT coalesce(address, district) AS district, count(*) FROM residents GROUP BY 1

-- name: not_granted 30
SELECT CASE WHEN address = 'x' THEN district ELSE sex END, count(*) FROM residents GROUP BY 1

-- name: not_granted 31
SELECT concat(district, address), count(*) FROM residents GROUP BY 1

-- name: not_granted 32
SELECT nullif(district, address), count(*) FROM residents GROUP BY 1

-- name: not_granted 33
SELECT greatest(district, address), count(*) FROM residents GROUP BY 1

-- name: not_granted 34
SELECT address IS NULL, count(*) FROM residents GROUP BY 1

-- name: not_granted 35
SELECT try(address), count(*) FROM residents GROUP BY 1

-- name: not_granted 36
SELECT legal_person FROM enterprises

-- name: not_granted 37
SELECT count(*) FROM enterprises WHERE legal_person = 'x'

-- name: not_granted 38
SELECT count(DISTINCT legal_person) FROM enterprises

-- name: not_granted 39
SELECT visit_id FROM visits

-- name: not_granted 40
SELECT count(*) FROM visits WHERE visit_id = 1

-- name: not_granted 41
SELECT visit_id % 10, count(*) FROM visits GROUP BY 1

