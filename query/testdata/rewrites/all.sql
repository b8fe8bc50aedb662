-- name: refused
SELECT district, count(*) FROM residents GROUP BY district LIMIT 10%

-- name: rewritten
SELECT district, count(*) FROM residents GROUP BY district LIMIT 10

-- name: refused
SELECT district, count(*) FROM residents GROUP BY district LIMIT 5 + 5

-- name: rewritten
SELECT district, count(*) FROM residents GROUP BY district LIMIT 100

-- name: refused
SELECT count(*) FROM residents USING SAMPLE 10%

-- name: rewritten
SELECT count(*) FROM residents

-- name: refused
SELECT DISTINCT ON (district) district, sex FROM residents

-- name: rewritten
SELECT district, avg(age) FROM residents GROUP BY district

-- name: refused
SELECT * FROM (PIVOT residents ON sex USING count(*) GROUP BY district)

-- name: rewritten
SELECT district, count(*) FILTER (WHERE sex = 'M') AS m, count(*) FILTER (WHERE sex = 'F') AS f FROM residents GROUP BY district

-- name: refused
SELECT count(*) FROM visits ANTI JOIN (VALUES ('E11'), ('I10')) AS v(code) ON diagnosis = v.code

-- name: rewritten
SELECT count(*) FROM visits WHERE diagnosis NOT IN ('E11', 'I10')

-- name: refused
SELECT g, count(*) FROM generate_series(0, 90, 10) AS t(g) JOIN residents ON age = g GROUP BY g

-- name: rewritten
SELECT floor(age / 10) * 10 AS g, count(*) FROM residents GROUP BY 1

-- name: refused
SELECT count(*) FROM city.residents

-- name: rewritten
SELECT count(*) FROM residents

-- name: refused
SELECT sys.upper(sex), count(*) FROM residents GROUP BY 1

-- name: rewritten
SELECT upper(sex), count(*) FROM residents GROUP BY 1

-- name: refused
SELECT count(*) FROM residents r FULL JOIN visits v ON r.resident_id = v.resident_id

-- name: rewritten
SELECT count(*) FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id

-- name: refused
SELECT count(*) FROM residents r, visits v

-- name: rewritten
SELECT count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id

-- name: refused
SELECT avg(COLUMNS('cost|days')) FROM visits

-- name: rewritten
SELECT avg(cost), avg(days) FROM visits

-- name: refused
SELECT district[1:2] AS d, count(*) FROM residents GROUP BY 1

-- name: rewritten
SELECT substr(district, 1, 2) AS d, count(*) FROM residents GROUP BY 1

-- name: refused
SELECT max(age) FROM residents

-- name: rewritten
SELECT avg(age), stddev(age), count(*) FROM residents

-- name: refused
SELECT bool_or(insured) FROM residents

-- name: rewritten
SELECT count(*) FILTER (WHERE insured) FROM residents

-- name: refused
SELECT corr(cost, days) FROM visits

-- name: rewritten
SELECT avg(cost * days) - avg(cost) * avg(days) AS cov, stddev_pop(score) FROM visits

-- name: refused
SELECT entropy(diagnosis) FROM visits

-- name: rewritten
SELECT diagnosis, count(*) FROM visits GROUP BY diagnosis

-- name: refused
SELECT count(*) FROM visits WHERE days < random() * 10

-- name: rewritten
SELECT count(*) FROM visits WHERE days < 5

-- name: refused
SELECT count(*) FROM visits WHERE visit_date < current_time

-- name: rewritten
SELECT count(*) FROM visits WHERE visit_date < current_date

-- name: refused
SELECT age(visit_date) AS a, count(*) FROM visits GROUP BY 1

-- name: rewritten
SELECT year(age(visit_date)) AS a, count(*) FROM visits GROUP BY 1

-- name: refused
SELECT format('{:999} days', avg(days)) FROM visits

-- name: rewritten
SELECT format('{:.1f} days', avg(days)) FROM visits

-- name: refused
SELECT count(*) FROM residents WHERE resident_id = '330102199001011234'

-- name: rewritten
SELECT count(DISTINCT resident_id) FROM residents

-- name: refused
SELECT resident_id, count(*) FROM visits GROUP BY resident_id

-- name: rewritten
SELECT avg(n) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id)

-- name: refused
SELECT age, count(*) FROM residents GROUP BY age

-- name: rewritten
SELECT floor(age / 10) * 10 AS a, count(*) FROM residents GROUP BY floor(age / 10) * 10

-- name: refused
SELECT birth_date, count(*) FROM residents GROUP BY birth_date

-- name: rewritten
SELECT year(birth_date) // 10 * 10 AS b, count(*) FROM residents GROUP BY year(birth_date) // 10 * 10

-- name: refused
SELECT district, sex, count(*) FROM residents GROUP BY district

-- name: rewritten
SELECT district, sex, count(*) FROM residents GROUP BY district, sex

-- name: refused
SELECT district FROM residents WHERE count(*) > 3 GROUP BY district

-- name: rewritten
SELECT district FROM residents GROUP BY district HAVING count(*) > 3

-- name: refused
SELECT income FROM residents

-- name: rewritten
SELECT sum(income) FROM residents

-- name: refused
SELECT count(*) FROM visits WHERE visit_date > '31.12.2025'

-- name: rewritten
SELECT count(*) FROM visits WHERE visit_date > '2026-01-31'

-- name: refused
SELECT avg(sqrt(diagnosis)) FROM visits

-- name: rewritten
SELECT avg(sqrt(TRY_CAST(diagnosis AS double))) FROM visits

-- name: refused
SELECT substr(diagnosis, days, 2) AS d, count(*) FROM visits GROUP BY 1

-- name: rewritten
SELECT substr(diagnosis, 1, 4) AS d, count(*) FROM visits GROUP BY 1

-- name: refused
SELECT sum(power(2, days)) FROM visits

-- name: rewritten
SELECT sum(power(days, 2)) FROM visits

-- name: refused
SELECT department, count(DISTINCT resident_id) FROM visits GROUP BY ROLLUP (department)

-- name: rewritten
SELECT department, count(*) FROM visits GROUP BY ROLLUP (department)

-- name: refused
SELECT sex, count(*) AS n FROM residents GROUP BY GROUPING SETS ((sex), (sex), ())

-- name: rewritten
SELECT sex, count(*) AS n FROM residents GROUP BY GROUPING SETS ((sex), ())

-- name: refused
SELECT DISTINCT sex, count(*) AS n FROM residents GROUP BY ROLLUP (sex)

-- name: rewritten
SELECT sex, count(*) AS n FROM residents GROUP BY ROLLUP (sex)

-- name: refused
SELECT sum(DISTINCT days) FROM visits

-- name: rewritten
SELECT sum(days) FROM visits

-- name: refused
SELECT count(days ORDER BY days) FROM visits

-- name: rewritten
SELECT count(days) FROM visits

-- name: refused
SELECT count(*) FROM visits WHERE visit_date + INTERVAL (days) DAY > DATE '2026-01-31'

-- name: rewritten
SELECT count(*) FROM visits WHERE visit_date + INTERVAL 3 MONTH > DATE '2026-01-31'

-- name: refused
SELECT count(*) FROM visits WHERE days = ?

-- name: rewritten
SELECT count(*) FROM visits WHERE days = 3

-- name: refused
SELECT #1, count(*) FROM residents GROUP BY sex

-- name: rewritten
SELECT sex, count(*) FROM residents GROUP BY sex

-- name: refused
SELECT district, count(*) FROM residents r JOIN enterprises e ON r.district = e.district GROUP BY 1

-- name: rewritten
SELECT r.district, count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id GROUP BY 1

-- name: refused
SELECT count(*) name FROM visits

-- name: rewritten
SELECT count(*) AS name FROM visits

-- name: refused
SELECT district, count(*) order FROM residents GROUP BY district

-- name: rewritten
SELECT district, count(*) AS order FROM residents GROUP BY district

-- name: refused
SELECT count(*) FROM visits WHER days > 3

-- name: rewritten
SELECT count(*) FROM visits WHERE days > 3

-- name: refused
SELECT average(days), stdev(score), count(*) FROM visit

-- name: rewritten
SELECT avg(days), stddev(score), count(*) FROM visits

-- name: refused
SELECT count(*) FROM visits WHERE CAST(visit_date AS TIME) IS NULL

-- name: rewritten
SELECT count(*) FROM visits WHERE CAST(visit_date AS timestamp) IS NULL

-- name: refused
SELECT visit_date - admitted_at AS d, count(*) FROM visits GROUP BY 1

-- name: rewritten
SELECT date_diff('day', visit_date, admitted_at) AS d, count(*) FROM visits GROUP BY 1

-- name: refused
SELECT count(*) FROM visits WHERE regexp_matches(diagnosis, department)

-- name: rewritten
SELECT count(*) FROM visits WHERE regexp_matches(diagnosis, '^[A-F]')

-- name: refused
SELECT department, count(*) AS n, (SELECT count(*) FROM residents) AS residents FROM visits GROUP BY 1

-- name: rewritten
SELECT department, count(*) AS n FROM visits GROUP BY 1

-- name: refused
SELECT department， count(*) FROM visits GROUP BY 1

-- name: rewritten
SELECT department, count(*) FROM visits GROUP BY 1

-- name: refused
SELECT department, count（*） FROM visits GROUP BY 1

-- name: rewritten
SELECT department, count(*) FROM visits GROUP BY 1

-- name: refused
SELECT count(*) FROM visits WHERE department = “骨科”

-- name: rewritten
SELECT count(*) FROM visits WHERE department = '骨科'

-- name: refused
SELECT count(*) FROM visits WHERE department = "骨科"

-- name: rewritten
SELECT count(*) FROM visits WHERE department = '骨科'

-- name: refused
SELECT sex, sum(age) FROM residents GROUP BY sex

-- name: rewritten
SELECT sex, avg(age) FROM residents GROUP BY sex

-- name: refused
SELECT `department`, count(*) FROM visits GROUP BY 1

-- name: rewritten
SELECT "department", count(*) FROM visits GROUP BY 1

-- name: refused
SELECT count(*) FROM visits WHERE department = 骨科

-- name: rewritten
SELECT count(*) FROM visits WHERE department = '骨科'

-- name: refused
SELECT k, count(*) AS n FROM (SELECT row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) GROUP BY k

-- name: rewritten
SELECT count(*) FILTER (WHERE k = 1) AS first, count(*) FILTER (WHERE k = 2) AS second FROM (SELECT row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits)

-- name: refused
SELECT k, department, count(*) AS n FROM (SELECT department, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) GROUP BY k, department

-- name: rewritten
SELECT department, count(*) AS n FROM (SELECT department, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM visits) WHERE k = 1 GROUP BY department

-- name: refused
SELECT count(*) AS n FROM (SELECT days, count(*) OVER (PARTITION BY resident_id) AS m FROM visits) WHERE greatest(m, days) > 7

-- name: rewritten
SELECT count(*) AS n FROM (SELECT days, count(*) OVER (PARTITION BY resident_id) AS m FROM visits) WHERE m > 7 OR days > 7

-- name: figures joined by a condition
SELECT v.department, count(*) AS n FROM visits v JOIN (SELECT avg(cost) AS m FROM visits) a ON v.cost > a.m GROUP BY v.department

-- name: figures joined by a condition, rewritten
SELECT v.department, count(*) AS n FROM visits v CROSS JOIN (SELECT avg(cost) AS m FROM visits) a WHERE v.cost > a.m GROUP BY v.department

-- name: a column less a figure
SELECT count(*) AS n FROM visits WHERE cost - 2 * (SELECT avg(cost) FROM visits) > 0

-- name: a column less a figure, rewritten
SELECT count(*) AS n FROM visits WHERE cost > 2 * (SELECT avg(cost) FROM visits)

-- name: refused
SELECT b.name, count(*) FROM visits JOIN (VALUES (0, 5, 'a'), (5, 9, 'b')) b(lo, hi, name) ON days BETWEEN lo AND hi GROUP BY 1

-- name: rewritten
SELECT b.name, count(*) FROM visits JOIN (VALUES (0, 5, 'a'), (5, 9, 'b')) b(lo, hi, name) ON days >= lo AND days < hi GROUP BY 1

-- name: refused
SELECT m.m, count(v.visit_date) FROM generate_series(1, 12) AS m(m) LEFT JOIN visits v ON month(v.visit_date) = m.m GROUP BY 1

-- name: rewritten
SELECT m.m, g.n FROM generate_series(1, 12) AS m(m) LEFT JOIN (SELECT month(visit_date) AS k, count(*) AS n FROM visits GROUP BY 1) g ON g.k = m.m

-- name: refused
SELECT x.w, sum(x.c) AS c FROM (SELECT department, cost FROM visits UNION ALL SELECT hospital_code, cost FROM visits) x(w, c) GROUP BY x.w

-- name: rewritten
SELECT x.w, sum(x.c) AS c FROM (SELECT department, cost FROM visits UNION ALL SELECT department, cost FROM visits WHERE days > 3) x(w, c) GROUP BY x.w

-- name: refused
SELECT DISTINCT ON (department) department, cost FROM visits ORDER BY department, cost DESC

-- name: rewritten
SELECT department, avg(cost) FROM visits GROUP BY department

-- name: rows of one hospital
SELECT v.department, count(*) AS n FROM visits v JOIN visits w ON v.hospital_code = w.hospital_code GROUP BY v.department

-- name: rows of one hospital, by the key too
SELECT v.department, count(*) AS n FROM visits v JOIN visits w ON v.hospital_code = w.hospital_code AND v.resident_id = w.resident_id GROUP BY v.department

-- name: people of one district
SELECT a.district, avg(b.income) AS income, count(DISTINCT a.resident_id) AS n FROM residents a JOIN residents b ON a.district = b.district WHERE b.age > 64 GROUP BY a.district

-- name: people of one district, groups joined
SELECT a.district, income, n FROM (SELECT district, count(*) AS n FROM residents GROUP BY district) a JOIN (SELECT district, avg(income) AS income FROM residents WHERE age > 64 GROUP BY district) b USING (district)

-- name: patients beside enterprises
SELECT v.department, count(DISTINCT v.resident_id) AS patients FROM visits v JOIN enterprises e ON v.hospital_code = e.hospital_code GROUP BY v.department

-- name: patients alone
SELECT v.department, count(DISTINCT v.resident_id) AS patients FROM visits v GROUP BY v.department

-- name: a number too large
SELECT count(*) FROM residents WHERE age < 1e309

-- name: a number too large, otherwise
SELECT count(*) FROM residents WHERE age < 1.7e308

-- name: a list of quantiles
SELECT quantile_cont(age, [0.25, 0.5]) FROM residents

-- name: a list of quantiles, otherwise
SELECT quantile_cont(age, 0.25), quantile_cont(age, 0.5) FROM residents

-- name: the most frequent value
SELECT mode(district) FROM residents

-- name: the most frequent value, otherwise
SELECT district, count(*) AS n FROM residents GROUP BY district ORDER BY n DESC LIMIT 1

-- name: a histogram by group
SELECT sex, histogram(district) FROM residents GROUP BY sex

-- name: a histogram by group, otherwise
SELECT sex, district, count(*) AS n FROM residents GROUP BY sex, district ORDER BY n DESC

-- name: a list joined with groups
SELECT x.m, x.s, r.area FROM (SELECT district AS m, count(*) AS s FROM residents GROUP BY district) x LEFT JOIN regions r ON r.code = x.m

-- name: a list joined with groups, otherwise
SELECT t.district AS m, count(*) AS s, any_value(l.area) AS area FROM residents t LEFT JOIN regions l ON l.code = t.district GROUP BY t.district
