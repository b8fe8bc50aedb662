-- name: plain and masked
-- class: rows
SELECT name, mobile, sex, district FROM residents WHERE age >= 60

-- name: all that is granted
-- class: rows
SELECT * FROM census

-- name: expressions over plain columns
-- class: rows
SELECT education || ' / ' || income AS label, age + 1 AS next_age FROM census WHERE hours > 40

-- name: different rows
-- class: rows
SELECT DISTINCT education, income FROM census ORDER BY income DESC

-- name: in order
-- class: rows
SELECT district, sector FROM enterprises ORDER BY sector DESC, district LIMIT 10

-- name: joined rows
-- class: rows
SELECT r.name, v.department FROM residents r JOIN visits v USING (resident_id)

-- name: asked for as an aggregate
-- class: aggregate
SELECT sex, district FROM residents

-- name: an aggregate asked for as rows
-- class: rows
SELECT sex, count(*) FROM residents GROUP BY sex

-- name: class dp
-- class: dp
SELECT count(*) FROM visits

