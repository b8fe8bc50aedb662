-- name: an alias that is a keyword
SELECT count(*) name FROM residents

-- name: an alias in the second line, behind Chinese text
SELECT '本科' AS 学历, 
	count(*) year, sum(age) value
FROM residents

-- name: an alias that is reserved
SELECT district, count(*) order FROM residents GROUP BY district

-- name: an alias that is reserved, before a comma
SELECT district group, count(*) FROM residents GROUP BY district

-- name: an alias behind a CASE
SELECT CASE WHEN age > 3 THEN 'a' END type, count(*) FROM residents GROUP BY 1

-- name: an alias that ends a CASE elsewhere
SELECT district end, count(*) FROM residents GROUP BY 1

-- name: a clause misspelt
SELECT count(*) FROM residents WHER age > 3

-- name: a clause misspelt behind an alias
SELECT count(*) FROM residents r GRUOP BY age

-- name: an end too early
SELECT count(*) FROM residents GROUP BY

-- name: a parenthesis left open
SELECT count(* FROM residents

-- name: FROM twice
SELECT count(*) FROM FROM residents

-- name: a comma too many
SELECT sex,, count(*) FROM residents GROUP BY sex

-- name: a literal at the place
SELECT sex FROM residents WHERE sex = 'M' 'Zhang San'

-- name: a quoted name left open
SELECT count(*) AS "n FROM residents

-- name: a long line
SELECT sex, district, age, income, insured, employer_code, birth_date, count(*) AS a_name_of_a_column, avg(income) month, avg(age) AS another_name_of_a_column FROM residents GROUP BY ALL

-- name: what does not print
SELECT sex,‮ count(*) name FROM residents

-- name: nothing but a word
SELEC count(*) FROM residents

-- name: LIMIT of two numbers
SELECT district, count(*) AS n FROM residents GROUP BY district LIMIT 5, 10
