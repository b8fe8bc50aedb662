-- name: two sides of one dataset
SELECT count(*) FROM (SELECT district FROM residents UNION ALL SELECT district FROM residents)

-- name: sides by group
SELECT source, department, count(*) AS n, count(DISTINCT id) AS people, sum(cost) AS cost FROM (SELECT 'short' AS source, resident_id AS id, department, cost FROM visits WHERE days < 3 UNION ALL SELECT 'long', resident_id, department, cost FROM visits WHERE days >= 3) GROUP BY source, department

-- name: in WITH
WITH all_visits AS (SELECT resident_id, visit_date, cost FROM visits WHERE department = 'surgery' UNION ALL SELECT resident_id, visit_date, cost FROM visits WHERE department = 'medicine') SELECT year(visit_date) AS year, avg(cost) AS mean FROM all_visits GROUP BY 1 ORDER BY 1

-- name: joined on the unit
SELECT r.district, count(*) AS n FROM residents r JOIN (SELECT resident_id, days FROM visits UNION ALL SELECT resident_id, age FROM residents) u ON u.resident_id = r.resident_id WHERE u.days > 3 GROUP BY r.district

-- name: by unit first
SELECT avg(n) AS mean FROM (SELECT resident_id, count(*) AS n FROM (SELECT resident_id FROM visits WHERE days > 3 UNION ALL SELECT resident_id FROM visits WHERE cost > 100) GROUP BY resident_id)

-- name: sides by unit
SELECT sum(n) AS n, sum(s) AS s FROM (SELECT resident_id, count(*) AS n, sum(days) AS s FROM visits GROUP BY resident_id UNION ALL SELECT resident_id, count(*), sum(days) FROM visits WHERE days > 2 GROUP BY resident_id)

-- name: sides told apart in a sum
SELECT department, sum(x) AS x FROM (SELECT department, 1 AS x FROM visits WHERE days > 3 UNION ALL SELECT department, 1000 FROM visits WHERE days <= 3) GROUP BY department

-- name: a side that adds nothing
SELECT department, sum(x) AS x, avg(x) AS share FROM (SELECT department, 1 AS x FROM visits WHERE days > 3 UNION ALL SELECT department, 0 FROM visits WHERE days <= 3) GROUP BY department

-- name: a side with NULL
SELECT department, sum(c) AS c, sum(d) AS d FROM (SELECT department, cost AS c, NULL AS d FROM visits UNION ALL SELECT department, NULL, days FROM visits) GROUP BY department

-- name: numbers of several types
SELECT sum(x) AS x FROM (SELECT days AS x FROM visits UNION ALL SELECT cost FROM visits UNION ALL SELECT score FROM visits)

-- name: CASE inside a side
SELECT sum(x) AS x FROM (SELECT CASE WHEN days > 3 THEN cost ELSE 0 END AS x FROM visits UNION ALL SELECT cost FROM visits)

-- name: a union without repetitions
SELECT department FROM visits WHERE days > 3 UNION SELECT department FROM visits WHERE cost > 100 ORDER BY department

-- name: units of either side
SELECT count(*) AS people FROM (SELECT resident_id FROM visits WHERE days > 3 UNION SELECT resident_id FROM residents WHERE age > 80)

-- name: rows
-- class: rows
SELECT department, score FROM visits WHERE days > 3 UNION ALL SELECT department, score FROM visits WHERE days < 1 ORDER BY department LIMIT 20

-- name: masked rows
-- class: rows
SELECT sex, name FROM residents WHERE age > 60 UNION ALL SELECT sex, name FROM residents WHERE age < 18

-- name: with a left join
SELECT d, count(*) AS n, sum(c) AS cost FROM (SELECT r.district AS d, v.cost AS c FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id UNION ALL SELECT r.district, v.cost FROM residents r JOIN visits v USING (resident_id)) GROUP BY d

-- name: in buckets
SELECT floor(a / 10) * 10 AS band, count(*) AS n FROM (SELECT age AS a FROM residents WHERE sex = 'F' UNION ALL SELECT age FROM residents WHERE insured) GROUP BY 1

-- name: within a union
SELECT x, count(*) FROM (SELECT sex AS x FROM residents UNION ALL (SELECT sex FROM residents WHERE age > 3 UNION SELECT district FROM residents WHERE age > 60 GROUP BY district, resident_id)) GROUP BY x

-- name: rows that are units
SELECT education, count(*) AS n FROM (SELECT education, hours FROM census WHERE age < 30 UNION ALL SELECT education, hours FROM census WHERE age >= 30) WHERE hours > 20 GROUP BY education

-- name: WITH above the sides
WITH a AS (SELECT resident_id AS id, sex AS s FROM residents), b AS (SELECT * FROM a UNION ALL SELECT * FROM a WHERE s = 'F') SELECT s, count(*) FROM b GROUP BY s

-- name: named anew
SELECT x.w, sum(x.c) AS c FROM (SELECT department, cost FROM visits WHERE days < 3 UNION ALL SELECT hospital_code, cost FROM visits WHERE days BETWEEN 3 AND 9) x(w, c) GROUP BY x.w

-- name: the same rows by other columns
SELECT x.w, sum(x.c) AS c FROM (SELECT department, cost FROM visits UNION ALL SELECT hospital_code, cost FROM visits) x(w, c) GROUP BY x.w

-- name: the same rows by changed labels
SELECT w, sum(c) FILTER (WHERE s = 1) AS a, sum(c) FILTER (WHERE s = 2) AS b FROM (SELECT department AS w, cost AS c, 1 AS s FROM visits UNION ALL SELECT CASE department WHEN 'eyes' THEN 'surgery' ELSE 'eyes' END, cost, 2 FROM visits WHERE days <> 7) GROUP BY w

-- name: the same rows by one column
SELECT w, sum(c) FILTER (WHERE s = 1) AS a, sum(c) FILTER (WHERE s = 2) AS b FROM (SELECT department AS w, cost AS c, 1 AS s FROM visits UNION ALL SELECT department, cost, 2 FROM visits WHERE days <> 7) GROUP BY w

-- name: columns of one name
SELECT DISTINCT * FROM (SELECT sex AS x, district AS x FROM residents)

-- name: an answer on each side is two answers
SELECT count(*) FROM residents UNION ALL SELECT count(*) FROM visits

-- name: different units
SELECT district FROM residents UNION ALL SELECT district FROM enterprises

-- name: a key on one side only
SELECT count(DISTINCT id) FROM (SELECT resident_id AS id, days FROM visits UNION ALL SELECT age, age FROM residents)

-- name: INTERSECT
SELECT resident_id FROM residents INTERSECT SELECT resident_id FROM visits

-- name: EXCEPT
SELECT resident_id FROM residents EXCEPT SELECT resident_id FROM visits

-- name: BY NAME
SELECT count(*) FROM (SELECT department FROM visits UNION ALL BY NAME SELECT department FROM visits)
