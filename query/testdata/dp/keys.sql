-- name: boolean
SELECT insured, count(*) FROM residents GROUP BY insured

-- name: a condition
SELECT age >= 60 AS old, count(*) FROM census GROUP BY old

-- name: CASE with constants
SELECT CASE WHEN age < 15 THEN 'child' WHEN age < 60 THEN 'adult' ELSE 'old' END AS band, count(*) FROM census GROUP BY band

-- name: CASE without ELSE
SELECT CASE WHEN age < 15 THEN 1 WHEN age < 60 THEN 2 END AS band, count(*) FROM census GROUP BY band

-- name: bounded whole number
SELECT age, count(*) FROM census GROUP BY age

-- name: buckets
SELECT floor(age / 10) * 10 AS band, count(*) FROM residents GROUP BY band

-- name: buckets of whole numbers
SELECT age // 20 * 20 AS band, count(*) FROM residents GROUP BY band

-- name: buckets by remainder
SELECT age - age % 30 AS band, count(*) FROM residents GROUP BY band

-- name: buckets of a wide column
SELECT employees // 5000 * 5000 AS size, count(*) FROM enterprises GROUP BY size

-- name: a nullable domain
SELECT sector, count(*) FROM enterprises GROUP BY sector

-- name: NULL given a name
SELECT coalesce(sector, 'none') AS sector, count(*) FROM enterprises GROUP BY 1

-- name: not NULL
SELECT sector, count(*) FROM enterprises WHERE sector IS NOT NULL GROUP BY 1

-- name: some of a domain
SELECT department, count(*) FROM visits WHERE department IN ('eyes', 'surgery', 'none') GROUP BY department

-- name: all but one
SELECT department, count(*) FROM visits WHERE department <> 'eyes' GROUP BY department

-- name: month
SELECT month(visit_date) AS m, count(*) FROM visits GROUP BY m

-- name: day of the week and quarter
SELECT dayofweek(visit_date) AS d, quarter(visit_date) AS q, count(*) FROM visits GROUP BY ALL

-- name: year without bounds
SELECT year(visit_date) AS y, count(*) FROM visits GROUP BY y

-- name: year of a bounded date
SELECT year(visit_date) AS y, count(*) FROM visits WHERE visit_date >= DATE '2023-01-01' AND visit_date < DATE '2026-01-01' GROUP BY y

-- name: months of a bounded date
SELECT date_trunc('month', visit_date) AS m, count(*) FROM visits WHERE visit_date BETWEEN DATE '2025-01-15' AND DATE '2025-04-02' GROUP BY m

-- name: hours of a bounded moment
SELECT date_trunc('day', admitted_at) AS d, hour(admitted_at) AS h, count(*) FROM visits WHERE admitted_at >= '2025-01-01' AND admitted_at < TIMESTAMP '2025-01-03 00:00:00' GROUP BY ALL

-- name: days
SELECT visit_date, count(*) FROM visits WHERE visit_date >= DATE '2025-02-27' AND visit_date < DATE '2025-03-03' GROUP BY visit_date

-- name: weeks
SELECT date_trunc('week', visit_date) AS w, count(*) FROM visits WHERE visit_date BETWEEN '2025-01-01' AND '2025-01-31' GROUP BY w

-- name: too many groups
SELECT age, dayofyear(visit_date) AS d, count(*) FROM residents r JOIN visits v USING (resident_id) GROUP BY floor(age / 10), d, age

-- name: too many groups together
SELECT month(visit_date) AS m, day(visit_date) AS d, hour(admitted_at) AS h, count(*) FROM visits GROUP BY ALL

-- name: one public, one not
SELECT department, diagnosis, count(*) FROM visits GROUP BY ALL

-- name: a constant key
SELECT 'all' AS what, department, count(*) FROM visits GROUP BY what, department

-- name: only a constant key
SELECT 'all' AS what, count(*) FROM visits GROUP BY what

-- name: a key of a subquery by units
SELECT times, count(*) AS people FROM (SELECT resident_id, least(count(*), 5) AS times FROM visits GROUP BY resident_id) GROUP BY times

-- name: a second key of a subquery by units
SELECT department, avg(least(n, 9)) FROM (SELECT resident_id, department, count(*) AS n FROM visits GROUP BY ALL) GROUP BY department

-- name: constant for each unit
SELECT p.often, sum(v.cost) FROM (SELECT resident_id, count(*) > 5 AS often FROM visits GROUP BY resident_id) p JOIN visits v ON p.resident_id = v.resident_id GROUP BY p.often

-- name: both sides of a left join
SELECT v.department, count(*) FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id GROUP BY v.department

-- name: a decimal and a double
SELECT CASE WHEN days > 3 THEN 1.5 ELSE 2 END AS a, CASE WHEN days > 3 THEN 0.1::double ELSE 1e-7 END AS b, count(*) FROM visits GROUP BY ALL

-- name: two keys of a table joined with itself
SELECT p.h, count(*) AS people, avg(least(greatest(p.m, 0), 1000)) AS mean FROM (SELECT a.resident_id, b.hospital_code AS h, avg(a.cost) AS m FROM visits a JOIN visits b ON a.resident_id = b.resident_id WHERE b.days > 3 GROUP BY a.resident_id, b.hospital_code) p GROUP BY p.h
