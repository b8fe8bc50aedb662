-- name: wrong_use 1
SELECT avg(cost) FROM visits WHERE score IS NULL GROUP BY score

-- name: wrong_use 2
SELECT name, count(*) FROM residents GROUP BY name

-- name: wrong_use 3
SELECT count(*) FROM residents WHERE name = 'Zhang San'

-- name: wrong_use 4
SELECT count(*) FROM residents WHERE mobile LIKE '138%'

-- name: wrong_use 5
SELECT avg(income) FROM residents WHERE income > 1000000

-- name: wrong_use 6
SELECT income, count(*) FROM residents GROUP BY income

-- name: wrong_use 7
SELECT round(income, -3), count(*) FROM residents GROUP BY 1

-- name: wrong_use 8
SELECT income > 100000, count(*) FROM residents GROUP BY 1

-- name: wrong_use 9
SELECT sum(CASE WHEN income > 100000 THEN 1 ELSE 0 END) FROM residents

-- name: wrong_use 10
SELECT count(*) FILTER (WHERE income > 100000) FROM residents

-- name: wrong_use 11
SELECT sum((income > 100000)::int) FROM residents

-- name: wrong_use 12
SELECT var_pop(income) FROM residents

-- name: wrong_use 13
SELECT count(income) FROM residents

-- name: wrong_use 14
SELECT count(DISTINCT income) FROM residents

-- name: wrong_use 15
SELECT sum(age) FROM residents

-- name: wrong_use 16
SELECT age, count(*) FROM residents GROUP BY age

-- name: wrong_use 17
SELECT floor(age / 5) * 5, count(*) FROM residents GROUP BY 1

-- name: wrong_use 18
SELECT age // 1, count(*) FROM residents GROUP BY 1

-- name: wrong_use 19
SELECT age - age % 7, count(*) FROM residents GROUP BY 1

-- name: wrong_use 20
SELECT age % 10, count(*) FROM residents GROUP BY 1

-- name: wrong_use 21
SELECT floor(age / 10) * 10 + age % 10, count(*) FROM residents GROUP BY 1

-- name: wrong_use 22
SELECT floor(age / 10), age, count(*) FROM residents GROUP BY 1, 2

-- name: wrong_use 23
SELECT floor((age + 3) / 10), count(*) FROM residents GROUP BY 1

-- name: wrong_use 24
SELECT floor(age / 10.5), count(*) FROM residents GROUP BY 1

-- name: wrong_use 25
SELECT floor(age / 0.1), count(*) FROM residents GROUP BY 1

-- name: wrong_use 26
SELECT floor(age / -10), count(*) FROM residents GROUP BY 1

-- name: wrong_use 27
SELECT round(age / 10), count(*) FROM residents GROUP BY 1

-- name: wrong_use 28
SELECT CASE WHEN age < 33 THEN 'a' ELSE 'b' END, count(*) FROM residents GROUP BY 1

-- name: wrong_use 29
SELECT age > 30, count(*) FROM residents GROUP BY 1

-- name: wrong_use 30
SELECT birth_date, count(*) FROM residents GROUP BY 1

-- name: wrong_use 31
SELECT year(birth_date), count(*) FROM residents GROUP BY 1

-- name: wrong_use 32
SELECT birth_date FROM residents

-- name: wrong_use 33
SELECT min_age, count(*) FROM (SELECT age AS min_age FROM residents) GROUP BY 1

-- name: wrong_use 34
SELECT diagnosis FROM visits

-- name: wrong_use 35
SELECT cost, count(*) FROM visits GROUP BY cost

-- name: wrong_use 36
SELECT stddev(cost) FROM visits

-- name: wrong_use 37
SELECT avg(turnover) FROM enterprises WHERE turnover > 5

-- name: wrong_use 38
SELECT turnover FROM enterprises

-- name: wrong_use 39
SELECT stddev(turnover) FROM enterprises

-- name: wrong_use 40
SELECT hours FROM census

-- name: wrong_use 41
SELECT hours, count(*) FROM census GROUP BY hours

-- name: wrong_use 42
SELECT income, avg(hours), count(income) FROM census GROUP BY hours, income

-- name: wrong_use 43
SELECT count(*) FROM residents WHERE employer_code = 'E1'

-- name: wrong_use 44
SELECT employer_code, count(*) FROM residents GROUP BY 1

-- name: wrong_use 45
SELECT upper(name) FROM residents

-- name: wrong_use 46
SELECT substr(mobile, 1, 3) FROM residents

-- name: wrong_use 47
SELECT name || '' FROM residents

-- name: wrong_use 48
SELECT coalesce(name, 'x') FROM residents

-- name: wrong_use 49
SELECT CASE WHEN true THEN name END FROM residents

-- name: wrong_use 50
SELECT name FROM residents ORDER BY name

-- name: wrong_use 51
SELECT sex FROM residents ORDER BY income

-- name: wrong_use 52
SELECT sex FROM residents ORDER BY mobile DESC LIMIT 1

-- name: wrong_use 53
SELECT sex, district FROM residents ORDER BY age LIMIT 1

-- name: wrong_use 54
SELECT length(name) AS n, district FROM residents

-- name: wrong_use 55
SELECT md5(name) FROM residents

-- name: wrong_use 56
SELECT sex, name = 'Zhang San' FROM residents

-- name: wrong_use 57
SELECT resident_id FROM residents

-- name: wrong_use 58
SELECT r.resident_id, r.sex FROM residents r

-- name: wrong_use 59
SELECT sector, credit_code FROM enterprises

-- name: wrong_use 60
SELECT turnover::text FROM enterprises

-- name: wrong_use 61
SELECT avg(score) AS s, department FROM visits GROUP BY department HAVING sum(score) > 3 AND min(score) < 1

-- name: wrong_use 62
SELECT sum(income) FROM residents WHERE sex = 'F' AND income BETWEEN 1 AND 2

