-- title: Windows over the answer

-- name: cities ranked
SELECT city, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS place FROM users GROUP BY city

-- name: share of the whole
SELECT store, 100.0 * sum(amount) / sum(sum(amount)) OVER () AS percent FROM orders GROUP BY store

-- name: running sum by month
SELECT m, sum(n) OVER (ORDER BY m) AS so_far FROM (SELECT date_trunc('month', order_date) AS m, count(*) AS n FROM orders GROUP BY m) ORDER BY m

-- name: change to the month before
SELECT m, n - lag(n) OVER (ORDER BY m) AS change FROM (SELECT date_trunc('month', order_date) AS m, count(*) AS n FROM orders GROUP BY m)

-- name: moving average of three months
SELECT m, avg(n) OVER (ORDER BY m ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS smooth FROM (SELECT date_trunc('month', order_date) AS m, count(*) AS n FROM orders GROUP BY m)

-- name: best category of each store
SELECT store, category, sum(amount) AS revenue FROM orders GROUP BY store, category QUALIFY row_number() OVER (PARTITION BY store ORDER BY sum(amount) DESC) = 1

-- name: quarters of the stores
SELECT store, ntile(4) OVER (ORDER BY sum(amount)) AS quarter FROM orders GROUP BY store

-- name: first and last month
SELECT DISTINCT first_value(n) OVER (ORDER BY m) AS first FROM (SELECT date_trunc('month', order_date) AS m, count(*) AS n FROM orders GROUP BY m)
