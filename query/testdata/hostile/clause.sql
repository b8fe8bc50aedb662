-- name: clause 1
SELECT DISTINCT ON (department) department, cost FROM visits

-- name: clause 2
SELECT DISTINCT ON (department) cost FROM visits ORDER BY department, cost DESC

-- name: clause 3
SELECT department, count(DISTINCT resident_id) FROM visits GROUP BY ROLLUP (department)

-- name: clause 4
SELECT resident_id, diagnosis, count(*) FROM visits GROUP BY CUBE (resident_id, diagnosis)

-- name: clause 5
SELECT sum(n) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY GROUPING SETS ((resident_id), ()))

-- name: clause 6
SELECT department, count(*) FROM visits WHERE GROUPING(department) = 0 GROUP BY department

-- name: clause 7
SELECT count(*) FROM visits LIMIT 50%

-- name: clause 8
SELECT * FROM visits PIVOT (sum(cost) FOR diagnosis IN ('C34', 'J11'))

-- name: clause 9
SELECT * FROM visits UNPIVOT (v FOR n IN (cost, days))

-- name: clause 10
SELECT COLUMNS('co.*') FROM visits

-- name: clause 11
SELECT COLUMNS(*) FROM visits

-- name: clause 12
SELECT sum(COLUMNS(*)) FROM visits

-- name: clause 13
SELECT COLUMNS(c -> c LIKE 'n%') FROM residents

-- name: clause 14
SELECT * LIKE 'n%' FROM residents

-- name: clause 15
SELECT * SIMILAR TO '.*' FROM residents

-- name: clause 16
SELECT count(*) FROM visits WHERE COLUMNS(*) IS NOT NULL

-- name: clause 17
SELECT #1, count(*) FROM visits

-- name: clause 18
SELECT ? FROM visits

-- name: clause 19
SELECT count(*) FROM visits WHERE department = $1

-- name: clause 20
SELECT count(*) FROM visits WHERE department = $dep

-- name: clause 21
SELECT count(*) FROM residents NATURAL FULL JOIN visits

-- name: clause 22
SELECT count(*) FROM residents CROSS JOIN visits

-- name: clause 23
SELECT count(*) FROM residents, visits

-- name: clause 24
SELECT count(*) FROM residents POSITIONAL JOIN visits

-- name: clause 25
SELECT count(*) FROM residents ASOF JOIN visits ON residents.birth_date >= visits.visit_date

-- name: clause 26
SELECT count(*) FROM residents FULL JOIN visits USING (resident_id)

-- name: clause 27
SELECT count(*) FROM residents SEMI JOIN enterprises USING (district)

-- name: clause 28
SELECT count(*) FROM residents ANTI JOIN enterprises USING (district)

-- name: clause 29
SELECT count(*) FROM enterprises e SEMI JOIN (SELECT e.credit_code, r.income FROM enterprises e JOIN residents r ON r.district = e.district) x USING (credit_code)

-- name: clause 30
SELECT count(*) FROM residents r JOIN visits v ON r.age > v.days

-- name: clause 31
SELECT count(*) FROM residents r JOIN visits v ON true

-- name: clause 32
SELECT count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id OR r.age = v.days

-- name: clause 33
SELECT count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id + 0

-- name: clause 34
SELECT count(*) FROM residents r JOIN visits v ON upper(r.district) = v.hospital_code

-- name: clause 35
SELECT count(*) FROM residents r JOIN enterprises e ON r.resident_id = e.credit_code

-- name: clause 36
SELECT count(*) FROM residents r JOIN enterprises e ON r.resident_id = e.district

-- name: clause 37
SELECT count(*) FROM residents a JOIN residents b ON a.district = b.district AND a.resident_id <> b.resident_id

-- name: clause 38
SELECT count(*) FROM residents a JOIN residents b ON a.resident_id < b.resident_id

-- name: clause 39
SELECT count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id AND r.income > v.cost

-- name: clause 40
SELECT count(*) FROM visits WHERE cost COLLATE NOCASE = 'x'

-- name: clause 41
SELECT department COLLATE de FROM visits

-- name: clause 42
SELECT count(*) FROM visits GROUP BY ALL HAVING random() > 0.5

-- name: clause 43
SELECT count(DISTINCT department, diagnosis) FROM visits

-- name: clause 44
SELECT department, count(*) FROM visits

-- name: clause 45
SELECT department, cost FROM visits GROUP BY department

-- name: clause 46
SELECT count(*) FROM visits WHERE count(*) > 1

-- name: clause 47
SELECT sum(count(*)) FROM visits

-- name: clause 48
SELECT count(*) FROM visits GROUP BY count(*)

-- name: clause 49
SELECT sum(sum(cost)) FROM visits GROUP BY department

-- name: clause 50
SELECT count(*) FROM visits WHERE DEFAULT

