-- name: bytes of a text
SELECT strlen(district) AS bytes, count(*) FROM residents GROUP BY 1

-- name: a pattern in WHERE
SELECT count(*) FROM visits WHERE regexp_matches(diagnosis, '^[EI]1[0-9]', 'i')

-- name: a pattern as an operator
SELECT count(*) FROM visits WHERE diagnosis ~ 'E1.*' AND department NOT SIMILAR TO '(.*)*x'

-- name: a part of a text by a pattern
SELECT regexp_extract(diagnosis, '^([A-Z])([0-9]+)', 2) AS n, count(*) FROM visits GROUP BY 1

-- name: a group the pattern does not have
SELECT regexp_extract(diagnosis, '^([A-Z])', 2) AS n, count(*) FROM visits GROUP BY 1

-- name: texts replaced
SELECT replace(regexp_replace(diagnosis, '[.].*$', '', 'g'), 'E', 'X') AS d, count(*) FROM visits GROUP BY 1

-- name: an option there is not
SELECT count(*) FROM visits WHERE regexp_matches(diagnosis, 'E', 'g')

-- name: no expression of RE2
SELECT count(*) FROM visits WHERE regexp_matches(diagnosis, 'E(?=1)')

-- name: too large a pattern
SELECT count(*) FROM visits WHERE regexp_matches(diagnosis, '((a{50}){50}){50}')

-- name: texts that grow
SELECT replace(replace(replace(diagnosis, 'E', 'EEEEEEEEEEEE'), 'E', 'EEEEEEEEEEEE'), 'E', 'EEEEEEEEEEEE') AS d, count(*) FROM visits GROUP BY 1

-- name: texts that grow from subquery to subquery
SELECT e || e || e || e || e || e || e || e || e || e || e AS f, count(*) FROM
 (SELECT d || d || d || d || d || d || d || d || d || d || d AS e FROM (SELECT diagnosis || diagnosis || diagnosis || diagnosis || diagnosis || diagnosis || diagnosis || diagnosis || diagnosis || diagnosis AS d FROM visits)) GROUP BY 1

-- name: padded
SELECT lpad(CAST(month(visit_date) AS VARCHAR), 2, '0') AS m, count(*) FROM visits GROUP BY 1

-- name: padded too far
SELECT lpad(department, 5000, ' ') AS m, count(*) FROM visits GROUP BY 1

-- name: an offset that is no constant
SELECT substr(department, days, 2) AS m, count(*) FROM visits GROUP BY 1

-- name: an offset beyond 32 bits
SELECT substr(department, -9223372036854775808, 9223372036854775807) AS m, count(*) FROM visits GROUP BY 1

-- name: the last characters
SELECT right(department, 1) AS a, left(department, -1) AS b, substr(department, -2, 1) AS c, count(*) FROM visits GROUP BY ALL

-- name: a power is a product
SELECT sum(days ^ 2) / count(*) AS m2, sum(pow(days, 3)) AS m3 FROM visits

-- name: a root
SELECT avg(power(days, 0.5)) AS r, avg(exp(-days)) AS e, avg(log10(days + 1)) AS l FROM visits

-- name: an exponent that is no constant
SELECT sum(power(2, days)) FROM visits

-- name: seconds
SELECT extract(epoch FROM visit_date) AS s, count(*) FROM visits GROUP BY 1

-- name: an approximate count is exact
SELECT approx_count_distinct(diagnosis) AS d, count(DISTINCT diagnosis) AS e FROM visits

-- name: sums by other names
SELECT fsum(cost) AS a, kahan_sum(cost) AS b, favg(cost) AS c FROM visits

-- name: today
SELECT date_diff('year', visit_date, current_date) AS years, count(*) FROM visits WHERE visit_date < today() GROUP BY 1

-- name: the time of day
SELECT count(*) FROM residents WHERE birth_date < now()

-- name: a schema
SELECT r.sex, count(*) FROM main.residents r JOIN public.visits ON r.resident_id = main.visits.resident_id GROUP BY 1

-- name: another schema
SELECT count(*) FROM secret.residents

-- name: a schema passes a WITH query by
WITH residents AS (SELECT * FROM main.residents WHERE age > 3) SELECT count(*) FROM residents

-- name: a date and a number of days
SELECT DATE '2000-01-01' + count(*) AS d, DATE '2000-01-01' + 3000000000 AS e, count(*) + DATE '2000-01-01' AS f FROM visits

-- name: a date and the days of a column
SELECT birth_date + age AS d, count(*) FROM residents GROUP BY 1

-- name: a text as a number
SELECT sum(TRY_CAST(diagnosis AS DECIMAL(10,2))) AS s, avg(CAST(diagnosis AS DOUBLE)) AS a FROM visits

-- name: what other engines call it
SELECT average(cost), to_char(visit_date, 'YYYY'), widht_bucket(days, 0, 10, 5), strlne(department) FROM visits

-- name: reasons that are true
SELECT skewness(cost), kurtosis(cost), sem(cost), geomean(cost), entropy(cost), bool_or(cost > 5), bar(cost, 0, 10), format('{}', cost), factorial(days), width_bucket(days, 0, 10, 5), corr(cost, days) FROM visits

-- name: rows that are no data
SELECT count(*) FROM visits JOIN generate_series(1, 10) AS g(n) ON days = n

-- name: a place behind Chinese text
SELECT '本科' AS a, nosuch FROM residents

-- name: days that may not be averaged
SELECT avg(date_diff('day', visit_date, admitted_at)) AS d, avg(current_date - visit_date) AS e FROM visits

-- name: a square is a measure
SELECT sum(income ^ 2), avg(pow(income, 3)) FROM residents

-- name: an unmeasured function where class aggregate is asked for
-- class: aggregate
SELECT skewness(age), bool_or(insured) FROM residents
