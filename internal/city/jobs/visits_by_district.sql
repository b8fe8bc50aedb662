-- Visits, patients and fees of the large departments, by the district that the patients live in.
SELECT r.district, v.department,
       count(*) AS visits,
       count(DISTINCT v.resident_id) AS patients,
       sum(v.fee_total) AS fees
FROM hospital_visits AS v
JOIN residents AS r ON v.resident_id = r.resident_id
WHERE v.department IN ('呼吸内科', '心血管内科', '消化内科', '内分泌科', '骨科', '口腔科')
GROUP BY r.district, v.department
ORDER BY r.district, v.department
