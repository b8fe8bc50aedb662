-- title: Conditions

-- name: several cities
SELECT city, count(*) AS n FROM users WHERE city IN ('Hangzhou', 'Ningbo') AND age BETWEEN 20 AND 40 GROUP BY city

-- name: not a city
SELECT count(*) AS n FROM users WHERE NOT (city = 'Hangzhou' OR vip)

-- name: null handling
SELECT coalesce(coupon, 'none') AS coupon, count(*) AS n FROM orders GROUP BY 1

-- name: nullif in a mean
SELECT store, avg(nullif(qty, 0)) AS m FROM orders GROUP BY store

-- name: if
SELECT if(age < 30, 'young', 'old') AS k, count(*) AS n FROM users GROUP BY k

-- name: ifnull
SELECT avg(ifnull(discount, 0)) AS d FROM orders

-- name: is distinct from
SELECT count(*) AS n FROM orders WHERE coupon IS DISTINCT FROM 'SPRING1'

-- name: like with wildcards
SELECT count(*) AS n FROM orders WHERE sku LIKE 'A_1%' AND sku NOT LIKE '%X'

-- name: two conditions counted
SELECT city, count(*) FILTER (WHERE age >= 18 AND vip) AS a, count(*) FILTER (WHERE age >= 18 AND NOT vip) AS b FROM users GROUP BY city

-- name: simple CASE
SELECT CASE sex WHEN 'F' THEN 'women' WHEN 'M' THEN 'men' ELSE 'other' END AS s, count(*) AS n FROM users GROUP BY s

-- name: a boolean key
SELECT vip, count(*) AS n, avg(income) AS m FROM users GROUP BY vip

-- name: columns compared
SELECT count(*) AS n FROM orders WHERE shipped > order_date
