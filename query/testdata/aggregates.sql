-- name: all functions
SELECT department, count(*) AS n, count(cost) AS priced, count(DISTINCT diagnosis) AS kinds, count(DISTINCT resident_id) AS people, sum(cost) AS total, avg(cost) AS mean, var_samp(days) AS var FROM visits GROUP BY department

-- name: deviation
SELECT district, avg(income), stddev(income), stddev_samp(income), stddev_pop(income) FROM residents GROUP BY district

-- name: FILTER on several
SELECT department, count(*) AS n, count(*) FILTER (WHERE days > 3) AS long, sum(cost) FILTER (WHERE diagnosis = 'J11') AS flu FROM visits GROUP BY department

-- name: CASE as a filter
SELECT department, sum(CASE WHEN days > 3 THEN 1 ELSE 0 END) AS long_stays FROM visits GROUP BY department

-- name: CASE with several branches
SELECT department, sum(CASE WHEN days > 10 THEN cost * 2 WHEN days > 3 THEN cost ELSE 0 END) AS weighted FROM visits GROUP BY department

-- name: a comparison as a number
SELECT department, avg((days > 3)::int) AS share FROM visits GROUP BY department

-- name: count of a CASE
SELECT count(CASE WHEN diagnosis = 'J11' THEN 1 END) AS flu, count(*) AS n FROM visits

-- name: measures of several columns
SELECT department, sum(cost * days) AS x, sum(cost - days) AS y, avg(cost / days) AS per_day FROM visits GROUP BY department

-- name: casts and rounding
SELECT department, round(avg(cost), 2) AS mean, sum(cost)::double AS total, sum(TRY_CAST(score AS decimal(10, 3))) AS score FROM visits GROUP BY department

-- name: ratio of aggregates
SELECT department, 100.0 * count(*) FILTER (WHERE days > 3) / count(*) AS percent, sum(cost) / count(DISTINCT resident_id) AS per_person FROM visits GROUP BY department

-- name: conditions over aggregates
SELECT department, CASE WHEN avg(cost) > 100 THEN 'dear' ELSE 'cheap' END AS level, avg(cost) > avg(days) AS more FROM visits GROUP BY department

-- name: one group without GROUP BY
SELECT count(*) AS n, sum(cost) AS total FROM visits WHERE department = 'none'

-- name: HAVING without GROUP BY
SELECT count(*) AS n FROM visits HAVING count(*) > 5

-- name: keys alone
SELECT DISTINCT department, year(visit_date) AS y FROM visits ORDER BY y

-- name: grouping by nothing
SELECT count(*) FROM visits GROUP BY ()

-- name: order by an aggregate not shown
SELECT department FROM visits GROUP BY department ORDER BY sum(cost) DESC NULLS FIRST, department LIMIT 3 OFFSET 1

-- name: each row is a unit
SELECT education, income, count(*) AS n, avg(hours) AS hours FROM census GROUP BY education, income

-- name: count of constants
SELECT count(1) AS n, sum(1) AS s, count(NULL) AS none FROM visits

-- name: a double measure
SELECT sector, sum(turnover) AS total, avg(turnover) AS mean FROM enterprises GROUP BY sector


-- name: count_if
SELECT department, count_if(days > 3) AS long, countif(cost IS NULL) FILTER (WHERE days < 9) AS unpriced FROM visits GROUP BY department

-- name: whole years and whole numbers
SELECT sex, count(*) AS n, avg(trunc(age / 7)) AS weeks FROM residents WHERE date_sub('year', birth_date, DATE '2025-12-31') >= 60 GROUP BY sex

-- name: what only makes a value NULL
SELECT department, sum(days + 0 * cost) AS a, avg(days + cost - cost) AS b, sum(days * 2 + 0 * nullif(cost, 20)) AS c, count(cost / 2) AS d, sum(cost / 2) AS e FROM visits GROUP BY department
