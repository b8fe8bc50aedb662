-- title: Several tables of cells

-- name: share of the whole by a scalar subquery
SELECT city, 100.0 * count(*) / (SELECT count(*) FROM users) AS percent FROM users GROUP BY city

-- name: totals by ROLLUP
SELECT city, sex, count(*) AS n FROM users GROUP BY ROLLUP (city, sex)

-- name: both margins
SELECT city, sex, count(*) AS n FROM users GROUP BY GROUPING SETS ((city), (sex), ())

-- name: cube
SELECT store, category, sum(amount) AS revenue FROM orders GROUP BY CUBE (store, category)

-- name: total below the parts
SELECT city, count(*) AS n FROM users GROUP BY city UNION ALL SELECT 'all', count(*) FROM users

-- name: a CTE of one row
WITH t AS (SELECT avg(amount) AS m FROM orders) SELECT store, avg(amount) / (SELECT m FROM t) AS ratio FROM orders GROUP BY store

-- name: two grouped queries joined
WITH o AS (SELECT store, count(*) AS n FROM orders GROUP BY store), r AS (SELECT store, count(*) AS returned FROM orders WHERE returned GROUP BY store) SELECT o.store, r.returned * 100.0 / o.n AS percent FROM o JOIN r USING (store)

-- name: stores above the mean of stores
SELECT store, n FROM (SELECT store, count(*) AS n FROM orders GROUP BY store) WHERE n > (SELECT avg(n) FROM (SELECT store, count(*) AS n FROM orders GROUP BY store))

-- name: mean over the stores
SELECT avg(n) AS per_store FROM (SELECT store, count(*) AS n FROM orders GROUP BY store)

-- name: this year beside last year
SELECT a.store, a.n - b.n AS change FROM (SELECT store, count(*) AS n FROM orders WHERE year(order_date) = 2025 GROUP BY store) a JOIN (SELECT store, count(*) AS n FROM orders WHERE year(order_date) = 2024 GROUP BY store) b ON a.store = b.store

-- name: orders above the mean amount
SELECT count(*) AS n FROM orders WHERE amount > (SELECT avg(amount) FROM orders)

-- name: pivot
PIVOT (SELECT city, sex, count(*) AS n FROM users GROUP BY ALL) ON sex IN ('F', 'M') USING sum(n)

-- name: pivot of orders
PIVOT orders ON category IN ('Food', 'Books', 'Toys') USING sum(amount) AS revenue, count(*) AS n GROUP BY store

-- name: pivot as in other engines
SELECT * FROM (SELECT store, year(order_date) AS y, sum(amount) AS revenue FROM orders GROUP BY ALL) PIVOT (sum(revenue) FOR y IN (2024, 2025)) ORDER BY store

-- name: orders beside customers
SELECT count(*) AS orders, (SELECT count(*) FROM users) AS customers FROM orders

-- name: orders per customer by two CTEs
WITH a AS (SELECT count(*) AS n FROM users), b AS (SELECT count(*) AS n, sum(amount) AS s FROM orders) SELECT a.n AS users, b.n AS orders, b.s / a.n AS arpu FROM a CROSS JOIN b

-- name: buyers among members by city
WITH c AS (SELECT city, count(*) AS members FROM users GROUP BY city), b AS (SELECT u.city, count(DISTINCT o.uid) AS buyers FROM orders o JOIN users u USING (uid) WHERE o.order_date >= DATE '2026-01-01' GROUP BY u.city) SELECT c.city, c.members, b.buyers, 100.0 * b.buyers / c.members AS pct FROM c LEFT JOIN b USING (city) ORDER BY pct DESC

-- name: labelled totals below each other
SELECT 'orders' AS what, count(*) AS n FROM orders UNION ALL SELECT 'customers', count(DISTINCT uid) FROM orders UNION ALL SELECT 'users', count(*) FROM users

-- name: share of the whole by a CTE of one row
WITH t AS (SELECT sum(amount) AS total FROM orders), c AS (SELECT category, sum(amount) AS s FROM orders GROUP BY category) SELECT c.category, c.s, 100 * c.s / t.total AS pct FROM c, t
