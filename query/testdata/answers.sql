-- name: mean and largest of the groups
SELECT max(n) AS most, min(n) AS least, avg(n) AS mean, median(n) AS middle, count(*) AS groups FROM (SELECT district, count(*) AS n FROM residents GROUP BY district)

-- name: districts by size
SELECT CASE WHEN n >= 400 THEN 'large' ELSE 'small' END AS size, count(*) AS districts, sum(n) AS people FROM (SELECT district, count(*) AS n FROM residents GROUP BY district) GROUP BY 1 ORDER BY 1

-- name: groups above the mean of the groups
WITH g AS (SELECT department, count(*) AS n FROM visits GROUP BY department) SELECT department, n, (SELECT avg(n) FROM g) AS mean FROM g WHERE n >= (SELECT avg(n) FROM g) - 1000 ORDER BY n DESC

-- name: day beside the day before
WITH m AS (SELECT department, visit_date AS d, count(*) AS n FROM visits GROUP BY department, visit_date) SELECT a.department, a.d, a.n, b.n AS before, a.n - b.n AS more FROM m a LEFT JOIN m b ON a.department = b.department AND b.d = a.d - 1

-- name: mean of the three largest
SELECT avg(n) AS mean FROM (SELECT department, count(*) AS n FROM visits GROUP BY department ORDER BY n DESC LIMIT 3)

-- name: a window over a window
SELECT department, place, sum(n) OVER (ORDER BY place) AS running FROM (SELECT department, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS place FROM visits GROUP BY department) WHERE place <= 5

-- name: different figures
SELECT DISTINCT n FROM (SELECT district, count(*) AS n FROM residents GROUP BY district) ORDER BY n

-- name: every pair of groups
WITH g AS (SELECT sex, count(*) AS n FROM residents GROUP BY sex) SELECT a.sex, b.sex AS other, a.n / b.n AS ratio FROM g a CROSS JOIN g b WHERE a.sex <> b.sex

-- name: having over groups of groups
WITH g AS (SELECT department, visit_date, sum(days) AS c FROM visits GROUP BY 1, 2) SELECT department, max(c) - min(c) AS spread FROM g GROUP BY department HAVING count(*) > 1 AND max(c) > 2

-- name: groups that others have
WITH g AS (SELECT department, count(*) AS n FROM visits GROUP BY department) SELECT department, n FROM g a WHERE EXISTS (SELECT 1 FROM g b WHERE b.department = a.department AND b.n > 100)

-- name: refused, a figure chooses people
SELECT count(*) FROM residents WHERE income > (SELECT avg(income) FROM residents)

-- name: refused, more than one row
SELECT sex, count(*) AS n, (SELECT count(*) FROM residents GROUP BY sex) AS m FROM residents GROUP BY sex

-- name: refused, in class dp
-- class: dp
SELECT max(n) FROM (SELECT sex, count(*) AS n FROM residents GROUP BY sex)
-- name: with the sum of all as a line
WITH g AS (SELECT department, count(*) AS n FROM visits GROUP BY department) SELECT department, n FROM g UNION ALL SELECT 'all', sum(n) FROM g

-- name: groups among the largest
WITH g AS (SELECT department, count(*) AS n FROM visits GROUP BY department) SELECT department, n FROM g WHERE department IN (SELECT department FROM g ORDER BY n DESC LIMIT 2)


-- name: two conditions joined
WITH o AS (SELECT department, count(*) AS n FROM visits GROUP BY department), l AS (SELECT department, count(*) AS n FROM visits WHERE days > 2 GROUP BY department) SELECT o.department, 100.0 * l.n / o.n AS percent FROM o LEFT JOIN l USING (department)

-- name: two periods side by side
SELECT a.department, a.n - b.n AS change FROM (SELECT department, count(*) AS n FROM visits WHERE days >= 3 GROUP BY department) a JOIN (SELECT department, count(*) AS n FROM visits WHERE days < 3 GROUP BY department) b ON a.department = b.department

-- name: share of the whole, two figures of one row
SELECT (SELECT count(*) FROM visits WHERE days > 2) AS few, (SELECT count(*) FROM visits) AS n, (SELECT avg(days) FROM visits WHERE department = 'surgery') AS d

-- name: a scalar beside a total
SELECT count(*) AS n, (SELECT count(*) FROM visits WHERE days > 2) AS few FROM visits

-- name: one after another
SELECT department, 'long' AS what, count(*) AS n FROM visits WHERE days > 2 GROUP BY department UNION ALL SELECT department, 'all', count(*) FROM visits GROUP BY department ORDER BY 1, 2

-- name: keys in another order
WITH a AS (SELECT sex, insured, count(*) AS n FROM residents GROUP BY sex, insured), b AS (SELECT insured, sex, count(*) AS d FROM residents WHERE age > 30 GROUP BY insured, sex) SELECT a.sex, a.insured, n, d FROM a JOIN b ON a.sex = b.sex AND a.insured = b.insured

-- name: joined rows by people
WITH v AS (SELECT v.department, r.sex, v.days, r.resident_id FROM visits v JOIN residents r ON v.resident_id = r.resident_id) SELECT a.department, a.n, b.people FROM (SELECT department, count(*) AS n FROM v GROUP BY department) a JOIN (SELECT department, count(DISTINCT resident_id) AS people FROM v WHERE sex = 'F' GROUP BY department) b ON a.department = b.department

-- name: a total beside the parts
SELECT department, count(*) AS n, (SELECT count(*) FROM visits) AS total FROM visits GROUP BY department

-- name: full join of answers
WITH a AS (SELECT department, count(*) AS n FROM visits WHERE days > 3 GROUP BY 1), b AS (SELECT department, count(*) AS n FROM visits WHERE days <= 3 GROUP BY 1) SELECT coalesce(a.department, b.department) AS department, a.n AS long, b.n AS short FROM a FULL JOIN b ON a.department = b.department

-- name: full join by USING
SELECT * FROM (SELECT diagnosis, count(*) AS a FROM visits WHERE days <> 2 GROUP BY 1) x FULL OUTER JOIN (SELECT diagnosis, count(*) AS b FROM visits WHERE days > 1 GROUP BY 1) y USING (diagnosis) ORDER BY diagnosis

-- name: the first group of each
SELECT DISTINCT ON (department) department, diagnosis, n FROM (SELECT department, diagnosis, sum(days) AS n FROM visits GROUP BY ALL) ORDER BY department, n DESC, diagnosis

-- name: the first group of each by positions
SELECT DISTINCT ON (1) department, diagnosis, count(*) AS n FROM visits GROUP BY department, diagnosis ORDER BY 1, 3 DESC, 2

-- name: pairs of values
SELECT department, count(*) AS n FROM visits WHERE (department, diagnosis) IN (('surgery', 'J11'), ('eyes', 'I10')) AND (days, hospital_code) <> (3, 'h1') GROUP BY 1
-- name: refused, the first row of each count, of groups that are not grouped again
SELECT DISTINCT ON (count(*)) department, n FROM (SELECT department, sum(days) AS n FROM visits GROUP BY department) ORDER BY n
