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

-- name: spread of a choice
SELECT stddev(CASE WHEN education = 'master' THEN hours ELSE age END) AS s FROM census

-- name: spread of a choice, otherwise
SELECT stddev(hours) FILTER (WHERE education = 'master') AS s FROM census

-- name: quantiles of several columns
SELECT median(score) AS a, median(days) AS b FROM visits

-- name: quantiles of several columns, otherwise
SELECT median(days) AS b FROM visits

-- name: a quantile of a choice
SELECT median(CASE WHEN days > 3 THEN score ELSE days END) AS m FROM visits

-- name: a quantile of a choice, otherwise
SELECT median(score) FILTER (WHERE days > 3) AS m FROM visits

-- name: an outer value chosen
SELECT avg(d) FROM (SELECT resident_id, max(w) AS d FROM (SELECT resident_id, CASE WHEN days = 17 THEN 0 ELSE days END AS w FROM visits) GROUP BY resident_id)

-- name: an outer value chosen, otherwise
SELECT avg(d) FROM (SELECT resident_id, max(days) FILTER (WHERE days <> 17) AS d FROM visits GROUP BY resident_id)

-- name: an average of texts
SELECT avg(CAST(replace(CAST(age AS varchar), '67', '1000') AS double)) AS r FROM residents

-- name: an average of texts, otherwise
SELECT avg(age) FILTER (WHERE age = 67) AS r FROM residents

-- name: people in both
SELECT count(*) FROM (SELECT district FROM residents INTERSECT SELECT department FROM visits)

-- name: people in both, otherwise
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits)

-- name: people in one only
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits EXCEPT ALL SELECT resident_id FROM visits WHERE days > 3)

-- name: people in one only, otherwise
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT resident_id FROM visits WHERE days > 3)

-- name: sides of which one is grouped
SELECT x, count(*) FROM (SELECT sex AS x FROM residents UNION ALL SELECT district FROM residents GROUP BY district) GROUP BY x

-- name: sides of which one is grouped, otherwise
SELECT x, count(*) FROM (SELECT sex AS x FROM residents WHERE age < 30 UNION ALL SELECT sex FROM residents WHERE age >= 30) GROUP BY x

-- name: UNION BY NAME
SELECT count(*) FROM (SELECT department FROM visits UNION ALL BY NAME SELECT department FROM visits)

-- name: UNION BY NAME, otherwise
SELECT count(*) FROM (SELECT department FROM visits WHERE days < 3 UNION ALL SELECT department FROM visits WHERE days >= 3)

-- name: a series too long
SELECT count(*) FROM visits JOIN range(5000) r(i) ON days = i

-- name: a series too long, otherwise
SELECT count(*) FROM visits JOIN generate_series(1, 10) r(i) ON days = i

-- name: a window over rows
SELECT department, rank() OVER (ORDER BY days DESC) AS k FROM visits

-- name: a window over rows, otherwise
SELECT *, rank() OVER (ORDER BY n DESC) AS k FROM (SELECT department, count(*) AS n FROM visits GROUP BY department)

-- name: a window function that is not listed
SELECT department, count(*) AS n, median(count(*)) OVER () AS m FROM visits GROUP BY department

-- name: a window function that is not listed, otherwise
SELECT department, count(*) AS n, avg(count(*)) OVER (ORDER BY department ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS m FROM visits GROUP BY department

-- name: two orders of one unit's rows
SELECT count(*) FROM (SELECT days, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS a, row_number() OVER (PARTITION BY resident_id ORDER BY days) AS b FROM visits) WHERE a = b

-- name: two orders of one unit's rows, otherwise
SELECT count(*) FROM (SELECT days, count(*) OVER (PARTITION BY resident_id) AS a FROM visits) WHERE a = 2

-- name: a key of a unit shown
SELECT resident_id FROM residents

-- name: a key of a unit shown, otherwise
SELECT COUNT(DISTINCT resident_id) AS n FROM residents

-- name: a name of an own schema's field
SELECT residents.name.a FROM residents

-- name: a name of an own schema's field, otherwise
SELECT residents.sex FROM residents

-- name: figures of each group
SELECT count(*) FROM visits v WHERE v.cost > (SELECT avg(w.cost) FROM visits w WHERE w.department = v.department)

-- name: figures of each group, otherwise
SELECT count(*) FROM visits v WHERE v.cost > CASE v.department WHEN 'medicine' THEN 120 WHEN 'surgery' THEN 300 ELSE 200 END

-- name: a figure beside rows
SELECT sex, (SELECT count(*) FROM residents) AS n FROM residents

-- name: a figure beside rows, otherwise
SELECT sex, count(*), (SELECT count(*) FROM residents) AS n FROM residents GROUP BY sex

-- name: a subquery of several rows
SELECT sex, count(*) AS n, (SELECT count(*) FROM residents GROUP BY sex) AS m FROM residents GROUP BY sex

-- name: a subquery of several rows, otherwise
SELECT a.sex, a.n, b.m FROM (SELECT sex, count(*) AS n FROM residents GROUP BY sex) a JOIN (SELECT sex, count(*) AS m FROM residents WHERE age > 64 GROUP BY sex) b ON a.sex = b.sex

-- name: a subquery over others
SELECT avg((SELECT count(*) FROM visits w WHERE w.department = v.department)) FROM visits v

-- name: a subquery over others, otherwise
SELECT department, count(*) AS n, sum(count(*)) OVER () AS everybody FROM visits GROUP BY department

-- name: EXISTS of anybody
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.days > 300)

-- name: EXISTS of anybody, otherwise
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.days > 300)

-- name: NOT IN of a key that may be NULL
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT v.resident_id FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id)

-- name: NOT IN of a key that may be NULL, otherwise
SELECT count(*) FROM residents r WHERE NOT EXISTS (SELECT 1 FROM visits t WHERE t.resident_id = r.resident_id)

-- name: a text too long
SELECT printf('%1000000s', department), count(*) FROM visits GROUP BY 1

-- name: a text too long, otherwise
SELECT printf('%10s', department) AS d, count(*) FROM visits GROUP BY 1

-- name: a quantile of a column's share
SELECT quantile_cont(days, score) FROM visits

-- name: a quantile of a column's share, otherwise
SELECT quantile_cont(days, 0.9) FROM visits

-- name: a median of one unit's rows
SELECT avg(m) AS m FROM (SELECT resident_id, median(cost) AS m FROM visits GROUP BY resident_id)

-- name: a median of one unit's rows, otherwise
SELECT avg(m) AS m FROM (SELECT resident_id, avg(cost) AS m FROM visits GROUP BY resident_id)

-- name: the least value
SELECT quantile_cont(days, 0) AS m FROM visits

-- name: the least value, otherwise
SELECT quantile_cont(days, 0.05) AS m FROM visits

-- name: a product
SELECT product(score) AS p FROM visits

-- name: a product, otherwise
SELECT exp(avg(ln(score))) AS p FROM visits WHERE score > 0

-- name: joined by place
SELECT count(*) FROM residents POSITIONAL JOIN visits

-- name: joined by place, otherwise
SELECT count(*) FROM residents a LEFT JOIN visits b ON a.resident_id = b.resident_id

-- name: a semi join on a district
SELECT count(*) FROM residents SEMI JOIN enterprises USING (district)

-- name: a semi join on a district, otherwise
SELECT count(*) FROM residents SEMI JOIN visits USING (resident_id)

-- name: rows without a column
SELECT 1 AS one FROM residents

-- name: rows without a column, otherwise
SELECT COUNT(*) AS n FROM residents

-- name: groups beside rows
SELECT count(*) FROM residents r JOIN (SELECT department AS d, count(*) AS n FROM visits GROUP BY department) g ON g.d = r.district

-- name: groups beside rows, otherwise
SELECT a.district, a.n, g.n AS m FROM (SELECT district, count(*) AS n FROM residents GROUP BY district) a JOIN (SELECT district, count(*) AS n FROM residents WHERE age > 64 GROUP BY district) g ON g.district = a.district

-- name: a number beside a text
SELECT count(*) FROM visits WHERE days = department

-- name: a number beside a text, otherwise
SELECT count(*) FROM visits WHERE TRY_CAST(days AS VARCHAR) = '3'

-- name: a text function of a number
SELECT count(*) FILTER (WHERE lower(days) = '3') FROM visits

-- name: a text function of a number, otherwise
SELECT count(*) FILTER (WHERE lower(TRY_CAST(days AS varchar)) = '3') FROM visits

-- name: a width that is a column
SELECT lpad(department, days, 'x'), count(*) FROM visits GROUP BY 1

-- name: a width that is a column, otherwise
SELECT lpad(department, 10, 'x') AS d, count(*) FROM visits GROUP BY 1

-- name: a part that is a column
SELECT date_trunc(department, visit_date), count(*) FROM visits GROUP BY 1

-- name: a part that is a column, otherwise
SELECT date_trunc('month', visit_date) AS m, count(*) FROM visits GROUP BY 1

-- name: a pattern that is a column
SELECT count(*) FROM visits WHERE department LIKE diagnosis

-- name: a pattern that is a column, otherwise
SELECT count(*) FROM visits WHERE department LIKE 'med%'

-- name: an expression that is a column
SELECT count(*) FROM visits WHERE department SIMILAR TO diagnosis

-- name: an expression that is a column, otherwise
SELECT count(*) FROM visits WHERE regexp_full_match(department, 'm.*')

-- name: a bar as wide as a column
SELECT bar(days, 0, 10, days), count(*) FROM visits GROUP BY 1

-- name: a bar as wide as a column, otherwise
SELECT bar(days, 0, 10, 20) AS b, count(*) FROM visits GROUP BY 1

-- name: repeated as often as a column says
SELECT repeat(department, days), count(*) FROM visits GROUP BY 1

-- name: repeated as often as a column says, otherwise
SELECT repeat('x', 3) || department AS d, count(*) FROM visits GROUP BY 1

-- name: an interval shown
SELECT INTERVAL 1 DAY AS i, count(*) FROM visits GROUP BY 1

-- name: an interval shown, otherwise
SELECT date_diff('day', DATE '2025-01-01', visit_date) AS d, count(*) FROM visits GROUP BY 1

-- name: a list that people are left joined to
SELECT g.area, count(r.resident_id) FROM regions g LEFT JOIN residents r ON r.district = g.code GROUP BY g.area

-- name: a list that people are left joined to, otherwise
SELECT g.area, count(r.resident_id) FROM regions g JOIN residents r ON r.district = g.code GROUP BY g.area

-- name: a total by units
SELECT avg(n) FROM (SELECT resident_id, department, count(*) AS n FROM visits GROUP BY ROLLUP (resident_id, department))

-- name: a total by units, otherwise
SELECT avg(n) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id)

-- name: a column of two tables
SELECT hospital_code, count(*) FROM visits v JOIN hospitals h ON v.hospital_code = h.code JOIN visits w ON w.resident_id = v.resident_id GROUP BY hospital_code

-- name: a column of two tables, otherwise
SELECT v.hospital_code, count(*) FROM visits v JOIN hospitals h ON v.hospital_code = h.code JOIN visits w ON w.resident_id = v.resident_id GROUP BY v.hospital_code

-- name: a function that a column is not granted for
SELECT covar_pop(cost, days) AS c FROM visits

-- name: a function that a column is not granted for, otherwise
SELECT avg(cost) AS c FROM visits

-- name: a condition beside a quantile
SELECT median(cost) AS m, count(*) FILTER (WHERE cost > 100) AS n FROM visits

-- name: a condition beside a quantile, otherwise
SELECT median(cost) AS m, count(*) AS n FROM visits WHERE cost > 100

-- name: a count of sums too large
SELECT count(x) FROM (SELECT resident_id, sum(days * 136000000000000000) AS x FROM visits GROUP BY resident_id)

-- name: a count of sums too large, otherwise
SELECT count(*) FILTER (WHERE days > 67) AS n FROM visits

-- name: a sum of texts
SELECT sum(CAST(replace(CAST(days AS varchar), '67', '1000') AS double)) FROM visits

-- name: a sum of texts, otherwise
SELECT sum(days) FILTER (WHERE days = 67) AS s FROM visits

-- name: a sum of a key that is chosen
SELECT sum(k) FROM (SELECT resident_id, CASE WHEN days > 3 THEN 1 ELSE 2 END AS k FROM visits GROUP BY ALL)

-- name: a sum of a key that is chosen, otherwise
SELECT sum(CASE WHEN k > 3 THEN 1 ELSE 2 END) AS s FROM (SELECT resident_id, days AS k FROM visits GROUP BY ALL)

-- name: a median in totals
SELECT department, median(cost) AS m FROM visits GROUP BY ROLLUP (department)

-- name: a median in totals, otherwise
SELECT department, median(cost) AS m FROM visits GROUP BY department

-- name: a group by places of a list
SELECT g.rank // 3 * 3 AS r, count(*) FROM residents r JOIN regions g ON g.code = r.district GROUP BY 1

-- name: a group by places of a list, otherwise
SELECT g.area, count(*) FROM residents r JOIN regions g ON g.code = r.district GROUP BY 1

-- name: a median of dates
SELECT department, median(visit_date) AS d FROM visits GROUP BY department

-- name: a median of dates, otherwise
SELECT department, DATE '2025-01-01' + CAST(avg(visit_date - DATE '2025-01-01') AS INTEGER) AS d FROM visits GROUP BY department

-- name: the first of each group by LATERAL
SELECT d.department, t.diagnosis, t.n FROM (SELECT DISTINCT department FROM visits) d, LATERAL (SELECT diagnosis, count(*) AS n FROM visits v WHERE v.department = d.department GROUP BY diagnosis ORDER BY n DESC LIMIT 3) t

-- name: the first of each group by LATERAL, otherwise
SELECT department, diagnosis, count(*) AS n FROM visits GROUP BY department, diagnosis QUALIFY row_number() OVER (PARTITION BY department ORDER BY count(*) DESC) <= 3

-- name: a value computed by LATERAL
SELECT v.department, sum(x.c) FROM visits v, LATERAL (SELECT v.cost * 2 AS c) x GROUP BY 1

-- name: a value computed by LATERAL, otherwise
SELECT department, sum(cost * 2) FROM visits GROUP BY 1
