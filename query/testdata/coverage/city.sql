-- name: residents
SELECT count(*) AS residents FROM residents

-- name: residents by district and sex
SELECT district, sex, count(*) AS n FROM residents GROUP BY district, sex ORDER BY district, sex

-- name: residents by part of the city
SELECT d.area, count(*) AS n FROM residents r JOIN districts d USING (district) GROUP BY d.area ORDER BY n DESC

-- name: mean fee of visits by part of the city
SELECT d.area, avg(v.fee_total) AS fee FROM hospital_visits v JOIN residents r USING (resident_id) JOIN districts d ON d.district = r.district GROUP BY d.area

-- name: residents by ten-year birth cohort
SELECT year(birth_date) // 10 * 10 AS cohort, count(*) AS n FROM residents GROUP BY 1 ORDER BY 1

-- name: share of graduates by district
SELECT district, round(100.0 * count(*) FILTER (WHERE education IN ('本科', '研究生')) / count(*), 1) AS percent FROM residents GROUP BY district ORDER BY percent DESC

-- name: population pyramid
SELECT year(birth_date) // 10 * 10 AS cohort, count(*) FILTER (WHERE sex = '男') AS men, count(*) FILTER (WHERE sex = '女') AS women FROM residents GROUP BY cohort ORDER BY cohort

-- name: people over 65 by district
SELECT district, count(*) AS n FROM residents WHERE birth_date < DATE '1960-01-01' GROUP BY district

-- name: dependency ratio
SELECT 100.0 * (count(*) FILTER (WHERE birth_date > DATE '2010-12-31') + count(*) FILTER (WHERE birth_date < DATE '1961-01-01')) / nullif(count(*) FILTER (WHERE birth_date BETWEEN DATE '1961-01-01' AND DATE '2010-12-31'), 0) AS ratio FROM residents

-- name: districts with most graduates, first three
SELECT district, count(*) AS n FROM residents WHERE education = '研究生' GROUP BY district ORDER BY n DESC LIMIT 3

-- name: residents by year of birth
-- forbidden: the provider grants ten-year cohorts alone
SELECT year(birth_date) AS year, count(*) AS n FROM residents GROUP BY year

-- name: oldest resident
-- forbidden: the least and the greatest value are one person's
SELECT max(birth_date) AS youngest, min(birth_date) AS oldest FROM residents

-- name: median year of birth
-- forbidden: the provider grants no median of the date of birth
SELECT median(year(birth_date)) AS year FROM residents

-- name: households
-- forbidden: the provider denies the household
SELECT count(DISTINCT household_id) AS households FROM residents

-- name: mean household size
-- forbidden: the provider denies the household
SELECT avg(n) AS size FROM (SELECT household_id, count(*) AS n FROM residents GROUP BY household_id)

-- name: totals and parts by district and sex
SELECT district, sex, count(*) AS n FROM residents GROUP BY ROLLUP (district, sex)

-- name: districts ranked
SELECT district, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS place FROM residents GROUP BY district

-- name: share of each district
SELECT district, count(*) * 100.0 / (SELECT count(*) FROM residents) AS percent FROM residents GROUP BY district

-- name: visits and patients
SELECT count(*) AS visits, count(DISTINCT resident_id) AS patients FROM hospital_visits

-- name: visits by hospital and kind
SELECT hospital, visit_type, count(*) AS n FROM hospital_visits GROUP BY ALL ORDER BY ALL

-- name: visits by department, most first
SELECT department, count(*) AS n FROM hospital_visits GROUP BY department ORDER BY n DESC LIMIT 10

-- name: visits by week
SELECT date_trunc('week', visit_date) AS week, count(*) AS n FROM hospital_visits GROUP BY week ORDER BY week

-- name: visits by month
SELECT month(visit_date) AS month, count(*) AS n FROM hospital_visits GROUP BY month ORDER BY month

-- name: visits by day
-- forbidden: the provider grants weeks and months alone
SELECT visit_date, count(*) AS n FROM hospital_visits GROUP BY visit_date

-- name: fees by department
SELECT department, sum(fee_total) AS total, avg(fee_total) AS mean FROM hospital_visits GROUP BY department

-- name: spread of fees by kind of visit
SELECT visit_type, avg(fee_total) AS mean, stddev(fee_total) AS spread FROM hospital_visits GROUP BY visit_type

-- name: median fee by kind of visit
SELECT visit_type, median(fee_total) AS fee FROM hospital_visits GROUP BY visit_type

-- name: ninth decile of fees
SELECT quantile_cont(fee_total, 0.9) AS fee FROM hospital_visits

-- name: dearest visit
-- forbidden: the greatest value is one person's
SELECT max(fee_total) AS fee FROM hospital_visits

-- name: share paid by insurance
SELECT hospital, 100.0 * sum(insurance_paid) / sum(fee_total) AS percent FROM hospital_visits GROUP BY hospital

-- name: mean stay by department
SELECT department, avg(days) AS days FROM hospital_visits WHERE visit_type = '住院' GROUP BY department HAVING count(*) >= 50

-- name: long stays
SELECT hospital, count(*) FILTER (WHERE days > 14) * 100.0 / count(*) AS percent FROM hospital_visits WHERE visit_type = '住院' GROUP BY hospital

-- name: patients by diagnosis
SELECT diagnosis_code, count(DISTINCT resident_id) AS patients FROM hospital_visits GROUP BY diagnosis_code ORDER BY patients DESC LIMIT 20

-- name: diagnoses by chapter
SELECT substr(diagnosis_code, 1, 1) AS chapter, count(*) AS n FROM hospital_visits GROUP BY chapter

-- name: influenza by week
SELECT date_trunc('week', visit_date) AS week, count(DISTINCT resident_id) AS patients FROM hospital_visits WHERE diagnosis_code LIKE 'J1%' GROUP BY week ORDER BY week

-- name: visits for each person, by how many had them
SELECT least(n, 20) AS visits, count(*) AS people FROM (SELECT resident_id, count(*) AS n FROM hospital_visits GROUP BY resident_id) GROUP BY 1 ORDER BY 1

-- name: mean visits and fees for each patient
SELECT avg(n) AS visits, avg(fee) AS fee FROM (SELECT resident_id, count(*) AS n, sum(fee_total) AS fee FROM hospital_visits GROUP BY resident_id)

-- name: patients with a chronic disease seen four times or more
SELECT count(*) AS patients FROM (SELECT resident_id FROM hospital_visits WHERE diagnosis_code LIKE 'I10%' OR diagnosis_code LIKE 'E11%' GROUP BY resident_id HAVING count(*) >= 4)

-- name: visits by district of residence
SELECT r.district, count(*) AS visits, count(DISTINCT v.resident_id) AS patients FROM residents r JOIN hospital_visits v USING (resident_id) GROUP BY r.district

-- name: visits per thousand residents
SELECT r.district, 1000.0 * count(v.resident_id) / count(DISTINCT r.resident_id) AS per_thousand FROM residents r LEFT JOIN hospital_visits v ON v.resident_id = r.resident_id GROUP BY r.district

-- name: residents who never saw a doctor
SELECT district, count(*) AS n FROM residents r WHERE NOT EXISTS (SELECT 1 FROM hospital_visits v WHERE v.resident_id = r.resident_id) GROUP BY district

-- name: residents with diabetes by district
SELECT district, count(*) AS n FROM residents WHERE resident_id IN (SELECT resident_id FROM hospital_visits WHERE diagnosis_code LIKE 'E11%') GROUP BY district

-- name: patients with diabetes and high blood pressure
SELECT count(*) AS patients FROM residents WHERE resident_id IN (SELECT resident_id FROM hospital_visits WHERE diagnosis_code LIKE 'E11%') AND resident_id IN (SELECT resident_id FROM hospital_visits WHERE diagnosis_code LIKE 'I10%')

-- name: readmission within thirty days
SELECT a.department, count(DISTINCT a.resident_id) AS patients FROM hospital_visits a JOIN hospital_visits b ON b.resident_id = a.resident_id AND b.visit_date > a.visit_date AND b.visit_date <= a.visit_date + INTERVAL 30 DAY WHERE a.visit_type = '住院' AND b.visit_type = '住院' GROUP BY a.department

-- name: fees by age group and sex
SELECT year(r.birth_date) // 10 * 10 AS cohort, r.sex, avg(v.fee_total) AS fee FROM residents r JOIN hospital_visits v USING (resident_id) GROUP BY ALL ORDER BY ALL

-- name: patients of each hospital by where they live
SELECT v.hospital, r.district, count(DISTINCT v.resident_id) AS patients FROM hospital_visits v JOIN residents r ON r.resident_id = v.resident_id GROUP BY v.hospital, r.district

-- name: departments compared in two half-years
SELECT half, department, count(*) AS n, avg(fee_total) AS fee FROM (SELECT 'first' AS half, department, fee_total FROM hospital_visits WHERE visit_date < DATE '2025-07-01' UNION ALL SELECT 'second', department, fee_total FROM hospital_visits WHERE visit_date >= DATE '2025-07-01') GROUP BY half, department

-- name: people with work or care
SELECT count(DISTINCT resident_id) AS people FROM (SELECT resident_id FROM hospital_visits UNION ALL SELECT resident_id FROM social_insurance)

-- name: fees of each visit, without names
-- forbidden dp: a row for each visit
SELECT visit_date, hospital, department, visit_type, fee_total FROM hospital_visits WHERE department = '急诊科' ORDER BY visit_date LIMIT 500

-- name: patients by name and mobile number
-- forbidden dp: a row for each visit
SELECT r.name, r.mobile, v.department FROM residents r JOIN hospital_visits v USING (resident_id) WHERE v.hospital = '市中医院' LIMIT 100

-- name: one person's visits
-- forbidden: it reads one person's rows
SELECT visit_date, diagnosis FROM hospital_visits WHERE resident_id = '330102199001011234'

-- name: last visit of each person
-- forbidden: a row for each person
SELECT resident_id, max(visit_date) AS last FROM hospital_visits GROUP BY resident_id

-- name: employees by industry
SELECT industry, count(DISTINCT resident_id) AS employees FROM social_insurance GROUP BY industry ORDER BY employees DESC

-- name: wages by industry
SELECT industry, avg(monthly_wage) AS wage FROM social_insurance GROUP BY industry ORDER BY wage DESC

-- name: wages by education and sex
SELECT r.education, r.sex, avg(s.monthly_wage) AS wage FROM residents r JOIN social_insurance s USING (resident_id) GROUP BY r.education, r.sex

-- name: wage gap
SELECT s.industry, avg(CASE WHEN r.sex = '男' THEN s.monthly_wage END) / avg(CASE WHEN r.sex = '女' THEN s.monthly_wage END) AS ratio FROM residents r JOIN social_insurance s USING (resident_id) GROUP BY s.industry

-- name: median wage by industry
SELECT industry, median(monthly_wage) AS wage FROM social_insurance GROUP BY industry

-- name: insured all year
SELECT industry, 100.0 * sum(CASE WHEN months = 12 THEN 1 ELSE 0 END) / count(*) AS percent FROM social_insurance GROUP BY industry

-- name: sick leave by industry
SELECT s.industry, avg(v.days) AS days FROM social_insurance s JOIN hospital_visits v USING (resident_id) WHERE v.visit_type = '住院' GROUP BY s.industry

-- name: wages and fees go together
SELECT corr(s.monthly_wage, v.fee_total) AS r FROM social_insurance s JOIN hospital_visits v USING (resident_id)

-- name: enterprises by industry and district
SELECT industry, district, count(*) AS n FROM enterprises GROUP BY industry, district

-- name: revenue by industry
SELECT industry, sum(revenue) AS revenue, sum(employees) AS employees FROM enterprises GROUP BY industry ORDER BY revenue DESC

-- name: revenue per employee
SELECT industry, sum(revenue) * 1.0 / sum(employees) AS per_head FROM enterprises GROUP BY industry

-- name: small and large enterprises
-- forbidden: the provider does not grant the number of employees as a key
SELECT CASE WHEN employees < 20 THEN 'small' WHEN employees < 300 THEN 'medium' ELSE 'large' END AS size, count(*) AS n, sum(revenue) AS revenue FROM enterprises GROUP BY size

-- name: enterprises by five years of foundation
SELECT founded // 5 * 5 AS founded, count(*) AS n FROM enterprises GROUP BY 1 ORDER BY 1

-- name: tax burden by district
SELECT district, 100.0 * sum(tax_paid) / sum(revenue) AS percent FROM enterprises GROUP BY district

-- name: largest enterprise by industry
-- forbidden: the greatest value is one enterprise's
SELECT industry, max(revenue) AS revenue FROM enterprises GROUP BY industry

-- name: industries with a revenue above the mean
SELECT industry, sum(revenue) AS revenue FROM enterprises GROUP BY industry HAVING sum(revenue) > (SELECT avg(revenue) FROM enterprises)

-- name: first visits by department
SELECT department, count(*) AS patients FROM (SELECT resident_id, arg_min(department, visit_date) AS department FROM hospital_visits GROUP BY resident_id) GROUP BY department

-- name: kind of the last visit
SELECT visit_type, count(*) AS patients FROM (SELECT resident_id, last(visit_type ORDER BY visit_date) AS visit_type FROM hospital_visits GROUP BY resident_id) GROUP BY visit_type

-- name: patients by week of their first visit
SELECT date_trunc('week', first) AS week, count(*) AS patients FROM (SELECT resident_id, min(visit_date) AS first FROM hospital_visits GROUP BY resident_id) GROUP BY week ORDER BY week

-- name: patients by month of their first visit
SELECT month(first) AS month, count(*) AS patients FROM (SELECT resident_id, min(visit_date) AS first FROM hospital_visits GROUP BY resident_id) GROUP BY 1

-- name: new patients of the second half-year
SELECT r.district, count(*) AS patients FROM residents r JOIN (SELECT resident_id, min(visit_date) AS first FROM hospital_visits GROUP BY resident_id) f USING (resident_id) WHERE f.first >= DATE '2025-07-01' GROUP BY r.district

-- name: patients not seen since summer
SELECT count(*) AS patients FROM (SELECT resident_id FROM hospital_visits GROUP BY resident_id HAVING max(visit_date) < DATE '2025-07-01')

-- name: longest stay of each patient, in bands
SELECT CASE WHEN longest > 14 THEN 'long' WHEN longest > 0 THEN 'short' ELSE 'none' END AS stay, count(*) AS patients FROM (SELECT resident_id, max(days) AS longest FROM hospital_visits GROUP BY resident_id) GROUP BY 1

-- name: mean longest stay
SELECT avg(longest) AS days FROM (SELECT resident_id, max(days) AS longest FROM hospital_visits GROUP BY resident_id)

-- name: ever an inpatient
SELECT r.district, avg(v.inpatient) AS share FROM residents r JOIN (SELECT resident_id, max(CASE WHEN visit_type = '住院' THEN 1 ELSE 0 END) AS inpatient FROM hospital_visits GROUP BY resident_id) v USING (resident_id) GROUP BY r.district

-- name: only ever seen at one hospital's emergency room
SELECT count(*) FILTER (WHERE only_emergency) AS patients FROM (SELECT resident_id, bool_and(department = '急诊科') AS only_emergency FROM hospital_visits GROUP BY resident_id)

-- name: fee of the first visit
SELECT avg(fee) AS fee FROM (SELECT resident_id, arg_min(fee_total, visit_date) AS fee FROM hospital_visits GROUP BY resident_id)

-- name: dearest visit of each patient
SELECT avg(dearest) AS fee FROM (SELECT resident_id, max(fee_total) AS dearest FROM hospital_visits GROUP BY resident_id)

-- name: department of the second visit
SELECT department, count(*) AS patients FROM (SELECT department, row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) AS k FROM hospital_visits) WHERE k = 2 GROUP BY department

-- name: from which department to which
SELECT before, department, count(*) AS n FROM (SELECT department, lag(department) OVER (PARTITION BY resident_id ORDER BY visit_date) AS before FROM hospital_visits) WHERE before IS NOT NULL GROUP BY before, department ORDER BY n DESC

-- name: seen again within a month
SELECT department, count(*) FILTER (WHERE visit_date - before <= 30) * 100.0 / count(*) AS percent FROM (SELECT department, visit_date, lag(visit_date) OVER (PARTITION BY resident_id ORDER BY visit_date) AS before FROM hospital_visits) GROUP BY department

-- name: mean length of the first stay
SELECT avg(days) AS days FROM (SELECT days FROM hospital_visits WHERE visit_type = '住院' QUALIFY row_number() OVER (PARTITION BY resident_id ORDER BY visit_date) = 1)

-- name: frequent patients' visits by hospital
SELECT hospital, count(*) AS visits FROM (SELECT hospital, count(*) OVER (PARTITION BY resident_id) AS n FROM hospital_visits) WHERE n >= 10 GROUP BY hospital

-- name: visits ranked over everybody
SELECT department, count(*) AS n FROM (SELECT department, rank() OVER (ORDER BY visit_date) AS k FROM hospital_visits) WHERE k < 1000 GROUP BY department

-- name: residents with and without a visit
SELECT resident_id IN (SELECT resident_id FROM hospital_visits) AS seen, count(*) AS n FROM residents GROUP BY seen

-- name: diabetics by district, as a share
SELECT district, 100.0 * count(*) FILTER (WHERE EXISTS (SELECT 1 FROM hospital_visits v WHERE v.resident_id = r.resident_id AND v.diagnosis_code LIKE 'E11%')) / count(*) AS percent FROM residents r GROUP BY district

-- name: old or chronically ill
SELECT count(*) AS n FROM residents WHERE birth_date < DATE '1950-01-01' OR resident_id IN (SELECT resident_id FROM hospital_visits WHERE diagnosis_code LIKE 'I10%')

-- name: wages of those with and without a stay
SELECT CASE WHEN resident_id IN (SELECT resident_id FROM hospital_visits WHERE visit_type = '住院') THEN 'stay' ELSE 'none' END AS care, avg(monthly_wage) AS wage FROM social_insurance GROUP BY care

-- name: insured and treated
SELECT count(*) AS n FROM (SELECT resident_id FROM social_insurance INTERSECT SELECT resident_id FROM hospital_visits)

-- name: insured and never treated
SELECT count(*) AS n FROM (SELECT resident_id FROM social_insurance EXCEPT SELECT resident_id FROM hospital_visits)

-- name: natural join
SELECT sex, avg(days) AS days FROM residents NATURAL JOIN hospital_visits GROUP BY sex
