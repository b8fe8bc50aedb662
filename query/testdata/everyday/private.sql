-- title: What class dp is asked for

-- name: mean number of orders of a customer by category
SELECT category, avg(n) AS orders FROM (SELECT uid, category, count(*) AS n FROM orders GROUP BY uid, category) GROUP BY category

-- name: spending and orders of a customer with deviations
SELECT avg(n) AS orders, stddev(n) AS orders_dev, avg(s) AS spent, stddev(s) AS spent_dev FROM (SELECT uid, count(*) AS n, sum(amount) AS s FROM orders GROUP BY uid)

-- name: orders of all customers, those without one as well
SELECT u.city, avg(coalesce(o.n, 0)) AS orders FROM users u LEFT JOIN (SELECT uid, count(*) AS n FROM orders GROUP BY uid) o ON o.uid = u.uid GROUP BY u.city

-- name: median spending of a customer
SELECT median(s) AS half FROM (SELECT uid, sum(amount) AS s FROM orders GROUP BY uid)

-- name: ninth decile of spending by city
SELECT u.city, quantile_cont(o.s, 0.9) AS d9 FROM users u JOIN (SELECT uid, sum(amount) AS s FROM orders GROUP BY uid) o ON o.uid = u.uid GROUP BY u.city

-- name: customers by number of orders in bands
SELECT CASE WHEN n = 1 THEN 'one' WHEN n <= 5 THEN 'some' ELSE 'many' END AS band, count(*) AS customers, avg(s) AS spent FROM (SELECT uid, count(*) AS n, sum(amount) AS s FROM orders GROUP BY uid) GROUP BY band

-- name: mean order of a customer
SELECT avg(m) AS m FROM (SELECT uid, avg(amount) AS m FROM orders GROUP BY uid)

-- name: mean order of a customer as a ratio
SELECT avg(s / n) AS m FROM (SELECT uid, sum(amount) AS s, count(*) AS n FROM orders GROUP BY uid)

-- name: categories a customer buys
SELECT avg(k) AS kinds FROM (SELECT uid, count(DISTINCT category) AS k FROM orders GROUP BY uid)

-- name: customers who came back
SELECT avg((n > 1)::int) AS back FROM (SELECT uid, count(*) AS n FROM orders GROUP BY uid)

-- name: orders of customers with five or more
SELECT sum(n) AS orders, avg(s) AS spent FROM (SELECT uid, count(*) AS n, sum(amount) AS s FROM orders GROUP BY uid HAVING count(*) >= 5)

-- name: pieces and value together
SELECT avg(qty * amount) AS m, sum(qty * amount) AS s FROM orders

-- name: spread around a known mean
SELECT category, avg((amount - 100) * (amount - 100)) AS v FROM orders GROUP BY category

-- name: log of amounts
SELECT category, exp(avg(ln(amount))) AS geometric FROM orders GROUP BY category

-- name: log of amounts, none of them 0
SELECT avg(log10(amount + 1)) AS l FROM orders

-- name: roots and squares of pieces
SELECT avg(sqrt(qty)) AS root, avg(power(qty, 2)) AS square, avg(qty ** 3) AS cube FROM orders

-- name: an exponential of a share
SELECT avg(exp(discount)) AS e, avg(exp(-discount)) AS f FROM orders

-- name: goods sold in a store
SELECT store, count(DISTINCT sku) AS goods, count(*) AS orders FROM orders GROUP BY store

-- name: goods sold in large orders
SELECT count(DISTINCT sku) FILTER (WHERE qty > 5) AS goods, count(DISTINCT CASE WHEN returned THEN sku END) AS back FROM orders

-- name: days with an order
SELECT count(DISTINCT order_date) AS days FROM orders WHERE order_date >= DATE '2025-01-01'

-- name: customers who returned something
SELECT category, count(DISTINCT CASE WHEN returned THEN uid END) AS people, count(DISTINCT uid) FILTER (WHERE amount > 100) AS dear FROM orders GROUP BY category

-- name: share of returned orders
SELECT store, avg(returned::int) AS share, count_if(returned) AS n FROM orders GROUP BY store

-- name: share of vip customers by sex
SELECT sex, avg(CASE WHEN vip THEN 1.0 ELSE 0.0 END) AS share, sum(vip::int) AS n FROM users GROUP BY sex

-- name: discount given
SELECT sum(amount * discount) AS given, sum(amount * discount) / sum(amount) AS rate FROM orders

-- name: excess over a limit
SELECT avg(greatest(amount - 500, 0)) AS over, avg(least(amount, 500)) AS under, avg(abs(qty - 3)) AS off FROM orders

-- name: revenue ranked with shares
SELECT category, sum(amount) AS s, rank() OVER (ORDER BY sum(amount) DESC) AS place, 100.0 * sum(amount) / sum(sum(amount)) OVER () AS share FROM orders GROUP BY category ORDER BY place

-- name: months with running totals
SELECT date_trunc('month', order_date) AS m, count(*) AS n, sum(count(*)) OVER (ORDER BY date_trunc('month', order_date)) AS so_far FROM orders WHERE order_date BETWEEN DATE '2025-01-01' AND DATE '2025-12-31' GROUP BY m ORDER BY m

-- name: change from month to month
SELECT month(order_date) AS m, count(*) - lag(count(*)) OVER (ORDER BY month(order_date)) AS change FROM orders GROUP BY m

-- name: best stores of those with orders enough
SELECT store, avg(amount) AS m, count(*) AS n FROM orders GROUP BY store HAVING count(*) > 200 ORDER BY m DESC LIMIT 3

-- name: labels for groups
SELECT city, CASE WHEN count(*) > 1000 THEN 'large' WHEN count(*) > 100 THEN 'middle' ELSE 'small' END AS size FROM users GROUP BY city

-- name: bill of a customer, bounded by hand
SELECT avg(least(s, 5000)) AS m FROM (SELECT uid, sum(amount) AS s FROM orders GROUP BY uid)

-- name: weeks until the end of the year
SELECT avg(date_diff('week', order_date, DATE '2025-12-31')) AS w FROM orders WHERE order_date BETWEEN DATE '2025-01-01' AND DATE '2025-12-31'

-- name: years with us
SELECT city, avg(date_diff('year', joined, DATE '2026-01-01')) AS years FROM users WHERE joined BETWEEN DATE '2010-01-01' AND DATE '2025-12-31' GROUP BY city

-- name: length of a note, held to 200 letters
SELECT category, avg(CASE WHEN note IS NOT NULL THEN least(length(note), 200) END) AS l FROM orders GROUP BY category

-- name: largest order of a customer
SELECT avg(m) AS m FROM (SELECT uid, max(amount) AS m FROM orders GROUP BY uid)

-- name: customers and incomes over ages in tens
SELECT age // 10 * 10 AS band, count(*) AS n, avg(income) AS m, median(income) AS half FROM users GROUP BY band ORDER BY band
