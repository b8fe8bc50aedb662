-- name: two units
SELECT e.sector, count(*) FROM residents r JOIN enterprises e ON r.district = e.district GROUP BY e.sector

-- name: two people
SELECT a.sex, count(*) FROM residents a JOIN residents b ON a.district = b.district GROUP BY a.sex

-- name: two rows
SELECT count(*) FROM census a JOIN census b ON a.education = b.education

-- name: a left join on another column
SELECT count(*) FROM residents r LEFT JOIN enterprises e ON r.district = e.district

-- name: pairs of people in a subquery
SELECT count(*) FROM (SELECT a.resident_id, b.resident_id AS other FROM residents a JOIN residents b ON a.district = b.district)

-- name: unbounded
SELECT sum(turnover), avg(turnover) FROM enterprises

-- name: unbounded product
SELECT sum(cost * turnover) FROM visits v JOIN enterprises e ON v.hospital_code = e.hospital_code

-- name: a text read as a number
SELECT avg(TRY_CAST(diagnosis AS bigint)) FROM visits

-- name: more rows of a person than count
SELECT avg(n) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) WHERE n > 5

-- name: an average of each person without bounds
SELECT avg(m) FROM (SELECT resident_id, avg(TRY_CAST(diagnosis AS bigint)) AS m FROM visits GROUP BY resident_id)

-- name: a ratio of two sums of each person
SELECT avg(cost / days) FROM (SELECT resident_id, sum(score) AS cost, sum(score + 1) AS days FROM visits GROUP BY resident_id)

-- name: division by what may be near zero
SELECT avg(cost / score) FROM visits

-- name: too wide
SELECT sum(least(greatest(turnover, -1e18), 1e18)) FROM enterprises

-- name: too wide for a variance
SELECT var_samp(least(greatest(TRY_CAST(score AS decimal(18, 0)) * 1000000000000, 0), 4000000000000000)) FROM visits

-- name: rows
SELECT sex, district FROM residents

-- name: one group for each unit
SELECT resident_id, count(*) FROM visits GROUP BY resident_id

-- name: not granted
SELECT median(address), sum(name) FROM residents WHERE mobile IS NOT NULL

-- name: windows and others
SELECT count(*) OVER (), max(cost), list(cost), random() FROM visits

-- name: all at once
SELECT count(DISTINCT v.department), sum(e.turnover) FROM visits v JOIN enterprises e ON v.hospital_code = e.hospital_code
