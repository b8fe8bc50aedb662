-- name: grouped by what a list says
SELECT g.area, count(*) AS n, avg(r.age) AS age FROM residents r JOIN regions g ON g.code = r.district GROUP BY g.area

-- name: rows that are units may be there several times
SELECT g.area, count(*) AS n, sum(c.hours) AS hours FROM census c JOIN regions g ON c."区划" = g.code GROUP BY g.area

-- name: rows that are units, thinned out
SELECT count(*) AS n, sum(hours) AS hours FROM census WHERE "区划" IN (SELECT code FROM regions WHERE area = 'coast')

-- name: left join
SELECT h.kind, sum(v.cost) AS cost FROM visits v LEFT JOIN hospitals h ON h.code = v.hospital_code GROUP BY h.kind

-- name: left join with something computed
SELECT h.big, count(*) AS n FROM visits v LEFT JOIN (SELECT code, kind = 'general' AS big FROM hospitals) h ON h.code = v.hospital_code GROUP BY h.big

-- name: the list first
SELECT g.area, count(DISTINCT v.resident_id) AS people FROM hospitals h, regions g, visits v WHERE h.region = g.code AND v.hospital_code = h.code GROUP BY g.area

-- name: unit by unit
SELECT count(*) AS people, avg(least(n, 10)) AS visits FROM (SELECT v.resident_id, count(*) AS n FROM visits v JOIN hospitals h ON h.code = v.hospital_code WHERE h.kind = 'clinic' GROUP BY v.resident_id)

-- name: unit by unit, then a list
SELECT g.area, sum(least(x.n, 10)) AS visits FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) x JOIN residents r USING (resident_id) JOIN regions g ON g.code = r.district GROUP BY g.area

-- name: a measure of the list
SELECT sum(h.beds) AS beds, median(v.cost) AS cost FROM visits v JOIN hospitals h ON h.code = v.hospital_code

-- name: on either side of a union
SELECT area, count(*) AS n FROM (SELECT g.area, r.resident_id FROM regions g JOIN residents r ON g.code = r.district UNION ALL SELECT h.region, v.resident_id FROM hospitals h JOIN visits v ON h.code = v.hospital_code) GROUP BY area

-- name: two people of one region
SELECT count(*) FROM residents r JOIN regions g ON r.district = g.code JOIN residents s ON s.district = g.code

-- name: a person and an enterprise of one region
SELECT g.area, count(*) FROM residents r, regions g, enterprises e WHERE r.district = g.code AND e.district = g.code GROUP BY g.area

-- name: a list alone
SELECT area, count(*) FROM regions GROUP BY area
