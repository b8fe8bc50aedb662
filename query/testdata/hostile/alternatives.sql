-- name: alternatives 1
SELECT count(*) AS n, sum(v.days) AS s FROM visits v JOIN residents r ON v.resident_id = r.resident_id WHERE regexp_matches(concat(r.district, '_', v.days), '^q_|_(3|4)$')

-- name: alternatives 2
SELECT sum(v.days) AS s FROM visits v JOIN residents r ON v.resident_id = r.resident_id WHERE (strpos(r.district, 'q') - 1) % (1 + 20000 * (v.days - 3) * (v.days - 6)) = 0

-- name: alternatives 3
SELECT sum(v.days) AS s FROM visits v JOIN residents r ON v.resident_id = r.resident_id WHERE v.days <= abs(strpos(r.district, 'q') - 1) * 100 + 5

-- name: alternatives 4
SELECT count(*) AS n, sum(days) AS s FROM (SELECT v.resident_id, v.days, CASE WHEN r.district = 'q' OR v.days IN (3, 4) THEN 'a' ELSE 'b' END AS k FROM visits v JOIN residents r ON v.resident_id = r.resident_id) WHERE k = 'a'

-- name: alternatives 5
SELECT count(*) AS n, sum(days) AS s FROM visits WHERE resident_id IN (SELECT resident_id FROM visits WHERE days IN (3, 4) UNION SELECT resident_id FROM residents WHERE district = 'q')

-- name: alternatives 6
SELECT count(*) AS n, sum(days) AS s FROM visits WHERE resident_id IN (SELECT v.resident_id FROM visits v JOIN residents r ON v.resident_id = r.resident_id GROUP BY v.resident_id HAVING count(*) FILTER (WHERE r.district = 'q' OR v.days IN (3, 4)) > 0)

-- name: alternatives 7
SELECT count(*) AS n, sum(days) AS s FROM visits WHERE resident_id IN (SELECT v.resident_id FROM visits v JOIN residents r ON v.resident_id = r.resident_id GROUP BY v.resident_id HAVING count(*) FILTER (WHERE r.district = 'q') + count(*) FILTER (WHERE v.days IN (3, 4)) > 0)

-- name: alternatives 8
SELECT count(*) AS n, sum(days) AS s FROM visits WHERE resident_id NOT IN (SELECT resident_id FROM visits WHERE days NOT IN (3, 4) EXCEPT SELECT resident_id FROM residents WHERE district = 'q')

-- name: alternatives 9
SELECT CASE WHEN r.district = 'q' THEN true ELSE v.days IN (3, 4) END AS g, count(*) AS n, sum(v.days) AS s FROM visits v JOIN residents r ON v.resident_id = r.resident_id GROUP BY 1

-- name: alternatives 10
SELECT greatest(CAST(r.district = 'q' AS INTEGER), CAST(v.days IN (3, 4) AS INTEGER)) AS g, count(*) AS n, sum(v.days) AS s FROM visits v JOIN residents r ON v.resident_id = r.resident_id GROUP BY 1
