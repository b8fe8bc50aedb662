-- title: Ratios, shares and relations between columns

-- name: share of returned orders
SELECT store, 100.0 * count(*) FILTER (WHERE returned) / count(*) AS percent FROM orders GROUP BY store

-- name: share of women
SELECT city, round(100.0 * sum(CASE WHEN sex = 'F' THEN 1 ELSE 0 END) / count(*), 1) AS percent FROM users GROUP BY city

-- name: mean price of a piece
SELECT category, sum(amount) / sum(qty) AS price FROM orders GROUP BY category

-- name: amount for each customer
SELECT store, sum(amount) / count(DISTINCT uid) AS per_customer FROM orders GROUP BY store

-- name: amount for each order
SELECT store, sum(amount) / count(*) AS per_order FROM orders GROUP BY store

-- name: amount for each order, guarded
SELECT store, sum(amount) / nullif(count(*), 0) AS per_order FROM orders GROUP BY store

-- name: amount for each order, in doubles
SELECT store, sum(amount) * 1.0 / count(*) AS a, CAST(sum(amount) AS DOUBLE) / CAST(count(*) AS DOUBLE) AS b FROM orders GROUP BY store

-- name: women to men
SELECT city, 1.0 * count(*) FILTER (WHERE sex = 'F') / count(*) FILTER (WHERE sex = 'M') AS ratio FROM users GROUP BY city

-- name: mean income of women to that of men
SELECT city, avg(income) FILTER (WHERE sex = 'F') / avg(income) FILTER (WHERE sex = 'M') AS ratio FROM users GROUP BY city

-- name: share of vip customers as a mean
SELECT city, avg(vip::int) AS share FROM users GROUP BY city

-- name: share of returned orders as a mean
SELECT category, avg(CASE WHEN returned THEN 1.0 ELSE 0.0 END) AS share FROM orders GROUP BY category

-- name: number of returned orders
SELECT category, sum(returned::int) AS a, count_if(returned) AS b, sum(CAST(qty > 3 AS INTEGER)) AS c FROM orders GROUP BY category

-- name: mean weighted by pieces
SELECT category, sum(qty * amount) / sum(qty) AS weighted FROM orders GROUP BY category

-- name: age and income go together
SELECT city, corr(age, income) AS r FROM users GROUP BY city

-- name: covariance of age and income
SELECT covar_pop(age, income) AS p, covar_samp(age, income) AS s FROM users

-- name: income by age, a line
SELECT sex, regr_slope(income, age) AS slope, regr_intercept(income, age) AS intercept, regr_r2(income, age) AS r2, regr_count(income, age) AS n FROM users GROUP BY sex

-- name: shape of incomes
SELECT city, skewness(income) AS skew, kurtosis(income) AS kurt FROM users GROUP BY city

-- name: coefficient of variation
SELECT category, stddev(amount) / avg(amount) AS cv FROM orders GROUP BY category

-- name: standard error
SELECT city, stddev(income) / sqrt(count(income)) AS se FROM users GROUP BY city

-- name: standard error by name
SELECT city, sem(income) AS se FROM users GROUP BY city

-- name: geometric mean
SELECT city, geomean(income) AS g, exp(avg(ln(income))) AS h FROM users WHERE income > 1 GROUP BY city

-- name: change of two years
SELECT store, count(*) FILTER (WHERE year(order_date) = 2025) * 100.0 / nullif(count(*) FILTER (WHERE year(order_date) = 2024), 0) - 100 AS percent FROM orders GROUP BY store

-- name: odds ratio
SELECT (1.0 * count(*) FILTER (WHERE vip AND sex = 'F') * count(*) FILTER (WHERE NOT vip AND sex = 'M')) / nullif(count(*) FILTER (WHERE vip AND sex = 'M') * count(*) FILTER (WHERE NOT vip AND sex = 'F'), 0) AS odds FROM users

-- name: is there any returned order
-- forbidden: one order decides, so the answer tells of it
SELECT store, bool_or(returned) AS any_returned FROM orders GROUP BY store

-- name: were all orders returned
-- forbidden: one order decides, so the answer tells of it
SELECT store, bool_and(returned) AS all_returned FROM orders GROUP BY store
