-- name: a title in Chinese
SELECT 性别, count(*) FROM residents GROUP BY 性别 ORDER BY 性别

-- name: a title in English, with capitals and a space
SELECT "sex at birth" AS s, count(*) FROM residents r WHERE r."Sex At Birth" <> 'x' GROUP BY 1

-- name: the header of the file
SELECT avg(XM_AGE) FROM residents

-- name: a title of a column that is not granted
SELECT 住址, count(*) FROM residents GROUP BY 1

-- name: a title that two tables have
SELECT 区县, count(*) FROM residents r JOIN enterprises e ON r.employer_code = e.credit_code GROUP BY 1

-- name: a title that two tables have, with its table
SELECT r.区县, count(*) FROM residents r JOIN visits v ON r.resident_id = v.resident_id GROUP BY 1

-- name: a name wins over a title
SELECT age, count(*) FROM residents WHERE district = 'x' GROUP BY age

-- name: an alias wins over a title
SELECT upper(sex) AS 性别, count(*) FROM residents GROUP BY 性别

-- name: a title misspelt
SELECT 性別, "sex at brith" FROM residents
