-- Rows as they stand, without any identifier; and still each of them is somebody.
SELECT v.visit_date, v.hospital, v.department, v.visit_type, v.fee_total
FROM hospital_visits AS v
WHERE v.department = '血液科'
