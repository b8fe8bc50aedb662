-- name: an alternative of a few beside values that are known
SELECT avg(age) FROM residents WHERE age IN (30, 31) OR sex = 'F' AND district = 'd' AND birth_date = '1979-08-29'

-- name: by exclusive or
SELECT avg(age) FROM residents WHERE (age = 30) <> (birth_date = '1979-08-29')

-- name: by CASE
SELECT avg(age) FROM residents WHERE CASE WHEN age = 30 THEN true ELSE birth_date = '1979-08-29' END

-- name: in a filter
SELECT district, count(*), avg(age) FILTER (WHERE age = 30 OR birth_date = '1979-08-29') FROM residents GROUP BY district

-- name: in a subquery
SELECT avg(age) FROM (SELECT age FROM residents WHERE age = 30 OR birth_date = '1979-08-29')

-- name: person by person
SELECT avg(n) FROM (SELECT resident_id, sum(days) AS n FROM visits WHERE days = 3 OR diagnosis = 'J11' GROUP BY resident_id)

-- name: on a side of a union
SELECT sum(x) FROM (SELECT days AS x FROM visits WHERE days = 3 OR diagnosis = 'J11' UNION ALL SELECT days FROM visits)

-- name: values of what is added up
SELECT sum(days) FROM visits WHERE days IN (1, 2, 3)

-- name: values of another column are one alternative
SELECT sum(cost) FROM visits WHERE department = 'eyes' OR department = 'surgery' OR diagnosis IS NULL AND department IN ('medicine', 'skin')

-- name: counts need no rule
SELECT count(*), count(DISTINCT resident_id) FROM residents WHERE age = 30 OR birth_date = '1979-08-29'

-- name: an alternative that another includes
SELECT sum(days) FROM visits WHERE days > 3 OR days > 2

-- name: hidden in a product
SELECT sum(cost) FROM visits WHERE (days - 3) * (date_diff('day', visit_date, DATE '2025-01-01')) = 0

-- name: hidden in a distance
SELECT sum(cost) FROM visits WHERE least(abs(days - 3), abs(date_diff('day', visit_date, DATE '2025-01-01'))) = 0

-- name: hidden in numbers of conditions
SELECT sum(cost) FROM visits WHERE CAST(days = 3 AS INTEGER) + CAST(diagnosis = 'J11' AS INTEGER) > 0

-- name: a product that is no alternative
SELECT sum(cost) FROM visits WHERE cost * days > 100

-- name: what a CASE leaves over
SELECT sum(CASE WHEN department = 'eyes' AND days > 2 THEN cost ELSE days END), avg(CASE WHEN diagnosis LIKE 'J%' OR hospital_code = 'h1' THEN NULL ELSE cost END) FROM visits
