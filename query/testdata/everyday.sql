-- name: 1
SELECT count(*) AS residents FROM residents

-- name: 2
SELECT sex, count(*) AS n FROM residents GROUP BY sex

-- name: 3
SELECT district, sex, count(*) AS n FROM residents GROUP BY district, sex ORDER BY district, sex

-- name: 4
SELECT floor(age / 10) * 10 AS age_band, count(*) AS n FROM residents GROUP BY 1 ORDER BY 1

-- name: 5
SELECT district, avg(age) AS mean_age FROM residents GROUP BY district

-- name: 6
SELECT count(*) FILTER (WHERE age >= 60) * 100.0 / count(*) AS percent_60 FROM residents

-- name: 7
SELECT district, round(100.0 * sum(CASE WHEN age < 15 THEN 1 ELSE 0 END) / count(*), 1) AS percent_children FROM residents GROUP BY district

-- name: 8
SELECT district, count(*) FILTER (WHERE insured) AS insured, count(*) AS n FROM residents GROUP BY district

-- name: 9
SELECT insured, avg(income) AS mean_income FROM residents GROUP BY insured

-- name: 10
SELECT district, sum(income) AS income, avg(income) AS mean, stddev(income) AS spread FROM residents GROUP BY district ORDER BY mean DESC

-- name: 11
SELECT sex, floor(age / 20) * 20 AS band, avg(income) AS mean FROM residents WHERE age BETWEEN 20 AND 59 GROUP BY ALL

-- name: 12
SELECT substr(district, 1, 4) AS city, count(*) AS n FROM residents GROUP BY 1

-- name: 13
SELECT count(DISTINCT district) AS districts FROM residents

-- name: 14
SELECT district, count(*) AS n FROM residents WHERE district IN ('330102', '330103', '330104') GROUP BY district

-- name: 15
SELECT CASE WHEN age < 15 THEN 1 ELSE 0 END AS child, count(*) FROM residents GROUP BY 1

-- name: 16
SELECT count(*) AS visits, count(DISTINCT resident_id) AS patients FROM visits

-- name: 17
SELECT department, count(*) AS visits FROM visits GROUP BY department ORDER BY visits DESC

-- name: 18
SELECT year(visit_date) AS year, month(visit_date) AS month, count(*) AS visits FROM visits GROUP BY ALL ORDER BY ALL

-- name: 19
SELECT date_trunc('week', visit_date) AS week, count(*) AS visits FROM visits WHERE diagnosis = 'J11' GROUP BY week ORDER BY week

-- name: 20
SELECT diagnosis, count(DISTINCT resident_id) AS patients FROM visits GROUP BY diagnosis ORDER BY patients DESC LIMIT 10

-- name: 21
SELECT department, sum(cost) AS cost, avg(cost) AS mean, sum(days) AS days FROM visits GROUP BY department

-- name: 22
SELECT hospital_code, avg(days) AS mean_stay FROM visits WHERE days > 0 GROUP BY hospital_code HAVING count(*) >= 50

-- name: 23
SELECT department, sum(cost) / sum(days) AS cost_per_day FROM visits GROUP BY department

-- name: 24
SELECT dayname(visit_date) AS day, count(*) FROM visits GROUP BY 1

-- name: 25
SELECT hour(admitted_at) AS hour, count(*) AS admissions FROM visits GROUP BY hour ORDER BY hour

-- name: 26
SELECT quarter(visit_date) AS q, avg(cost) AS mean FROM visits WHERE year(visit_date) = 2025 GROUP BY q

-- name: 27
SELECT department, avg(days) AS mean, var_samp(days) AS variance FROM visits GROUP BY department

-- name: 28
SELECT days >= 7 AS long_stay, count(*) AS n, avg(cost) AS mean FROM visits GROUP BY 1

-- name: 29
SELECT department, count(*) FILTER (WHERE days >= 7) AS long, count(*) FILTER (WHERE days < 7) AS short FROM visits GROUP BY department

-- name: 30
SELECT substr(diagnosis, 1, 1) AS chapter, count(*) AS n FROM visits GROUP BY chapter ORDER BY n DESC

-- name: 31
SELECT count(*) - count(cost) AS without_cost FROM visits

-- name: 32
SELECT department, sum(coalesce(cost, 0)) AS cost FROM visits GROUP BY department

-- name: 33
SELECT r.district, count(*) AS visits FROM residents r JOIN visits v USING (resident_id) GROUP BY r.district

-- name: 34
SELECT r.district, count(DISTINCT v.resident_id) AS patients, count(*) AS visits, sum(v.cost) AS cost FROM residents r JOIN visits v USING (resident_id) GROUP BY r.district

-- name: 35
SELECT r.sex, v.department, avg(v.cost) AS mean FROM residents r JOIN visits v USING (resident_id) GROUP BY ALL

-- name: 36
SELECT floor(r.age / 10) * 10 AS band, v.diagnosis, count(DISTINCT v.resident_id) AS patients FROM residents r JOIN visits v USING (resident_id) GROUP BY ALL

-- name: 37
SELECT r.district, count(DISTINCT v.resident_id) * 1000.0 / count(DISTINCT r.resident_id) AS per_thousand FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id AND v.diagnosis = 'J11' GROUP BY r.district

-- name: 38
SELECT r.insured, sum(v.cost) / count(DISTINCT r.resident_id) AS cost_per_patient FROM residents r JOIN visits v USING (resident_id) GROUP BY r.insured

-- name: 39
SELECT r.district, count(*) AS never_seen FROM residents r LEFT JOIN visits v USING (resident_id) WHERE v.resident_id IS NULL GROUP BY r.district

-- name: 40
SELECT n, count(*) AS patients FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) GROUP BY n ORDER BY n

-- name: 41
SELECT least(n, 10) AS visits, count(*) AS patients FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) GROUP BY 1

-- name: 42
SELECT avg(n) AS visits_per_patient, avg(spent) AS spent_per_patient FROM (SELECT resident_id, count(*) AS n, sum(cost) AS spent FROM visits GROUP BY resident_id)

-- name: 43
SELECT r.district, avg(coalesce(p.n, 0)) AS visits_per_resident FROM residents r LEFT JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) p ON p.resident_id = r.resident_id GROUP BY r.district

-- name: 44
SELECT count(*) AS frequent FROM (SELECT resident_id FROM visits GROUP BY resident_id HAVING count(*) >= 5)

-- name: 45
SELECT a.department AS first, b.department AS next, count(DISTINCT a.resident_id) AS people FROM visits a JOIN visits b ON a.resident_id = b.resident_id AND b.visit_date > a.visit_date AND b.visit_date <= a.visit_date + INTERVAL 30 DAY GROUP BY 1, 2

-- name: 46
SELECT sector, count(*) AS enterprises, sum(employees) AS employees FROM enterprises GROUP BY sector

-- name: 47
SELECT district, sector, count(*) AS n FROM enterprises GROUP BY ALL

-- name: 48
SELECT sector, sum(turnover) AS turnover, avg(turnover) AS mean FROM enterprises GROUP BY sector ORDER BY turnover DESC

-- name: 49
SELECT floor(employees / 50) * 50 AS size, count(*) AS n FROM enterprises GROUP BY 1

-- name: 50
SELECT sector, sum(turnover) / sum(employees) AS per_head FROM enterprises GROUP BY sector

-- name: 51
SELECT count(*) FILTER (WHERE employees < 50) AS small, count(*) AS n FROM enterprises

-- name: 52
SELECT h.kind, count(DISTINCT v.resident_id) AS patients FROM visits v JOIN hospitals h ON v.hospital_code = h.code GROUP BY h.kind

-- name: 53
SELECT r.district, count(DISTINCT r.resident_id) AS residents, count(DISTINCT v.resident_id) AS patients FROM residents r LEFT JOIN visits v ON r.resident_id = v.resident_id GROUP BY r.district

-- name: 54
SELECT education, count(*) AS n, avg(age) AS mean_age, avg(hours) AS mean_hours FROM census GROUP BY education

-- name: 55
SELECT education, income, count(*) AS n FROM census GROUP BY education, income ORDER BY education, income

-- name: 56
SELECT education, avg(CASE WHEN income = '>50K' THEN 1.0 ELSE 0.0 END) AS share FROM census GROUP BY education

-- name: 57
SELECT floor(age / 5) * 5 AS band, income, count(*) AS n FROM census GROUP BY ALL

-- name: 58
SELECT income, avg(hours) AS mean, stddev(hours) AS sd, count(*) AS n FROM census WHERE age BETWEEN 25 AND 64 GROUP BY income

-- name: 59
SELECT "区划" AS region, count(*) AS n, sum(hours) AS hours FROM census GROUP BY 1

-- name: 60
SELECT age, count(*) AS n FROM census WHERE education LIKE 'b%' GROUP BY age HAVING n > 20 ORDER BY n DESC LIMIT 5

