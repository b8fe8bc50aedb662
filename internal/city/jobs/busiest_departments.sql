WITH v AS (SELECT resident_id AS person, department AS d FROM hospital_visits)
SELECT d AS department, round(count(DISTINCT person) / 1000.0, 1) AS thousands
FROM v
GROUP BY d
HAVING count(DISTINCT person) > 10000
ORDER BY thousands DESC
LIMIT 5
