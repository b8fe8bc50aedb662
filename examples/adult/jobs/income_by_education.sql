-- Income class by education. The share of the higher class is people in it over people in both.
SELECT a.education, a.salary_class, count(*) AS people, avg(a.age) AS mean_age
FROM adult AS a
GROUP BY a.education, a.salary_class
ORDER BY a.education, a.salary_class
