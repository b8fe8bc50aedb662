-- name: count by district
SELECT district, count(*) AS n FROM residents GROUP BY district

-- name: join on the unit key
SELECT r.district, count(DISTINCT v.resident_id) AS people, sum(v.cost) AS total, sum(v.cost) / count(*) AS mean
FROM residents AS r JOIN visits AS v USING (resident_id)
WHERE v.visit_date >= '2025-06-01'
GROUP BY ALL
ORDER BY 1

-- name: having and order by an aggregate
SELECT district, count(*) AS n, avg(income) AS mean_income
FROM residents r
WHERE age BETWEEN 18 AND 65 AND NOT sex = 'F'
GROUP BY district
HAVING count(*) > 10
ORDER BY n DESC
LIMIT 5

-- name: one row for all
SELECT count(*) FROM visits

-- name: ages in bands
SELECT floor(age / 10) * 10 AS band, count(*) FILTER (WHERE insured) AS insured FROM residents GROUP BY band

-- name: per person, then over persons
SELECT avg(n) AS visits_per_patient
FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) AS per_person

-- name: rows with masked columns
-- class: rows
SELECT name, sex, district FROM residents WHERE age > 30

-- name: a column granted for aggregates only
SELECT name, age, income FROM residents

-- name: a misspelt column
SELECT agee, count(*) FROM residents GROUP BY 1

-- name: one row's value and chance
SELECT min(age), random() FROM residents

-- name: a keyword misspelt
SELEC 1
