-- name: absent 1
SELECT avg(r.age) FROM residents r ANTI JOIN (SELECT resident_id FROM residents WHERE age NOT IN (30, 31) AND district <> 'd17') x ON x.resident_id = r.resident_id

-- name: absent 2
SELECT avg(r.age) FROM residents r WHERE NOT EXISTS (SELECT 1 FROM residents x WHERE x.resident_id = r.resident_id AND x.age NOT IN (30, 31) AND x.district <> 'd17')

-- name: absent 3
SELECT avg(r.age) FROM residents r WHERE r.resident_id NOT IN (SELECT resident_id FROM residents WHERE age NOT IN (30, 31) AND district <> 'd17')

-- name: absent 4
SELECT avg(r.age) FROM residents r LEFT JOIN (SELECT resident_id FROM residents WHERE age NOT IN (30, 31) AND district <> 'd17') x ON x.resident_id = r.resident_id WHERE x.resident_id IS NULL

-- name: absent 5
SELECT avg(r.age) FILTER (WHERE r.resident_id NOT IN (SELECT resident_id FROM residents WHERE age NOT IN (30, 31) AND district <> 'd17')) FROM residents r

-- name: absent 6
SELECT avg(r.age) FROM residents r JOIN (SELECT resident_id, count(*) FILTER (WHERE age NOT IN (30, 31) AND district <> 'd17') AS n FROM residents GROUP BY resident_id) x ON x.resident_id = r.resident_id WHERE x.n = 0

-- name: absent 7
SELECT avg(r.age) FROM residents r ANTI JOIN (SELECT a.resident_id FROM residents a SEMI JOIN (SELECT resident_id FROM residents WHERE district <> 'd17') b ON a.resident_id = b.resident_id WHERE a.age NOT IN (30, 31)) x ON x.resident_id = r.resident_id

-- name: absent 8
SELECT count(*) FROM visits a JOIN visits b ON a.resident_id = b.resident_id ANTI JOIN (SELECT resident_id FROM residents WHERE age NOT IN (30, 31) AND district <> 'd17') x ON x.resident_id = a.resident_id
