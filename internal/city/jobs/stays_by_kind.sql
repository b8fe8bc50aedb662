SELECT visit_type, avg(days) AS days
FROM hospital_visits
GROUP BY visit_type
