-- name: a text that is longer for one
SELECT district, avg(length(replace(CAST(birth_date AS varchar), '1979-08-29', 'a text that is longer for one person'))) FROM residents GROUP BY district

-- name: a number out of a text
SELECT sum(CAST(replace(CAST(age AS varchar), '67', '1000') AS double)) FROM residents

-- name: where a text stands in another
SELECT sum(1 + strpos(CAST(birth_date AS varchar), '1979-08-29')) FROM residents

-- name: a step of steps
SELECT sum(floor(floor(age / 67.0) + floor(age / 30.0))) FROM residents

-- name: a spike on a plain
SELECT avg(sqrt(1 + 1000000 / ((age - 67) * (age - 67) * 1000000.0 + 1))) FROM residents

-- name: one function of a column
SELECT avg(ln(age)), sum(floor(age / 10)), avg(date_diff('year', birth_date, DATE '2026-01-01')) FROM residents

-- name: a quotient of columns
SELECT avg(cost / days) FROM visits

-- name: person by person, NULL for one
SELECT sum(x) FROM (SELECT resident_id, sum(cost + 0 / (days - 17)) AS x FROM visits GROUP BY resident_id)

-- name: person by person, a choice of one
SELECT sum(x) FROM (SELECT resident_id, sum(cost + 0 * nullif(days, 17)) AS x FROM visits GROUP BY resident_id)

-- name: person by person, a weight of one
SELECT sum(x) FROM (SELECT resident_id, sum(days + cost * sign(abs(days - 17))) AS x FROM visits GROUP BY resident_id)

-- name: person by person, beyond whole numbers
SELECT count(x) FROM (SELECT resident_id, sum(days * 136000000000000000) AS x FROM visits GROUP BY resident_id)

-- name: person by person, a count of all but one
SELECT sum(x) FROM (SELECT resident_id, count(DISTINCT nullif(days, 17)) AS x FROM visits GROUP BY resident_id)

-- name: person by person, a key
SELECT avg(x) FROM (SELECT resident_id, length(replace(department, 'eyes', 'a longer text')) AS x, count(*) AS n FROM visits GROUP BY ALL)

-- name: a side of a union
SELECT sum(x) FROM (SELECT resident_id, length(replace(department, 'eyes', 'a longer text')) AS x FROM visits UNION ALL SELECT resident_id, days FROM visits)

-- name: person by person, what is linear and CASE
SELECT avg(x), sum(y) FROM (SELECT resident_id, sum(2 * days + 1) AS x, sum(CASE WHEN days > 3 THEN cost ELSE 0 END) AS y FROM visits GROUP BY resident_id)

-- name: a NULL of another column person by person
SELECT sum(n) FROM (SELECT resident_id, sum(days + 0 * score) AS n FROM visits GROUP BY resident_id)

-- name: one over a square
SELECT avg(days / (cost * cost / 100)) AS m FROM visits

-- name: one over a shifted square
SELECT avg(days / (cost * cost - 100)) AS m FROM visits

-- name: an exponential without bounds
SELECT sum(exp(days)) AS m FROM visits

-- name: a stretched exponential
SELECT sum(exp(50 * days)) AS m FROM visits
