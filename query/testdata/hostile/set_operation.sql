-- name: set_operation 1
SELECT name FROM residents UNION SELECT diagnosis FROM visits

-- name: set_operation 2
SELECT district FROM residents UNION ALL SELECT district FROM enterprises

-- name: set_operation 3
SELECT count(*) FROM residents UNION ALL SELECT count(DISTINCT resident_id) FROM residents WHERE sex = 'F' GROUP BY district

-- name: set_operation 4
SELECT district FROM residents EXCEPT SELECT district FROM enterprises

-- name: set_operation 5
SELECT district FROM residents INTERSECT SELECT district FROM enterprises

-- name: set_operation 7
(SELECT count(*) FROM visits) UNION (SELECT max(cost) FROM visits)

-- name: set_operation 8
SELECT district FROM residents UNION BY NAME SELECT sector FROM enterprises

-- name: set_operation 9
WITH a AS (SELECT cost FROM visits EXCEPT ALL SELECT cost FROM visits WHERE department = 'int') SELECT count(*) FROM a

