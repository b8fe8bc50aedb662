SELECT education, count(*) AS people, avg(age) AS mean_age
FROM adult
GROUP BY education
ORDER BY people DESC
