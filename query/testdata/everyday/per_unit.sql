-- title: Statistics customer by customer

-- name: mean number of orders
SELECT avg(n) AS per_customer FROM (SELECT uid, count(*) AS n FROM orders GROUP BY uid)

-- name: mean spending
SELECT avg(spent) AS mean, stddev(spent) AS spread FROM (SELECT uid, sum(amount) AS spent FROM orders GROUP BY uid)

-- name: customers by number of orders
SELECT least(n, 10) AS orders, count(*) AS customers FROM (SELECT uid, count(*) AS n FROM orders GROUP BY uid) GROUP BY 1 ORDER BY 1

-- name: cohorts by first order
SELECT date_trunc('month', first) AS cohort, count(*) AS n FROM (SELECT uid, min(order_date) AS first FROM orders GROUP BY uid) GROUP BY cohort

-- name: recency
SELECT date_diff('day', last, current_date) // 30 AS months, count(*) AS n FROM (SELECT uid, max(order_date) AS last FROM orders GROUP BY uid) GROUP BY months

-- name: category of the first order
SELECT category, count(*) AS n FROM (SELECT uid, arg_min(category, order_date) AS category FROM orders GROUP BY uid) GROUP BY category

-- name: first order of each customer
SELECT category, avg(amount) AS m FROM (SELECT *, row_number() OVER (PARTITION BY uid ORDER BY order_date) AS k FROM orders) WHERE k = 1 GROUP BY category

-- name: days between orders
SELECT avg(order_date - before) AS days FROM (SELECT order_date, lag(order_date) OVER (PARTITION BY uid ORDER BY order_date) AS before FROM orders)

-- name: customers who returned
SELECT count(DISTINCT CASE WHEN returned THEN uid END) * 100.0 / count(DISTINCT uid) AS percent FROM orders

-- name: customers of both categories
SELECT count(*) AS n FROM (SELECT uid FROM orders GROUP BY uid HAVING count(*) FILTER (WHERE category = 'Toys') > 0 AND count(*) FILTER (WHERE category = 'Books') > 0)
