-- name: every reason at once
SELECT nmae, max(income), random()
FROM residents r JOIN visits v ON r.age = v.days
WHERE address LIKE '%x%' AND resident_id = '330102199001011234'
GROUP BY nmae, age

-- name: a column of the wrong table
SELECT residents.cost FROM residents

-- name: a table that is close
SELECT count(*) FROM residnets

-- name: a function that is close
SELECT averge(cost) FROM visits

-- name: a date that is none
SELECT count(*) FROM visits WHERE visit_date > '31.12.2025'

-- name: ages one by one
SELECT age, count(*) FROM residents GROUP BY age

-- name: not in GROUP BY
SELECT district, sex, count(*) FROM residents GROUP BY district

-- name: a subquery that loses the people
SELECT avg(n) FROM (SELECT district, count(*) AS n FROM residents GROUP BY district)

-- name: tables side by side
SELECT count(*) FROM residents, visits

-- name: a syntax error
SELECT count(* FROM visits WHERE name = 'Zhang San'

-- name: an open quote
SELECT count(*) FROM residents WHERE district = 'it's a secret

-- name: another statement
DROP TABLE residents


-- name: functions with arguments that they do not take
SELECT count(*) FROM visits WHERE visit_date < today(days) AND now(days) IS NULL AND year(visit_date, days) = 1 AND width_bucket(days, 1) = 1

-- name: functions that are no misspelt ones
SELECT sum(sin(days)), sum(cot(days)), sum(rand(days)), sum(mediam(days)), count(*) FILTER (WHERE xor(days > 1, days > 2)) FROM visits
