-- name: nondeterministic 1
SELECT random() AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 2
SELECT now() AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 3
SELECT current_date AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 4
SELECT current_timestamp AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 5
SELECT current_time AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 6
SELECT uuid() AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 7
SELECT gen_random_uuid() AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 8
SELECT today() AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 9
SELECT localtimestamp AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 10
SELECT transaction_timestamp() AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 11
SELECT age(visit_date) AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 12
SELECT get_current_timestamp() AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 13
SELECT hash(department) AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 14
SELECT setseed(0.5) AS x, count(*) FROM visits GROUP BY ALL

-- name: nondeterministic 15
SELECT count(*) FROM visits WHERE random() < 0.5

-- name: nondeterministic 16
SELECT count(*) FROM visits WHERE visit_date < current_date

-- name: nondeterministic 17
SELECT count(*) FROM visits ORDER BY random()

-- name: nondeterministic 18
SELECT avg(cost + random()) FROM visits

-- name: nondeterministic 19
SELECT count(*) FROM visits USING SAMPLE 10%

-- name: nondeterministic 20
SELECT count(*) FROM visits TABLESAMPLE reservoir(20%)

-- name: nondeterministic 21
SELECT count(*) FROM (SELECT * FROM visits USING SAMPLE 1 ROWS)

-- name: nondeterministic 22
SELECT count(*) FROM visits USING SAMPLE 10 PERCENT (bernoulli, 42)

