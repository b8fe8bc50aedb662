SELECT department, count(DISTINCT resident_id) AS patients
FROM hospital_visits
GROUP BY department
ORDER BY patients DESC
