-- name: mean of what each has, none included
SELECT r.sex, avg((SELECT coalesce(sum(v.cost), 0) FROM visits v WHERE v.resident_id = r.resident_id AND v.department = 'eyes')) AS cost, count(*) AS n FROM residents r GROUP BY r.sex

-- name: those with many rows
SELECT district, count(*) AS n FROM residents r WHERE (SELECT count(*) FROM visits v WHERE v.resident_id = r.resident_id) > 3 GROUP BY district

-- name: a number of rows as a key
SELECT (SELECT count(*) FROM visits v WHERE v.resident_id = r.resident_id AND v.department = 'surgery') AS visits, count(*) AS people FROM residents r GROUP BY 1

-- name: two of one row each
SELECT avg((SELECT count(*) FROM visits v WHERE r.resident_id = v.resident_id)) AS all, avg((SELECT count(DISTINCT v.department) FROM visits v WHERE v.resident_id = r.resident_id)) AS departments FROM residents r

-- name: a lookup
SELECT (SELECT h.kind FROM hospitals h WHERE h.code = v.hospital_code) AS kind, count(*) AS n FROM visits v GROUP BY 1

-- name: what the key determines
SELECT v.hospital_code, any_value(h.kind) AS kind, max(h.beds) AS beds, count(*) AS n FROM visits v JOIN hospitals h ON h.code = v.hospital_code GROUP BY v.hospital_code

-- name: per bed
SELECT h.code, count(*) / min(h.beds) AS per_bed FROM visits v JOIN hospitals h ON h.code = v.hospital_code GROUP BY h.code HAVING any_value(h.kind) = 'general'

-- name: what the keys determine with GROUP BY ALL, where a list may have nothing
SELECT any_value(h.region) AS region, v.hospital_code, count(*) AS n FROM visits v LEFT JOIN hospitals h ON h.code = v.hospital_code GROUP BY ALL

-- name: a rate from a list
WITH fx(y, rate) AS (VALUES (2024, 7.1), (2025, 7.2), (2026, 7.3)) SELECT year(v.visit_date) AS y, count(*) * any_value(fx.rate) AS n FROM visits v JOIN fx ON fx.y = year(v.visit_date) GROUP BY 1

-- name: the key itself
SELECT department, max(department) AS most, mode(upper(department)) AS u, count(*) AS n FROM visits GROUP BY department

-- name: refused what the key does not determine
SELECT h.kind, max(h.beds) AS beds FROM visits v JOIN hospitals h ON h.code = v.hospital_code GROUP BY h.kind

-- name: refused what a condition of a left join leaves out
SELECT v.hospital_code, max(h.kind) AS kind FROM visits v LEFT JOIN hospitals h ON h.code = v.hospital_code AND v.days > 5 GROUP BY v.hospital_code

-- name: refused tied by another column
SELECT avg((SELECT count(*) FROM visits w WHERE w.department = v.department)) FROM visits v

-- name: refused tied to other rows of data
SELECT (SELECT v.department FROM visits v WHERE v.resident_id = r.resident_id) AS d, count(*) FROM residents r GROUP BY 1
