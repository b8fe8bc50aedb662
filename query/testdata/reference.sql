-- name: grouped by what a list says
SELECT g.area, count(*) AS n, avg(r.income) AS income FROM residents r JOIN regions g ON g.code = r.district GROUP BY g.area

-- name: joined in WHERE
SELECT h.kind, count(*) AS visits, count(DISTINCT v.resident_id) AS patients FROM visits v, hospitals h WHERE v.hospital_code = h.code GROUP BY h.kind ORDER BY visits DESC

-- name: left join
SELECT g.area, count(*) AS n FROM residents r LEFT JOIN regions g ON r.district = g.code GROUP BY g.area

-- name: two lists one after the other
SELECT g.area, h.kind, sum(v.cost) AS cost FROM visits v JOIN hospitals h ON v.hospital_code = h.code JOIN regions g ON h.region = g.code GROUP BY g.area, h.kind

-- name: a list filtered inside
SELECT g.area, count(*) AS n FROM residents r JOIN (SELECT code AS c, area FROM regions WHERE population > 100000) g ON g.c = r.district GROUP BY g.area

-- name: IN a list
SELECT sex, count(*) AS n FROM residents WHERE district IN (SELECT code FROM regions WHERE area = 'coast') GROUP BY sex

-- name: NOT IN a list
SELECT sex, count(*) AS n FROM residents WHERE district NOT IN (SELECT code FROM regions) GROUP BY sex

-- name: EXISTS in a list
SELECT department, count(*) AS n FROM visits v WHERE EXISTS (SELECT 1 FROM hospitals h WHERE h.code = v.hospital_code AND h.beds > 500) GROUP BY department

-- name: SEMI and ANTI JOIN
SELECT count(*) AS n FROM residents r SEMI JOIN regions g ON g.code = r.district ANTI JOIN regions x ON x.code = r.district AND x.area = 'hills'

-- name: a list that brings two registers of one unit
SELECT g.area, count(DISTINCT r.resident_id) AS n FROM residents r JOIN visits v USING (resident_id) JOIN regions g ON r.district = g.code GROUP BY g.area

-- name: two units that a list brings together
SELECT g.area, count(DISTINCT r.resident_id) AS people, count(DISTINCT e.credit_code) AS firms FROM residents r JOIN regions g ON r.district = g.code JOIN enterprises e ON e.district = g.code GROUP BY g.area

-- name: unit by unit
SELECT avg(n) AS kinds FROM (SELECT v.resident_id, count(DISTINCT h.kind) AS n FROM visits v JOIN hospitals h ON h.code = v.hospital_code GROUP BY v.resident_id)

-- name: a measure of the list
SELECT r.sex, avg(g.population) AS around FROM residents r JOIN regions g ON g.code = r.district GROUP BY r.sex

-- name: on either side of a union
SELECT area, count(*) AS n FROM (SELECT r.resident_id, g.area FROM residents r JOIN regions g ON g.code = r.district UNION ALL SELECT v.resident_id, h.region FROM visits v JOIN hospitals h ON h.code = v.hospital_code) GROUP BY area

-- name: rows
-- class: rows
SELECT r.sex, g.code, g.area FROM residents r JOIN regions g ON g.code = r.district

-- name: rows of a list behind a subquery
-- class: rows
SELECT x.sex, x.c FROM (SELECT r.sex, g.code AS c FROM residents r JOIN regions g ON g.code = r.district) x

-- name: USING
SELECT area, count(*) AS n FROM residents r JOIN (SELECT code AS district, area FROM regions) g USING (district) GROUP BY area

-- name: a list that only thins out
SELECT count(*) AS n FROM residents r JOIN (SELECT code FROM regions) g ON g.code = r.district

-- name: right join with the list on the left
SELECT g.area, count(*) AS n FROM regions g RIGHT JOIN residents r ON g.code = r.district GROUP BY g.area

-- name: rows that are units
SELECT g.area, avg(c.hours) AS hours FROM census c JOIN regions g ON c."区划" = g.code GROUP BY g.area

-- name: each area of a list once
SELECT g.area, count(*) AS n FROM residents r JOIN (SELECT DISTINCT code, area FROM regions) g ON g.code = r.district GROUP BY g.area

-- name: each region of a list once, grouped
SELECT count(*) AS n FROM visits v JOIN hospitals h ON h.code = v.hospital_code JOIN (SELECT region FROM hospitals GROUP BY region) g ON g.region = h.region

-- name: a list that a condition leaves one row of each
SELECT h.kind, count(*) AS n FROM visits v LEFT JOIN hospitals h ON h.code = v.hospital_code AND h.region = '3301' GROUP BY h.kind

-- name: a list whose left side no left join chooses
SELECT count(*) AS n FROM (residents r CROSS JOIN regions g) LEFT JOIN hospitals h ON h.region = g.code AND h.code = r.district

-- name: IN a list of each value once
SELECT sex, count(*) AS n FROM residents WHERE district IN (SELECT DISTINCT region FROM hospitals) GROUP BY sex
