-- name: bands by BETWEEN
WITH b(lo, hi, name) AS (VALUES (0, 2, 'short'), (3, 6, 'medium'), (7, 400, 'long')) SELECT b.name, count(*) AS n, sum(v.cost) AS cost FROM visits v JOIN b ON v.days BETWEEN b.lo AND b.hi GROUP BY b.name

-- name: half open bands, the list first
SELECT b.name, count(DISTINCT v.resident_id) AS people FROM (VALUES ('a', 0, 3), ('b', 3, 9)) AS b(name, lo, hi) JOIN visits v ON v.days >= b.lo AND v.days < b.hi GROUP BY 1

-- name: bands with gaps and an open end
SELECT name, count(*) FROM visits, (VALUES (0, 1, 'x'), (4, 5, 'y'), (9, NULL, 'z')) b(lo, hi, name) WHERE days >= lo AND (hi IS NULL OR days <= hi) GROUP BY name

-- name: bands of decimals
SELECT t.n, avg(v.days) AS days FROM visits v JOIN (VALUES (0, 99.99, 'cheap'), (100, 999.99, 'fair'), (1000, 99999, 'dear')) t(lo, hi, n) ON v.cost BETWEEN t.lo AND t.hi GROUP BY t.n

-- name: labels by equality
SELECT l.label, count(*) AS n FROM visits v JOIN (VALUES ('J11', 'flu'), ('I10', 'pressure')) AS l(code, label) ON l.code = v.diagnosis GROUP BY l.label

-- name: labels by USING, several codes of one label
WITH l(department, part) AS (VALUES ('medicine', 'inner'), ('surgery', 'outer'), ('eyes', 'inner')) SELECT part, count(*) AS n FROM visits JOIN l USING (department) GROUP BY part

-- name: labels of those that have one
SELECT coalesce(l.label, 'other') AS label, count(*) AS n, avg(cost) AS cost FROM visits v LEFT JOIN (VALUES ('J11', 'flu'), ('I10', 'pressure')) l(code, label) ON l.code = v.diagnosis GROUP BY 1

-- name: those without a label
SELECT count(*) AS n FROM visits v LEFT JOIN (VALUES ('J11', 'flu')) l(code, label) ON l.code = v.diagnosis WHERE l.code IS NULL

-- name: weights
WITH w(department, weight) AS (VALUES ('medicine', 1.5), ('surgery', 2)) SELECT sum(v.days * w.weight) AS weighted, count(*) AS n FROM visits v JOIN w ON w.department = v.department

-- name: bands of two columns
SELECT b.name, count(*) FROM visits v JOIN (VALUES ('surgery', 0, 3, 'quick'), ('surgery', 4, 99, 'slow'), ('medicine', 0, 99, 'heart')) b(dep, lo, hi, name) ON v.department = b.dep AND v.days BETWEEN b.lo AND b.hi GROUP BY 1

-- name: bands of a series
SELECT b.lo, count(*) AS n FROM generate_series(0, 20, 5) AS b(lo) JOIN visits v ON v.days >= b.lo AND v.days < b.lo + 5 GROUP BY b.lo ORDER BY b.lo

-- name: computed bands with labels
WITH b AS (SELECT lo, lo + 4 AS hi, lo || '-' || (lo + 4) AS label FROM range(0, 25, 5) AS r(lo) WHERE lo <> 10) SELECT label, count(*) AS n FROM visits JOIN b ON days BETWEEN b.lo AND b.hi GROUP BY label

-- name: bands by UNION ALL
WITH b AS (SELECT 'low' AS name, 0 AS lo, 3 AS hi UNION ALL SELECT 'high', 4, 100) SELECT b.name, count(*) FROM visits v JOIN b ON v.days BETWEEN b.lo AND b.hi GROUP BY b.name

-- name: months of a calendar as bands
WITH m AS (SELECT unnest(generate_series(DATE '2024-01-01', DATE '2026-12-01', INTERVAL 1 MONTH))::DATE AS first) SELECT m.first, count(*) AS n FROM visits v JOIN m ON v.visit_date >= m.first AND v.visit_date < m.first + INTERVAL 1 MONTH GROUP BY 1

-- name: parameters by cross join
WITH p AS (SELECT DATE '2024-06-01' AS since, 3 AS long) SELECT v.department, count(*) FILTER (WHERE v.days > p.long) AS long, count(*) AS n FROM visits v CROSS JOIN p WHERE v.visit_date >= p.since GROUP BY 1

-- name: parameters as values
WITH p AS (SELECT 3 AS days, 'surgery' AS department) SELECT count(*) AS n FROM visits WHERE days > (SELECT days FROM p) AND department <> (SELECT department FROM p)

-- name: members of a list
SELECT department, count(*) AS n FROM visits WHERE diagnosis IN (SELECT code FROM (VALUES ('J11'), ('I10')) AS l(code)) AND days NOT IN (SELECT * FROM range(3)) GROUP BY 1

-- name: membership as a value
SELECT diagnosis IN (SELECT unnest(['J11', 'I10'])) AS listed, count(*) AS n FROM visits GROUP BY 1

-- name: a list with answers
SELECT g.m, x.n FROM generate_series(1, 12) AS g(m) LEFT JOIN (SELECT month(visit_date) AS m, count(*) AS n FROM visits GROUP BY 1) x ON x.m = g.m ORDER BY g.m

-- name: targets beside answers
WITH t(department, target) AS (VALUES ('surgery', 100.0), ('medicine', 50)), a AS (SELECT department, sum(cost) AS cost FROM visits GROUP BY 1) SELECT t.department, t.target, a.cost, a.cost / t.target AS part FROM t LEFT JOIN a USING (department)

-- name: every day of a week, with groups or without
SELECT d.day, d.label, coalesce(x.n, 0) AS n FROM (VALUES (0, 'Sun'), (1, 'Mon'), (6, 'Sat'), (9, 'none')) d(day, label) LEFT JOIN (SELECT dayofweek(visit_date) AS day, count(*) AS n FROM visits GROUP BY ALL) x USING (day)

-- name: a list above answers
SELECT * FROM (VALUES ('total', 0)) t(department, n) UNION ALL SELECT department, count(*) FROM visits GROUP BY department

-- name: two lists
WITH l(department, part) AS (VALUES ('medicine', 'inner'), ('surgery', 'outer')), w(d, day) AS (VALUES (0, 'Sun'), (6, 'Sat')) SELECT l.part, w.day, count(*) AS n FROM visits v JOIN l ON l.department = v.department JOIN w ON w.d = dayofweek(v.visit_date) GROUP BY ALL

-- name: a list of pairs
SELECT count(*) AS n FROM visits v JOIN (VALUES ('surgery', 'J11'), ('medicine', 'I10')) p(department, diagnosis) ON p.department = v.department AND p.diagnosis = v.diagnosis

-- name: a list in a subquery by people
SELECT p.part, count(*) AS people FROM (SELECT resident_id, count(*) FILTER (WHERE l.part = 1) AS part FROM visits v JOIN (VALUES ('medicine', 1), ('surgery', 2)) l(department, part) ON l.department = v.department GROUP BY resident_id) p GROUP BY 1

-- name: a lookup of a lookup
WITH a(code, kind) AS (VALUES ('J11', 'lung'), ('I10', 'heart')), b(kind, ward) AS (VALUES ('lung', 'east'), ('heart', 'west')) SELECT b.ward, count(*) FROM visits v JOIN a ON a.code = v.diagnosis JOIN b ON b.kind = a.kind GROUP BY 1

-- name: a list with NULL among its keys
SELECT b.y, count(*) FROM visits r JOIN (VALUES (1, 'a'), (NULL, 'b'), (3, 'c')) b(x, y) ON b.x = r.days GROUP BY b.y

-- name: bands of which one has no end
SELECT b.y, count(*) FROM visits r JOIN (VALUES (0, 2, 'a'), (NULL, 4, 'b'), (3, 9, 'c')) b(lo, hi, y) ON r.days BETWEEN b.lo AND b.hi GROUP BY b.y

-- name: people who find no row of a list with NULL
SELECT count(*) FROM residents r LEFT JOIN (VALUES (20, 'a'), (NULL, 'b')) b(x, y) ON b.x = r.age WHERE b.y IS NULL

-- name: refused bands that overlap
SELECT b.name, count(*) FROM visits JOIN (VALUES (0, 5, 'a'), (5, 9, 'b')) b(lo, hi, name) ON days BETWEEN lo AND hi GROUP BY 1

-- name: refused every row of a list for each
SELECT count(*) FROM visits CROSS JOIN (VALUES (1), (2)) b(n)

-- name: refused a list by the key of people
SELECT count(*) FROM residents r JOIN (VALUES (17)) l(id) ON r.resident_id = l.id

-- name: refused a list of NULL alone
SELECT count(*) FROM residents r JOIN (VALUES (NULL)) b(x) ON b.x = r.age

-- name: refused people left joined to a list
SELECT b.name, count(v.resident_id) FROM (VALUES (0, 2, 'short')) b(lo, hi, name) LEFT JOIN visits v ON v.days BETWEEN b.lo AND b.hi GROUP BY 1

-- name: refused a list that a left join may not find
SELECT count(*) FROM residents r LEFT JOIN (visits v JOIN (VALUES ('J11')) l(code) ON l.code = v.diagnosis) ON r.resident_id = v.resident_id

-- name: refused a list alone
SELECT sum(n) FROM (VALUES (1), (2)) t(n)

-- name: refused a list of anything but constants
SELECT count(*) FROM visits JOIN (VALUES (random())) t(n) ON n = days

-- name: refused a list of columns
SELECT count(*) FROM visits v JOIN LATERAL (VALUES (v.days)) t(n) ON n = v.days

-- name: refused a list too long
SELECT count(*) FROM visits JOIN range(5000) r(i) ON days = i

-- name: refused a series by data
SELECT count(*) FROM visits, range(days) r(i)
