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

-- name: people of one district
SELECT count(DISTINCT a.resident_id) AS n FROM residents a JOIN residents b ON a.district = b.district WHERE b.age > 90

-- name: people of one district, also the same
SELECT count(DISTINCT a.resident_id) AS n FROM residents a JOIN residents b ON a.district = b.district AND a.resident_id = b.resident_id WHERE b.age > 90

-- name: rows of one hospital on a day, joined to their person
SELECT r.sex, count(*) FROM residents r JOIN (SELECT v.resident_id, w.cost FROM visits v, visits w WHERE v.hospital_code = w.hospital_code AND v.visit_date <= w.visit_date) x USING (resident_id) GROUP BY r.sex

-- name: found by a left join on another column
SELECT count(*) FROM residents a LEFT JOIN residents b ON a.district = b.district AND b.age > 90 WHERE b.resident_id IS NULL

-- name: a person's rows beside others' of the hospital
SELECT count(*) FROM residents r LEFT JOIN (visits v JOIN visits w ON v.hospital_code = w.hospital_code) ON r.resident_id = v.resident_id

-- name: beside a table without them
SELECT p.n, q.n FROM (SELECT count(*) AS n FROM residents) p, (SELECT count(*) AS n FROM visits v JOIN visits w ON v.hospital_code = w.hospital_code) q

-- name: in a subquery by both
SELECT count(*) FROM (SELECT v.resident_id, w.resident_id AS other, count(*) AS n FROM visits v JOIN visits w ON v.hospital_code = w.hospital_code GROUP BY ALL) WHERE n > 3

-- name: as a figure to compare with
SELECT count(*) FROM visits WHERE cost > (SELECT avg(w.cost) FROM visits v JOIN visits w ON v.hospital_code = w.hospital_code)

-- name: commas and WHERE
SELECT r.sex, count(*) FROM residents r, visits v WHERE r.resident_id = v.resident_id AND v.days > 2 GROUP BY r.sex

-- name: three tables with commas
SELECT h.kind, sum(v.cost) FROM residents r, hospitals h, visits v WHERE v.resident_id = r.resident_id AND h.code = v.hospital_code GROUP BY h.kind

-- name: a table with itself
SELECT a.department AS first, b.department AS second, count(DISTINCT a.resident_id) AS people FROM visits a JOIN visits b ON a.resident_id = b.resident_id AND a.visit_date < b.visit_date GROUP BY 1, 2

-- name: brackets
SELECT r.sex, count(*) FROM residents r LEFT JOIN (visits v JOIN hospitals h ON v.hospital_code = h.code) ON r.resident_id = v.resident_id GROUP BY r.sex

-- name: a subquery on each side
SELECT a.district, sum(b.cost) FROM (SELECT resident_id, district FROM residents WHERE sex = 'F') a JOIN (SELECT resident_id AS id, cost FROM visits WHERE days > 1) b ON a.resident_id = b.id GROUP BY a.district


-- name: a dataset with itself
SELECT count(*) AS n, count(*) FILTER (WHERE b.days > 3) AS long FROM visits a JOIN visits b ON a.resident_id = b.resident_id AND b.visit_date > a.visit_date

-- name: chosen by how many rows
SELECT v.department, count(*) AS n FROM visits v JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) c ON c.resident_id = v.resident_id WHERE c.n >= 3 GROUP BY v.department

-- name: compared with figures in a left join, on either side
SELECT count(*) AS n, count(v.days) AS days FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id AND r.age > (SELECT avg(cost) FROM visits) AND v.cost > (SELECT avg(days) FROM visits)

-- name: pairs of diagnoses, each once
SELECT a.diagnosis, b.diagnosis AS other, count(DISTINCT a.resident_id) AS people FROM visits a JOIN visits b ON a.resident_id = b.resident_id AND a.diagnosis < b.diagnosis GROUP BY ALL

-- name: pairs of diagnoses in both orders
SELECT a.diagnosis, b.diagnosis AS other, count(DISTINCT a.resident_id) AS people FROM visits a JOIN visits b ON a.resident_id = b.resident_id WHERE a.diagnosis <> b.diagnosis AND (a.department <> 'eyes' OR b.days > 4) GROUP BY ALL

-- name: pairs in both orders, in one key
SELECT s.pair, count(DISTINCT s.id) AS people FROM (SELECT a.resident_id AS id, a.diagnosis || b.department || b.diagnosis AS pair FROM visits a JOIN visits b USING (resident_id) WHERE a.days <= b.days) s GROUP BY s.pair

-- name: pairs in order in a subquery
SELECT s.x, s.y, count(DISTINCT s.id) AS people FROM (SELECT a.resident_id AS id, a.diagnosis AS x, b.diagnosis AS y FROM visits a JOIN visits b USING (resident_id) WHERE b.visit_date > a.visit_date) s GROUP BY ALL
