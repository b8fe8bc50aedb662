-- name: median
SELECT department, median(cost) AS typical FROM visits GROUP BY department

-- name: quantiles of one column
SELECT quantile_cont(cost, 0.9) AS p90, quantile_cont(cost, 0.1) AS p10, median(cost) AS p50, quantile(cost, 0.9) AS again FROM visits WHERE days > 3

-- name: WITHIN GROUP
SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY cost) AS a, percentile_cont(0.1) WITHIN GROUP (ORDER BY cost DESC) AS b FROM visits

-- name: median is granted by quantile
SELECT quantile_cont(cost, 0.5), median(cost) FILTER (WHERE days > 1) FROM visits

-- name: per person
SELECT avg(m) FROM (SELECT resident_id, median(cost) AS m, quantile_cont(cost, 0.9) AS p90 FROM visits GROUP BY resident_id)

-- name: of each row a unit
SELECT median(least(hours, 60)) FROM census

-- name: not granted
SELECT median(days) FROM visits

-- name: quantile not granted where median is
SELECT quantile_cont(income, 0.9) FROM residents

-- name: no constant
SELECT quantile_cont(cost, days) FROM visits

-- name: beyond one
SELECT quantile_cont(cost, 1.5) FROM visits

-- name: several at once
SELECT quantile_cont(cost, [0.1, 0.9]) FROM visits

-- name: greatest value
SELECT max(cost) FROM visits
