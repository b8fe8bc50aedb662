-- Rows as they stand. Nobody is named in them, and still most are the only one of their kind.
SELECT a.age, a.sex, a.marital_status, a.education, a.occupation, a.salary_class
FROM adult AS a
WHERE a.native_country = 'China'
