-- name: computed with the key
-- refused: unit.value
SELECT count(DISTINCT least(uid,'5')) FROM orders

-- name: a text of the key
-- refused: unit.value
SELECT count(uid || '5') FROM orders

-- name: a key under TRY_CAST
-- refused: unit.value
SELECT count(TRY_CAST(uid AS INTEGER)) FROM orders

-- name: a key in a list
-- refused: unit.value
SELECT count(*) FILTER (WHERE uid IN (5, 6)) FROM orders

-- name: a root without filter
-- only aggregate: income
-- refused: column.not-granted
SELECT count(sqrt(income - 100000)) FROM users

-- name: a logarithm without filter
-- only aggregate: income
-- refused: column.not-granted
SELECT count(ln(income - 100000)) FROM users

-- name: a truth value without filter
-- only aggregate: income
-- refused: column.not-granted
SELECT sum(CAST(income > 100000 AS INTEGER)) FROM users

-- name: a quotient that one row has not
-- refused: aggregate.shaped
SELECT sum(amount), sum(amount + 0 / (order_id - 30017)) FROM orders

-- name: a quotient that one row has not, by a remainder
-- refused: aggregate.shaped
SELECT sum(amount), sum(amount + 0 * (1 % (order_id - 30017))) FROM orders

-- name: low digits by coalesce
-- change: UPDATE orders SET amount = 0 WHERE order_id = 30017
SELECT sum(qty + coalesce(CASE WHEN order_id = 30017 THEN NULL ELSE 0 END, amount * 0.0001)) FROM orders

-- name: low digits by ifnull
-- change: UPDATE orders SET amount = 0 WHERE order_id = 30017
SELECT sum(qty), sum(qty + ifnull(0 * nullif(order_id, 30017), amount * 0.0001)) FROM orders

-- name: low digits through a subquery by units
-- refused: aggregate.conditions
SELECT sum(n + 0.0001*coalesce(x, 0)) FROM (SELECT uid, count(*) AS n, sum(amount) FILTER (WHERE order_id=30017) AS x FROM orders GROUP BY uid)

-- name: low digits through a CASE in a subquery by units
-- change: UPDATE orders SET amount = 0 WHERE order_id = 30017
SELECT sum(n), sum(n + x * 0.0001) FROM (SELECT uid, count(*) AS n, sum(CASE WHEN order_id = 30017 THEN amount ELSE 0 END) AS x FROM orders GROUP BY uid)

-- name: low digits by strpos
-- refused: aggregate.shaped
SELECT sum(qty + 0.00001 * amount * strpos(cast(order_id AS varchar), '30017')) FROM orders

-- name: low digits by least
-- change: UPDATE orders SET amount = 0 WHERE order_id = 30017
SELECT sum(qty + 0.00001 * amount * (1 - least(abs(order_id - 30017), 1))) FROM orders

-- name: low digits by greatest
-- change: UPDATE orders SET amount = 0 WHERE order_id = 30017
SELECT sum(qty), sum(qty + 0.00001 * amount * greatest(order_id - 30016, 0) * greatest(30018 - order_id, 0)) FROM orders

-- name: low digits by abs
-- change: UPDATE orders SET amount = 0 WHERE order_id = 30017
SELECT sum(qty + 0.00001 * amount * (abs(order_id - 30016) + abs(order_id - 30018) - 2 * abs(order_id - 30017))) FROM orders

-- name: low digits by sign
-- change: UPDATE orders SET amount = 0 WHERE order_id = 30017
SELECT sum(qty), sum(qty + 0.00001 * amount * (1 - sign(order_id - 30017) * sign(order_id - 30017))) FROM orders

-- name: low digits by length
-- refused: aggregate.shaped
SELECT sum(qty + 0.00001 * amount * (5 - length(replace(cast(order_id AS varchar), '30017', '')))) FROM orders

-- name: a side of one person
-- change: UPDATE orders SET amount = 10 WHERE order_id = 30017
SELECT count(*) FROM (SELECT uid FROM users UNION ALL SELECT uid FROM orders WHERE order_id = 30017 AND amount > 20)

-- name: a side of one person, people
-- change: UPDATE users SET vip = NOT vip WHERE _unit = 4
SELECT count(*) FROM (SELECT uid FROM users WHERE sex = 'F' UNION ALL SELECT uid FROM users WHERE sex = 'M' AND (city <> 'Ningbo' OR email = 'u4@example.org' AND vip))

-- name: a side of one person, without ALL
-- change: UPDATE orders SET amount = 10 WHERE order_id = 30017
SELECT count(*) FROM (SELECT uid, 1 AS side FROM users UNION SELECT uid, 2 FROM orders WHERE order_id = 30017 AND amount > 20)

-- name: a side that brings one value
-- change: UPDATE orders SET amount = 0 WHERE order_id = 20017
SELECT sum(w) FROM (SELECT uid, qty AS w FROM orders UNION ALL SELECT uid, amount AS w FROM orders WHERE order_id = 20017)

-- name: a side that brings one value, negative
-- change: UPDATE orders SET amount = 0 WHERE order_id = 20017
SELECT sum(w), count(*) FROM (SELECT uid, amount AS w FROM orders UNION ALL SELECT uid, -amount AS w FROM orders WHERE order_id <> 20017)

-- name: neighbours of groups
-- refused: union.key
SELECT g, sum(salary) FROM (SELECT '00' AS g, salary FROM staff WHERE seat <= 499 UNION ALL SELECT '01', salary FROM staff WHERE seat <= 500 UNION ALL SELECT '02', salary FROM staff WHERE seat <= 501) GROUP BY g

-- name: neighbours of groups, joined
-- change: UPDATE staff SET salary = 2000 WHERE seat = 500
WITH a AS (SELECT sum(salary) AS s FROM staff WHERE seat <= 499), b AS (SELECT sum(salary) AS s FROM staff WHERE seat <= 500) SELECT a.s AS a, b.s AS b FROM a CROSS JOIN b

-- name: neighbours of groups, by a list
-- change: UPDATE staff SET salary = 2000 WHERE seat = 500
SELECT b.g, sum(salary) FROM staff s JOIN (VALUES ('00', 0, 499), ('01', 499, 500), ('02', 500, 2000)) b(g, lo, hi) ON s.seat > b.lo AND s.seat <= b.hi GROUP BY b.g

-- name: one of sixty columns
-- change: UPDATE staff SET score = 0 WHERE salary = 14808
SELECT sum(score * (1 - least(abs(salary - 14808), 1)) + 20) FROM staff

-- name: sixty columns
-- refused: aggregate.conditions
-- columns: 60 sum(score * (1 - least(abs(salary - 14808 - %d), 1)) + 20) AS c%d
SELECT COLUMNS_HERE FROM staff

-- name: twenty columns
-- refused: aggregate.conditions
-- columns: 20 sum(score * (1 - least(abs(salary - 14808 - %d), 1)) + 20) AS c%d
SELECT COLUMNS_HERE FROM staff

-- name: power sums
-- suppressed: c
SELECT sum(score) AS a, sum(score * score) AS b, sum(score * score * score) AS c FROM staff WHERE seat BETWEEN 495 AND 505

-- name: power sums, by exponents
-- suppressed: c
SELECT avg(score) AS a, var_pop(score) AS b, sum(power(score, 3)) AS c FROM staff WHERE seat BETWEEN 495 AND 505

-- name: a level that one person has
-- change: UPDATE orders SET store = 'S07' WHERE order_id = 30017
SELECT store, order_id=30017 AS t, count(*) FROM orders GROUP BY 1,2

-- name: a level that one person has, by CASE
-- change: UPDATE orders SET store = 'S07' WHERE order_id = 30017
SELECT store, CASE WHEN order_id = 30017 THEN 'one' ELSE 'rest' END AS t, count(*), sum(amount) FROM orders GROUP BY 1,2

-- name: a level that one person has, by a row of a list
-- change: UPDATE orders SET store = 'S07' WHERE order_id = 30017
SELECT store, g, count(*) FROM orders LEFT JOIN (VALUES (30017, 'one')) b(id, g) ON b.id = order_id GROUP BY ALL

-- name: an offset that runs over
-- refused: type.mismatch
SELECT substr(city,-9223372036854775808,9223372036854775807) AS k, count(*) FROM users GROUP BY 1

-- name: sides of one table, by what they hold
-- shown:
WITH t AS (SELECT uid, category AS col FROM orders WHERE category='Food' UNION ALL SELECT uid, category FROM orders WHERE category='Books') SELECT col, count(col) FROM t GROUP BY col

-- name: a branch that nobody can fall into
-- shown:
SELECT sum(CASE WHEN qty > 0 THEN amount WHEN qty > 1000 THEN 1 ELSE 0 END) AS a, count(*) FROM orders

-- name: means by two keys
-- shown:
SELECT city, sex, avg(income) FROM users GROUP BY 1, 2

-- name: a branch that the catalog leaves empty
-- shown:
SELECT store, sum(CASE WHEN qty <= 2 THEN amount WHEN qty BETWEEN 3 AND 50 THEN 2 * amount ELSE 0 END) AS a, count(*) FROM orders GROUP BY store

-- name: a branch that is empty by chance
-- suppressed: a
SELECT sum(CASE WHEN qty > 49 THEN 1000 ELSE amount END) AS a, count(*) FROM orders

-- name: bands without gaps
-- shown:
SELECT CASE WHEN age <= 39 THEN 'to 39' WHEN age BETWEEN 40 AND 64 THEN 'to 64' WHEN age >= 65 THEN 'from 65' END AS band, count(*), sum(income) FROM users GROUP BY 1

-- name: a level that one person has, between two keys
-- change: UPDATE orders SET store = 'S01' WHERE order_id = 30017
SELECT store, order_id > 30017 AS a, order_id >= 30017 AS b, count(*) FROM orders GROUP BY ALL

-- name: a level that one person has, between two of three keys
-- change: UPDATE orders SET store = 'S01' WHERE order_id = 30017
SELECT store, order_id > 30016 AS a, order_id < 30018 AS b, qty > 2 AS c, count(*), sum(amount) FROM orders GROUP BY ALL
