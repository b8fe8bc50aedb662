-- name: nullif in a sum
-- change: UPDATE hospital_visits SET fee_total = 0 WHERE days = 68
SELECT department, sum(fee_total) - sum(fee_total + 0*nullif(days,68)) AS x FROM hospital_visits GROUP BY department

-- name: nullif in HAVING
-- change: UPDATE hospital_visits SET diagnosis_code = 'J18.9' WHERE days = 68
SELECT diagnosis_code, visit_type, count(*) FROM hospital_visits GROUP BY 1,2 HAVING sum(fee_total) > sum(fee_total + 0*nullif(days,68))

-- name: a quotient that one row has not
-- refused: aggregate.shaped
SELECT department, sum(fee_total) AS a, sum(fee_total + 0 / (days - 68)) AS b FROM hospital_visits GROUP BY department

-- name: a sum with a coalesce
-- refused: column.not-granted
SELECT sum(fee_total) AS a, sum(coalesce(nullif(days, 68) * 0 + fee_total, 0)) AS b FROM hospital_visits

-- name: a product too large for its type
-- hides: UPDATE hospital_visits SET days = 0 WHERE days = 68
SELECT count(*) - count(days*136000000000000000) FROM hospital_visits

-- name: a product too large for its type, beside a sum
-- shown:
SELECT sum(days) AS s, sum(days * 136000000000000000) AS t FROM hospital_visits

-- name: a step by absorption
-- refused: function.arguments
SELECT sum((days+2^60.0)-2^60.0), sum(days) FROM hospital_visits

-- name: a mean by absorption
-- shown:
SELECT avg((days+1152921504606846976.0)-1152921504606846976.0) - avg(days) AS d, count(*) FROM hospital_visits
