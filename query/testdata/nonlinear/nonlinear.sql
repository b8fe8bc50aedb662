-- name: nonlinear 1
SELECT count(sqrt(income - 100000)) FROM residents

-- name: nonlinear 2
SELECT count(ln(income)) FROM residents

-- name: nonlinear 3
SELECT avg(nullif(income, 1200)) FROM residents

-- name: nonlinear 4
SELECT sum(income + 0 * nullif(income, 1200)) FROM residents

-- name: nonlinear 5
SELECT sum(coalesce(income, 0)) FROM residents

-- name: nonlinear 6
SELECT sum(least(income, 5000)) FROM residents

-- name: nonlinear 7
SELECT sum(greatest(income, 5000)) FROM residents

-- name: nonlinear 8
SELECT sum(abs(income - 4500)) FROM residents

-- name: nonlinear 9
SELECT sum(sign(income - 4500)) FROM residents

-- name: nonlinear 10
SELECT sum(floor(income / 1000)) FROM residents

-- name: nonlinear 11
SELECT sum(round(income, -3)) FROM residents

-- name: nonlinear 12
SELECT sum(trunc(income)) FROM residents

-- name: nonlinear 13
SELECT sum(CAST(income AS BIGINT)) FROM residents

-- name: nonlinear 14
SELECT sum(CAST(income AS BIGINT) % 7) FROM residents

-- name: nonlinear 15
SELECT sum(CAST(income AS DECIMAL(4,0))) FROM residents

-- name: nonlinear 16
SELECT sum(1 / income) FROM residents

-- name: nonlinear 17
SELECT sum(1000 / (income - 4500)) FROM residents

-- name: nonlinear 18
SELECT sum(length(CAST(income AS VARCHAR))) FROM residents

-- name: nonlinear 19
SELECT sum(strpos(CAST(income AS VARCHAR), '17')) FROM residents

-- name: nonlinear 20
SELECT sum(income * strpos(name, 'Zhang San')) FROM residents

-- name: nonlinear 21
SELECT sum(x) FROM (SELECT least(income, 5000) AS x FROM residents)

-- name: nonlinear 22
SELECT sum(x) FROM (SELECT resident_id, sum(least(income, 5000)) AS x FROM residents GROUP BY resident_id)

-- name: nonlinear 23
SELECT sum(least(x, 5)) FROM (SELECT resident_id, sum(income) AS x FROM residents GROUP BY resident_id)

-- name: nonlinear 24
SELECT sum(days), sum(days + 0 / (visit_id - 17)) FROM visits

-- name: nonlinear 25
SELECT sum(days + 0.00001 * cost * strpos(CAST(visit_id AS VARCHAR), '17')) FROM visits

-- name: nonlinear 26
SELECT sum(exp(income / 1000)) FROM residents

-- name: nonlinear 27
SELECT count(exp(income)) FROM residents

-- name: nonlinear 28
SELECT sum(power(income, 0.5)), avg(income ^ -1) FROM residents

-- name: nonlinear 29
SELECT sum(power(income - 1200, 2.5)) FROM residents

-- name: nonlinear 30
SELECT count(DATE '2000-01-01' + CAST(income AS INTEGER)) FROM residents

-- name: nonlinear 31
SELECT sum(strlen(replace(CAST(income AS VARCHAR), '12', ''))) FROM residents

-- name: nonlinear 32
SELECT count(regexp_matches(CAST(income AS VARCHAR), '^12')), count(regexp_extract(CAST(income AS VARCHAR), '^12')) FROM residents

-- name: nonlinear 33
SELECT sum(strlen(lpad(CAST(income AS VARCHAR), 4, '0'))) FROM residents
