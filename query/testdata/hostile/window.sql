-- name: window 1
SELECT row_number() OVER () FROM visits

-- name: window 2
SELECT rank() OVER (ORDER BY cost) FROM visits

-- name: window 3
SELECT lag(cost) OVER (ORDER BY visit_date) FROM visits

-- name: window 4
SELECT lead(income) OVER () FROM residents

-- name: window 5
SELECT first_value(cost) OVER (PARTITION BY department) FROM visits

-- name: window 6
SELECT nth_value(cost, 2) OVER () FROM visits

-- name: window 7
SELECT sum(cost) OVER (ORDER BY visit_date ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM visits

-- name: window 8
SELECT department, sum(days) OVER () FROM visits GROUP BY department

-- name: window 9
SELECT department, avg(cost) OVER w FROM visits WINDOW w AS (PARTITION BY department)

-- name: window 10
SELECT department FROM visits QUALIFY row_number() OVER (PARTITION BY department ORDER BY cost DESC) = 1

-- name: window 11
SELECT count(*) FROM (SELECT department, row_number() OVER (ORDER BY cost) AS n FROM visits) WHERE n = 1

-- name: window 12
SELECT ntile(1000) OVER (ORDER BY cost), count(*) FROM visits GROUP BY 1

-- name: window 13
SELECT percent_rank() OVER (ORDER BY cost) FROM visits

-- name: window 14
SELECT cume_dist() OVER (ORDER BY cost) FROM visits

-- name: window 15
SELECT fill(cost) OVER (ORDER BY days) FROM visits

-- name: window 16
SELECT count(*) FROM visits GROUP BY row_number() OVER ()

-- name: window 17
SELECT avg(cost) FROM visits HAVING rank() OVER () = 1

-- name: window 18
SELECT count(*) FROM visits ORDER BY row_number() OVER (ORDER BY cost)


-- name: partitioned by a key that a left join may not find
SELECT avg(k) FROM (SELECT r.age, row_number() OVER (PARTITION BY v.resident_id ORDER BY r.age) AS k FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id)

-- name: partitioned by one of two units
SELECT avg(k) FROM (SELECT row_number() OVER (PARTITION BY r.resident_id ORDER BY e.employees) AS k FROM residents r JOIN enterprises e ON e.district = r.district)

-- name: partitioned by the key and computed with it
SELECT avg(k) FROM (SELECT row_number() OVER (PARTITION BY resident_id ORDER BY length(resident_id)) AS k FROM visits)

-- name: shown person by person
-- class: rows
SELECT k, department FROM (SELECT department, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits)

-- name: a choice in the order
SELECT avg(k) FROM (SELECT row_number() OVER (PARTITION BY resident_id ORDER BY CASE WHEN days = 17 THEN 0 ELSE 1 END) AS k FROM visits)

-- name: a choice below
SELECT avg(d) FROM (SELECT lag(w) OVER (PARTITION BY resident_id ORDER BY visit_date) AS d FROM (SELECT resident_id, visit_date, CASE WHEN days = 17 THEN 0 ELSE days END AS w FROM visits))

-- name: a choice below an aggregate
SELECT avg(d) FROM (SELECT resident_id, max(w) AS d FROM (SELECT resident_id, CASE WHEN days = 17 THEN 0 ELSE days END AS w FROM visits) GROUP BY resident_id)

-- name: two orders
SELECT count(*) FROM (SELECT days, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS a, row_number() OVER (PARTITION BY resident_id ORDER BY days) AS b FROM visits) WHERE a = b
