-- name: rows of each person
SELECT avg(n) AS mean, stddev(n) AS spread, sum(n) AS all FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id)

-- name: rows of each person, median
SELECT median(spent) AS half FROM (SELECT resident_id, sum(cost) AS spent FROM visits GROUP BY resident_id)

-- name: a sum of each person
SELECT avg(spent) FROM (SELECT resident_id, sum(cost) AS spent FROM visits GROUP BY resident_id)

-- name: a sum of both signs
SELECT avg(s), avg(least(t, 1000)) FROM (SELECT resident_id, sum(score) AS s, sum(cost - 5) AS t FROM visits GROUP BY resident_id)

-- name: all rows of those who have several
SELECT sum(n) AS n, avg(spent) AS spent FROM (SELECT resident_id, count(*) AS n, sum(cost) AS spent FROM visits GROUP BY resident_id) WHERE n > 2

-- name: bounds of the text go before
SELECT avg(n) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id HAVING count(*) <= 50)

-- name: those without a row as well
SELECT r.sex, avg(coalesce(v.n, 0)) AS visits FROM residents r LEFT JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY 1) v ON r.resident_id = v.resident_id GROUP BY r.sex

-- name: each person in each department
SELECT department, avg(n) AS n FROM (SELECT resident_id, department, count(*) AS n FROM visits GROUP BY ALL) GROUP BY department

-- name: each person in each department, by department and month
SELECT department, avg(n) AS n FROM (SELECT resident_id, department, month(visit_date) AS m, count(*) AS n FROM visits GROUP BY ALL) GROUP BY department

-- name: a mean written as a ratio
SELECT avg(spent / n) AS per_visit, avg(spent / paid) AS per_bill FROM (SELECT resident_id, sum(cost) AS spent, count(*) AS n, count(cost) AS paid FROM visits GROUP BY resident_id)

-- name: computed with what each person has
SELECT avg(n * n), avg(ln(n)), avg(sqrt(spent)), avg(n * spent) FROM (SELECT resident_id, count(*) AS n, sum(cost) AS spent FROM visits GROUP BY resident_id)

-- name: how many values each person has
SELECT avg(d) AS departments FROM (SELECT resident_id, count(DISTINCT department) AS d FROM visits GROUP BY resident_id)

-- name: spending by how often
SELECT CASE WHEN n = 1 THEN 'once' WHEN n < 5 THEN 'some' ELSE 'often' END AS band, count(*) AS people, avg(spent) AS spent FROM (SELECT resident_id, count(*) AS n, sum(cost) AS spent FROM visits GROUP BY resident_id) GROUP BY band

-- name: deviations within each person
SELECT avg(d) FROM (SELECT resident_id, stddev(days) AS d FROM visits GROUP BY resident_id)
