-- title: Medians and quantiles

-- name: median income
SELECT median(income) AS m FROM users

-- name: median income by city
SELECT city, median(income) AS m FROM users GROUP BY city

-- name: quartiles of amounts
SELECT quantile_cont(amount, 0.25) AS q1, quantile_cont(amount, 0.5) AS q2, quantile_cont(amount, 0.75) AS q3 FROM orders

-- name: ninth decile of amounts by store
SELECT store, percentile_cont(0.9) WITHIN GROUP (ORDER BY amount) AS p90 FROM orders GROUP BY store

-- name: discrete median of age
SELECT city, quantile_disc(age, 0.5) AS m FROM users GROUP BY city

-- name: discrete percentile of pieces
SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY qty) AS p FROM orders

-- name: median beside the mean
SELECT city, count(*) AS n, avg(income) AS mean, median(income) AS mid FROM users GROUP BY city

-- name: median income of women
SELECT median(income) FILTER (WHERE sex = 'F') AS f FROM users

-- name: approximate quantile
SELECT approx_quantile(amount, 0.5) AS m FROM orders

-- name: interquartile range
SELECT city, quantile_cont(income, 0.75) - quantile_cont(income, 0.25) AS iqr FROM users GROUP BY city

-- name: several quantiles in a list
-- forbidden: a list is no value of a cell; it is written as one quantile a column
SELECT quantile_cont(amount, [0.25, 0.5, 0.75]) AS q FROM orders

-- name: most frequent category by store
SELECT store, mode(category) AS top FROM orders GROUP BY store

-- name: median salary by department
SELECT dept, median(salary) AS m FROM staff GROUP BY dept

-- name: income in twenty classes
SELECT width_bucket(age, 0, 100, 20) AS b, count(*) AS n FROM users GROUP BY b ORDER BY b

-- name: histogram of ages
SELECT histogram(age // 10 * 10) AS h FROM users

-- name: median income of women and men
SELECT city, median(income) FILTER (WHERE sex = 'F') AS women, median(income) FILTER (WHERE sex = 'M') AS men FROM users GROUP BY city

-- name: median number of orders of a customer
SELECT u.city, median(o.n) AS half FROM users u JOIN (SELECT uid, count(*) AS n FROM orders GROUP BY uid) o USING (uid) GROUP BY u.city

-- name: median of what is above zero
SELECT store, median(amount) FILTER (WHERE amount > 0) AS m, count(*) AS n FROM orders GROUP BY store

-- name: median in thousands
SELECT city, round(median(income / 1000), 1) AS thousands FROM users GROUP BY city

-- name: median against the mean
SELECT city, avg(income) / median(income) AS skew FROM users GROUP BY city HAVING count(*) > 20 ORDER BY skew DESC

-- name: medians of two columns
SELECT city, median(income) AS income, median(age) AS age FROM users GROUP BY city
