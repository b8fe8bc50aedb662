-- name: mean cost: plain
SELECT department, avg(cost) AS mean FROM visits WHERE days > 3 AND diagnosis = 'J11' GROUP BY department

-- name: mean cost: renamed
SELECT department AS "where", avg(cost) AS "average cost" FROM visits AS x WHERE days > 3 AND diagnosis = 'J11' GROUP BY 1

-- name: mean cost: other order of columns
SELECT avg(v.cost), v.department FROM visits v WHERE v.diagnosis = 'J11' AND v.days > 3 GROUP BY v.department

-- name: mean cost: comparisons turned round
SELECT department, avg(cost) FROM visits WHERE 'J11' = diagnosis AND 3 < days GROUP BY department

-- name: mean cost: NOT
SELECT department, avg(cost) FROM visits WHERE NOT (days <= 3 OR diagnosis <> 'J11') GROUP BY department

-- name: mean cost: a condition twice
SELECT department, avg(cost) FROM visits WHERE days > 3 AND days > 3 AND (diagnosis = 'J11' AND 3 < days) GROUP BY department

-- name: mean cost: in a subquery
SELECT department, avg(cost) FROM (SELECT * FROM visits WHERE days > 3) WHERE diagnosis = 'J11' GROUP BY ALL

-- name: mean cost: in WITH
WITH a AS (SELECT department AS d, cost AS c, diagnosis AS g, days FROM visits), b AS (SELECT d, c FROM a WHERE days > 3 AND g = 'J11') SELECT d, avg(c) FROM b GROUP BY d

-- name: mean cost: ordered and cut
SELECT department, avg(cost) AS m FROM visits WHERE days > 3 AND diagnosis IN ('J11') GROUP BY department HAVING avg(cost) > 10 ORDER BY m DESC LIMIT 3

-- name: mean cost: rounded and compared
SELECT CASE WHEN avg(cost) > 100 THEN 'dear' ELSE 'cheap' END AS level, round(avg(cost), 1) AS rounded, department FROM visits WHERE days > 3 AND diagnosis = 'J11' GROUP BY department

-- name: mean cost: comments and case
select /* again */ DEPARTMENT, AVG(COST) -- and again
from VISITS where DAYS > 3 and DIAGNOSIS = 'J11' group by DEPARTMENT

-- name: mean cost: filtered afterwards
SELECT * FROM (SELECT department, avg(cost) AS m FROM visits WHERE days > 3 AND diagnosis = 'J11' GROUP BY department) WHERE m > 10

-- name: mean cost: numbered parameters
-- param: integer 3
-- param: text J11
SELECT department, avg(cost) AS mean FROM visits WHERE days > $1 AND diagnosis = $2 GROUP BY department

-- name: mean cost: named parameters, one of them twice
-- param: $sick text J11
-- param: $Days integer 3
SELECT department, avg(cost) AS mean FROM visits WHERE days > $days AND diagnosis = $sick AND diagnosis = $sick GROUP BY department

-- name: mean cost: question marks
-- param: integer 3
-- param: text J11
SELECT department, avg(cost) AS mean FROM visits WHERE days > ? AND diagnosis = ? GROUP BY department

-- name: mean cost: twice
SELECT department, avg(cost), avg(cost) + 1, mean(cost) FROM visits WHERE days > 3 AND diagnosis = 'J11' GROUP BY department

-- name: joined: plain
SELECT r.sex, sum(v.cost) FROM residents r JOIN visits v ON r.resident_id = v.resident_id WHERE v.days > 3 GROUP BY r.sex

-- name: joined: the other way round
SELECT r.sex, sum(v.cost) FROM visits v JOIN residents r ON v.resident_id = r.resident_id WHERE v.days > 3 GROUP BY r.sex

-- name: joined: USING
SELECT sex, sum(cost) FROM visits JOIN residents USING (resident_id) WHERE days > 3 GROUP BY sex

-- name: joined: commas
SELECT a.sex, sum(b.cost) FROM visits b, residents a WHERE b.days > 3 AND a.resident_id = b.resident_id GROUP BY a.sex

-- name: joined: the filter in ON
SELECT r.sex, sum(v.cost) FROM residents r JOIN visits v ON r.resident_id = v.resident_id AND v.days > 3 GROUP BY r.sex

-- name: joined: filtered before
SELECT r.sex, sum(v.cost) FROM (SELECT resident_id AS who, sex FROM residents) r JOIN (SELECT cost, resident_id FROM visits WHERE days > 3) v ON who = resident_id GROUP BY r.sex

-- name: joined: all in a subquery
SELECT s, sum(c) FROM (SELECT r.sex AS s, v.cost AS c, v.days AS d FROM residents r JOIN visits v USING (resident_id)) WHERE d > 3 GROUP BY s

-- name: three: plain
SELECT count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id JOIN visits w ON r.resident_id = w.resident_id WHERE v.days > 3 AND w.department = 'eyes'

-- name: three: tied otherwise
SELECT count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id JOIN visits w ON v.resident_id = w.resident_id WHERE v.days > 3 AND w.department = 'eyes'

-- name: three: the twins swapped
SELECT count(*) FROM visits w JOIN visits v ON w.resident_id = v.resident_id JOIN residents r ON r.resident_id = v.resident_id WHERE w.days > 3 AND v.department = 'eyes'

-- name: three: commas
SELECT count(*) FROM visits a, residents r, visits b WHERE b.resident_id = a.resident_id AND r.resident_id = a.resident_id AND b.department = 'eyes' AND a.days > 3

-- name: left: plain
SELECT r.district, count(v.cost) AS n FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id AND v.days > 3 WHERE r.sex = 'F' GROUP BY r.district

-- name: left: right
SELECT r.district, count(v.cost) AS n FROM visits v RIGHT JOIN residents r ON v.days > 3 AND r.resident_id = v.resident_id WHERE r.sex = 'F' GROUP BY r.district

-- name: left: filtered before
SELECT r.district, count(v.cost) AS n FROM (SELECT * FROM residents WHERE sex = 'F') r LEFT JOIN (SELECT resident_id, cost FROM visits WHERE days > 3) v USING (resident_id) GROUP BY r.district

-- name: partner: semi
SELECT count(*) FROM residents r SEMI JOIN visits v ON r.resident_id = v.resident_id AND v.days > 3

-- name: partner: IN
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits WHERE days > 3)

-- name: partner: EXISTS
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND 3 < v.days)

-- name: per person: plain
SELECT avg(least(n, 20)) FROM (SELECT resident_id, count(*) AS n FROM visits WHERE days > 3 GROUP BY resident_id)

-- name: per person: clamped inside
SELECT avg(n) FROM (SELECT resident_id, least(20, count(*)) AS n FROM visits WHERE 3 < days GROUP BY resident_id)

-- name: per person: WITH, and more than is used
WITH p AS (SELECT count(*) AS n, sum(cost) AS s, resident_id AS who FROM visits WHERE days > 3 GROUP BY who) SELECT avg(least(n, 20)) AS mean FROM p

-- name: per person: in steps
WITH a AS (SELECT resident_id AS i FROM visits v WHERE v.days > 3), b AS (SELECT i, count(*) AS n FROM a GROUP BY i), c AS (SELECT least(n, 20) AS m FROM b) SELECT avg(m) FROM c

-- name: frequent: HAVING
SELECT count(*) FROM (SELECT resident_id FROM visits GROUP BY resident_id HAVING count(*) > 5)

-- name: frequent: WHERE
SELECT count(*) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) WHERE n > 5

-- name: sums: plain
SELECT sum(cost + days), sum(cost * days) FROM visits WHERE cost BETWEEN 0 AND 100 AND NOT days = 7 AND department IN ('eyes', 'surgery')

-- name: sums: turned round
SELECT sum(days * cost), sum(days + cost) FROM visits WHERE department IN ('surgery', 'eyes', 'eyes') AND days <> 7 AND cost <= 100 AND cost >= 0

-- name: insured: bare
SELECT count(*) FROM residents WHERE insured

-- name: insured: compared with TRUE
SELECT count(*) FROM residents WHERE insured = TRUE

-- name: insured: not not
SELECT count(1) FROM residents WHERE NOT (insured <> true)

-- name: some: FILTER
SELECT sum(cost) FILTER (WHERE days > 3) AS long, count(*) FILTER (WHERE days > 3) AS n FROM visits

-- name: some: CASE
SELECT count(CASE WHEN days > 3 THEN 1 END), sum(CASE WHEN days > 3 THEN cost END) FROM visits

-- name: some: CASE with ELSE NULL
SELECT sum(CASE WHEN 3 < days THEN cost ELSE NULL END) AS s, count(CASE WHEN NOT days <= 3 THEN 'x' ELSE NULL END) AS c FROM visits

-- name: people: key
SELECT count(DISTINCT resident_id) FROM visits

-- name: people: with all rows counted
SELECT count(DISTINCT v.resident_id) + 0 AS n FROM visits v HAVING count(DISTINCT resident_id) > 0

-- name: everyone: star
SELECT count(*) FROM visits

-- name: everyone: a column that is never NULL
SELECT count(days) FROM visits

-- name: everyone: the key
SELECT count(resident_id) FROM visits

-- name: ages: plain
SELECT floor(age / 10) * 10 AS a, sex, count(*) FROM residents GROUP BY ALL

-- name: ages: turned round
SELECT sex, 10 * floor(age / 10) AS band, count(*) FROM residents GROUP BY band, sex ORDER BY band

-- name: both: union
SELECT count(*) FROM (SELECT resident_id, cost FROM visits WHERE days > 3 UNION ALL SELECT resident_id, income FROM residents)

-- name: both: the sides swapped
SELECT count(*) FROM (SELECT income, resident_id, sex FROM residents UNION ALL SELECT cost, resident_id, department FROM visits WHERE 3 < days)

-- name: averages: plain
SELECT count(*), avg(days), var_samp(days), avg(cost) FROM visits WHERE cost IS NOT NULL

-- name: averages: turned round
SELECT avg(cost), avg(days), var_samp(days), count(cost) FROM visits WHERE cost IS NOT NULL

-- name: twins: plain
SELECT avg(a.days), avg(b.days), count(*) FROM visits a JOIN visits b ON a.resident_id = b.resident_id WHERE a.department = 'eyes' AND b.department = 'surgery'

-- name: twins: swapped
SELECT count(*) AS n, avg(b.days), avg(a.days) FROM visits a JOIN visits b ON a.resident_id = b.resident_id WHERE b.department = 'eyes' AND a.department = 'surgery'
