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
