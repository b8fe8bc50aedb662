-- name: each type
-- param: boolean true
-- param: integer -3
-- param: decimal(8,2) 12.5
-- param: double 1e3
-- param: date 2026-01-31
-- param: timestamp 2026-01-31 08:00:00
-- param: text it's; -- DROP
-- class: aggregate
SELECT count(*) FILTER ($1) AS a, count(*) FILTER (days > $2) AS b, count(*) FILTER (cost > $3) AS c, count(*) FILTER (cost < $4) AS d, count(*) FILTER (visit_date > $5) AS e, count(*) FILTER (diagnosis = $7) AS g FROM visits WHERE visit_date < $6

-- name: a number given is no place in the select list
-- param: integer 1
SELECT department, count(*) FROM visits GROUP BY $1, department

-- name: limit and what is made of the answer
-- param: integer 5
-- param: decimal(3,1) 1.5
-- class: aggregate
SELECT department, count(*) * $2 AS weighted FROM visits GROUP BY department ORDER BY 1 LIMIT $1

-- name: no value is given
-- param: integer 3
SELECT count(*) FROM visits WHERE days > $1 AND cost > $2

-- name: no value of that name
-- param: $day integer 3
SELECT count(*) FROM visits WHERE days > $days

-- name: a value too many
-- param: integer 3
-- param: integer 4
SELECT count(*) FROM visits WHERE days > $1

-- name: not of its type
-- param: integer three
-- param: decimal(3,2) 12.50
-- param: decimal(4,1) 12.55
-- param: date 31.01.2026
-- param: boolean 1
-- param: double inf
SELECT count(*) FROM visits WHERE days > $1 OR cost > $2 OR cost > $3 OR visit_date > $4 OR $5 OR cost < $6

-- name: a character that hides what stands behind it
-- param: text a‮b
SELECT count(*) FROM visits WHERE diagnosis = $1
