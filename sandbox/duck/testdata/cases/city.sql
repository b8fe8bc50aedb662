-- name: a key without one value, in HAVING
-- refused: unit.value
SELECT district, sex, education, count(*) FROM residents GROUP BY ALL HAVING count(*) > count(nullif(resident_id,'17'))

-- name: a key without one value, shown
-- refused: unit.value
SELECT diagnosis_code, count(*) - count(nullif(resident_id,'17')) AS n FROM hospital_visits GROUP BY 1 HAVING count(*) > count(nullif(resident_id,'17'))

-- name: a key without one value, by CASE
-- refused: unit.value
SELECT diagnosis_code, count(CASE WHEN resident_id <> '17' THEN resident_id END) FROM hospital_visits GROUP BY 1

-- name: a key without one value, by FILTER
-- refused: unit.value
SELECT education, count(DISTINCT resident_id) FILTER (WHERE resident_id IS DISTINCT FROM '17') FROM residents GROUP BY 1

-- name: a key beside a text
-- refused: unit.value
SELECT count(DISTINCT coalesce(resident_id, resident_id)) FROM residents

-- name: nullif in a sum
-- refused: column.not-granted
SELECT department, sum(fee_total) - sum(fee_total + 0*nullif(days,68)) AS x FROM hospital_visits GROUP BY department

-- name: nullif in HAVING
-- refused: column.not-granted
SELECT diagnosis_code, visit_type, count(*) FROM hospital_visits GROUP BY 1,2 HAVING sum(fee_total) > sum(fee_total + 0*nullif(days,68))

-- name: a root that not all have
-- refused: column.not-granted
SELECT department, count(*) - count(sqrt(67 - days)) FROM hospital_visits GROUP BY 1

-- name: a type that not all fit
-- refused: column.not-granted
SELECT department, count(*) - count(TRY_CAST(days * 100 + 50 AS DECIMAL(4,0))) FROM hospital_visits GROUP BY 1

-- name: a product too large for its type
-- hides: UPDATE hospital_visits SET days = 0 WHERE days = 68
SELECT count(*) - count(days*136000000000000000) FROM hospital_visits

-- name: a sum too large for its type
-- hides: UPDATE hospital_visits SET days = 0 WHERE days = 68
SELECT count(*) - count(days + 9223372036854775740) FROM hospital_visits

-- name: a product of a product too large for its type
-- hides: UPDATE hospital_visits SET days = 0 WHERE days = 68
SELECT visit_type, count(*) - count(days * days * 1994632770000000) FROM hospital_visits GROUP BY 1

-- name: inclusion and exclusion
-- change: DELETE FROM residents WHERE _unit = 4109
SELECT count(*) FILTER (WHERE sex='女') + count(*) FILTER (WHERE district='云津区' AND (sex='男' OR (birth_date='1979-08-29' AND education='本科'))) - count(*) FROM residents WHERE sex='女' OR district='云津区' AND (sex='男' OR (birth_date='1979-08-29' AND education='本科'))

-- name: inclusion and exclusion, by columns
-- change: DELETE FROM residents WHERE _unit = 4109
SELECT count(*) FILTER (WHERE sex='女') AS f, count(*) FILTER (WHERE district='云津区' AND (sex='男' OR (birth_date='1979-08-29' AND education='本科'))) AS b, count(*) AS either FROM residents WHERE sex='女' OR district='云津区' AND (sex='男' OR (birth_date='1979-08-29' AND education='本科'))

-- name: inclusion and exclusion, by CASE
-- change: UPDATE residents SET education = '高中' WHERE _unit = 4109
SELECT sum(CASE WHEN sex='女' THEN 1 ELSE 0 END) + sum(CASE WHEN sex='男' OR (birth_date='1979-08-29' AND education='本科') THEN 1 ELSE 0 END) - count(*) FROM residents WHERE district='云津区'

-- name: an offset that the sum vanishes with
-- change: UPDATE hospital_visits SET fee_total = 0 WHERE _unit = 4109
SELECT sum(fee_total-1195.8), sum(fee_total) FROM hospital_visits

-- name: an offset in a mean
-- change: UPDATE hospital_visits SET fee_total = 0 WHERE _unit = 4109
SELECT 1e9 * (avg(fee_total - 1195.8) - avg(fee_total)), sum(2*fee_total - 2391.6) - 2*sum(fee_total) AS d, sum(1195.8 - fee_total) FROM hospital_visits

-- name: a step by absorption
-- refused: function.arguments
SELECT sum((days+2^60.0)-2^60.0), sum(days) FROM hospital_visits

-- name: a step by absorption, of the day alone
-- change: UPDATE hospital_visits SET days = 64 WHERE days = 68
SELECT visit_type, sum((days+288230376151711744.0)-288230376151711744.0) AS a, sum(days) AS s FROM hospital_visits GROUP BY visit_type

-- name: a step by absorption, with a factor
-- change: UPDATE hospital_visits SET days = 64 WHERE days = 68
SELECT sum((days * 0.25 + 1152921504606846976.0) - 1152921504606846976.0) AS a, sum(days) AS s FROM hospital_visits

-- name: two parts that one person is between
-- change: UPDATE hospital_visits SET fee_total = 0 WHERE _unit = 4109
SELECT CAST(sum(v.fee_total) FILTER (WHERE r.sex='女' AND r.district='云津区' AND r.education='本科' AND r.birth_date<='1979-08-29') - sum(v.fee_total) FILTER (WHERE r.sex='女' AND r.district='云津区' AND r.education='本科' AND r.birth_date<'1979-08-29') AS VARCHAR) FROM hospital_visits v JOIN residents r ON v.resident_id=r.resident_id

-- name: two parts that one person is between, visits
-- change: DELETE FROM hospital_visits WHERE _unit = 4109
SELECT CAST(count(*) FILTER (WHERE r.sex='女' AND r.district='云津区' AND r.education='本科' AND r.birth_date<='1979-08-29') - count(*) FILTER (WHERE r.sex='女' AND r.district='云津区' AND r.education='本科' AND r.birth_date<'1979-08-29') AS VARCHAR) FROM hospital_visits v JOIN residents r ON v.resident_id=r.resident_id

-- name: two parts that one person is between, a diagnosis
-- change: DELETE FROM hospital_visits WHERE _unit = 4109 AND diagnosis_code = 'J18.9'
SELECT count(DISTINCT v.resident_id) FILTER (WHERE v.diagnosis_code='J18.9' AND r.birth_date<='1979-08-29') - count(DISTINCT v.resident_id) FILTER (WHERE v.diagnosis_code='J18.9' AND r.birth_date<'1979-08-29') AS n FROM hospital_visits v JOIN residents r ON v.resident_id=r.resident_id WHERE r.sex='女' AND r.district='云津区' AND r.education='本科'

-- name: two parts that one person is between, by subqueries
-- change: UPDATE hospital_visits SET fee_total = 0 WHERE _unit = 4109
SELECT (SELECT sum(v.fee_total) FROM hospital_visits v JOIN residents r USING (resident_id) WHERE r.sex='女' AND r.district='云津区' AND r.education='本科' AND r.birth_date<='1979-08-29') - (SELECT sum(v.fee_total) FROM hospital_visits v JOIN residents r USING (resident_id) WHERE r.sex='女' AND r.district='云津区' AND r.education='本科' AND r.birth_date<'1979-08-29') AS fee

-- name: two parts that one person is between, by CASE
-- change: UPDATE hospital_visits SET fee_total = 0 WHERE _unit = 4109
SELECT CAST(sum(CASE WHEN r.birth_date<='1979-08-29' THEN v.fee_total END) - sum(CASE WHEN r.birth_date<'1979-08-29' THEN v.fee_total END) AS VARCHAR) AS fee FROM hospital_visits v JOIN residents r ON v.resident_id=r.resident_id WHERE r.sex='女' AND r.district='云津区' AND r.education='本科'

-- name: a count as text
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT CAST(count(*) AS VARCHAR) FROM residents WHERE district = '青屏区'

-- name: a count beside what it leaves
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT count(*), count(*) % 5 FROM residents WHERE district = '青屏区'

-- name: a count and steps from it
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT count(*)+1, count(*)+2, count(*)+3, count(*)+4 FROM residents WHERE district = '青屏区'

-- name: a count that is compared
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT count(*) > 5076 FROM residents WHERE district = '青屏区'

-- name: a count in CASE
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT CASE WHEN count(*) > 5076 THEN 'more' ELSE 'not more' END FROM residents WHERE district = '青屏区'

-- name: a count in HAVING
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT district, count(*) FROM residents WHERE district = '青屏区' GROUP BY district HAVING count(*) % 5 < 2

-- name: a count in a text
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT count(*), 'about ' || CAST(count(*) AS VARCHAR) || ' people' FROM residents WHERE district = '青屏区'

-- name: a count in a format
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT format('{:d}', count(*)), bar(count(*), 0, 6000, 60), repeat('x', 2) || right(CAST(count(*) AS VARCHAR), 1) FROM residents WHERE district = '青屏区'

-- name: a count in ORDER BY
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT district FROM residents WHERE district IN ('青屏区', '望潮区') GROUP BY district ORDER BY count(*) % 5 DESC, district LIMIT 1

-- name: a count in a window
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT district, sum(count(*)) OVER () - 5 * (sum(count(*)) OVER () // 5) AS rest, rank() OVER (ORDER BY count(*) % 5) FROM residents WHERE district = '青屏区' GROUP BY district

-- name: a count in QUALIFY
-- change: DELETE FROM residents WHERE _unit = (SELECT min(_unit) FROM residents WHERE district = '青屏区')
SELECT district, count(*) AS n FROM residents WHERE district = '青屏区' GROUP BY district QUALIFY sum(count(*)) OVER () > 5076

-- name: an alias without AS
-- refused: invalid
SELECT count(*) name FROM residents

-- name: a title
-- shown:
SELECT 性别, count(*) FROM residents GROUP BY 1

-- name: a date and a count of days
-- shown:
SELECT DATE '2000-01-01' + count(*) FROM residents
