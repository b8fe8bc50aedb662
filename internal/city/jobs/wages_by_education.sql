-- Average wage by education and sex.
SELECT r.education, r.sex, count(*) AS spells, avg(s.monthly_wage) AS wage
FROM social_insurance AS s
JOIN residents AS r ON s.resident_id = r.resident_id
GROUP BY r.education, r.sex
ORDER BY r.education, r.sex
