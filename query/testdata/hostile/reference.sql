-- name: reference 1
SELECT area, count(*) FROM regions GROUP BY area

-- name: reference 2
SELECT code, area FROM regions

-- name: reference 3
SELECT g.area, count(r.resident_id) FROM regions g LEFT JOIN residents r ON r.district = g.code GROUP BY g.area

-- name: reference 4
SELECT g.code FROM regions g ANTI JOIN residents r ON r.district = g.code

-- name: reference 5
SELECT count(*) FROM visits v JOIN (SELECT g.code FROM regions g SEMI JOIN residents r ON r.district = g.code) x ON x.code = v.hospital_code

-- name: reference 6
SELECT count(*) FROM residents r JOIN regions g ON g.code = r.employer_code WHERE g.area = 'coast'

-- name: reference 7
SELECT g.code, count(*) FROM residents r JOIN regions g ON g.code = r.employer_code GROUP BY g.code

-- name: reference 8
SELECT count(*) FROM residents r JOIN regions g ON g.code = r.district AND g.area = r.name

-- name: reference 9
SELECT h.code, count(*) FROM visits v JOIN hospitals h ON h.code = v.diagnosis GROUP BY h.code

-- name: reference 10
SELECT count(*) FROM residents r JOIN regions g ON g.code = r.resident_id

-- name: reference 11
SELECT count(*) FROM residents WHERE resident_id IN (SELECT code FROM regions)

-- name: reference 12
SELECT count(*) FROM residents r SEMI JOIN (SELECT g.code FROM regions g JOIN residents s ON s.district = g.code WHERE s.income > 99999) x ON x.code = r.district

-- name: reference 13
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM regions g WHERE g.code = r.district AND EXISTS (SELECT 1 FROM visits v WHERE v.hospital_code = g.code))

-- name: reference 14
SELECT count(*) FROM residents r WHERE r.district IN (SELECT g.code FROM regions g JOIN enterprises e ON e.district = g.code)

-- name: reference 15
SELECT area, n FROM (SELECT area, count(*) AS n FROM regions GROUP BY area) WHERE n > 1

-- name: reference 16
SELECT count(*) FROM residents r JOIN (SELECT code, count(*) AS n FROM regions GROUP BY code) g ON g.code = r.district

-- name: reference 17
SELECT a, count(*) FROM (SELECT code AS a FROM regions UNION ALL SELECT district FROM residents) GROUP BY a

-- name: reference 18
SELECT a, count(*) FROM (SELECT code AS a FROM regions UNION ALL SELECT code FROM hospitals) GROUP BY a

-- name: reference 19
SELECT count(*) FROM residents r JOIN (SELECT code FROM regions WHERE area = 'coast') g ON g.code = r.employer_code

-- name: reference 20
SELECT x.area, count(*) FROM residents r JOIN (SELECT code, area FROM regions) x ON x.code = r.employer_code GROUP BY x.area

-- name: reference 21
SELECT k.area, count(*) FROM residents r JOIN regions g ON g.code = r.employer_code JOIN regions k ON k.code = g.code GROUP BY k.area

-- name: reference 22
SELECT h.code, r.sex FROM residents r JOIN visits v USING (resident_id) JOIN hospitals h ON h.code = v.hospital_code

-- name: reference 23
SELECT r.sex, g.seat FROM residents r JOIN regions g ON g.code = r.district

-- name: reference 24
SELECT g.rank // 10 * 10 AS r, count(*) FROM residents r JOIN regions g ON g.code = r.district GROUP BY 1

-- name: reference 25
SELECT g.rank, count(*) FROM residents r JOIN regions g ON g.code = r.district AND g.rank = r.age GROUP BY g.rank

-- name: reference 26
SELECT g.area, count(*) FROM residents r JOIN regions g ON g.code = r.district AND r.age BETWEEN g.rank AND g.population GROUP BY g.area

-- name: reference 27
SELECT sum(g.population) FROM residents r JOIN regions g ON g.code = r.employer_code

-- name: reference 28
SELECT count(*) FROM residents r JOIN regions g ON g.code = r.employer_code WHERE g.area IN (SELECT region FROM hospitals WHERE kind = 'clinic')

-- name: reference 29
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM regions g WHERE g.code = r.employer_code AND g.population > 5)

-- name: reference 30
SELECT count(*) FROM residents r WHERE employer_code IN (SELECT code FROM regions WHERE population > 5)

-- name: reference 31
SELECT g.area, count(*) FROM residents r JOIN regions g ON g.code = r.district WHERE EXISTS (SELECT 1 FROM hospitals h WHERE h.code = r.employer_code AND h.region = g.area) GROUP BY g.area

-- name: reference 32
SELECT count(*) FROM residents r, regions g

-- name: reference 33
SELECT code FROM regions WHERE code IN (SELECT district FROM residents)

-- name: reference 34
SELECT r.sex, count(*) FROM regions g LEFT JOIN residents r ON r.district = g.code WHERE r.resident_id IS NULL GROUP BY r.sex

-- name: reference 35
SELECT count(*) FROM residents r WHERE r.district NOT IN (SELECT g.code FROM residents x LEFT JOIN regions g ON x.district = g.code)

-- name: reference 36
SELECT count(*) FROM residents r JOIN regions g ON g._unit = r.district

-- name: reference 37
SELECT g.area, count(*) FROM enterprises e RIGHT JOIN regions g ON e.district = g.code GROUP BY g.area

-- name: reference 38
SELECT k, count(*) FROM (SELECT CASE WHEN g.code IS NOT NULL THEN 1 ELSE 0 END AS k, r.resident_id FROM residents r LEFT JOIN regions g ON g.code = r.employer_code) GROUP BY k
