-- Income class by education. The share of the higher class is people in it over people in both. The mean is rounded: an exact
-- mean of whole numbers gives away the exact count behind it.
SELECT a.education, a.salary_class, count(*) AS people, round(avg(a.age), 1) AS mean_age
FROM adult AS a
GROUP BY a.education, a.salary_class
ORDER BY a.education, a.salary_class
