-- name: care of the insured by department and band of visits
WITH insured AS (
    SELECT
        resident_id,
        sex,
        district
    FROM residents
    WHERE insured
        AND district IN ('330102', '330105', '330106')
        AND sex IS NOT NULL
), recent AS (
    SELECT
        resident_id AS who,
        department,
        diagnosis,
        cost,
        days,
        visit_date
    FROM visits
    WHERE visit_date >= DATE '2024-01-01'
        AND visit_date < DATE '2026-01-01'
        AND days BETWEEN 1 AND 120
), spent AS (
    SELECT
        who,
        department,
        count(*) AS times,
        sum(cost) AS total,
        sum(CASE WHEN days > 7 THEN cost ELSE 0 END) AS long_total,
        sum(CASE WHEN diagnosis LIKE 'J%' THEN 1 ELSE 0 END) AS lungs
    FROM recent
    GROUP BY who, department
    HAVING count(*) < 200
)
SELECT
    s.department,
    CASE
        WHEN s.times < 3 THEN 'low'
        WHEN s.times < 10 THEN 'middle'
        ELSE 'high'
    END AS band,
    i.sex,
    count(*) AS people,
    avg(least(s.times, 50)) AS mean_times,
    avg(least(greatest(s.total, 0), 100000)) AS mean_cost,
    sum(least(greatest(s.long_total, 0), 100000)) AS long_cost,
    100.0 * count(*) FILTER (WHERE s.lungs > 0) / count(*) AS percent_lungs,
    stddev(least(s.times, 50)) AS spread
FROM insured i
JOIN spent s
    ON i.resident_id = s.who
WHERE s.times >= 1
GROUP BY ALL
HAVING count(*) >= 20
ORDER BY
    s.department,
    mean_cost DESC
LIMIT 100
