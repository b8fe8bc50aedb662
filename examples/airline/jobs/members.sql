-- Rows as they stand, without the loyalty number. Income and value alone tell one member from every other.
SELECT m.city, m.gender, m.education, m.salary, m.clv, m.enrollment_year
FROM members AS m
WHERE m.province = 'Yukon'
