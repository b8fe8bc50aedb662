-- name: IN as a group
SELECT resident_id IN (SELECT resident_id FROM visits WHERE diagnosis = 'C34') AS ill, count(*) AS n FROM residents GROUP BY ill

-- name: IN in CASE
SELECT CASE WHEN resident_id IN (SELECT resident_id FROM visits WHERE days > 9) THEN 'long' ELSE 'other' END AS stay, count(*) AS n FROM residents GROUP BY stay

-- name: EXISTS in FILTER
SELECT sex, count(*) AS n, count(*) FILTER (WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.department = 'surgery')) AS surgery FROM residents r GROUP BY sex

-- name: under OR
SELECT count(*) AS n FROM residents WHERE age > 70 OR resident_id IN (SELECT resident_id FROM visits WHERE days > 10)

-- name: NOT EXISTS as a value
SELECT sum(CASE WHEN NOT EXISTS (SELECT 1 FROM visits v WHERE r.resident_id = v.resident_id) THEN 1 ELSE 0 END) AS never, count(*) AS n FROM residents r

-- name: two of them
SELECT count(*) FILTER (WHERE resident_id IN (SELECT resident_id FROM visits WHERE days > 9) AND resident_id IN (SELECT resident_id FROM visits WHERE department = 'surgery')) AS n FROM residents

-- name: of units that qualify
SELECT resident_id IN (SELECT resident_id FROM visits GROUP BY resident_id HAVING count(*) >= 30) AS frequent, count(*) AS n FROM residents GROUP BY frequent

-- name: INTERSECT
SELECT count(*) AS n FROM (SELECT resident_id FROM visits WHERE days > 9 INTERSECT SELECT resident_id FROM visits WHERE department = 'surgery')

-- name: EXCEPT
SELECT r.sex, count(*) AS n FROM residents r JOIN (SELECT resident_id FROM residents EXCEPT SELECT resident_id FROM visits) x USING (resident_id) GROUP BY r.sex

-- name: three sets
SELECT count(*) AS n FROM (SELECT resident_id AS id FROM visits WHERE days > 1 INTERSECT SELECT resident_id FROM visits WHERE days > 5 EXCEPT SELECT resident_id FROM visits WHERE diagnosis = 'X')

-- name: NATURAL JOIN
SELECT sex, avg(days) AS days FROM residents NATURAL JOIN visits GROUP BY sex
