-- name: inner on the unit
SELECT r.sex, avg(v.cost) FROM residents r JOIN visits v ON r.resident_id = v.resident_id GROUP BY r.sex

-- name: left on the unit
SELECT r.district, count(*) AS n, count(v.resident_id) AS visits, sum(v.cost) AS cost FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id AND v.days > 3 GROUP BY r.district

-- name: right is left turned round
SELECT r.district, count(v.cost) AS n FROM visits v RIGHT JOIN residents r ON r.resident_id = v.resident_id GROUP BY r.district

-- name: without a partner
SELECT r.district, count(*) AS never_ill FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id WHERE v.resident_id IS NULL GROUP BY r.district

-- name: two kinds of unit
SELECT e.sector, count(*) AS pairs FROM residents r JOIN enterprises e ON r.district = e.district GROUP BY e.sector

-- name: commas and WHERE
SELECT r.sex, count(*) FROM residents r, visits v WHERE r.resident_id = v.resident_id AND v.days > 2 GROUP BY r.sex

-- name: three tables with commas
SELECT e.sector, sum(v.cost) FROM residents r, enterprises e, visits v WHERE v.resident_id = r.resident_id AND e.hospital_code = v.hospital_code GROUP BY e.sector

-- name: a table with itself
SELECT a.department AS first, b.department AS second, count(DISTINCT a.resident_id) AS people FROM visits a JOIN visits b ON a.resident_id = b.resident_id AND a.visit_date < b.visit_date GROUP BY 1, 2

-- name: brackets
SELECT r.sex, count(*) FROM residents r LEFT JOIN (visits v JOIN enterprises e ON v.hospital_code = e.hospital_code) ON r.resident_id = v.resident_id GROUP BY r.sex

-- name: a subquery on each side
SELECT a.district, sum(b.cost) FROM (SELECT resident_id, district FROM residents WHERE sex = 'F') a JOIN (SELECT resident_id AS id, cost FROM visits WHERE days > 1) b ON a.resident_id = b.id GROUP BY a.district


-- name: a dataset with itself
SELECT count(*) AS n, count(*) FILTER (WHERE b.days > 3) AS long FROM visits a JOIN visits b ON a.resident_id = b.resident_id AND b.visit_date > a.visit_date

-- name: chosen by how many rows
SELECT v.department, count(*) AS n FROM visits v JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) c ON c.resident_id = v.resident_id WHERE c.n >= 3 GROUP BY v.department

-- name: compared with figures in a left join, on either side
SELECT count(*) AS n, count(v.days) AS days FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id AND r.age > (SELECT avg(cost) FROM visits) AND v.cost > (SELECT avg(days) FROM visits)
