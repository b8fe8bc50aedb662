-- name: name 1
SELECT nаme FROM residents

-- name: name 2
SELECT ıncome FROM residents

-- name: name 3
SELECT "name " FROM residents

-- name: name 4
SELECT "Name" , address FROM residents

-- name: name 5
SELECT count(*) FROM resıdents

-- name: name 6
SELECT count(*) FROM ʀesidents

-- name: name 7
SELECT ſex, count(*) FROM residents GROUP BY 1

-- name: name 8
SELECT count(*) FROM visits WHERE departmenꓔ = 'x'

-- name: name 9
SELECT count(*) FROM "residents""; DROP TABLE visits; --"

-- name: name 10
SELECT count(*) AS "_units" FROM visits

-- name: name 11
SELECT count(*) AS "_rows" FROM visits

-- name: name 12
SELECT count(*) AS _share_1 FROM visits

-- name: name 13
SELECT count(*) AS "a‮b" FROM visits

-- name: name 14
SELECT count(*) FROM visits WHERE department = 'a‮b'

-- name: name 15
SELECT count(*) AS "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" FROM visits

-- name: name 16
SELECT t.count FROM visits

-- name: name 17
SELECT visits.* FROM residents

-- name: name 18
SELECT x.* FROM residents

-- name: name 19
SELECT count(*) FROM visits v WHERE visits.days = 1

-- name: name 20
SELECT district, count(*) FROM residents r JOIN enterprises e USING (district) GROUP BY sex, sector, r.district, e.income

-- name: name 21
SELECT count(*) FROM residents a, residents a WHERE a.district = a.district

-- name: name 22
SELECT hospital_code, count(*) FROM visits v JOIN enterprises e ON v.hospital_code = e.hospital_code GROUP BY hospital_code

-- name: name 23
WITH residents AS (SELECT * FROM visits) SELECT income FROM residents

-- name: name 24
WITH secret AS (SELECT address FROM residents) SELECT count(*), max(address) FROM secret

-- name: name 25
WITH x AS (SELECT * FROM x) SELECT * FROM x

-- name: name 26
WITH a AS (SELECT * FROM b), b AS (SELECT * FROM visits) SELECT count(*) FROM a

-- name: name 27
WITH unused AS (SELECT address FROM residents ORDER BY address LIMIT 1) SELECT count(*) FROM visits

-- name: name 28
WITH unused AS (SELECT max(cost) FROM visits) SELECT count(*) FROM visits

-- name: name 29
SELECT a AS b, b AS a, count(*) FROM visits GROUP BY ALL

-- name: name 30
SELECT count(*) FROM payroll

-- name: name 31
SELECT * FROM residents_2024

-- name: name 32
SELECT count(*) FROM residents AS r(a, b, c, d, e, f, g, h, i, j, k, l, m)

-- name: name 33
SELECT resident_id FROM visits AS v(resident_id, x)

-- name: name 34
SELECT count(*) FROM visits WHERE diagnosis = 'C34' AND days = 1e400

-- name: name 35
SELECT count(*) FROM visits WHERE days = 'many'

-- name: name 36
SELECT count(*) FROM visits WHERE visit_date = 'yesterday'

-- name: name 37
SELECT count(*) FROM visits WHERE department = 3

-- name: name 38
SELECT count(*) FROM visits WHERE days = DATE '2025-01-01'

-- name: name 39
SELECT count(*) FROM visits WHERE CAST('secret text' AS INTEGER) = days

-- name: name 40
SELECT count(*) FROM visits WHERE visit_date > CAST('nonsense' AS DATE)

-- name: name 41
SELECT CASE WHEN days > 1 THEN 1 ELSE 'x' END, count(*) FROM visits GROUP BY 1

-- name: name 42
SELECT coalesce(days, 'x'), count(*) FROM visits GROUP BY 1

-- name: name 43
SELECT count(*) FROM visits WHERE department

-- name: name 44
SELECT -department, count(*) FROM visits GROUP BY 1

-- name: name 45
SELECT department + 1, count(*) FROM visits GROUP BY 1

-- name: name 46
SELECT visit_date - admitted_at, count(*) FROM visits GROUP BY 1

-- name: name 47
SELECT visit_date - INTERVAL (days) DAY, count(*) FROM visits GROUP BY 1

-- name: name 48
SELECT strptime(department, '%c'), count(*) FROM visits GROUP BY 1

-- name: name 49
SELECT strftime(visit_date, '%Q'), count(*) FROM visits GROUP BY 1

-- name: name 50
SELECT date_part('julian', admitted_at), count(*) FROM visits GROUP BY 1

-- name: name 51
SELECT date_trunc(department, visit_date), count(*) FROM visits GROUP BY 1

-- name: name 52
SELECT json_extract(department, '$.a'), count(*) FROM visits GROUP BY 1

-- name: name 53
SELECT count(*) FROM visits WHERE department LIKE diagnosis

-- name: name 54
SELECT ln(department), count(*) FROM visits GROUP BY 1

-- name: name 55
SELECT INTERVAL 1 DAY, count(*) FROM visits GROUP BY 1

