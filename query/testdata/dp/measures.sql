-- name: clamped in the text
SELECT sum(least(greatest(turnover, 0), 1e6)) AS total FROM enterprises

-- name: bounded by WHERE
SELECT avg(turnover) AS mean FROM enterprises WHERE turnover BETWEEN 0 AND 1000

-- name: bounded by FILTER
SELECT avg(turnover) FILTER (WHERE turnover >= 0 AND turnover < 500) AS mean, count(*) AS n FROM enterprises

-- name: bounded by CASE
SELECT sum(CASE WHEN turnover BETWEEN 0 AND 100 THEN turnover ELSE 0 END) AS small FROM enterprises

-- name: a double column
SELECT avg(score), sum(score), stddev(score) FROM visits

-- name: computed
SELECT sum(cost * days) AS x, avg(cost / days) AS per_day, avg(abs(score) * 2) AS s, sum(days - 3) AS over FROM visits

-- name: conditions as numbers
SELECT avg((days > 3)::int) AS share, sum(insured::int) AS n FROM visits JOIN residents USING (resident_id)

-- name: a boolean column
SELECT avg(insured), sum(insured) FROM residents

-- name: variances
SELECT department, var_samp(days), var_pop(days), stddev(days), stddev_pop(score), avg(days), count(*), count(cost) FROM visits GROUP BY department

-- name: variances of rows
SELECT education, stddev(age), avg(age), count(*) FROM census GROUP BY education

-- name: variances of people
SELECT var_samp(least(n, 50)) AS v, avg(least(n, 50)) AS m, sum(least(greatest(spent, 0), 100000)) AS s FROM (SELECT resident_id, count(*) AS n, sum(cost) AS spent FROM visits GROUP BY resident_id)

-- name: constants
SELECT sum(1) AS n, sum(2.5) AS x, count(NULL) AS none, avg(0) AS zero, count('x') AS all FROM visits

-- name: months and days
SELECT avg(month(visit_date)) AS m, avg(date_diff('day', visit_date, DATE '2025-12-31')) AS days FROM visits WHERE visit_date BETWEEN '2025-01-01' AND '2025-12-31'

-- name: lengths
SELECT avg(least(length(diagnosis), 10)) FROM visits

-- name: people who are there
SELECT r.district, count(*) AS n, count(DISTINCT r.resident_id) AS people, count(DISTINCT v.resident_id) AS ill, count(DISTINCT v.resident_id) FILTER (WHERE v.days > 3) AS long FROM residents r LEFT JOIN visits v USING (resident_id) GROUP BY r.district

-- name: without a partner
SELECT count(*) FROM residents r ANTI JOIN visits v ON r.resident_id = v.resident_id

-- name: none found
SELECT r.sex, count(*) FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id WHERE v.resident_id IS NULL GROUP BY r.sex

-- name: found in a subquery
SELECT r.sex, avg(coalesce(p.n, 0)) FROM residents r LEFT JOIN (SELECT resident_id, least(count(*), 20) AS n FROM visits GROUP BY 1) p ON r.resident_id = p.resident_id GROUP BY r.sex

-- name: computed in a subquery that may not be found
SELECT avg(p.x), count(p.x) FROM residents r LEFT JOIN (SELECT resident_id, coalesce(cost, 0) AS x FROM visits) p ON r.resident_id = p.resident_id

-- name: organisations
SELECT sector, count(*) AS n, avg(employees) AS mean FROM enterprises GROUP BY sector

-- name: several rows of both
SELECT u.kind, count(*) AS n, sum(u.x) AS x FROM (SELECT resident_id, 'visit' AS kind, cost AS x FROM visits UNION ALL SELECT resident_id, 'person', income FROM residents) u GROUP BY u.kind

-- name: exponentials and powers
SELECT sum(exp(score)), avg(power(age, 0.5)), avg(power(age + 1, -1)), avg(days ^ 2) FROM residents r JOIN visits v ON r.resident_id = v.resident_id

-- name: a power that can be of 0
SELECT avg(power(age, -1)) FROM residents

-- name: an exponential without end
SELECT avg(exp(score * 1000)) FROM visits

-- name: logarithms of what can be 0
SELECT avg(ln(cost)), avg(log10(days)), avg(log2(days)) FROM visits

-- name: squares and products
SELECT avg(score * score), avg(power(score, 3)), sum(cost * days), avg((days - 10) * (days - 10)) FROM visits

-- name: distinct values
SELECT department, count(DISTINCT diagnosis) AS d, count(DISTINCT diagnosis) FILTER (WHERE days > 3) AS long, count(*) AS n FROM visits GROUP BY department

-- name: distinct of what is computed
SELECT count(DISTINCT year(visit_date)), count(DISTINCT CASE WHEN days > 3 THEN diagnosis END), approx_count_distinct(department) FROM visits

-- name: distinct people in words of CASE
SELECT count(DISTINCT CASE WHEN days > 3 THEN resident_id END) AS long, count(DISTINCT resident_id) FILTER (WHERE cost > 100) AS dear, count_if(days > 3) AS n FROM visits

-- name: distinct where units have one row
SELECT count(DISTINCT n) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id)

-- name: parts of the calendar between bounded dates
SELECT avg(date_diff('month', visit_date, DATE '2026-06-30')) AS months, avg(date_sub('week', visit_date, DATE '2026-06-30')) AS weeks, sum(date_diff('hour', admitted_at, TIMESTAMP '2026-01-01 00:00:00')) AS hours, avg(epoch(admitted_at)) AS s FROM visits WHERE visit_date BETWEEN '2025-01-01' AND '2025-12-31' AND admitted_at BETWEEN '2025-01-01 00:00:00' AND '2025-12-31 23:59:59'

-- name: flags as numbers
SELECT department, avg((days > 3)::int) AS share, sum(CAST(cost > 100 AS INTEGER)) AS dear, avg(insured::int) AS insured FROM visits JOIN residents USING (resident_id) GROUP BY department
