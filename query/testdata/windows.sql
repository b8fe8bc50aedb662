-- name: rank of groups
SELECT department, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS place FROM visits GROUP BY department

-- name: share of the whole
SELECT department, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS share FROM visits GROUP BY department

-- name: running sum
SELECT visit_date, count(*) AS n, sum(count(*)) OVER (ORDER BY visit_date) AS sofar FROM visits GROUP BY visit_date

-- name: moving average of rows
SELECT visit_date, avg(count(*)) OVER (ORDER BY visit_date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week FROM visits GROUP BY visit_date

-- name: the period before
SELECT department, visit_date, count(*) AS n, count(*) - lag(count(*)) OVER (PARTITION BY department ORDER BY visit_date) AS change FROM visits GROUP BY department, visit_date

-- name: lag with a distance and a default
SELECT visit_date, lag(count(*), 2, 0) OVER (ORDER BY visit_date) AS earlier FROM visits GROUP BY visit_date

-- name: the largest three of each
SELECT department, diagnosis, count(*) AS n FROM visits GROUP BY department, diagnosis QUALIFY row_number() OVER (PARTITION BY department ORDER BY count(*) DESC) <= 3 ORDER BY department, n DESC

-- name: the largest of each by a subquery
SELECT department, diagnosis, n FROM (SELECT department, diagnosis, count(*) AS n, rank() OVER (PARTITION BY department ORDER BY count(*) DESC) AS place FROM visits GROUP BY department, diagnosis) WHERE place = 1 AND n > 3

-- name: a window around a grouped subquery
SELECT *, dense_rank() OVER (ORDER BY n DESC) AS place FROM (SELECT department, count(*) AS n FROM visits GROUP BY department) WHERE n > 10

-- name: quartiles of groups
SELECT hospital_code, ntile(4) OVER (ORDER BY sum(cost)) AS quartile FROM visits GROUP BY hospital_code

-- name: a named window
SELECT department, sum(days) AS d, first_value(sum(days)) OVER w AS most, max(sum(days)) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS largest FROM visits GROUP BY department WINDOW w AS (ORDER BY sum(days) DESC)

-- name: over keys alone
SELECT department, row_number() OVER (ORDER BY department) AS i, count(*) AS n FROM visits GROUP BY department

-- name: order by a window
SELECT department, count(*) AS n FROM visits GROUP BY department ORDER BY percent_rank() OVER (ORDER BY count(*)), department LIMIT 2

-- name: distinct values of a window
SELECT DISTINCT first_value(n) OVER (ORDER BY m) AS first, last_value(n) OVER (ORDER BY m ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last FROM (SELECT year(visit_date) AS m, count(*) AS n FROM visits GROUP BY m)
