-- name: by month
SELECT date_trunc('month', visit_date) AS m, count(*) FROM visits GROUP BY 1

-- name: by quarter, which months tell
SELECT year(visit_date) AS y, quarter(visit_date) AS q, count(*) FROM visits GROUP BY ALL

-- name: by month as text
SELECT strftime(visit_date, '%Y-%m') AS m, count(*) FROM visits GROUP BY 1

-- name: by year and month as one number
SELECT year(visit_date) * 100 + month(visit_date) AS m, count(*) FROM visits GROUP BY 1

-- name: by week
SELECT date_trunc('week', visit_date) AS w, count(*) FROM visits GROUP BY 1

-- name: by day of the week
SELECT dayofweek(visit_date) AS d, count(*) FROM visits GROUP BY 1

-- name: by name of the day, of working days and others
SELECT CASE WHEN isodow(visit_date) > 5 THEN 'weekend' ELSE dayname(visit_date) END AS d, count(*) FROM visits GROUP BY 1

-- name: by hour of the day
SELECT hour(admitted_at) AS h, count(*) FROM visits GROUP BY 1

-- name: by month and day of the week, granted together
SELECT month(admitted_at) AS m, dayname(admitted_at) AS d, count(*) FROM visits GROUP BY ALL

-- name: by month of the cast to a date
SELECT date_trunc('month', CAST(admitted_at AS DATE)) AS m, count(*) FROM visits GROUP BY 1

-- name: by day
SELECT visit_date, count(*) FROM visits GROUP BY 1

-- name: by day, truncated
SELECT date_trunc('day', visit_date) AS d, count(*) FROM visits GROUP BY 1

-- name: weeks and days of the week
SELECT date_trunc('week', visit_date) AS w, dayofweek(visit_date) AS d, count(*) FROM visits GROUP BY ALL

-- name: weeks and months
SELECT date_trunc('week', visit_date) AS w, month(visit_date) AS m, count(*) FROM visits GROUP BY ALL

-- name: weeks and days of the week in a subquery
SELECT w, d, count(*) FROM (SELECT resident_id, date_trunc('week', visit_date) AS w, dayofweek(visit_date) AS d FROM visits) GROUP BY ALL

-- name: weeks of one alias, days of another
SELECT date_trunc('week', a.visit_date) AS w, dayofweek(b.visit_date) AS d, count(*) FROM visits a JOIN visits b ON a.resident_id = b.resident_id GROUP BY ALL

-- name: weeks and days of the week in two tables of cells
SELECT * FROM (SELECT date_trunc('week', visit_date) AS w, count(*) AS n FROM visits GROUP BY 1) a, (SELECT dayofweek(visit_date) AS d, count(*) AS n FROM visits GROUP BY 1) b

-- name: hour with the day of the month
SELECT hour(admitted_at) AS h, day(admitted_at) AS d, count(*) FROM visits GROUP BY ALL

-- name: minutes
SELECT minute(admitted_at) AS m, count(*) FROM visits GROUP BY 1

-- name: weeks that begin on Sundays
SELECT strftime(visit_date, '%U') AS w, count(*) FROM visits GROUP BY 1

-- name: days by text
SELECT strftime(visit_date, '%Y-%m-%d') AS d, count(*) FROM visits GROUP BY 1

-- name: computed with before it is cut
SELECT date_trunc('month', visit_date + 3) AS m, count(*) FROM visits GROUP BY 1

-- name: distinct months
SELECT DISTINCT date_trunc('month', visit_date) AS m FROM visits

-- name: days counted
SELECT count(DISTINCT visit_date) FROM visits

-- name: month of the first visit
SELECT date_trunc('month', d) AS m, count(*) FROM (SELECT resident_id, min(visit_date) AS d FROM visits GROUP BY resident_id) GROUP BY 1

-- name: week and month of two people's rows
SELECT date_trunc('week', first) AS w, month(last) AS m, count(*) FROM (SELECT resident_id, min(visit_date) AS first, max(visit_date) AS last FROM visits GROUP BY resident_id) GROUP BY ALL
