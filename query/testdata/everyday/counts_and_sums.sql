-- title: Counts, sums and means

-- name: customers by city
SELECT city, count(*) AS n FROM users GROUP BY city ORDER BY n DESC

-- name: customers by city and sex
SELECT city, sex, count(*) AS n FROM users GROUP BY ALL ORDER BY ALL

-- name: orders and customers by store
SELECT store, count(*) AS orders, count(DISTINCT uid) AS customers, sum(amount) AS revenue FROM orders GROUP BY store

-- name: mean income by city
SELECT city, avg(income) AS mean, stddev(income) AS spread, var_samp(income) AS variance FROM users GROUP BY city

-- name: orders of the second quarter by category
SELECT category, count(*) AS n, sum(qty) AS pieces FROM orders WHERE order_date BETWEEN DATE '2025-04-01' AND DATE '2025-06-30' GROUP BY category

-- name: customers by age band
SELECT CASE WHEN age < 18 THEN 'child' WHEN age < 65 THEN 'adult' ELSE 'senior' END AS band, count(*) AS n FROM users GROUP BY band

-- name: customers by ten years of age
SELECT age // 10 * 10 AS band, count(*) AS n FROM users GROUP BY 1 ORDER BY 1

-- name: orders without a coupon
SELECT count(*) AS n, count(coupon) AS with_coupon, count(*) - count(coupon) AS without FROM orders

-- name: revenue after discount
SELECT store, sum(amount * (1 - coalesce(discount, 0))) AS net FROM orders GROUP BY store

-- name: stores with more than a hundred customers
SELECT store, count(DISTINCT uid) AS customers FROM orders GROUP BY store HAVING count(DISTINCT uid) > 100 ORDER BY 2 DESC LIMIT 5

-- name: revenue of two categories beside each other
SELECT store, sum(CASE WHEN category = 'Food' THEN amount ELSE 0 END) AS food, sum(CASE WHEN category = 'Toys' THEN amount ELSE 0 END) AS toys FROM orders GROUP BY store

-- name: lines with several pieces
SELECT category, count(*) FILTER (WHERE qty > 1) AS several, count(*) FILTER (WHERE qty = 1) AS one FROM orders GROUP BY category

-- name: dearest order
-- forbidden: the greatest value is one customer's
SELECT max(amount) AS dearest FROM orders

-- name: youngest and oldest customer by city
-- forbidden: the least and the greatest value are one customer's
SELECT city, min(age) AS youngest, max(age) AS oldest FROM users GROUP BY city

-- name: ten best customers
-- forbidden: a row for each customer
SELECT uid, sum(amount) AS spent FROM orders GROUP BY uid ORDER BY spent DESC LIMIT 10

-- name: orders of one customer
-- forbidden: it reads one customer's rows
SELECT order_date, store, amount FROM orders WHERE uid = 4711

-- name: number of cities
SELECT count(DISTINCT city) AS cities FROM users

-- name: sum of distinct amounts
-- forbidden: a value that one customer alone has is added once, and a value that others have too is not
SELECT store, sum(DISTINCT amount) AS x FROM orders GROUP BY store
