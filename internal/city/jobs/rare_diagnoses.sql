-- A disease that few have: in the small districts, too few to be told.
SELECT r.district,
       count(DISTINCT v.resident_id) AS patients,
       count(*) AS visits
FROM hospital_visits AS v
JOIN residents AS r ON v.resident_id = r.resident_id
WHERE v.diagnosis_code = 'G40.9'
GROUP BY r.district
ORDER BY r.district
