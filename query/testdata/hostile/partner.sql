-- name: partner 1
SELECT count(*) FROM visits WHERE visit_id IN (SELECT visit_id FROM visits WHERE days > 3)

-- name: partner 2
SELECT count(*) FROM visits WHERE cost IN (SELECT cost FROM visits)

-- name: partner 3
SELECT count(*) FROM residents WHERE age IN (SELECT days FROM visits)

-- name: partner 4
SELECT count(*) FROM residents WHERE district IN (SELECT district FROM residents WHERE age = 97)

-- name: partner 5
SELECT count(*) FROM residents WHERE district NOT IN (SELECT district FROM enterprises)

-- name: partner 6
SELECT count(*) FROM residents WHERE (resident_id, age) IN (SELECT resident_id, days FROM visits)

-- name: partner 7
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id, days FROM visits)

-- name: partner 8
SELECT count(*) FROM residents WHERE resident_id IN (SELECT * FROM visits)

-- name: partner 9
SELECT count(*) FROM residents WHERE resident_id IN (SELECT credit_code FROM enterprises)

-- name: partner 10
SELECT count(*) FROM residents WHERE resident_id + 0 IN (SELECT resident_id FROM visits)

-- name: partner 11
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id + 0 FROM visits)

-- name: partner 12
SELECT count(*) FROM residents WHERE CAST(resident_id AS VARCHAR) IN (SELECT CAST(resident_id AS VARCHAR) FROM visits)

-- name: partner 13
SELECT count(*) FROM residents WHERE resident_id IN (SELECT age FROM residents)

-- name: partner 14
SELECT count(*) FROM residents WHERE 17 IN (SELECT resident_id FROM visits)

-- name: partner 15
SELECT count(*) FROM residents WHERE 1 IN (SELECT days FROM visits WHERE diagnosis = 'C34')

-- name: partner 16
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits WHERE address = 'secret text')

-- name: partner 17
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM residents WHERE name = 'Zhang San')

-- name: partner 18
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits ORDER BY cost DESC LIMIT 1)

-- name: partner 19
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits OFFSET 3)

-- name: partner 20
SELECT count(*) FROM residents WHERE resident_id IN (SELECT max(resident_id) FROM visits)

-- name: partner 21
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits GROUP BY resident_id HAVING max(resident_id) > 100)

-- name: partner 22
SELECT count(*) FROM residents WHERE resident_id IN (SELECT any_value(resident_id) FROM visits GROUP BY department)

-- name: partner 23
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits EXCEPT ALL SELECT resident_id FROM visits WHERE days > 3)

-- name: partner 24
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits UNION ALL SELECT credit_code FROM enterprises)

-- name: partner 25
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT resident_id FROM visits UNION ALL SELECT NULL FROM visits)

-- name: partner 26
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT NULL FROM visits WHERE diagnosis = 'C34')

-- name: partner 27
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT v.resident_id FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id AND v.diagnosis = 'C34')

-- name: partner 28
SELECT count(*) FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id WHERE v.resident_id NOT IN (SELECT resident_id FROM visits)

-- name: partner 29
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT nullif(resident_id, resident_id) FROM visits)

-- name: partner 30
SELECT count(*) FROM residents WHERE NOT (resident_id IN (SELECT resident_id FROM visits WHERE visit_id = 17) AND age > 3)

-- name: partner 31
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits WHERE visit_id = 17) OR age > 3

-- name: partner 32
SELECT count(*) FROM residents WHERE (resident_id IN (SELECT resident_id FROM visits WHERE visit_id = 17)) = true

-- name: partner 33
SELECT count(*) FROM residents WHERE (resident_id IN (SELECT resident_id FROM visits WHERE visit_id = 17)) IS NULL

-- name: partner 34
SELECT count(*) FROM residents WHERE CASE WHEN resident_id IN (SELECT resident_id FROM visits WHERE visit_id = 17) THEN true ELSE false END

-- name: partner 35
SELECT count(*) FILTER (WHERE resident_id IN (SELECT resident_id FROM visits WHERE visit_id = 17)) FROM residents

-- name: partner 36
SELECT sum(CASE WHEN EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.visit_id = 17) THEN 1 ELSE 0 END) FROM residents r

-- name: partner 37
SELECT resident_id IN (SELECT resident_id FROM visits WHERE visit_id = 17) AS ill, count(*) FROM residents GROUP BY 1

-- name: partner 38
SELECT sex, EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.diagnosis = 'C34') FROM residents r

-- name: partner 39
SELECT district FROM residents GROUP BY district HAVING EXISTS (SELECT 1 FROM visits)

-- name: partner 40
SELECT district, count(*) FROM residents GROUP BY district ORDER BY EXISTS (SELECT 1 FROM visits)

-- name: partner 41
SELECT count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id AND r.resident_id IN (SELECT resident_id FROM visits)

-- name: partner 42
SELECT count(*) FROM residents WHERE EXISTS (SELECT 1 FROM visits)

-- name: partner 43
SELECT count(*) FROM residents WHERE EXISTS (SELECT 1 FROM visits WHERE diagnosis = 'C34')

-- name: partner 44
SELECT count(*) FROM residents WHERE NOT EXISTS (SELECT 1 FROM visits WHERE visit_id = 17 AND diagnosis = 'C34')

-- name: partner 45
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id <> r.resident_id)

-- name: partner 46
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id > r.resident_id)

-- name: partner 47
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id OR v.days > 3)

-- name: partner 48
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE NOT v.resident_id <> r.resident_id + 1)

-- name: partner 49
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM enterprises e WHERE e.district = r.district)

-- name: partner 50
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = 17)

-- name: partner 51
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.name = r.name)

-- name: partner 52
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND r.income > v.cost)

-- name: partner 53
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id LIMIT 1)

-- name: partner 54
SELECT count(*) FROM residents r WHERE EXISTS (SELECT count(*) FROM visits v WHERE v.resident_id = r.resident_id)

-- name: partner 55
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id GROUP BY v.days HAVING count(*) > 3)

-- name: partner 56
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v, enterprises e WHERE v.resident_id = r.resident_id)

-- name: partner 57
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v JOIN enterprises e ON v.hospital_code = e.hospital_code WHERE v.resident_id = r.resident_id)

-- name: partner 58
SELECT count(*) FROM residents r WHERE EXISTS (SELECT error('nonsense') FROM visits v WHERE v.resident_id = r.resident_id)

-- name: partner 59
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM read_csv('/etc/passwd') v WHERE v.resident_id = r.resident_id)

-- name: partner 60
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM (SELECT resident_id FROM visits WHERE days = r.age) v WHERE v.resident_id = r.resident_id)

-- name: partner 61
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 WHERE r.age > 3)

-- name: partner 62
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id UNION ALL SELECT 1 FROM visits)

-- name: partner 63
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id IN (SELECT resident_id FROM visits))

-- name: partner 64
SELECT district, (SELECT count(*) FROM visits v WHERE v.resident_id = r.resident_id) AS n FROM residents r

-- name: partner 65
SELECT avg((SELECT max(cost) FROM visits v WHERE v.department = r.district)) FROM residents r

-- name: partner 66
SELECT count(*) FROM residents r WHERE (SELECT days FROM visits v WHERE v.resident_id = r.resident_id) > 3

-- name: partner 67
SELECT count(*) FROM residents r WHERE r.resident_id = (SELECT resident_id FROM visits WHERE visit_id = 17)

-- name: partner 68
SELECT count(*) FROM residents WHERE resident_id = ALL (SELECT resident_id FROM visits)

-- name: partner 69
SELECT count(*) FROM residents WHERE resident_id > ANY (SELECT resident_id FROM visits)

-- name: partner 70
SELECT count(*) FROM residents WHERE resident_id <> ANY (SELECT resident_id FROM visits)

-- name: partner 71
SELECT count(*) FROM residents WHERE income > ALL (SELECT income FROM residents WHERE sex = 'F')

-- name: partner 72
SELECT name, mobile, address FROM residents WHERE resident_id IN (SELECT resident_id FROM visits WHERE diagnosis = 'C34')

-- name: partner 73
SELECT sum(income) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits WHERE "rowid" = 3)

-- name: partner 74
SELECT count(*) FROM residents r WHERE EXISTS (FROM visits v WHERE v.resident_id = r.resident_id AND v.cost = (SELECT max(cost) FROM visits))

-- name: partner 75
SELECT count(*) FROM residents SEMI JOIN visits ON residents.district = visits.department

-- name: partner 76
SELECT count(*) FROM residents r ANTI JOIN enterprises e ON r.district = e.district

-- name: as a value on another column
SELECT district IN (SELECT district FROM enterprises WHERE employees > 100) AS d, count(*) FROM residents GROUP BY d

-- name: as a value of one unit's rows in another's
SELECT resident_id IN (SELECT credit_code FROM enterprises) AS d, count(*) FROM residents GROUP BY d

-- name: as a value with a condition that is not granted
SELECT resident_id IN (SELECT resident_id FROM visits WHERE visit_id = 17) AS d, count(*) FROM residents GROUP BY d

-- name: as a value of EXISTS tied by nothing
SELECT EXISTS (SELECT 1 FROM visits v WHERE v.days > 300) AS d, count(*) FROM residents GROUP BY d

-- name: as a value of EXISTS tied by another column
SELECT EXISTS (SELECT 1 FROM enterprises e WHERE e.district = r.district AND e.employees > 300) AS d, count(*) FROM residents r GROUP BY d

-- name: as a value of EXISTS that compares rows
SELECT EXISTS (SELECT 1 FROM visits w WHERE w.resident_id = v.resident_id AND w.days > v.days) AS d, count(*) FROM visits v GROUP BY d

-- name: as a value of EXISTS with a limit
SELECT EXISTS (SELECT 1 FROM visits w WHERE w.resident_id = v.resident_id LIMIT 1) AS d, count(*) FROM visits v GROUP BY d

-- name: as a value where the key may be missing
SELECT v.resident_id IN (SELECT resident_id FROM visits WHERE days > 3) AS d, count(*) FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id GROUP BY d

-- name: INTERSECT of another column
SELECT count(*) FROM (SELECT district FROM residents INTERSECT SELECT district FROM enterprises)

-- name: EXCEPT shown
SELECT resident_id FROM residents EXCEPT SELECT resident_id FROM visits
