-- title: Lists in the text: bands, labels, calendars, parameters

-- name: age bands from VALUES by BETWEEN
WITH b(lo, hi, band) AS (VALUES (0, 17, '少年'), (18, 39, '青年'), (40, 64, '中年'), (65, 120, '老年')) SELECT b.band AS 年龄段, count(*) AS 人数 FROM users u JOIN b ON u.age BETWEEN b.lo AND b.hi GROUP BY b.band ORDER BY 1

-- name: spend bands from VALUES half open
SELECT t.name, count(*) AS orders, sum(o.amount) AS revenue FROM orders o JOIN (VALUES ('small', 0, 50), ('medium', 50, 200), ('large', 200, 20001)) AS t(name, lo, hi) ON o.amount >= t.lo AND o.amount < t.hi GROUP BY t.name

-- name: category labels by lookup
WITH names(category, 品类名称) AS (VALUES ('Food', '食品'), ('Books', '图书'), ('Toys', '玩具'), ('Garden', '园艺'), ('Sports', '运动')) SELECT n.品类名称, count(*) AS 订单数, sum(o.amount) AS 销售额 FROM orders o JOIN names n USING (category) GROUP BY 1 ORDER BY 3 DESC

-- name: left join lookup with default
SELECT coalesce(m.grp, 'other') AS grp, count(DISTINCT o.uid) AS buyers FROM orders o LEFT JOIN (VALUES ('Food', 'daily'), ('Garden', 'leisure'), ('Sports', 'leisure')) m(cat, grp) ON m.cat = o.category GROUP BY 1

-- name: months without gap by generate_series
WITH m AS (SELECT unnest(generate_series(DATE '2026-01-01', DATE '2026-06-01', INTERVAL 1 MONTH))::DATE AS month), s AS (SELECT date_trunc('month', order_date)::DATE AS month, count(*) AS n FROM orders GROUP BY 1) SELECT m.month, coalesce(s.n, 0) AS n FROM m LEFT JOIN s USING (month) ORDER BY 1

-- name: months from generate_series in from
SELECT g.m AS month, s.n FROM generate_series(1, 12) AS g(m) LEFT JOIN (SELECT month(order_date) AS m, count(*) AS n FROM orders GROUP BY 1) s ON s.m = g.m ORDER BY g.m

-- name: weekday labels
WITH w(d, day) AS (VALUES (0,'Sun'),(1,'Mon'),(2,'Tue'),(3,'Wed'),(4,'Thu'),(5,'Fri'),(6,'Sat')) SELECT w.day, count(*) AS n FROM orders o JOIN w ON w.d = dayofweek(o.order_date) GROUP BY w.day, w.d ORDER BY w.d

-- name: answer joined with labels
WITH s AS (SELECT category, sum(amount) AS revenue FROM orders GROUP BY category), l(category, label) AS (VALUES ('Food', 'F'), ('Books', 'B')) SELECT coalesce(l.label, '?') AS label, s.revenue FROM s LEFT JOIN l ON l.category = s.category

-- name: target against actual
WITH targets(category, target) AS (VALUES ('Food', 100000.0), ('Books', 40000.0), ('Toys', 60000.0)), actual AS (SELECT category, sum(amount) AS revenue FROM orders GROUP BY ALL) SELECT t.category, t.target, a.revenue, round(100 * a.revenue / t.target, 1) AS pct FROM targets t JOIN actual a USING (category)

-- name: bands with generate_series
SELECT b.lo AS 年龄起, count(u.uid) AS 人数 FROM generate_series(0, 100, 10) AS b(lo) JOIN users u ON u.age >= b.lo AND u.age < b.lo + 10 GROUP BY b.lo ORDER BY b.lo

-- name: one row params CTE
WITH p AS (SELECT DATE '2026-04-01' AS d1, DATE '2026-07-01' AS d2) SELECT o.store, count(*) AS n FROM orders o, p WHERE o.order_date >= p.d1 AND o.order_date < p.d2 GROUP BY 1

-- name: params cross join
WITH params AS (SELECT 100 AS threshold) SELECT store, count(*) FILTER (WHERE amount > threshold) AS big, count(*) AS n FROM orders CROSS JOIN params GROUP BY store

-- name: params scalar
WITH params AS (SELECT 65 AS retirement) SELECT city, count(*) FROM users WHERE age >= (SELECT retirement FROM params) GROUP BY city

-- name: weights in values
WITH w(category, weight) AS (VALUES ('Food', 0.2), ('Books', 1.0), ('Toys', 0.5)) SELECT o.store, sum(o.amount * w.weight) AS weighted FROM orders o JOIN w USING (category) GROUP BY o.store

-- name: in values list
SELECT store, count(*) FROM orders WHERE category IN (SELECT c FROM (VALUES ('Food'), ('Toys')) v(c)) GROUP BY store

-- name: unnest array
SELECT c.cat, count(*) AS n FROM orders o JOIN unnest(['Food', 'Books']) AS c(cat) ON c.cat = o.category GROUP BY 1

-- name: pay grades from values
SELECT b.label, avg(s.salary) AS pay FROM staff s JOIN (VALUES (1,3,'junior'),(4,7,'middle'),(8,10,'senior')) b(lo,hi,label) ON s.grade BETWEEN b.lo AND b.hi GROUP BY b.label HAVING count(*) >= 10

-- name: asof like price list by month
WITH fx(m, rate) AS (VALUES (1, 7.1), (2, 7.2), (3, 7.15)) SELECT month(o.order_date) AS m, sum(o.amount) / any_value(fx.rate) AS usd FROM orders o JOIN fx ON fx.m = month(o.order_date) WHERE year(o.order_date) = 2026 GROUP BY 1

-- name: quarter of generate dates
SELECT d.q, coalesce(x.n, 0) n FROM range(1, 5) d(q) LEFT JOIN (SELECT quarter(order_date) q, count(*) n FROM orders GROUP BY 1) x ON x.q = d.q

-- name: grid of stores and categories
SELECT st.store, c.category, coalesce(x.n, 0) AS n FROM stores st CROSS JOIN (VALUES ('Food'), ('Books')) c(category) LEFT JOIN (SELECT store, category, count(*) n FROM orders GROUP BY ALL) x ON x.store = st.store AND x.category = c.category ORDER BY ALL

-- name: union all values header
SELECT * FROM (VALUES ('total', 0)) v(k, n) UNION ALL SELECT store, count(*) FROM orders GROUP BY store

-- name: parameters of a report
-- param: date 2026-01-01
-- param: date 2026-04-01
-- param: text Books
SELECT date_trunc('month', order_date) AS month, count(*) AS n, sum(amount) AS revenue FROM orders WHERE order_date >= $1 AND order_date < $2 AND category = $3 GROUP BY 1 ORDER BY 1

-- name: named parameters
-- param: $low decimal(8,2) 20.00
-- param: $top integer 3
SELECT category, count(*) FILTER (amount >= $low) AS large, count(*) AS n FROM orders GROUP BY category ORDER BY n DESC LIMIT $top
