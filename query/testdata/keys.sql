-- name: parts of dates
SELECT year(visit_date) AS y, quarter(visit_date) AS q, month(visit_date) AS m, extract(dow FROM visit_date) AS d, date_trunc('month', visit_date) AS since, strftime(visit_date, '%Y-%m') AS ym, hour(admitted_at) AS h, count(*) AS n FROM visits GROUP BY ALL

-- name: parts of texts
SELECT substr(district, 1, 4) AS city, left(district, 2) AS province, upper(district) AS u, length(district) AS l, count(*) FROM residents GROUP BY ALL

-- name: a choice
SELECT CASE sex WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' ELSE 'unknown' END AS gender, count(*) FROM residents GROUP BY 1

-- name: a condition
SELECT days > 3 AS long, diagnosis IN ('J11', 'J10') AS flu, count(*) FROM visits GROUP BY 1, 2

-- name: intervals of the width granted
SELECT floor(age / 10) * 10 AS a, age // 10 AS b, age - age % 10 AS c, count(*) FROM residents GROUP BY ALL

-- name: intervals of twice the width
SELECT floor(age / 20) * 20 AS band, count(*) FROM residents GROUP BY 1

-- name: intervals through a subquery
SELECT floor(years / 10) * 10 AS band, count(*) FROM (SELECT age AS years FROM residents) GROUP BY 1

-- name: labels on intervals
SELECT CASE floor(age / 10) WHEN 0 THEN 'child' WHEN 1 THEN 'teen' ELSE 'adult' END AS stage, count(*) FROM residents GROUP BY 1

-- name: dates in intervals of ten years
SELECT year(birth_date) // 10 * 10 AS decade, date_trunc('decade', birth_date) AS since, decade(birth_date) AS d, year(birth_date) // 20 AS two, count(*) FROM residents GROUP BY ALL

-- name: dates in intervals that are too fine
SELECT year(birth_date) AS y, year(birth_date) // 15 AS z, month(birth_date) AS m, count(*) FROM residents GROUP BY ALL

-- name: several tables' keys
SELECT r.sex, v.department, h.kind, count(*) FROM residents r JOIN visits v USING (resident_id) JOIN hospitals h ON h.code = v.hospital_code GROUP BY ALL

-- name: NULL made a group
SELECT coalesce(diagnosis, 'none') AS d, count(*) FROM visits GROUP BY 1

