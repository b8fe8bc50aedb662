-- title: Joins, lists and unions

-- name: revenue by city
SELECT u.city, sum(o.amount) AS revenue FROM users u JOIN orders o USING (uid) GROUP BY u.city

-- name: revenue by region
SELECT s.region, sum(o.amount) AS revenue FROM orders o JOIN stores s ON s.store = o.store GROUP BY s.region

-- name: revenue by region of a list without repetitions
SELECT s.region, sum(o.amount) AS revenue FROM orders o JOIN (SELECT DISTINCT store, region FROM stores) s ON s.store = o.store GROUP BY s.region

-- name: customers without an order
SELECT city, count(*) AS n FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.uid = u.uid) GROUP BY city

-- name: customers with toys
SELECT count(*) AS n FROM users WHERE uid IN (SELECT uid FROM orders WHERE category = 'Toys')

-- name: toys or books as a value
SELECT u.uid IN (SELECT uid FROM orders WHERE category = 'Toys') AS toys, count(*) AS n FROM users u GROUP BY toys

-- name: stores of the north by IN
SELECT count(*) AS n FROM orders WHERE store IN (SELECT store FROM stores WHERE region = 'north')

-- name: toys and books
SELECT count(*) AS n FROM (SELECT uid FROM orders WHERE category = 'Toys' INTERSECT SELECT uid FROM orders WHERE category = 'Books')

-- name: toys without books
SELECT count(*) AS n FROM (SELECT uid FROM orders WHERE category = 'Toys' EXCEPT SELECT uid FROM orders WHERE category = 'Books')

-- name: bands from a list of values
SELECT b.name, count(*) AS n FROM users u JOIN (VALUES ('young', 0, 30), ('middle', 30, 60), ('old', 60, 200)) b(name, lo, hi) ON u.age >= b.lo AND u.age < b.hi GROUP BY b.name

-- name: full join on the key
SELECT u.city, count(DISTINCT u.uid) AS users, count(DISTINCT o.uid) AS buyers FROM users u FULL JOIN orders o ON o.uid = u.uid GROUP BY u.city

-- name: largest store of a region
SELECT max(size) AS size FROM stores

-- name: region's largest store beside its revenue
SELECT s.region, max(s.size) AS size, sum(o.amount) AS revenue FROM orders o JOIN stores s USING (store) GROUP BY s.region

-- name: months without a gap
SELECT m.range AS month, count(o.uid) AS n FROM range(DATE '2025-01-01', DATE '2026-01-01', INTERVAL 1 MONTH) m LEFT JOIN orders o ON date_trunc('month', o.order_date) = m.range GROUP BY month

-- name: schema of other engines
SELECT city, count(*) AS n FROM public.users GROUP BY city

-- name: sales per square metre
SELECT s.store, sum(o.amount) / any_value(s.size) AS per_m2 FROM orders o JOIN stores s ON o.store = s.store GROUP BY s.store

-- name: newest store of a region beside its revenue
-- forbidden: the newest store that anybody bought in may be one that a single customer bought in
SELECT s.region, sum(o.amount) AS revenue, max(s.opened) AS newest FROM orders o JOIN stores s USING (store) GROUP BY s.region

-- name: two years by full join
WITH a AS (SELECT category, sum(amount) AS y25 FROM orders WHERE year(order_date) = 2025 GROUP BY 1), b AS (SELECT category, sum(amount) AS y26 FROM orders WHERE year(order_date) = 2026 GROUP BY 1) SELECT coalesce(a.category, b.category) AS category, y25, y26, y26 - y25 AS diff FROM a FULL JOIN b ON a.category = b.category

-- name: customers without orders and orders without customers by full join
SELECT count(*) FILTER (WHERE o.uid IS NULL) AS never_bought, count(*) FILTER (WHERE u.uid IS NULL) AS orphans FROM users u FULL OUTER JOIN orders o ON u.uid = o.uid

-- name: mean spending by a correlated subquery
SELECT u.city, avg((SELECT sum(o.amount) FROM orders o WHERE o.uid = u.uid)) AS mean_spend FROM users u GROUP BY u.city

-- name: customers with more than three orders by a correlated subquery
SELECT city, count(*) AS n FROM users u WHERE (SELECT count(*) FROM orders o WHERE o.uid = u.uid) > 3 GROUP BY city

-- name: best category of each store by DISTINCT ON
SELECT DISTINCT ON (store) store, category, n FROM (SELECT store, category, count(*) AS n FROM orders GROUP BY ALL) ORDER BY store, n DESC

-- name: pairs of store and category
SELECT count(*) FROM orders WHERE (store, category) IN (('S01', 'Food'), ('S02', 'Toys'))

-- name: region of a store by any_value
SELECT o.store, any_value(s.region) AS region, count(*) AS n FROM orders o JOIN stores s USING(store) GROUP BY o.store

-- name: cohorts by months since the first order
WITH f AS (SELECT uid, date_trunc('month', min(order_date)) AS cohort FROM orders GROUP BY uid) SELECT f.cohort, date_diff('month', f.cohort, o.order_date) AS k, count(DISTINCT o.uid) AS n FROM orders o JOIN f USING (uid) GROUP BY 1, 2 ORDER BY 1, 2

-- name: pairs of categories bought by one customer
SELECT a.category, b.category, count(DISTINCT a.uid) AS n FROM orders a JOIN orders b ON a.uid = b.uid AND a.category < b.category GROUP BY 1, 2

-- name: orders above the mean by a CTE
WITH m AS (SELECT avg(amount) AS mean FROM orders) SELECT o.store, count(*) AS n FROM orders o CROSS JOIN m WHERE o.amount > m.mean GROUP BY o.store

-- name: all stores with their revenue
SELECT s.store, sum(o.amount) AS revenue FROM stores s LEFT JOIN orders o USING (store) GROUP BY s.store

-- name: stores without sales
SELECT s.store FROM stores s WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.store = s.store)

-- name: orders above twice the mean, and their part
SELECT store, count(*) FILTER (WHERE amount > 2 * (SELECT avg(amount) FROM orders)) AS dear, count(*) AS n FROM orders GROUP BY store

-- name: customers who buy more often than the mean
SELECT count(*) AS people FROM (SELECT uid, count(*) AS n FROM orders GROUP BY uid) WHERE n > (SELECT avg(n) FROM (SELECT uid, count(*) AS n FROM orders GROUP BY uid))

-- name: spread of amounts within two deviations
WITH m AS (SELECT avg(amount) AS mean, stddev(amount) AS sd FROM orders) SELECT category, count(*) AS n FROM orders, m WHERE amount BETWEEN mean - 2 * sd AND mean + 2 * sd GROUP BY category

-- name: orders above the mean of their own store
SELECT o.store, count(*) AS n FROM orders o WHERE o.amount > (SELECT avg(p.amount) FROM orders p WHERE p.store = o.store) GROUP BY o.store

-- name: customers of cities with a high earner
-- forbidden: a single high earner of a city adds all customers of the city to the number
SELECT count(DISTINCT a.uid) AS n FROM users a JOIN users b ON a.city = b.city WHERE b.income > 500000

-- name: customers who came back to a store
SELECT a.store, count(DISTINCT a.uid) AS n FROM orders a JOIN orders b ON a.store = b.store AND a.uid = b.uid AND a.order_date < b.order_date GROUP BY a.store
