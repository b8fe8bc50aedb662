-- title: Numbers

-- name: income on a log scale
SELECT floor(log10(income)) AS magnitude, count(*) AS n FROM users WHERE income > 0 GROUP BY magnitude

-- name: mean of logarithms
SELECT city, avg(ln(income)) AS m FROM users WHERE income >= 1 GROUP BY city

-- name: mean of log2
SELECT city, avg(log2(income)) AS m FROM users WHERE income >= 1 GROUP BY city

-- name: growth of a number of customers
SELECT power(1.0 * count(*) FILTER (WHERE joined < DATE '2025-01-01') / count(*) FILTER (WHERE joined < DATE '2020-01-01'), 0.2) - 1 AS yearly FROM users

-- name: root of the mean square
SELECT category, sqrt(avg(amount * amount)) AS rms FROM orders GROUP BY category

-- name: squares
SELECT category, sum(power(qty, 2)) AS s FROM orders GROUP BY category

-- name: rounded revenue
SELECT store, round(sum(amount) / 1000, 1) AS thousands, ceil(sum(amount) / 1000) AS up, trunc(avg(amount)) AS whole FROM orders GROUP BY store

-- name: amounts in bands of a hundred
SELECT store, count(*) FILTER (WHERE floor(amount / 100) = 0) AS small, count(*) FILTER (WHERE floor(amount / 100) >= 10) AS large FROM orders GROUP BY store

-- name: amounts capped
SELECT store, sum(least(amount, 1000)) AS capped FROM orders GROUP BY store

-- name: amounts within bounds
SELECT store, avg(least(greatest(amount, 10), 1000)) AS winsorised FROM orders GROUP BY store

-- name: even and odd pieces
SELECT qty % 2 AS odd, count(*) AS n FROM orders GROUP BY odd

-- name: pieces by class
SELECT greatest(least(qty, 10), 2) AS class, count(*) AS n FROM orders GROUP BY class

-- name: distance from forty
SELECT city, avg(abs(age - 40)) AS distance FROM users GROUP BY city

-- name: sign of a difference
SELECT sign(qty - 5) AS s, count(*) AS n FROM orders GROUP BY s

-- name: body mass with a constant
SELECT sex, avg(70 / (height * height / 10000)) AS bmi FROM users GROUP BY sex

-- name: exponent of a share
SELECT city, exp(-1.0 * count(*) / 1000) AS e FROM users GROUP BY city

-- name: classes of equal width
SELECT width_bucket(age, 0, 100, 10) AS class, count(*) AS n FROM users GROUP BY class

-- name: text of a number as a number
SELECT TRY_CAST(substr(sku, 2) AS INTEGER) > 500 AS large, count(*) AS n FROM orders GROUP BY large

-- name: texts that are numbers
SELECT count(*) FILTER (WHERE TRY_CAST(sku AS BIGINT) IS NOT NULL) AS numbers FROM orders

-- name: distinct values approximately
SELECT store, approx_count_distinct(uid) AS customers FROM orders GROUP BY store

-- name: pi and degrees
SELECT city, degrees(1.0) AS d, pi() AS p, count(*) AS n FROM users GROUP BY city

-- name: product of discounts
-- forbidden: one order with discount 0 makes the product 0
SELECT store, product(discount) AS p FROM orders GROUP BY store

-- name: bits of the pieces
-- forbidden: one row's bit shows
SELECT store, bit_or(qty) AS bits FROM orders GROUP BY store

-- name: a random sample
-- forbidden: the answer could not be checked again
SELECT avg(amount) AS m FROM orders WHERE random() < 0.1
