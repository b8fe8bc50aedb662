-- name: an answer
PIVOT (SELECT department, diagnosis, count(*) AS n FROM visits GROUP BY ALL) ON diagnosis IN ('J11', 'C34') USING sum(n)
-- name: rows of people, by one column
PIVOT visits ON diagnosis IN ('J11', 'C34') USING avg(cost) AS mean, count(*) AS n GROUP BY department
-- name: with names of its own
SELECT * FROM (SELECT department, diagnosis, cost FROM visits) PIVOT (sum(cost) FOR diagnosis IN ('C34' AS lung, 'J11' AS flu)) AS p
-- name: several aggregates without names
PIVOT visits ON diagnosis IN ('J11', 'C34') USING avg(cost), count(*) GROUP BY department
-- name: of something computed
PIVOT visits ON substr(diagnosis, 1, 1) IN ('J', 'C') USING count(*) GROUP BY department
-- name: two columns
PIVOT visits ON diagnosis IN ('J11'), department IN ('eyes') USING count(*) GROUP BY hospital_code
-- name: by person
PIVOT visits ON diagnosis IN ('J11', 'C34') USING count(*) AS n GROUP BY resident_id
-- name: unpivot
UNPIVOT (SELECT department, sum(cost) AS c, sum(days) AS d FROM visits GROUP BY department) ON c, d INTO NAME what VALUE v
