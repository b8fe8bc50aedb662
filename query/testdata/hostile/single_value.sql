-- name: single_value 1
SELECT min(cost) FROM visits

-- name: single_value 2
SELECT max(cost) FROM visits

-- name: single_value 3
SELECT median(resident_id) FROM visits

-- name: single_value 4
SELECT mode(diagnosis) FROM visits

-- name: single_value 5
SELECT any_value(name) FROM residents

-- name: single_value 6
SELECT first(name) FROM residents

-- name: single_value 7
SELECT last(name) FROM residents

-- name: single_value 8
SELECT arbitrary(name) FROM residents

-- name: single_value 9
SELECT arg_min(name, income) FROM residents

-- name: single_value 10
SELECT arg_max(name, income) FROM residents

-- name: single_value 11
SELECT max_by(name, income) FROM residents

-- name: single_value 12
SELECT min_by(name, income) FROM residents

-- name: single_value 13
SELECT list(cost) FROM visits

-- name: single_value 14
SELECT array_agg(cost) FROM visits

-- name: single_value 15
SELECT string_agg(diagnosis, ',') FROM visits

-- name: single_value 16
SELECT group_concat(diagnosis) FROM visits

-- name: single_value 17
SELECT listagg(diagnosis, ',') FROM visits

-- name: single_value 18
SELECT histogram(days) FROM visits

-- name: single_value 19
SELECT quantile(cost, days / 100) FROM visits

-- name: single_value 20
SELECT quantile_cont(cost, 1.0) FROM visits

-- name: single_value 21
SELECT quantile_disc(cost, [0.1, 0.9]) FROM visits

-- name: single_value 22
SELECT percentile_cont(days) WITHIN GROUP (ORDER BY cost) FROM visits

-- name: single_value 23
SELECT resident_id, percentile_disc(0.99) WITHIN GROUP (ORDER BY cost) AS m FROM visits GROUP BY resident_id

-- name: single_value 24
SELECT approx_quantile(cost, 0.5) OVER (PARTITION BY resident_id) FROM visits

-- name: single_value 25
SELECT reservoir_quantile(cost, 0.5) FROM visits

-- name: single_value 26
SELECT approx_top_k(diagnosis, 3) FROM visits

-- name: single_value 27
SELECT bit_xor(days) FROM visits

-- name: single_value 28
SELECT bit_and(days) FROM visits

-- name: single_value 29
SELECT bit_or(days) FROM visits

-- name: single_value 30
SELECT bitstring_agg(days) FROM visits

-- name: single_value 31
SELECT bool_and(cost > 5) FROM visits

-- name: single_value 32
SELECT bool_or(cost > 5) FROM visits

-- name: single_value 33
SELECT product(days) FROM visits

-- name: single_value 34
SELECT kurtosis(cost) FROM visits

-- name: single_value 35
SELECT skewness(cost) FROM visits

-- name: single_value 36
SELECT entropy(diagnosis) FROM visits

-- name: single_value 37
SELECT mad(cost) FROM visits

-- name: single_value 38
SELECT geomean(resident_id) FROM visits

-- name: single_value 39
SELECT approx_count_distinct(name) FROM residents

-- name: single_value 40
SELECT max(cost, 3) FROM visits

-- name: single_value 41
SELECT min(cost, 3) FROM visits

-- name: single_value 42
SELECT arg_max(diagnosis, cost, 3) FROM visits

-- name: single_value 43
SELECT corr(cost, days) FROM visits

-- name: single_value 44
SELECT covar_pop(cost, resident_id) FROM visits

-- name: single_value 45
SELECT avg(b) FROM (SELECT resident_id, regr_slope(cost, days) AS b FROM visits GROUP BY resident_id)

-- name: single_value 46
SELECT sum(DISTINCT cost) FROM visits

-- name: single_value 47
SELECT avg(DISTINCT cost) FROM visits

-- name: single_value 48
SELECT stddev(DISTINCT cost) FROM visits

-- name: single_value 49
SELECT histogram_values(days) FROM visits

-- name: single_value 50
SELECT last_value(cost) FROM visits

-- name: single_value 51
SELECT max(DISTINCT cost) FROM visits

-- name: single_value 52
SELECT sum(cost ORDER BY days) FROM visits

-- name: single_value 53
SELECT list(cost ORDER BY cost DESC)[1] FROM visits

-- name: single_value 54
SELECT mean(diagnosis) FROM visits

-- name: single_value 55
SELECT sum(diagnosis) FROM visits

-- name: single_value 56
SELECT favg(DISTINCT cost) FROM visits

-- name: single_value 57
SELECT fsum(DISTINCT cost) FROM visits

-- name: single_value 58
SELECT kahan_sum(DISTINCT cost) FROM visits

-- name: single_value 59
SELECT sumKahan(DISTINCT cost) FROM visits

-- name: single_value 60
SELECT sem(cost) FROM visits

-- name: single_value 61
SELECT map(list(days), list(cost)) FROM visits

-- name: single_value 62
SELECT var_pop(cost, days) FROM visits

-- name: single_value 63
SELECT department, MAX(cost) FROM visits GROUP BY department

-- name: single_value 64
SELECT department FROM visits GROUP BY department HAVING max(cost) > 1000

-- name: single_value 65
SELECT department, count(*) FROM visits GROUP BY department ORDER BY max(cost)

-- name: single_value 66
SELECT "max"(cost) FROM visits

-- name: single_value 67
SELECT Max (cost) FROM visits

-- name: single_value 68
SELECT ma/* */x(cost) FROM visits

-- name: single_value 69
SELECT max /* the most */ (cost) FROM visits

-- name: single_value 70
SELECT max(m) FROM (SELECT resident_id, max(cost) AS m FROM visits GROUP BY resident_id)

-- name: single_value 71
SELECT count(*) FILTER (WHERE cost = max(cost)) FROM visits

-- name: single_value 72
WITH m AS (SELECT max(cost) AS m FROM visits) SELECT count(*) FROM visits, m

-- name: single_value 73
SELECT max(cost) + 0 FROM visits

-- name: single_value 74
SELECT coalesce(max(cost), 0) AS c FROM visits

-- name: single_value 75
SELECT max(cost)::text FROM visits

-- name: single_value 76
SELECT main.max(cost) FROM visits

-- name: single_value 77
SELECT cost.max() FROM visits

-- name: single_value 78
SELECT v.cost.max() FROM visits v

-- name: single_value 79
SELECT max(v) FROM (SELECT cost AS v FROM visits)

-- name: single_value 80
SELECT ｍａｘ(cost) FROM visits

-- name: single_value 81
SELECT mах(cost) FROM visits

-- name: single_value 82
SELECT greatest(max(cost), 1) FROM visits

-- name: single_value 83
SELECT sum(cost) FILTER (WHERE cost = (SELECT max(cost) FROM visits)) FROM visits

