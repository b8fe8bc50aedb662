-- Each of these columns would give the exact count away, if it were made of the exact count.
SELECT district,
       count(*) AS residents,
       CAST(count(*) AS VARCHAR) AS as_text,
       count(*) % 5 AS rest,
       CASE WHEN count(*) > count(*) // 5 * 5 THEN 'above' ELSE 'even' END AS compared
FROM residents
GROUP BY district
ORDER BY district
