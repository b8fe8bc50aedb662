-- title: Dates and times

-- name: orders by month
SELECT date_trunc('month', order_date) AS month, count(*) AS n, sum(amount) AS revenue FROM orders GROUP BY month ORDER BY month

-- name: orders by month as text
SELECT strftime(order_date, '%Y-%m') AS month, count(*) AS n FROM orders GROUP BY month ORDER BY month

-- name: orders by year and quarter
SELECT year(order_date) AS y, quarter(order_date) AS q, count(*) AS n FROM orders GROUP BY ALL ORDER BY ALL

-- name: orders by day of the week
SELECT dayname(order_date) AS day, count(*) AS n FROM orders GROUP BY day

-- name: orders by ISO day of the week
SELECT isodow(order_date) AS day, count(*) AS n FROM orders GROUP BY day ORDER BY day

-- name: orders by month name
SELECT monthname(order_date) AS m, count(*) AS n FROM orders GROUP BY m

-- name: orders by week
SELECT year(order_date) AS y, week(order_date) AS w, count(*) AS n FROM orders GROUP BY y, w

-- name: orders by hour of payment
SELECT extract(hour FROM paid_at) AS h, count(*) AS n FROM orders GROUP BY h ORDER BY h

-- name: orders by hour and weekday
SELECT dayofweek(paid_at) AS d, hour(paid_at) AS h, count(*) AS n FROM orders GROUP BY ALL

-- name: payments by hour of the calendar
SELECT date_trunc('hour', paid_at) AS h, count(*) AS n FROM orders GROUP BY h

-- name: payments in quarters of an hour
SELECT time_bucket(INTERVAL 15 MINUTE, paid_at) AS t, count(*) AS n FROM orders GROUP BY t

-- name: orders of the last thirty days
SELECT count(*) AS n FROM orders WHERE order_date >= current_date - INTERVAL 30 DAY

-- name: orders of today
SELECT count(*) AS n FROM orders WHERE order_date = today()

-- name: orders before now
SELECT count(*) AS n FROM orders WHERE paid_at < now()

-- name: orders of the last day
SELECT count(*) AS n FROM orders WHERE paid_at > current_timestamp - INTERVAL 1 DAY

-- name: days until shipped
SELECT store, avg(date_diff('day', order_date, shipped)) AS days FROM orders GROUP BY store

-- name: days until shipped, by subtraction
SELECT store, avg(shipped - order_date) AS days FROM orders GROUP BY store

-- name: shipped within three days
SELECT store, 100.0 * count(*) FILTER (WHERE shipped - order_date <= 3) / count(*) AS percent FROM orders GROUP BY store

-- name: shipped late by days
SELECT datediff('day', order_date, shipped) > 7 AS late, count(*) AS n FROM orders WHERE shipped IS NOT NULL GROUP BY late

-- name: age in years today
SELECT avg(date_diff('year', birthday, current_date)) AS age FROM users

-- name: age by age()
SELECT city, avg(year(age(birthday))) AS age FROM users GROUP BY city

-- name: adults by date of birth
SELECT count(*) AS adults FROM users WHERE birthday <= current_date - INTERVAL 18 YEAR

-- name: cohorts by year of birth
SELECT year(birthday) AS y, count(*) AS n FROM users GROUP BY y ORDER BY y

-- name: hours between payment and midnight
SELECT avg(date_diff('hour', order_date, paid_at)) AS h FROM orders

-- name: seconds of the day
SELECT avg(epoch(paid_at) - epoch(CAST(order_date AS TIMESTAMP))) AS s FROM orders

-- name: last day of the month
SELECT last_day(order_date) AS end_of_month, count(*) AS n FROM orders GROUP BY 1

-- name: month of the order a year later
SELECT date_trunc('month', order_date + INTERVAL 1 YEAR) AS m, count(*) AS n FROM orders GROUP BY m

-- name: a date out of parts
SELECT make_date(year(order_date), month(order_date), 1) AS m, count(*) AS n FROM orders GROUP BY m

-- name: date of a payment
SELECT paid_at::date AS day, count(*) AS n FROM orders GROUP BY day

-- name: month of a text
SELECT TRY_CAST(substr(note, 1, 10) AS DATE) AS day, count(*) AS n FROM orders GROUP BY day

-- name: dates of a text that is parsed
SELECT count(*) FILTER (WHERE TRY_STRPTIME(substr(note, 1, 10), '%Y-%m-%d') IS NOT NULL) AS n FROM orders

-- name: date_part with a list of months
SELECT date_part('month', order_date) IN (6, 7, 8) AS summer, sum(amount) AS revenue FROM orders GROUP BY summer

-- name: weekends
SELECT CASE WHEN dayofweek(order_date) IN (0, 6) THEN 'weekend' ELSE 'week' END AS part, count(*) AS n FROM orders GROUP BY part

-- name: first order of all
-- forbidden: the least value is one customer's
SELECT min(order_date) AS first FROM orders

-- name: label of the month in the answer
SELECT strftime(m, '%B %Y') AS label, n FROM (SELECT date_trunc('month', order_date) AS m, count(*) AS n FROM orders GROUP BY m) ORDER BY m

-- name: orders in an interval
SELECT count(*) AS n FROM orders WHERE order_date BETWEEN '2025-01-01' AND '2025-12-31' AND paid_at >= TIMESTAMP '2025-01-01 08:00:00'

-- name: decade of birth
SELECT year(birthday) // 10 * 10 AS decade, count(*) AS n FROM users GROUP BY decade

-- name: century and era
SELECT decade(joined) AS d, century(joined) AS c, count(*) AS n FROM users GROUP BY ALL
