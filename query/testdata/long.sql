-- name: care of the insured by district and age
WITH adults AS (
  SELECT
    resident_id,
    district,
    sex,
    age,
    insured,
    income
  FROM residents
  WHERE age BETWEEN 18 AND 79
    AND district IN ('330102', '330103', '330104', '330105')
),
stays AS (
  SELECT
    resident_id,
    department,
    diagnosis,
    visit_date,
    days,
    cost,
    CASE WHEN days >= 14 THEN 'long'
         WHEN days >= 3 THEN 'short'
         ELSE 'none' END AS stay
  FROM visits
  WHERE visit_date >= DATE '2025-01-01'
    AND visit_date < DATE '2026-01-01'
    AND diagnosis NOT LIKE 'Z%'
),
patients AS (
  SELECT
    resident_id,
    count(*) AS times,
    sum(cost) AS spent,
    sum(days) AS days,
    count(*) FILTER (WHERE stay = 'long') AS long_stays
  FROM stays
  GROUP BY resident_id
  HAVING count(*) >= 1
)
SELECT
  a.district,
  CASE WHEN a.sex = 'F' THEN 'women' ELSE 'men' END AS gender,
  floor(a.age / 20) * 20 AS age_band,
  count(*) AS people,
  sum(p.times) AS visits,
  sum(p.spent) AS spent,
  round(sum(p.spent) / count(*), 2) AS spent_per_person,
  round(avg(p.days), 1) AS mean_days,
  avg(a.income) AS mean_income,
  count(*) FILTER (WHERE p.long_stays > 0) AS with_long_stay,
  round(100.0 * count(*) FILTER (WHERE a.insured) / count(*), 1) AS percent_insured
FROM adults AS a
JOIN patients AS p ON p.resident_id = a.resident_id
GROUP BY a.district, gender, age_band
HAVING count(*) >= 20
ORDER BY a.district, spent DESC
LIMIT 100

