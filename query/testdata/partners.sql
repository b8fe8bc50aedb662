-- name: IN
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits WHERE diagnosis = 'C34')

-- name: NOT IN
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT resident_id FROM visits)

-- name: EXISTS
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.diagnosis = 'C34')

-- name: NOT EXISTS
SELECT district, count(*) AS n FROM residents r WHERE NOT EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id) AND age > 18 GROUP BY district

-- name: among other conditions
SELECT r.sex, sum(v.cost) AS cost FROM residents r JOIN visits v USING (resident_id) WHERE v.days > 1 AND r.resident_id IN (SELECT resident_id FROM visits WHERE department = 'surgery') AND NOT EXISTS (SELECT * FROM visits w WHERE w.resident_id = r.resident_id AND w.visit_date > v.visit_date) GROUP BY r.sex

-- name: of units that qualify
SELECT sex, count(*) AS frequent FROM residents WHERE resident_id IN (SELECT resident_id FROM visits GROUP BY resident_id HAVING count(*) >= 5) GROUP BY sex

-- name: of either side
SELECT sex, count(*) AS n FROM residents WHERE resident_id IN (SELECT resident_id FROM visits WHERE days > 9 UNION ALL SELECT resident_id FROM visits WHERE cost > 999) GROUP BY sex

-- name: within
SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id FROM visits v WHERE v.days > 3 AND EXISTS (SELECT 1 FROM visits w WHERE w.resident_id = v.resident_id AND w.visit_date < v.visit_date))

-- name: a WITH query
WITH ill AS (SELECT resident_id AS id FROM visits WHERE diagnosis = 'J11') SELECT district, count(*) AS n FROM residents WHERE resident_id IN (SELECT id FROM ill) GROUP BY district

-- name: names of the inner query win
SELECT count(*) FROM visits v WHERE EXISTS (SELECT days FROM residents r WHERE r.resident_id = v.resident_id AND sex = 'F' AND days > 2)

-- name: another equality of the unit's own rows
SELECT count(*) FROM visits v WHERE EXISTS (SELECT 1 FROM visits w WHERE w.resident_id = v.resident_id AND w.hospital_code = v.hospital_code AND w.visit_date < v.visit_date)

-- name: a join inside
SELECT count(*) FROM residents r WHERE NOT EXISTS (SELECT 1 FROM visits v JOIN residents s ON s.resident_id = v.resident_id WHERE v.resident_id = r.resident_id AND s.age > v.days)

-- name: NOT NOT
SELECT count(*) FROM residents WHERE NOT (NOT resident_id IN (SELECT resident_id FROM visits))

-- name: = ANY
SELECT count(*) FROM residents WHERE resident_id = ANY (SELECT resident_id FROM visits)

-- name: NOT IN of what may be NULL
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT v.resident_id FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id)

-- name: NOT IN of what is not NULL
SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT v.resident_id FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id WHERE v.resident_id IS NOT NULL)

-- name: rows
-- class: rows
SELECT sex, district FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.days > 30)

-- name: not on a unit
SELECT count(*) FROM residents WHERE district IN (SELECT district FROM enterprises WHERE employees > 100)

-- name: under OR
SELECT count(*) FROM residents WHERE age > 90 OR resident_id IN (SELECT resident_id FROM visits)

-- name: tied by nothing
SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.days > 300)
