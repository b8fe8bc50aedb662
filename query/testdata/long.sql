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


-- name: care from two registers, of people seen before
WITH care AS (
  SELECT
    'ward' AS place,
    resident_id,
    department,
    visit_date,
    days,
    cost
  FROM visits
  WHERE days > 0
    AND visit_date >= DATE '2025-01-01'
  UNION ALL
  SELECT
    'day clinic',
    resident_id,
    department,
    visit_date,
    days,
    cost
  FROM visits
  WHERE days = 0
    AND visit_date >= DATE '2025-01-01'
),
grown AS (
  SELECT
    resident_id,
    district,
    sex,
    age
  FROM residents
  WHERE age >= 18
    AND resident_id NOT IN (
      SELECT resident_id
      FROM visits
      WHERE diagnosis LIKE 'Z%'
    )
)
SELECT
  c.place,
  g.district,
  CASE WHEN g.sex = 'F' THEN 'women' ELSE 'men' END AS gender,
  count(*) AS stays,
  count(DISTINCT c.resident_id) AS people,
  round(avg(c.days), 1) AS mean_days,
  sum(c.cost) AS cost,
  count(*) FILTER (WHERE g.age >= 65) AS elderly,
  100.0 * count(*) FILTER (WHERE g.age >= 65) / count(*) AS percent_elderly
FROM care AS c
JOIN grown AS g ON g.resident_id = c.resident_id
WHERE EXISTS (
    SELECT 1
    FROM visits AS before
    WHERE before.resident_id = c.resident_id
      AND before.visit_date < c.visit_date
  )
GROUP BY c.place, g.district, gender
HAVING count(*) >= 20
ORDER BY c.place, cost DESC
LIMIT 200
