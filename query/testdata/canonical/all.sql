-- name: aggregates.sql, all functions
SELECT t1."department" AS "department", count(*) AS "n", count(t1."cost") AS "priced", count(DISTINCT t1."diagnosis") AS "kinds", count(DISTINCT t1."resident_id") AS "people", sum(t1."cost") AS "total", avg(t1."cost") AS "mean", var_samp(t1."days") AS "var" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, deviation
SELECT t1."district" AS "district", avg(t1."income") AS "avg_income", stddev_samp(t1."income") AS "stddev_income", stddev_samp(t1."income") AS "stddev_income_2", stddev_pop(t1."income") AS "stddev_pop_income" FROM "residents" AS t1 GROUP BY t1."district"

-- name: aggregates.sql, FILTER on several
SELECT t1."department" AS "department", count(*) AS "n", count(*) FILTER (WHERE (t1."days" > 3)) AS "long", sum(t1."cost") FILTER (WHERE (t1."diagnosis" = 'J11')) AS "flu" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, CASE as a filter
SELECT t1."department" AS "department", sum(CASE WHEN (t1."days" > 3) THEN 1 ELSE 0 END) AS "long_stays" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, CASE with several branches
SELECT t1."department" AS "department", sum(CASE WHEN (t1."days" > 10) THEN TRY((t1."cost" * 2)) WHEN (t1."days" > 3) THEN t1."cost" ELSE 0 END) AS "weighted" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, a comparison as a number
SELECT t1."department" AS "department", avg(TRY_CAST((t1."days" > 3) AS BIGINT)) AS "share" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, count of a CASE
SELECT count(*) FILTER (WHERE (t1."diagnosis" = 'J11')) AS "flu", count(*) AS "n" FROM "visits" AS t1

-- name: aggregates.sql, measures of several columns
SELECT t1."department" AS "department", sum(TRY((t1."cost" * t1."days"))) AS "x", sum(TRY((t1."cost" - t1."days"))) AS "y", avg((t1."cost" / nullif(t1."days", 0))) AS "per_day" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, casts and rounding
SELECT t1."department" AS "department", round(avg(t1."cost"), 2) AS "mean", TRY_CAST(sum(t1."cost") AS DOUBLE) AS "total", sum(TRY_CAST(t1."score" AS DECIMAL(10,3))) AS "score" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, ratio of aggregates
SELECT t1."department" AS "department", (TRY((100.0 * count(*) FILTER (WHERE (t1."days" > 3)))) / nullif(count(*), 0)) AS "percent", (sum(t1."cost") / nullif(count(DISTINCT t1."resident_id"), 0)) AS "per_person" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, conditions over aggregates
SELECT t1."department" AS "department", CASE WHEN (avg(t1."cost") > 100) THEN 'dear' ELSE 'cheap' END AS "level", (avg(t1."cost") > avg(t1."days")) AS "more" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, one group without GROUP BY
SELECT count(*) AS "n", sum(t1."cost") AS "total" FROM "visits" AS t1 WHERE (t1."department" = 'none')

-- name: aggregates.sql, HAVING without GROUP BY
SELECT count(*) AS "n" FROM "visits" AS t1 HAVING (count(*) > 5)

-- name: aggregates.sql, keys alone
SELECT t1."department" AS "department", date_part('year', t1."visit_date") AS "y" FROM "visits" AS t1 GROUP BY t1."department", date_part('year', t1."visit_date") ORDER BY date_part('year', t1."visit_date") ASC NULLS LAST

-- name: aggregates.sql, grouping by nothing
SELECT count(*) AS "count" FROM "visits" AS t1

-- name: aggregates.sql, order by an aggregate not shown
SELECT t1."department" AS "department" FROM "visits" AS t1 GROUP BY t1."department" ORDER BY sum(t1."cost") DESC NULLS FIRST, t1."department" ASC NULLS LAST LIMIT 3 OFFSET 1

-- name: aggregates.sql, each row is a unit
SELECT t1."education" AS "education", t1."income" AS "income", count(*) AS "n", avg(t1."hours") AS "hours" FROM "census" AS t1 GROUP BY t1."education", t1."income"

-- name: aggregates.sql, count of constants
SELECT count(*) AS "n", sum(1) AS "s", count(NULL) AS "none" FROM "visits" AS t1

-- name: aggregates.sql, a double measure
SELECT t1."sector" AS "sector", sum(t1."turnover") AS "total", avg(t1."turnover") AS "mean" FROM "enterprises" AS t1 GROUP BY t1."sector"

-- name: aggregates.sql, count_if
SELECT t1."department" AS "department", count(*) FILTER (WHERE (t1."days" > 3)) AS "long", count(*) FILTER (WHERE ((t1."days" < 9) AND (t1."cost" IS NULL))) AS "unpriced" FROM "visits" AS t1 GROUP BY t1."department"

-- name: aggregates.sql, whole years and whole numbers
SELECT t1."sex" AS "sex", count(*) AS "n", avg(trunc((t1."age" / 7))) AS "weeks" FROM "residents" AS t1 WHERE (TRY(date_sub('year', t1."birth_date", DATE '2025-12-31')) >= 60) GROUP BY t1."sex"

-- name: aggregates.sql, what only makes a value NULL
SELECT t1."department" AS "department", sum(TRY((t1."days" + (0 * t1."cost")))) AS "a", avg(TRY(((t1."days" + t1."cost") - t1."cost"))) AS "b", sum(TRY(((t1."days" * 2) + (0 * nullif(t1."cost", 20))))) AS "c", count((t1."cost" / 2)) AS "d", sum((t1."cost" / 2)) AS "e" FROM "visits" AS t1 GROUP BY t1."department"

-- name: alternatives.sql, an alternative of a few beside values that are known
SELECT avg(t1."age") AS "avg_age" FROM "residents" AS t1 WHERE ((t1."age" IN (30, 31)) OR ((t1."sex" = 'F') AND (t1."district" = 'd') AND (t1."birth_date" = DATE '1979-08-29')))

-- name: alternatives.sql, by exclusive or
SELECT avg(t1."age") AS "avg_age" FROM "residents" AS t1 WHERE ((t1."age" = 30) <> (t1."birth_date" = DATE '1979-08-29'))

-- name: alternatives.sql, by CASE
SELECT avg(t1."age") AS "avg_age" FROM "residents" AS t1 WHERE CASE WHEN (t1."age" = 30) THEN TRUE ELSE (t1."birth_date" = DATE '1979-08-29') END

-- name: alternatives.sql, in a filter
SELECT t1."district" AS "district", count(*) AS "count", avg(t1."age") FILTER (WHERE ((t1."age" = 30) OR (t1."birth_date" = DATE '1979-08-29'))) AS "avg_age" FROM "residents" AS t1 GROUP BY t1."district"

-- name: alternatives.sql, in a subquery
SELECT avg(t1.c1) AS "avg_age" FROM (SELECT t2."age" AS c1 FROM "residents" AS t2 WHERE ((t2."age" = 30) OR (t2."birth_date" = DATE '1979-08-29'))) AS t1

-- name: alternatives.sql, person by person
SELECT avg(t1.c2) AS "avg_n" FROM (SELECT t2."resident_id" AS c1, sum(t2."days") AS c2 FROM "visits" AS t2 WHERE ((t2."days" = 3) OR (t2."diagnosis" = 'J11')) GROUP BY t2."resident_id") AS t1

-- name: alternatives.sql, on a side of a union
SELECT sum(t1.c1) AS "sum_x" FROM (SELECT t2."days" AS c1 FROM "visits" AS t2 WHERE ((t2."days" = 3) OR (t2."diagnosis" = 'J11')) UNION ALL SELECT t3."days" AS c1 FROM "visits" AS t3) AS t1

-- name: alternatives.sql, values of what is added up
SELECT sum(t1."days") AS "sum_days" FROM "visits" AS t1 WHERE (t1."days" IN (1, 2, 3))

-- name: alternatives.sql, values of another column are one alternative
SELECT sum(t1."cost") AS "sum_cost" FROM "visits" AS t1 WHERE ((t1."department" = 'eyes') OR (t1."department" = 'surgery') OR ((t1."diagnosis" IS NULL) AND (t1."department" IN ('medicine', 'skin'))))

-- name: alternatives.sql, counts need no rule
SELECT count(*) AS "count", count(DISTINCT t1."resident_id") AS "count_units_resident_id" FROM "residents" AS t1 WHERE ((t1."age" = 30) OR (t1."birth_date" = DATE '1979-08-29'))

-- name: alternatives.sql, an alternative that another includes
SELECT sum(t1."days") AS "sum_days" FROM "visits" AS t1 WHERE ((t1."days" > 3) OR (t1."days" > 2))

-- name: alternatives.sql, a product that is no alternative
SELECT sum(t1."cost") AS "sum_cost" FROM "visits" AS t1 WHERE (TRY((t1."cost" * t1."days")) > 100)

-- name: alternatives.sql, what a CASE leaves over
SELECT sum(CASE WHEN ((t1."department" = 'eyes') AND (t1."days" > 2)) THEN t1."cost" ELSE t1."days" END) AS "sum", avg(CASE WHEN ((t1."diagnosis" LIKE 'J%') OR (t1."hospital_code" = 'h1')) THEN NULL ELSE t1."cost" END) AS "avg" FROM "visits" AS t1

-- name: answers.sql, the first group of each
SELECT t1."department" AS "department", t1."diagnosis" AS "diagnosis", sum(t1."days") AS "n" FROM "visits" AS t1 GROUP BY t1."department", t1."diagnosis" QUALIFY (row_number() OVER (PARTITION BY t1."department" ORDER BY t1."department" ASC NULLS LAST, sum(t1."days") DESC NULLS LAST, t1."diagnosis" ASC NULLS LAST) = 1) ORDER BY t1."department" ASC NULLS LAST, sum(t1."days") DESC NULLS LAST, t1."diagnosis" ASC NULLS LAST

-- name: answers.sql, the first group of each by positions
SELECT t1."department" AS "department", t1."diagnosis" AS "diagnosis", count(*) AS "n" FROM "visits" AS t1 GROUP BY t1."department", t1."diagnosis" QUALIFY (row_number() OVER (PARTITION BY t1."department" ORDER BY t1."department" ASC NULLS LAST, count(*) DESC NULLS LAST, t1."diagnosis" ASC NULLS LAST) = 1) ORDER BY t1."department" ASC NULLS LAST, count(*) DESC NULLS LAST, t1."diagnosis" ASC NULLS LAST

-- name: answers.sql, pairs of values
SELECT t1."department" AS "department", count(*) AS "n" FROM "visits" AS t1 WHERE (((t1."department" = 'surgery') AND (t1."diagnosis" = 'J11')) OR ((t1."department" = 'eyes') AND (t1."diagnosis" = 'I10'))) AND (NOT ((t1."days" = 3) AND (t1."hospital_code" = 'h1'))) GROUP BY t1."department"

-- name: correlated.sql, mean of what each has, none included
SELECT t1."sex" AS "sex", avg(coalesce(t2.c2, 0)) AS "cost", count(*) AS "n" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1, sum(t3."cost") AS c2 FROM "visits" AS t3 WHERE (t3."department" = 'eyes') GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."sex"

-- name: correlated.sql, those with many rows
SELECT t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) WHERE (coalesce(t2.c2, 0) > 3) GROUP BY t1."district"

-- name: correlated.sql, a number of rows as a key
SELECT coalesce(t2.c2, 0) AS "visits", count(*) AS "people" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t3 WHERE (t3."department" = 'surgery') GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) GROUP BY coalesce(t2.c2, 0)

-- name: correlated.sql, two of one row each
SELECT avg(coalesce(t2.c2, 0)) AS "all", avg(coalesce(t4.c2, 0)) AS "departments" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) LEFT JOIN (SELECT t5."resident_id" AS c1, count(DISTINCT t5."department") AS c2 FROM "visits" AS t5 GROUP BY t5."resident_id") AS t4 ON (t1."resident_id" = t4.c1)

-- name: correlated.sql, a lookup
SELECT t2.c2 AS "kind", count(*) AS "n" FROM "visits" AS t1 LEFT JOIN (SELECT t3."code" AS c1, t3."kind" AS c2 FROM "hospitals" AS t3) AS t2 ON (t1."hospital_code" = t2.c1) GROUP BY t2.c2

-- name: correlated.sql, what the keys determine with GROUP BY ALL, where a list may have nothing
SELECT t2."region" AS "region", t1."hospital_code" AS "hospital_code", count(*) AS "n" FROM "visits" AS t1 LEFT JOIN "hospitals" AS t2 ON (t2."code" = t1."hospital_code") GROUP BY t1."hospital_code", t2."region"

-- name: correlated.sql, a rate from a list
SELECT date_part('year', t1."visit_date") AS "y", TRY((count(*) * CASE WHEN (2024 = date_part('year', t1."visit_date")) THEN 7.1 WHEN (2025 = date_part('year', t1."visit_date")) THEN 7.2 ELSE 7.3 END)) AS "n" FROM "visits" AS t1 WHERE (date_part('year', t1."visit_date") >= 2024) AND (date_part('year', t1."visit_date") <= 2026) GROUP BY date_part('year', t1."visit_date"), CASE WHEN (2024 = date_part('year', t1."visit_date")) THEN 7.1 WHEN (2025 = date_part('year', t1."visit_date")) THEN 7.2 ELSE 7.3 END

-- name: correlated.sql, the key itself
SELECT t1."department" AS "department", t1."department" AS "most", upper(t1."department") AS "u", count(*) AS "n" FROM "visits" AS t1 GROUP BY t1."department"

-- name: everyday.sql, 1
SELECT count(*) AS "residents" FROM "residents" AS t1

-- name: everyday.sql, 2
SELECT t1."sex" AS "sex", count(*) AS "n" FROM "residents" AS t1 GROUP BY t1."sex"

-- name: everyday.sql, 3
SELECT t1."district" AS "district", t1."sex" AS "sex", count(*) AS "n" FROM "residents" AS t1 GROUP BY t1."district", t1."sex" ORDER BY t1."district" ASC NULLS LAST, t1."sex" ASC NULLS LAST

-- name: everyday.sql, 4
SELECT (floor((t1."age" / 10)) * 10) AS "age_band", count(*) AS "n" FROM "residents" AS t1 GROUP BY (floor((t1."age" / 10)) * 10) ORDER BY (floor((t1."age" / 10)) * 10) ASC NULLS LAST

-- name: everyday.sql, 5
SELECT t1."district" AS "district", avg(t1."age") AS "mean_age" FROM "residents" AS t1 GROUP BY t1."district"

-- name: everyday.sql, 6
SELECT (TRY((count(*) FILTER (WHERE (t1."age" >= 60)) * 100.0)) / nullif(count(*), 0)) AS "percent_60" FROM "residents" AS t1

-- name: everyday.sql, 7
SELECT t1."district" AS "district", round((TRY((100.0 * sum(CASE WHEN (t1."age" < 15) THEN 1 ELSE 0 END))) / nullif(count(*), 0)), 1) AS "percent_children" FROM "residents" AS t1 GROUP BY t1."district"

-- name: everyday.sql, 8
SELECT t1."district" AS "district", count(*) FILTER (WHERE t1."insured") AS "insured", count(*) AS "n" FROM "residents" AS t1 GROUP BY t1."district"

-- name: everyday.sql, 9
SELECT t1."insured" AS "insured", avg(t1."income") AS "mean_income" FROM "residents" AS t1 GROUP BY t1."insured"

-- name: everyday.sql, 10
SELECT t1."district" AS "district", sum(t1."income") AS "income", avg(t1."income") AS "mean", stddev_samp(t1."income") AS "spread" FROM "residents" AS t1 GROUP BY t1."district" ORDER BY avg(t1."income") DESC NULLS LAST

-- name: everyday.sql, 11
SELECT t1."sex" AS "sex", (floor((t1."age" / 20)) * 20) AS "band", avg(t1."income") AS "mean" FROM "residents" AS t1 WHERE (t1."age" BETWEEN 20 AND 59) GROUP BY t1."sex", (floor((t1."age" / 20)) * 20)

-- name: everyday.sql, 12
SELECT substr(t1."district", 1, 4) AS "city", count(*) AS "n" FROM "residents" AS t1 GROUP BY substr(t1."district", 1, 4)

-- name: everyday.sql, 13
SELECT count(DISTINCT t1."district") AS "districts" FROM "residents" AS t1

-- name: everyday.sql, 14
SELECT t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 WHERE (t1."district" IN ('330102', '330103', '330104')) GROUP BY t1."district"

-- name: everyday.sql, 16
SELECT count(*) AS "visits", count(DISTINCT t1."resident_id") AS "patients" FROM "visits" AS t1

-- name: everyday.sql, 17
SELECT t1."department" AS "department", count(*) AS "visits" FROM "visits" AS t1 GROUP BY t1."department" ORDER BY count(*) DESC NULLS LAST

-- name: everyday.sql, 18
SELECT date_part('year', t1."visit_date") AS "year", date_part('month', t1."visit_date") AS "month", count(*) AS "visits" FROM "visits" AS t1 GROUP BY date_part('year', t1."visit_date"), date_part('month', t1."visit_date") ORDER BY date_part('year', t1."visit_date") ASC NULLS LAST, date_part('month', t1."visit_date") ASC NULLS LAST, count(*) ASC NULLS LAST

-- name: everyday.sql, 19
SELECT TRY(date_trunc('week', t1."visit_date")) AS "week", count(*) AS "visits" FROM "visits" AS t1 WHERE (t1."diagnosis" = 'J11') GROUP BY TRY(date_trunc('week', t1."visit_date")) ORDER BY TRY(date_trunc('week', t1."visit_date")) ASC NULLS LAST

-- name: everyday.sql, 20
SELECT t1."diagnosis" AS "diagnosis", count(DISTINCT t1."resident_id") AS "patients" FROM "visits" AS t1 GROUP BY t1."diagnosis" ORDER BY count(DISTINCT t1."resident_id") DESC NULLS LAST LIMIT 10

-- name: everyday.sql, 21
SELECT t1."department" AS "department", sum(t1."cost") AS "cost", avg(t1."cost") AS "mean", sum(t1."days") AS "days" FROM "visits" AS t1 GROUP BY t1."department"

-- name: everyday.sql, 22
SELECT t1."hospital_code" AS "hospital_code", avg(t1."days") AS "mean_stay" FROM "visits" AS t1 WHERE (t1."days" > 0) GROUP BY t1."hospital_code" HAVING (count(*) >= 50)

-- name: everyday.sql, 23
SELECT t1."department" AS "department", (sum(t1."cost") / nullif(sum(t1."days"), 0)) AS "cost_per_day" FROM "visits" AS t1 GROUP BY t1."department"

-- name: everyday.sql, 24
SELECT TRY(dayname(t1."visit_date")) AS "day", count(*) AS "count" FROM "visits" AS t1 GROUP BY TRY(dayname(t1."visit_date"))

-- name: everyday.sql, 25
SELECT date_part('hour', t1."admitted_at") AS "hour", count(*) AS "admissions" FROM "visits" AS t1 GROUP BY date_part('hour', t1."admitted_at") ORDER BY date_part('hour', t1."admitted_at") ASC NULLS LAST

-- name: everyday.sql, 26
SELECT date_part('quarter', t1."visit_date") AS "q", avg(t1."cost") AS "mean" FROM "visits" AS t1 WHERE (date_part('year', t1."visit_date") = 2025) GROUP BY date_part('quarter', t1."visit_date")

-- name: everyday.sql, 27
SELECT t1."department" AS "department", avg(t1."days") AS "mean", var_samp(t1."days") AS "variance" FROM "visits" AS t1 GROUP BY t1."department"

-- name: everyday.sql, 28
SELECT (t1."days" >= 7) AS "long_stay", count(*) AS "n", avg(t1."cost") AS "mean" FROM "visits" AS t1 GROUP BY (t1."days" >= 7)

-- name: everyday.sql, 29
SELECT t1."department" AS "department", count(*) FILTER (WHERE (t1."days" >= 7)) AS "long", count(*) FILTER (WHERE (t1."days" < 7)) AS "short" FROM "visits" AS t1 GROUP BY t1."department"

-- name: everyday.sql, 30
SELECT substr(t1."diagnosis", 1, 1) AS "chapter", count(*) AS "n" FROM "visits" AS t1 GROUP BY substr(t1."diagnosis", 1, 1) ORDER BY count(*) DESC NULLS LAST

-- name: everyday.sql, 31
SELECT TRY((count(*) - count(t1."cost"))) AS "without_cost" FROM "visits" AS t1

-- name: everyday.sql, 32
SELECT t1."department" AS "department", sum(coalesce(t1."cost", 0)) AS "cost" FROM "visits" AS t1 GROUP BY t1."department"

-- name: everyday.sql, 33
SELECT t1."district" AS "district", count(*) AS "visits" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."district"

-- name: everyday.sql, 34
SELECT t1."district" AS "district", count(DISTINCT t2."resident_id") AS "patients", count(*) AS "visits", sum(t2."cost") AS "cost" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."district"

-- name: everyday.sql, 35
SELECT t1."sex" AS "sex", t2."department" AS "department", avg(t2."cost") AS "mean" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."sex", t2."department"

-- name: everyday.sql, 36
SELECT (floor((t1."age" / 10)) * 10) AS "band", t2."diagnosis" AS "diagnosis", count(DISTINCT t2."resident_id") AS "patients" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY (floor((t1."age" / 10)) * 10), t2."diagnosis"

-- name: everyday.sql, 37
SELECT t1."district" AS "district", (TRY((count(DISTINCT t2."resident_id") * 1000.0)) / nullif(count(DISTINCT t1."resident_id"), 0)) AS "per_thousand" FROM "residents" AS t1 LEFT JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") AND (t2."diagnosis" = 'J11') GROUP BY t1."district"

-- name: everyday.sql, 38
SELECT t1."insured" AS "insured", (sum(t2."cost") / nullif(count(DISTINCT t1."resident_id"), 0)) AS "cost_per_patient" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."insured"

-- name: everyday.sql, 39
SELECT t1."district" AS "district", count(*) AS "never_seen" FROM "residents" AS t1 LEFT JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") WHERE (t2."resident_id" IS NULL) GROUP BY t1."district"

-- name: everyday.sql, 40
SELECT t1.c2 AS "n", count(*) AS "patients" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 GROUP BY t1.c2 ORDER BY t1.c2 ASC NULLS LAST

-- name: everyday.sql, 41
SELECT least(t1.c2, 10) AS "visits", count(*) AS "patients" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 GROUP BY least(t1.c2, 10)

-- name: everyday.sql, 42
SELECT avg(t1.c2) AS "visits_per_patient", avg(t1.c3) AS "spent_per_patient" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2, sum(t2."cost") AS c3 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: everyday.sql, 43
SELECT t1."district" AS "district", avg(coalesce(t2.c2, 0)) AS "visits_per_resident" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t2.c1 = t1."resident_id") GROUP BY t1."district"

-- name: everyday.sql, 44
SELECT count(*) AS "frequent" FROM (SELECT t2."resident_id" AS c1 FROM "visits" AS t2 GROUP BY t2."resident_id" HAVING (count(*) >= 5)) AS t1

-- name: everyday.sql, 45
SELECT t1."department" AS "first", t2."department" AS "next", count(DISTINCT t1."resident_id") AS "people" FROM "visits" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") AND (t2."visit_date" > t1."visit_date") AND (TRY_CAST(t2."visit_date" AS TIMESTAMP) <= TRY((t1."visit_date" + INTERVAL (30) DAY))) GROUP BY t1."department", t2."department"

-- name: everyday.sql, 46
SELECT t1."sector" AS "sector", count(*) AS "enterprises", sum(t1."employees") AS "employees" FROM "enterprises" AS t1 GROUP BY t1."sector"

-- name: everyday.sql, 47
SELECT t1."district" AS "district", t1."sector" AS "sector", count(*) AS "n" FROM "enterprises" AS t1 GROUP BY t1."district", t1."sector"

-- name: everyday.sql, 48
SELECT t1."sector" AS "sector", sum(t1."turnover") AS "turnover", avg(t1."turnover") AS "mean" FROM "enterprises" AS t1 GROUP BY t1."sector" ORDER BY sum(t1."turnover") DESC NULLS LAST

-- name: everyday.sql, 49
SELECT (floor((t1."employees" / 50)) * 50) AS "size", count(*) AS "n" FROM "enterprises" AS t1 GROUP BY (floor((t1."employees" / 50)) * 50)

-- name: everyday.sql, 50
SELECT t1."sector" AS "sector", (sum(t1."turnover") / nullif(sum(t1."employees"), 0)) AS "per_head" FROM "enterprises" AS t1 GROUP BY t1."sector"

-- name: everyday.sql, 51
SELECT count(*) FILTER (WHERE (t1."employees" < 50)) AS "small", count(*) AS "n" FROM "enterprises" AS t1

-- name: everyday.sql, 52
SELECT t2."kind" AS "kind", count(DISTINCT t1."resident_id") AS "patients" FROM "visits" AS t1 JOIN "hospitals" AS t2 ON (t1."hospital_code" = t2."code") GROUP BY t2."kind"

-- name: everyday.sql, 53
SELECT t1."district" AS "district", count(DISTINCT t1."resident_id") AS "residents", count(DISTINCT t2."resident_id") AS "patients" FROM "residents" AS t1 LEFT JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."district"

-- name: everyday.sql, 54
SELECT t1."education" AS "education", count(*) AS "n", avg(t1."age") AS "mean_age", avg(t1."hours") AS "mean_hours" FROM "census" AS t1 GROUP BY t1."education"

-- name: everyday.sql, 55
SELECT t1."education" AS "education", t1."income" AS "income", count(*) AS "n" FROM "census" AS t1 GROUP BY t1."education", t1."income" ORDER BY t1."education" ASC NULLS LAST, t1."income" ASC NULLS LAST

-- name: everyday.sql, 56
SELECT t1."education" AS "education", avg(CASE WHEN (t1."income" = '>50K') THEN 1.0 ELSE 0.0 END) AS "share" FROM "census" AS t1 GROUP BY t1."education"

-- name: everyday.sql, 57
SELECT (floor((t1."age" / 5)) * 5) AS "band", t1."income" AS "income", count(*) AS "n" FROM "census" AS t1 GROUP BY (floor((t1."age" / 5)) * 5), t1."income"

-- name: everyday.sql, 58
SELECT t1."income" AS "income", avg(t1."hours") AS "mean", stddev_samp(t1."hours") AS "sd", count(*) AS "n" FROM "census" AS t1 WHERE (t1."age" BETWEEN 25 AND 64) GROUP BY t1."income"

-- name: everyday.sql, 59
SELECT t1."区划" AS "region", count(*) AS "n", sum(t1."hours") AS "hours" FROM "census" AS t1 GROUP BY t1."区划"

-- name: everyday.sql, 60
SELECT t1."age" AS "age", count(*) AS "n" FROM "census" AS t1 WHERE (t1."education" LIKE 'b%') GROUP BY t1."age" HAVING (count(*) > 20) ORDER BY count(*) DESC NULLS LAST LIMIT 5

-- name: functions.sql, bytes of a text
SELECT strlen(t1."district") AS "bytes", count(*) AS "count" FROM "residents" AS t1 GROUP BY strlen(t1."district")

-- name: functions.sql, a pattern in WHERE
SELECT count(*) AS "count" FROM "visits" AS t1 WHERE regexp_matches(t1."diagnosis", '^[EI]1[0-9]', 'i')

-- name: functions.sql, a pattern as an operator
SELECT count(*) AS "count" FROM "visits" AS t1 WHERE regexp_full_match(t1."diagnosis", 'E1.*') AND (NOT regexp_full_match(t1."department", '(.*)*x'))

-- name: functions.sql, a part of a text by a pattern
SELECT regexp_extract(t1."diagnosis", '^([A-Z])([0-9]+)', 2) AS "n", count(*) AS "count" FROM "visits" AS t1 GROUP BY regexp_extract(t1."diagnosis", '^([A-Z])([0-9]+)', 2)

-- name: functions.sql, texts replaced
SELECT replace(regexp_replace(t1."diagnosis", '[.].*$', '', 'g'), 'E', 'X') AS "d", count(*) AS "count" FROM "visits" AS t1 GROUP BY replace(regexp_replace(t1."diagnosis", '[.].*$', '', 'g'), 'E', 'X')

-- name: functions.sql, padded
SELECT lpad(TRY_CAST(date_part('month', t1."visit_date") AS VARCHAR), 2, '0') AS "m", count(*) AS "count" FROM "visits" AS t1 GROUP BY lpad(TRY_CAST(date_part('month', t1."visit_date") AS VARCHAR), 2, '0')

-- name: functions.sql, the last characters
SELECT right(t1."department", 1) AS "a", left(t1."department", -1) AS "b", substr(t1."department", -2, 1) AS "c", count(*) AS "count" FROM "visits" AS t1 GROUP BY right(t1."department", 1), left(t1."department", -1), substr(t1."department", -2, 1)

-- name: functions.sql, a power is a product
SELECT (sum((TRY_CAST(t1."days" AS DOUBLE) * TRY_CAST(t1."days" AS DOUBLE))) / nullif(count(*), 0)) AS "m2", sum(((TRY_CAST(t1."days" AS DOUBLE) * TRY_CAST(t1."days" AS DOUBLE)) * TRY_CAST(t1."days" AS DOUBLE))) AS "m3" FROM "visits" AS t1

-- name: functions.sql, seconds
SELECT epoch(t1."visit_date") AS "s", count(*) AS "count" FROM "visits" AS t1 GROUP BY epoch(t1."visit_date")

-- name: functions.sql, an approximate count is exact
SELECT count(DISTINCT t1."diagnosis") AS "d", count(DISTINCT t1."diagnosis") AS "e" FROM "visits" AS t1

-- name: functions.sql, sums by other names
SELECT sum(t1."cost") AS "a", sum(t1."cost") AS "b", avg(t1."cost") AS "c" FROM "visits" AS t1

-- name: functions.sql, a schema
SELECT t1."sex" AS "sex", count(*) AS "count" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."sex"

-- name: functions.sql, a schema passes a WITH query by
SELECT count(*) AS "count" FROM (SELECT t2."resident_id" AS c1, t2."name" AS c2, t2."sex" AS c3, t2."birth_date" AS c4, t2."age" AS c5, t2."district" AS c6, t2."mobile" AS c7, t2."income" AS c8, t2."employer_code" AS c9, t2."insured" AS c10 FROM "residents" AS t2 WHERE (t2."age" > 3)) AS t1

-- name: functions.sql, a date and a number of days
SELECT TRY((DATE '2000-01-01' + TRY_CAST(count(*) AS INTEGER))) AS "d", TRY((DATE '2000-01-01' + TRY_CAST(3000000000 AS INTEGER))) AS "e", TRY((TRY_CAST(count(*) AS INTEGER) + DATE '2000-01-01')) AS "f" FROM "visits" AS t1

-- name: functions.sql, a text as a number
SELECT sum(TRY_CAST(t1."diagnosis" AS DECIMAL(10,2))) AS "s", avg(TRY_CAST(t1."diagnosis" AS DOUBLE)) AS "a" FROM "visits" AS t1

-- name: functions.sql, rows that are no data
SELECT count(*) AS "count" FROM "visits" AS t1 WHERE (t1."days" >= 1) AND (t1."days" <= 10)

-- name: functions.sql, a square is a measure
SELECT sum((TRY_CAST(t1."income" AS DOUBLE) * TRY_CAST(t1."income" AS DOUBLE))) AS "sum", avg(((TRY_CAST(t1."income" AS DOUBLE) * TRY_CAST(t1."income" AS DOUBLE)) * TRY_CAST(t1."income" AS DOUBLE))) AS "avg" FROM "residents" AS t1

-- name: joins.sql, inner on the unit
SELECT t1."sex" AS "sex", avg(t2."cost") AS "avg_cost" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."sex"

-- name: joins.sql, left on the unit
SELECT t1."district" AS "district", count(*) AS "n", count(t2."resident_id") AS "visits", sum(t2."cost") AS "cost" FROM "residents" AS t1 LEFT JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") AND (t2."days" > 3) GROUP BY t1."district"

-- name: joins.sql, right is left turned round
SELECT t1."district" AS "district", count(t2."cost") AS "n" FROM "residents" AS t1 LEFT JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."district"

-- name: joins.sql, without a partner
SELECT t1."district" AS "district", count(*) AS "never_ill" FROM "residents" AS t1 LEFT JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") WHERE (t2."resident_id" IS NULL) GROUP BY t1."district"

-- name: joins.sql, people of one district, also the same
SELECT count(DISTINCT t1."resident_id") AS "n" FROM "residents" AS t1 JOIN "residents" AS t2 ON (t1."district" = t2."district") AND (t1."resident_id" = t2."resident_id") WHERE (t2."age" > 90)

-- name: joins.sql, commas and WHERE
SELECT t1."sex" AS "sex", count(*) AS "count" FROM "residents" AS t1 CROSS JOIN "visits" AS t2 WHERE (t1."resident_id" = t2."resident_id") AND (t2."days" > 2) GROUP BY t1."sex"

-- name: joins.sql, three tables with commas
SELECT t2."kind" AS "kind", sum(t3."cost") AS "sum_cost" FROM "residents" AS t1 CROSS JOIN "hospitals" AS t2 CROSS JOIN "visits" AS t3 WHERE (t3."resident_id" = t1."resident_id") AND (t2."code" = t3."hospital_code") GROUP BY t2."kind"

-- name: joins.sql, a table with itself
SELECT t1."department" AS "first", t2."department" AS "second", count(DISTINCT t1."resident_id") AS "people" FROM "visits" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") AND (t1."visit_date" < t2."visit_date") GROUP BY t1."department", t2."department"

-- name: joins.sql, brackets
SELECT t1."sex" AS "sex", count(*) AS "count" FROM "residents" AS t1 LEFT JOIN ("visits" AS t2 JOIN "hospitals" AS t3 ON (t2."hospital_code" = t3."code")) ON (t1."resident_id" = t2."resident_id") GROUP BY t1."sex"

-- name: joins.sql, a subquery on each side
SELECT t1.c2 AS "district", sum(t3.c2) AS "sum_cost" FROM (SELECT t2."resident_id" AS c1, t2."district" AS c2 FROM "residents" AS t2 WHERE (t2."sex" = 'F')) AS t1 JOIN (SELECT t4."resident_id" AS c1, t4."cost" AS c2 FROM "visits" AS t4 WHERE (t4."days" > 1)) AS t3 ON (t1.c1 = t3.c1) GROUP BY t1.c2

-- name: joins.sql, a dataset with itself
SELECT count(*) AS "n", count(*) FILTER (WHERE (t2."days" > 3)) AS "long" FROM "visits" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") AND (t2."visit_date" > t1."visit_date")

-- name: joins.sql, chosen by how many rows
SELECT t1."department" AS "department", count(*) AS "n" FROM "visits" AS t1 JOIN (SELECT t3."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t2.c1 = t1."resident_id") WHERE (t2.c2 >= 3) GROUP BY t1."department"

-- name: joins.sql, pairs of diagnoses, each once
SELECT t1."diagnosis" AS "diagnosis", t2."diagnosis" AS "other", count(DISTINCT t1."resident_id") AS "people" FROM "visits" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") AND (t1."diagnosis" < t2."diagnosis") GROUP BY t1."diagnosis", t2."diagnosis"

-- name: joins.sql, pairs in order in a subquery
SELECT t1.c2 AS "x", t1.c3 AS "y", count(DISTINCT t1.c1) AS "people" FROM (SELECT t2."resident_id" AS c1, t2."diagnosis" AS c2, t3."diagnosis" AS c3 FROM "visits" AS t2 JOIN "visits" AS t3 ON (t2."resident_id" = t3."resident_id") WHERE (t3."visit_date" > t2."visit_date")) AS t1 GROUP BY t1.c2, t1.c3

-- name: keys.sql, parts of dates
SELECT date_part('year', t1."visit_date") AS "y", date_part('quarter', t1."visit_date") AS "q", date_part('month', t1."visit_date") AS "m", date_part('dow', t1."visit_date") AS "d", TRY(date_trunc('month', t1."visit_date")) AS "since", TRY(strftime(t1."visit_date", '%Y-%m')) AS "ym", date_part('hour', t1."admitted_at") AS "h", count(*) AS "n" FROM "visits" AS t1 GROUP BY date_part('year', t1."visit_date"), date_part('quarter', t1."visit_date"), date_part('month', t1."visit_date"), date_part('dow', t1."visit_date"), TRY(date_trunc('month', t1."visit_date")), TRY(strftime(t1."visit_date", '%Y-%m')), date_part('hour', t1."admitted_at")

-- name: keys.sql, parts of texts
SELECT substr(t1."district", 1, 4) AS "city", left(t1."district", 2) AS "province", upper(t1."district") AS "u", length(t1."district") AS "l", count(*) AS "count" FROM "residents" AS t1 GROUP BY substr(t1."district", 1, 4), left(t1."district", 2), upper(t1."district"), length(t1."district")

-- name: keys.sql, a choice
SELECT CASE WHEN (t1."sex" = 'F') THEN 'female' WHEN (t1."sex" = 'M') THEN 'male' ELSE 'unknown' END AS "gender", count(*) AS "count" FROM "residents" AS t1 GROUP BY CASE WHEN (t1."sex" = 'F') THEN 'female' WHEN (t1."sex" = 'M') THEN 'male' ELSE 'unknown' END

-- name: keys.sql, a condition
SELECT (t1."days" > 3) AS "long", (t1."diagnosis" IN ('J11', 'J10')) AS "flu", count(*) AS "count" FROM "visits" AS t1 GROUP BY (t1."days" > 3), (t1."diagnosis" IN ('J11', 'J10'))

-- name: keys.sql, intervals of the width granted
SELECT (floor((t1."age" / 10)) * 10) AS "a", TRY((t1."age" // 10)) AS "b", TRY((t1."age" - (t1."age" % 10))) AS "c", count(*) AS "count" FROM "residents" AS t1 GROUP BY (floor((t1."age" / 10)) * 10), TRY((t1."age" // 10)), TRY((t1."age" - (t1."age" % 10)))

-- name: keys.sql, intervals of twice the width
SELECT (floor((t1."age" / 20)) * 20) AS "band", count(*) AS "count" FROM "residents" AS t1 GROUP BY (floor((t1."age" / 20)) * 20)

-- name: keys.sql, intervals through a subquery
SELECT (floor((t1.c1 / 10)) * 10) AS "band", count(*) AS "count" FROM (SELECT t2."age" AS c1 FROM "residents" AS t2) AS t1 GROUP BY (floor((t1.c1 / 10)) * 10)

-- name: keys.sql, labels on intervals
SELECT CASE WHEN (floor((t1."age" / 10)) = 0) THEN 'child' WHEN (floor((t1."age" / 10)) = 1) THEN 'teen' ELSE 'adult' END AS "stage", count(*) AS "count" FROM "residents" AS t1 GROUP BY CASE WHEN (floor((t1."age" / 10)) = 0) THEN 'child' WHEN (floor((t1."age" / 10)) = 1) THEN 'teen' ELSE 'adult' END

-- name: keys.sql, dates in intervals of ten years
SELECT TRY(((date_part('year', t1."birth_date") // 10) * 10)) AS "decade", TRY(date_trunc('decade', t1."birth_date")) AS "since", date_part('decade', t1."birth_date") AS "d", TRY((date_part('year', t1."birth_date") // 20)) AS "two", count(*) AS "count" FROM "residents" AS t1 GROUP BY TRY(((date_part('year', t1."birth_date") // 10) * 10)), TRY(date_trunc('decade', t1."birth_date")), date_part('decade', t1."birth_date"), TRY((date_part('year', t1."birth_date") // 20))

-- name: keys.sql, several tables' keys
SELECT t1."sex" AS "sex", t2."department" AS "department", t3."kind" AS "kind", count(*) AS "count" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") JOIN "hospitals" AS t3 ON (t3."code" = t2."hospital_code") GROUP BY t1."sex", t2."department", t3."kind"

-- name: keys.sql, NULL made a group
SELECT coalesce(t1."diagnosis", 'none') AS "d", count(*) AS "count" FROM "visits" AS t1 GROUP BY coalesce(t1."diagnosis", 'none')

-- name: levels.sql, totals by ROLLUP
SELECT t1."department" AS "department", t1."diagnosis" AS "diagnosis", count(*) AS "n", sum(t1."days") AS "days" FROM "visits" AS t1 GROUP BY GROUPING SETS ((), (t1."department"), (t1."department", t1."diagnosis"))

-- name: levels.sql, cube
SELECT t1."sex" AS "sex", t1."insured" AS "insured", t1."district" AS "district", count(*) AS "n", avg(t1."age") AS "mean" FROM "residents" AS t1 GROUP BY GROUPING SETS ((), (t1."sex"), (t1."sex", t1."insured"), (t1."sex", t1."insured", t1."district"), (t1."sex", t1."district"), (t1."insured"), (t1."insured", t1."district"), (t1."district"))

-- name: levels.sql, both margins without the parts
SELECT t1."sex" AS "sex", t1."insured" AS "insured", count(*) AS "n" FROM "residents" AS t1 GROUP BY GROUPING SETS ((t1."sex"), (t1."insured"), ())

-- name: levels.sql, which rows are totals
SELECT coalesce(t1."department", 'all') AS "department", GROUPING(t1."department") AS "total", GROUPING(t1."diagnosis", t1."department") AS "both", GROUPING(t1."department", t1."diagnosis") AS "id", count(*) AS "n" FROM "visits" AS t1 GROUP BY GROUPING SETS ((), (t1."department"), (t1."department", t1."diagnosis"), (t1."diagnosis")) HAVING (GROUPING(t1."diagnosis") = 1) ORDER BY GROUPING(t1."department") ASC NULLS LAST, coalesce(t1."department", 'all') ASC NULLS LAST

-- name: levels.sql, by computed keys
SELECT TRY((t1."days" // 2)) AS "d", date_part('year', t1."visit_date") AS "y", count(*) AS "n", sum(t1."cost") AS "cost" FROM "visits" AS t1 WHERE (t1."days" > 0) GROUP BY GROUPING SETS ((), (TRY((t1."days" // 2))), (TRY((t1."days" // 2)), date_part('year', t1."visit_date")))

-- name: levels.sql, a grouping set of each
SELECT t1."sex" AS "sex", t1."district" AS "district", t1."insured" AS "insured", count(*) AS "n" FROM "residents" AS t1 GROUP BY GROUPING SETS ((t1."sex", t1."district"), (t1."district", t1."insured"))

-- name: levels.sql, some keys in all sets
SELECT t1."sex" AS "sex", t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 GROUP BY GROUPING SETS ((t1."sex"), (t1."sex", t1."district")) ORDER BY t1."sex" ASC NULLS LAST, t1."district" ASC NULLS LAST, count(*) ASC NULLS LAST

-- name: levels.sql, by positions
SELECT t1."sex" AS "sex", t1."district" AS "district", count(*) AS "count" FROM "residents" AS t1 GROUP BY GROUPING SETS ((), (t1."sex"), (t1."sex", t1."district"))

-- name: levels.sql, units of one row each
SELECT t1.c2 AS "n", count(*) AS "people", count(DISTINCT t1.c1) AS "again" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 GROUP BY GROUPING SETS ((), (t1.c2))

-- name: levels.sql, people by what is one value of each
SELECT t2.c2 AS "n", count(*) AS "visits", count(DISTINCT t1."resident_id") AS "people" FROM "visits" AS t1 JOIN (SELECT t3."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t2.c1 = t1."resident_id") GROUP BY GROUPING SETS ((), (t2.c2))

-- name: levels.sql, a window over parts and total
SELECT t1."department" AS "department", count(*) AS "n", rank() OVER (PARTITION BY GROUPING(t1."department") ORDER BY count(*) DESC NULLS LAST) AS "place" FROM "visits" AS t1 GROUP BY GROUPING SETS ((), (t1."department"))

-- name: levels.sql, totals read by a query
SELECT t1."department" AS "department", count(*) AS "n" FROM "visits" AS t1 GROUP BY GROUPING SETS ((), (t1."department")) HAVING (GROUPING(t1."department") = 0) ORDER BY count(*) DESC NULLS LAST, t1."department" ASC NULLS LAST LIMIT 3

-- name: levels.sql, joined tables with totals
SELECT t2."sex" AS "sex", t1."department" AS "department", count(*) AS "n", sum(t1."cost") AS "cost" FROM "visits" AS t1 JOIN "residents" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY GROUPING SETS ((), (t2."sex"), (t2."sex", t1."department"))

-- name: levels.sql, GROUPING without totals
SELECT t1."department" AS "department", 0 AS "total", count(*) AS "n" FROM "visits" AS t1 GROUP BY t1."department"

-- name: levels.sql, a key computed of another column below its own
-- class: aggregate
SELECT t1."department" AS "department", CASE WHEN (t1."days" > 3) THEN 'long' ELSE 'short' END AS "stay", count(*) AS "n" FROM "visits" AS t1 GROUP BY GROUPING SETS ((), (t1."department"), (t1."department", CASE WHEN (t1."days" > 3) THEN 'long' ELSE 'short' END))

-- name: lists.sql, bands by BETWEEN
SELECT CASE WHEN (t1."days" BETWEEN 0 AND 2) THEN 'short' WHEN (t1."days" BETWEEN 3 AND 6) THEN 'medium' ELSE 'long' END AS "name", count(*) AS "n", sum(t1."cost") AS "cost" FROM "visits" AS t1 WHERE (t1."days" >= 0) AND (t1."days" <= 400) GROUP BY CASE WHEN (t1."days" BETWEEN 0 AND 2) THEN 'short' WHEN (t1."days" BETWEEN 3 AND 6) THEN 'medium' ELSE 'long' END

-- name: lists.sql, half open bands, the list first
SELECT CASE WHEN ((t1."days" >= 0) AND (t1."days" < 3)) THEN 'a' ELSE 'b' END AS "name", count(DISTINCT t1."resident_id") AS "people" FROM "visits" AS t1 WHERE (t1."days" >= 0) AND (t1."days" < 9) GROUP BY CASE WHEN ((t1."days" >= 0) AND (t1."days" < 3)) THEN 'a' ELSE 'b' END

-- name: lists.sql, bands with gaps and an open end
SELECT CASE WHEN ((t1."days" >= 0) AND (t1."days" <= 1)) THEN 'x' WHEN ((t1."days" >= 4) AND (t1."days" <= 5)) THEN 'y' ELSE 'z' END AS "name", count(*) AS "count" FROM "visits" AS t1 WHERE (((t1."days" >= 0) AND (t1."days" <= 1)) OR ((t1."days" >= 4) AND (t1."days" <= 5)) OR (t1."days" >= 9)) GROUP BY CASE WHEN ((t1."days" >= 0) AND (t1."days" <= 1)) THEN 'x' WHEN ((t1."days" >= 4) AND (t1."days" <= 5)) THEN 'y' ELSE 'z' END

-- name: lists.sql, labels by equality
SELECT CASE WHEN ('J11' = t1."diagnosis") THEN 'flu' ELSE 'pressure' END AS "label", count(*) AS "n" FROM "visits" AS t1 WHERE (t1."diagnosis" IN ('I10', 'J11')) GROUP BY CASE WHEN ('J11' = t1."diagnosis") THEN 'flu' ELSE 'pressure' END

-- name: lists.sql, labels by USING, several codes of one label
SELECT CASE WHEN (t1."department" = 'medicine') THEN 'inner' WHEN (t1."department" = 'surgery') THEN 'outer' ELSE 'inner' END AS "part", count(*) AS "n" FROM "visits" AS t1 WHERE (t1."department" IN ('eyes', 'medicine', 'surgery')) GROUP BY CASE WHEN (t1."department" = 'medicine') THEN 'inner' WHEN (t1."department" = 'surgery') THEN 'outer' ELSE 'inner' END

-- name: lists.sql, labels of those that have one
SELECT coalesce(CASE WHEN ('J11' = t1."diagnosis") THEN 'flu' WHEN ('I10' = t1."diagnosis") THEN 'pressure' ELSE TRY_CAST(NULL AS VARCHAR) END, 'other') AS "label", count(*) AS "n", avg(t1."cost") AS "cost" FROM "visits" AS t1 GROUP BY coalesce(CASE WHEN ('J11' = t1."diagnosis") THEN 'flu' WHEN ('I10' = t1."diagnosis") THEN 'pressure' ELSE TRY_CAST(NULL AS VARCHAR) END, 'other')

-- name: lists.sql, those without a label
SELECT count(*) AS "n" FROM "visits" AS t1 WHERE (CASE WHEN ('J11' = t1."diagnosis") THEN 'J11' ELSE TRY_CAST(NULL AS VARCHAR) END IS NULL)

-- name: lists.sql, weights
SELECT sum(TRY((t1."days" * CASE WHEN ('medicine' = t1."department") THEN 1.5 ELSE 2.0 END))) AS "weighted", count(*) AS "n" FROM "visits" AS t1 WHERE (t1."department" IN ('medicine', 'surgery'))

-- name: lists.sql, bands of two columns
SELECT CASE WHEN ((t1."department" = 'surgery') AND (t1."days" BETWEEN 0 AND 3)) THEN 'quick' WHEN ((t1."department" = 'surgery') AND (t1."days" BETWEEN 4 AND 99)) THEN 'slow' ELSE 'heart' END AS "name", count(*) AS "count" FROM "visits" AS t1 WHERE (((t1."department" = 'surgery') AND (t1."days" BETWEEN 0 AND 3)) OR ((t1."department" = 'surgery') AND (t1."days" BETWEEN 4 AND 99)) OR ((t1."department" = 'medicine') AND (t1."days" BETWEEN 0 AND 99))) GROUP BY CASE WHEN ((t1."department" = 'surgery') AND (t1."days" BETWEEN 0 AND 3)) THEN 'quick' WHEN ((t1."department" = 'surgery') AND (t1."days" BETWEEN 4 AND 99)) THEN 'slow' ELSE 'heart' END

-- name: lists.sql, bands of a series
SELECT CASE WHEN ((t1."days" >= 0) AND (t1."days" < 5)) THEN 0 WHEN ((t1."days" >= 5) AND (t1."days" < 10)) THEN 5 WHEN ((t1."days" >= 10) AND (t1."days" < 15)) THEN 10 WHEN ((t1."days" >= 15) AND (t1."days" < 20)) THEN 15 ELSE 20 END AS "lo", count(*) AS "n" FROM "visits" AS t1 WHERE (t1."days" >= 0) AND (t1."days" < 25) GROUP BY CASE WHEN ((t1."days" >= 0) AND (t1."days" < 5)) THEN 0 WHEN ((t1."days" >= 5) AND (t1."days" < 10)) THEN 5 WHEN ((t1."days" >= 10) AND (t1."days" < 15)) THEN 10 WHEN ((t1."days" >= 15) AND (t1."days" < 20)) THEN 15 ELSE 20 END ORDER BY CASE WHEN ((t1."days" >= 0) AND (t1."days" < 5)) THEN 0 WHEN ((t1."days" >= 5) AND (t1."days" < 10)) THEN 5 WHEN ((t1."days" >= 10) AND (t1."days" < 15)) THEN 10 WHEN ((t1."days" >= 15) AND (t1."days" < 20)) THEN 15 ELSE 20 END ASC NULLS LAST

-- name: lists.sql, computed bands with labels
SELECT CASE WHEN (t1."days" BETWEEN 0 AND 4) THEN '0-4' WHEN (t1."days" BETWEEN 5 AND 9) THEN '5-9' WHEN (t1."days" BETWEEN 15 AND 19) THEN '15-19' ELSE '20-24' END AS "label", count(*) AS "n" FROM "visits" AS t1 WHERE (((t1."days" >= 0) AND (t1."days" <= 9)) OR ((t1."days" >= 15) AND (t1."days" <= 24))) GROUP BY CASE WHEN (t1."days" BETWEEN 0 AND 4) THEN '0-4' WHEN (t1."days" BETWEEN 5 AND 9) THEN '5-9' WHEN (t1."days" BETWEEN 15 AND 19) THEN '15-19' ELSE '20-24' END

-- name: lists.sql, bands by UNION ALL
SELECT CASE WHEN (t1."days" BETWEEN 0 AND 3) THEN 'low' ELSE 'high' END AS "name", count(*) AS "count" FROM "visits" AS t1 WHERE (t1."days" >= 0) AND (t1."days" <= 100) GROUP BY CASE WHEN (t1."days" BETWEEN 0 AND 3) THEN 'low' ELSE 'high' END

-- name: lists.sql, months of a calendar as bands
SELECT CASE WHEN ((t1."visit_date" >= DATE '2024-01-01') AND (t1."visit_date" < DATE '2024-02-01')) THEN DATE '2024-01-01' WHEN ((t1."visit_date" >= DATE '2024-02-01') AND (t1."visit_date" < DATE '2024-03-01')) THEN DATE '2024-02-01' WHEN ((t1."visit_date" >= DATE '2024-03-01') AND (t1."visit_date" < DATE '2024-04-01')) THEN DATE '2024-03-01' WHEN ((t1."visit_date" >= DATE '2024-04-01') AND (t1."visit_date" < DATE '2024-05-01')) THEN DATE '2024-04-01' WHEN ((t1."visit_date" >= DATE '2024-05-01') AND (t1."visit_date" < DATE '2024-06-01')) THEN DATE '2024-05-01' WHEN ((t1."visit_date" >= DATE '2024-06-01') AND (t1."visit_date" < DATE '2024-07-01')) THEN DATE '2024-06-01' WHEN ((t1."visit_date" >= DATE '2024-07-01') AND (t1."visit_date" < DATE '2024-08-01')) THEN DATE '2024-07-01' WHEN ((t1."visit_date" >= DATE '2024-08-01') AND (t1."visit_date" < DATE '2024-09-01')) THEN DATE '2024-08-01' WHEN ((t1."visit_date" >= DATE '2024-09-01') AND (t1."visit_date" < DATE '2024-10-01')) THEN DATE '2024-09-01' WHEN ((t1."visit_date" >= DATE '2024-10-01') AND (t1."visit_date" < DATE '2024-11-01')) THEN DATE '2024-10-01' WHEN ((t1."visit_date" >= DATE '2024-11-01') AND (t1."visit_date" < DATE '2024-12-01')) THEN DATE '2024-11-01' WHEN ((t1."visit_date" >= DATE '2024-12-01') AND (t1."visit_date" < DATE '2025-01-01')) THEN DATE '2024-12-01' WHEN ((t1."visit_date" >= DATE '2025-01-01') AND (t1."visit_date" < DATE '2025-02-01')) THEN DATE '2025-01-01' WHEN ((t1."visit_date" >= DATE '2025-02-01') AND (t1."visit_date" < DATE '2025-03-01')) THEN DATE '2025-02-01' WHEN ((t1."visit_date" >= DATE '2025-03-01') AND (t1."visit_date" < DATE '2025-04-01')) THEN DATE '2025-03-01' WHEN ((t1."visit_date" >= DATE '2025-04-01') AND (t1."visit_date" < DATE '2025-05-01')) THEN DATE '2025-04-01' WHEN ((t1."visit_date" >= DATE '2025-05-01') AND (t1."visit_date" < DATE '2025-06-01')) THEN DATE '2025-05-01' WHEN ((t1."visit_date" >= DATE '2025-06-01') AND (t1."visit_date" < DATE '2025-07-01')) THEN DATE '2025-06-01' WHEN ((t1."visit_date" >= DATE '2025-07-01') AND (t1."visit_date" < DATE '2025-08-01')) THEN DATE '2025-07-01' WHEN ((t1."visit_date" >= DATE '2025-08-01') AND (t1."visit_date" < DATE '2025-09-01')) THEN DATE '2025-08-01' WHEN ((t1."visit_date" >= DATE '2025-09-01') AND (t1."visit_date" < DATE '2025-10-01')) THEN DATE '2025-09-01' WHEN ((t1."visit_date" >= DATE '2025-10-01') AND (t1."visit_date" < DATE '2025-11-01')) THEN DATE '2025-10-01' WHEN ((t1."visit_date" >= DATE '2025-11-01') AND (t1."visit_date" < DATE '2025-12-01')) THEN DATE '2025-11-01' WHEN ((t1."visit_date" >= DATE '2025-12-01') AND (t1."visit_date" < DATE '2026-01-01')) THEN DATE '2025-12-01' WHEN ((t1."visit_date" >= DATE '2026-01-01') AND (t1."visit_date" < DATE '2026-02-01')) THEN DATE '2026-01-01' WHEN ((t1."visit_date" >= DATE '2026-02-01') AND (t1."visit_date" < DATE '2026-03-01')) THEN DATE '2026-02-01' WHEN ((t1."visit_date" >= DATE '2026-03-01') AND (t1."visit_date" < DATE '2026-04-01')) THEN DATE '2026-03-01' WHEN ((t1."visit_date" >= DATE '2026-04-01') AND (t1."visit_date" < DATE '2026-05-01')) THEN DATE '2026-04-01' WHEN ((t1."visit_date" >= DATE '2026-05-01') AND (t1."visit_date" < DATE '2026-06-01')) THEN DATE '2026-05-01' WHEN ((t1."visit_date" >= DATE '2026-06-01') AND (t1."visit_date" < DATE '2026-07-01')) THEN DATE '2026-06-01' WHEN ((t1."visit_date" >= DATE '2026-07-01') AND (t1."visit_date" < DATE '2026-08-01')) THEN DATE '2026-07-01' WHEN ((t1."visit_date" >= DATE '2026-08-01') AND (t1."visit_date" < DATE '2026-09-01')) THEN DATE '2026-08-01' WHEN ((t1."visit_date" >= DATE '2026-09-01') AND (t1."visit_date" < DATE '2026-10-01')) THEN DATE '2026-09-01' WHEN ((t1."visit_date" >= DATE '2026-10-01') AND (t1."visit_date" < DATE '2026-11-01')) THEN DATE '2026-10-01' WHEN ((t1."visit_date" >= DATE '2026-11-01') AND (t1."visit_date" < DATE '2026-12-01')) THEN DATE '2026-11-01' ELSE DATE '2026-12-01' END AS "first", count(*) AS "n" FROM "visits" AS t1 WHERE (t1."visit_date" >= DATE '2024-01-01') AND (t1."visit_date" < DATE '2027-01-01') GROUP BY CASE WHEN ((t1."visit_date" >= DATE '2024-01-01') AND (t1."visit_date" < DATE '2024-02-01')) THEN DATE '2024-01-01' WHEN ((t1."visit_date" >= DATE '2024-02-01') AND (t1."visit_date" < DATE '2024-03-01')) THEN DATE '2024-02-01' WHEN ((t1."visit_date" >= DATE '2024-03-01') AND (t1."visit_date" < DATE '2024-04-01')) THEN DATE '2024-03-01' WHEN ((t1."visit_date" >= DATE '2024-04-01') AND (t1."visit_date" < DATE '2024-05-01')) THEN DATE '2024-04-01' WHEN ((t1."visit_date" >= DATE '2024-05-01') AND (t1."visit_date" < DATE '2024-06-01')) THEN DATE '2024-05-01' WHEN ((t1."visit_date" >= DATE '2024-06-01') AND (t1."visit_date" < DATE '2024-07-01')) THEN DATE '2024-06-01' WHEN ((t1."visit_date" >= DATE '2024-07-01') AND (t1."visit_date" < DATE '2024-08-01')) THEN DATE '2024-07-01' WHEN ((t1."visit_date" >= DATE '2024-08-01') AND (t1."visit_date" < DATE '2024-09-01')) THEN DATE '2024-08-01' WHEN ((t1."visit_date" >= DATE '2024-09-01') AND (t1."visit_date" < DATE '2024-10-01')) THEN DATE '2024-09-01' WHEN ((t1."visit_date" >= DATE '2024-10-01') AND (t1."visit_date" < DATE '2024-11-01')) THEN DATE '2024-10-01' WHEN ((t1."visit_date" >= DATE '2024-11-01') AND (t1."visit_date" < DATE '2024-12-01')) THEN DATE '2024-11-01' WHEN ((t1."visit_date" >= DATE '2024-12-01') AND (t1."visit_date" < DATE '2025-01-01')) THEN DATE '2024-12-01' WHEN ((t1."visit_date" >= DATE '2025-01-01') AND (t1."visit_date" < DATE '2025-02-01')) THEN DATE '2025-01-01' WHEN ((t1."visit_date" >= DATE '2025-02-01') AND (t1."visit_date" < DATE '2025-03-01')) THEN DATE '2025-02-01' WHEN ((t1."visit_date" >= DATE '2025-03-01') AND (t1."visit_date" < DATE '2025-04-01')) THEN DATE '2025-03-01' WHEN ((t1."visit_date" >= DATE '2025-04-01') AND (t1."visit_date" < DATE '2025-05-01')) THEN DATE '2025-04-01' WHEN ((t1."visit_date" >= DATE '2025-05-01') AND (t1."visit_date" < DATE '2025-06-01')) THEN DATE '2025-05-01' WHEN ((t1."visit_date" >= DATE '2025-06-01') AND (t1."visit_date" < DATE '2025-07-01')) THEN DATE '2025-06-01' WHEN ((t1."visit_date" >= DATE '2025-07-01') AND (t1."visit_date" < DATE '2025-08-01')) THEN DATE '2025-07-01' WHEN ((t1."visit_date" >= DATE '2025-08-01') AND (t1."visit_date" < DATE '2025-09-01')) THEN DATE '2025-08-01' WHEN ((t1."visit_date" >= DATE '2025-09-01') AND (t1."visit_date" < DATE '2025-10-01')) THEN DATE '2025-09-01' WHEN ((t1."visit_date" >= DATE '2025-10-01') AND (t1."visit_date" < DATE '2025-11-01')) THEN DATE '2025-10-01' WHEN ((t1."visit_date" >= DATE '2025-11-01') AND (t1."visit_date" < DATE '2025-12-01')) THEN DATE '2025-11-01' WHEN ((t1."visit_date" >= DATE '2025-12-01') AND (t1."visit_date" < DATE '2026-01-01')) THEN DATE '2025-12-01' WHEN ((t1."visit_date" >= DATE '2026-01-01') AND (t1."visit_date" < DATE '2026-02-01')) THEN DATE '2026-01-01' WHEN ((t1."visit_date" >= DATE '2026-02-01') AND (t1."visit_date" < DATE '2026-03-01')) THEN DATE '2026-02-01' WHEN ((t1."visit_date" >= DATE '2026-03-01') AND (t1."visit_date" < DATE '2026-04-01')) THEN DATE '2026-03-01' WHEN ((t1."visit_date" >= DATE '2026-04-01') AND (t1."visit_date" < DATE '2026-05-01')) THEN DATE '2026-04-01' WHEN ((t1."visit_date" >= DATE '2026-05-01') AND (t1."visit_date" < DATE '2026-06-01')) THEN DATE '2026-05-01' WHEN ((t1."visit_date" >= DATE '2026-06-01') AND (t1."visit_date" < DATE '2026-07-01')) THEN DATE '2026-06-01' WHEN ((t1."visit_date" >= DATE '2026-07-01') AND (t1."visit_date" < DATE '2026-08-01')) THEN DATE '2026-07-01' WHEN ((t1."visit_date" >= DATE '2026-08-01') AND (t1."visit_date" < DATE '2026-09-01')) THEN DATE '2026-08-01' WHEN ((t1."visit_date" >= DATE '2026-09-01') AND (t1."visit_date" < DATE '2026-10-01')) THEN DATE '2026-09-01' WHEN ((t1."visit_date" >= DATE '2026-10-01') AND (t1."visit_date" < DATE '2026-11-01')) THEN DATE '2026-10-01' WHEN ((t1."visit_date" >= DATE '2026-11-01') AND (t1."visit_date" < DATE '2026-12-01')) THEN DATE '2026-11-01' ELSE DATE '2026-12-01' END

-- name: lists.sql, parameters by cross join
SELECT t1."department" AS "department", count(*) FILTER (WHERE (t1."days" > 3)) AS "long", count(*) AS "n" FROM "visits" AS t1 WHERE (t1."visit_date" >= DATE '2024-06-01') GROUP BY t1."department"

-- name: lists.sql, parameters as values
SELECT count(*) AS "n" FROM "visits" AS t1 WHERE (t1."days" > 3) AND (t1."department" <> 'surgery')

-- name: lists.sql, members of a list
SELECT t1."department" AS "department", count(*) AS "n" FROM "visits" AS t1 WHERE (t1."diagnosis" IN ('J11', 'I10')) AND (t1."days" NOT IN (0, 1, 2)) GROUP BY t1."department"

-- name: lists.sql, membership as a value
SELECT (t1."diagnosis" IN ('J11', 'I10')) AS "listed", count(*) AS "n" FROM "visits" AS t1 GROUP BY (t1."diagnosis" IN ('J11', 'I10'))

-- name: lists.sql, two lists
SELECT CASE WHEN ('medicine' = t1."department") THEN 'inner' ELSE 'outer' END AS "part", CASE WHEN (0 = date_part('dayofweek', t1."visit_date")) THEN 'Sun' ELSE 'Sat' END AS "day", count(*) AS "n" FROM "visits" AS t1 WHERE (t1."department" IN ('medicine', 'surgery')) AND (date_part('dayofweek', t1."visit_date") IN (0, 6)) GROUP BY CASE WHEN ('medicine' = t1."department") THEN 'inner' ELSE 'outer' END, CASE WHEN (0 = date_part('dayofweek', t1."visit_date")) THEN 'Sun' ELSE 'Sat' END

-- name: lists.sql, a list of pairs
SELECT count(*) AS "n" FROM "visits" AS t1 WHERE ((('surgery' = t1."department") AND ('J11' = t1."diagnosis")) OR (('medicine' = t1."department") AND ('I10' = t1."diagnosis")))

-- name: lists.sql, a list in a subquery by people
SELECT t1.c2 AS "part", count(*) AS "people" FROM (SELECT t2."resident_id" AS c1, count(*) FILTER (WHERE (CASE WHEN ('medicine' = t2."department") THEN 1 ELSE 2 END = 1)) AS c2 FROM "visits" AS t2 WHERE (t2."department" IN ('medicine', 'surgery')) GROUP BY t2."resident_id") AS t1 GROUP BY t1.c2

-- name: lists.sql, a lookup of a lookup
SELECT CASE WHEN ('J11' = t1."diagnosis") THEN 'east' ELSE 'west' END AS "ward", count(*) AS "count" FROM "visits" AS t1 WHERE (t1."diagnosis" IN ('I10', 'J11')) GROUP BY CASE WHEN ('J11' = t1."diagnosis") THEN 'east' ELSE 'west' END

-- name: lists.sql, a list with NULL among its keys
SELECT CASE WHEN (1 = t1."days") THEN 'a' ELSE 'c' END AS "y", count(*) AS "count" FROM "visits" AS t1 WHERE (t1."days" IN (1, 3)) GROUP BY CASE WHEN (1 = t1."days") THEN 'a' ELSE 'c' END

-- name: lists.sql, bands of which one has no end
SELECT CASE WHEN (t1."days" BETWEEN 0 AND 2) THEN 'a' ELSE 'c' END AS "y", count(*) AS "count" FROM "visits" AS t1 WHERE (t1."days" >= 0) AND (t1."days" <= 9) GROUP BY CASE WHEN (t1."days" BETWEEN 0 AND 2) THEN 'a' ELSE 'c' END

-- name: lists.sql, people who find no row of a list with NULL
SELECT count(*) AS "count" FROM "residents" AS t1 WHERE (CASE WHEN (20 = t1."age") THEN 'a' ELSE TRY_CAST(NULL AS VARCHAR) END IS NULL)

-- name: long.sql, care of the insured by district and age
SELECT t1.c2 AS "district", CASE WHEN (t1.c3 = 'F') THEN 'women' ELSE 'men' END AS "gender", (floor((t1.c4 / 20)) * 20) AS "age_band", count(*) AS "people", sum(t3.c2) AS "visits", sum(t3.c3) AS "spent", round((sum(t3.c3) / nullif(count(*), 0)), 2) AS "spent_per_person", round(avg(t3.c4), 1) AS "mean_days", avg(t1.c6) AS "mean_income", count(*) FILTER (WHERE (t3.c5 > 0)) AS "with_long_stay", round((TRY((100.0 * count(*) FILTER (WHERE t1.c5))) / nullif(count(*), 0)), 1) AS "percent_insured" FROM (SELECT t2."resident_id" AS c1, t2."district" AS c2, t2."sex" AS c3, t2."age" AS c4, t2."insured" AS c5, t2."income" AS c6 FROM "residents" AS t2 WHERE (t2."age" BETWEEN 18 AND 79) AND (t2."district" IN ('330102', '330103', '330104', '330105'))) AS t1 JOIN (SELECT t4.c1 AS c1, count(*) AS c2, sum(t4.c6) AS c3, sum(t4.c5) AS c4, count(*) FILTER (WHERE (t4.c7 = 'long')) AS c5 FROM (SELECT t5."resident_id" AS c1, t5."department" AS c2, t5."diagnosis" AS c3, t5."visit_date" AS c4, t5."days" AS c5, t5."cost" AS c6, CASE WHEN (t5."days" >= 14) THEN 'long' WHEN (t5."days" >= 3) THEN 'short' ELSE 'none' END AS c7 FROM "visits" AS t5 WHERE (t5."visit_date" >= DATE '2025-01-01') AND (t5."visit_date" < DATE '2026-01-01') AND (t5."diagnosis" NOT LIKE 'Z%')) AS t4 GROUP BY t4.c1 HAVING (count(*) >= 1)) AS t3 ON (t3.c1 = t1.c1) GROUP BY t1.c2, CASE WHEN (t1.c3 = 'F') THEN 'women' ELSE 'men' END, (floor((t1.c4 / 20)) * 20) HAVING (count(*) >= 20) ORDER BY t1.c2 ASC NULLS LAST, sum(t3.c3) DESC NULLS LAST LIMIT 100

-- name: long.sql, care from two registers, of people seen before
SELECT t1.c1 AS "place", t4.c2 AS "district", CASE WHEN (t4.c3 = 'F') THEN 'women' ELSE 'men' END AS "gender", count(*) AS "stays", count(DISTINCT t1.c2) AS "people", round(avg(t1.c5), 1) AS "mean_days", sum(t1.c6) AS "cost", count(*) FILTER (WHERE (t4.c4 >= 65)) AS "elderly", (TRY((100.0 * count(*) FILTER (WHERE (t4.c4 >= 65)))) / nullif(count(*), 0)) AS "percent_elderly" FROM (SELECT 'ward' AS c1, t2."resident_id" AS c2, t2."department" AS c3, t2."visit_date" AS c4, t2."days" AS c5, t2."cost" AS c6 FROM "visits" AS t2 WHERE (t2."days" > 0) AND (t2."visit_date" >= DATE '2025-01-01') UNION ALL SELECT 'day clinic' AS c1, t3."resident_id" AS c2, t3."department" AS c3, t3."visit_date" AS c4, t3."days" AS c5, t3."cost" AS c6 FROM "visits" AS t3 WHERE (t3."days" = 0) AND (t3."visit_date" >= DATE '2025-01-01')) AS t1 JOIN (SELECT t5."resident_id" AS c1, t5."district" AS c2, t5."sex" AS c3, t5."age" AS c4 FROM "residents" AS t5 ANTI JOIN (SELECT t7."resident_id" AS c1 FROM "visits" AS t7 WHERE (t7."diagnosis" LIKE 'Z%')) AS t6 ON (t5."resident_id" = t6.c1) WHERE (t5."age" >= 18)) AS t4 ON (t4.c1 = t1.c2) SEMI JOIN "visits" AS t8 ON (t8."resident_id" = t1.c2) AND (t8."visit_date" < t1.c4) GROUP BY t1.c1, t4.c2, CASE WHEN (t4.c3 = 'F') THEN 'women' ELSE 'men' END HAVING (count(*) >= 20) ORDER BY t1.c1 ASC NULLS LAST, sum(t1.c6) DESC NULLS LAST LIMIT 200

-- name: names.sql, qualified and quoted names
SELECT t1."district" AS "district", count(*) AS "How Many" FROM "residents" AS t1 GROUP BY t1."district"

-- name: names.sql, a column wins over an alias in WHERE and GROUP BY
SELECT upper(t1."district") AS "district", count(*) AS "n" FROM "residents" AS t1 WHERE (t1."district" LIKE '33%') GROUP BY t1."district"

-- name: names.sql, an alias in WHERE
SELECT date_part('year', t1."visit_date") AS "y", count(*) AS "n" FROM "visits" AS t1 WHERE (date_part('year', t1."visit_date") >= 2024) GROUP BY date_part('year', t1."visit_date")

-- name: names.sql, an alias in another select item
SELECT t1."district" AS "district", count(*) AS "n", TRY((count(*) * 2)) AS "twice" FROM "residents" AS t1 GROUP BY t1."district"

-- name: names.sql, an alias in HAVING
SELECT t1."district" AS "district", avg(t1."income") AS "mean" FROM "residents" AS t1 GROUP BY t1."district" HAVING (avg(t1."income") > 5000)

-- name: names.sql, an alias in ORDER BY wins over a column
SELECT t1."department" AS "department", count(*) AS "days" FROM "visits" AS t1 GROUP BY t1."department" ORDER BY count(*) DESC NULLS LAST

-- name: names.sql, positions in GROUP BY and ORDER BY
SELECT t1."sex" AS "sex", t1."insured" AS "insured", count(*) AS "count" FROM "residents" AS t1 GROUP BY t1."sex", t1."insured" ORDER BY count(*) DESC NULLS LAST, t1."sex" ASC NULLS LAST

-- name: names.sql, GROUP BY ALL and ORDER BY ALL
SELECT t1."sex" AS "sex", count(*) AS "n", t1."insured" AS "insured" FROM "residents" AS t1 GROUP BY t1."sex", t1."insured" ORDER BY t1."sex" ASC NULLS LAST, count(*) ASC NULLS LAST, t1."insured" ASC NULLS LAST

-- name: names.sql, FROM first
SELECT t1."department" AS "department", count(*) AS "count" FROM "visits" AS t1 GROUP BY t1."department"

-- name: names.sql, alias before the expression
SELECT t1."department" AS "d", count(*) AS "n" FROM "visits" AS t1 GROUP BY t1."department"

-- name: names.sql, a star of a subquery
SELECT t1.c3 AS "department", count(*) AS "n" FROM (SELECT t2."resident_id" AS c1, t2."admitted_at" AS c2, t2."department" AS c3, t2."diagnosis" AS c4, t2."cost" AS c5, t2."days" AS c6, t2."score" AS c7, t2."hospital_code" AS c8 FROM "visits" AS t2) AS t1 GROUP BY t1.c3

-- name: names.sql, a star with REPLACE and RENAME
SELECT t1.c4 AS "dep", avg(t1.c7) AS "mean" FROM (SELECT t2."resident_id" AS c1, t2."visit_date" AS c2, t2."admitted_at" AS c3, t2."department" AS c4, t2."diagnosis" AS c5, t2."cost" AS c6, TRY((t2."days" + 1)) AS c7, t2."score" AS c8, t2."hospital_code" AS c9 FROM "visits" AS t2) AS t1 GROUP BY t1.c4

-- name: names.sql, renamed columns of a table
SELECT t1."district" AS "d", count(*) AS "count" FROM "residents" AS t1 GROUP BY t1."district"

-- name: names.sql, WITH in WITH
SELECT t1.c1 AS "d", sum(t1.c2) AS "sum_cost" FROM (SELECT t2.c4 AS c1, t2.c6 AS c2 FROM (SELECT t3.c1 AS c1, t3.c2 AS c2, t3.c3 AS c3, t3.c4 AS c4, t3.c5 AS c5, t3.c6 AS c6, t3.c7 AS c7, t3.c8 AS c8, t3.c9 AS c9 FROM (SELECT t4."resident_id" AS c1, t4."visit_date" AS c2, t4."admitted_at" AS c3, t4."department" AS c4, t4."diagnosis" AS c5, t4."cost" AS c6, t4."days" AS c7, t4."score" AS c8, t4."hospital_code" AS c9 FROM "visits" AS t4 WHERE (t4."days" > 1)) AS t3) AS t2 WHERE (t2.c6 > 10)) AS t1 GROUP BY t1.c1

-- name: names.sql, WITH that hides a dataset
SELECT t1.c6 AS "district", count(*) AS "count" FROM (SELECT t2."resident_id" AS c1, t2."name" AS c2, t2."sex" AS c3, t2."birth_date" AS c4, t2."age" AS c5, t2."district" AS c6, t2."mobile" AS c7, t2."income" AS c8, t2."employer_code" AS c9, t2."insured" AS c10 FROM "residents" AS t2 WHERE (t2."sex" = 'F')) AS t1 GROUP BY t1.c6

-- name: names.sql, WITH column names
SELECT t1.c2 AS "d", count(DISTINCT t1.c1) AS "patients" FROM (SELECT t2."resident_id" AS c1, t2."department" AS c2 FROM "visits" AS t2) AS t1 GROUP BY t1.c2

-- name: names.sql, two columns of one name
SELECT t1."district" AS "district", count(*) AS "count", count(*) AS "district_2" FROM "residents" AS t1 GROUP BY t1."district"

-- name: names.sql, Chinese names
SELECT t1."区划" AS "区划", count(*) AS "人数" FROM "census" AS t1 GROUP BY t1."区划" ORDER BY count(*) DESC NULLS LAST

-- name: names.sql, comments and odd spacing
SELECT t1."district" AS "district", count(*) AS "count" FROM "residents" AS t1 GROUP BY t1."district"

-- name: names.sql, names that the emitted text uses itself
SELECT t1."sex" AS "k2", t1."district" AS "ok", count(*) AS "k1", avg(t1."income") AS "v1", avg(t1."age") AS "n", count(t1."insured") AS "r" FROM "residents" AS t1 GROUP BY t1."sex", t1."district" ORDER BY avg(t1."income") DESC NULLS LAST, t1."sex" ASC NULLS LAST

-- name: names.sql, rows under names that the emitted text uses itself
-- class: rows
SELECT t1."education" AS "o2", t1."income" AS "o1", t1."age" AS "r" FROM "census" AS t1 ORDER BY t1."income" DESC NULLS LAST, t1."age" ASC NULLS LAST

-- name: names.sql, no alias on expressions
SELECT date_part('year', t1."visit_date") AS "column_1", avg(t1."cost") AS "avg_cost", (sum(t1."cost") / 2) AS "column_3", count(*) FILTER (WHERE (t1."department" = 'secret name')) AS "count" FROM "visits" AS t1 GROUP BY date_part('year', t1."visit_date")

-- name: partners.sql, IN
SELECT count(*) AS "count" FROM "residents" AS t1 SEMI JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."diagnosis" = 'C34')) AS t2 ON (t1."resident_id" = t2.c1)

-- name: partners.sql, NOT IN
SELECT count(*) AS "count" FROM "residents" AS t1 ANTI JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3) AS t2 ON (t1."resident_id" = t2.c1)

-- name: partners.sql, EXISTS
SELECT count(*) AS "count" FROM "residents" AS t1 SEMI JOIN "visits" AS t2 ON (t2."resident_id" = t1."resident_id") AND (t2."diagnosis" = 'C34')

-- name: partners.sql, NOT EXISTS
SELECT t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 ANTI JOIN "visits" AS t2 ON (t2."resident_id" = t1."resident_id") WHERE (t1."age" > 18) GROUP BY t1."district"

-- name: partners.sql, among other conditions
SELECT t1."sex" AS "sex", sum(t2."cost") AS "cost" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") SEMI JOIN (SELECT t4."resident_id" AS c1 FROM "visits" AS t4 WHERE (t4."department" = 'surgery')) AS t3 ON (t1."resident_id" = t3.c1) ANTI JOIN "visits" AS t5 ON (t5."resident_id" = t1."resident_id") AND (t5."visit_date" > t2."visit_date") WHERE (t2."days" > 1) GROUP BY t1."sex"

-- name: partners.sql, of units that qualify
SELECT t1."sex" AS "sex", count(*) AS "frequent" FROM "residents" AS t1 SEMI JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 GROUP BY t3."resident_id" HAVING (count(*) >= 5)) AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."sex"

-- name: partners.sql, of either side
SELECT t1."sex" AS "sex", count(*) AS "n" FROM "residents" AS t1 SEMI JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."days" > 9) UNION ALL SELECT t4."resident_id" AS c1 FROM "visits" AS t4 WHERE (t4."cost" > 999)) AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."sex"

-- name: partners.sql, within
SELECT count(*) AS "count" FROM "residents" AS t1 SEMI JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 SEMI JOIN "visits" AS t4 ON (t4."resident_id" = t3."resident_id") AND (t4."visit_date" < t3."visit_date") WHERE (t3."days" > 3)) AS t2 ON (t1."resident_id" = t2.c1)

-- name: partners.sql, a WITH query
SELECT t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 SEMI JOIN (SELECT t3.c1 AS c1 FROM (SELECT t4."resident_id" AS c1 FROM "visits" AS t4 WHERE (t4."diagnosis" = 'J11')) AS t3) AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."district"

-- name: partners.sql, names of the inner query win
SELECT count(*) AS "count" FROM "visits" AS t1 SEMI JOIN "residents" AS t2 ON (t2."resident_id" = t1."resident_id") AND (t2."sex" = 'F') AND (t1."days" > 2)

-- name: partners.sql, another equality of the unit's own rows
SELECT count(*) AS "count" FROM "visits" AS t1 SEMI JOIN "visits" AS t2 ON (t2."resident_id" = t1."resident_id") AND (t2."hospital_code" = t1."hospital_code") AND (t2."visit_date" < t1."visit_date")

-- name: partners.sql, a join inside
SELECT count(*) AS "count" FROM "residents" AS t1 ANTI JOIN ("visits" AS t2 JOIN "residents" AS t3 ON (t3."resident_id" = t2."resident_id")) ON (t2."resident_id" = t1."resident_id") AND (t3."age" > t2."days")

-- name: partners.sql, NOT NOT
SELECT count(*) AS "count" FROM "residents" AS t1 SEMI JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3) AS t2 ON (t1."resident_id" = t2.c1)

-- name: partners.sql, = ANY
SELECT count(*) AS "count" FROM "residents" AS t1 SEMI JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3) AS t2 ON (t1."resident_id" = t2.c1)

-- name: partners.sql, rows
-- class: rows
SELECT t1."sex" AS "sex", t1."district" AS "district" FROM "residents" AS t1 SEMI JOIN "visits" AS t2 ON (t2."resident_id" = t1."resident_id") AND (t2."days" > 30)

-- name: partners.sql, under OR
SELECT count(*) AS "count" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) WHERE ((t1."age" > 90) OR (t2.c1 IS NOT NULL))

-- name: per_unit.sql, counts per person
SELECT t1.c2 AS "n", count(*) AS "people" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 GROUP BY t1.c2

-- name: per_unit.sql, sums per person
SELECT avg(t1.c2) AS "mean", avg(t1.c3) AS "times", count(*) FILTER (WHERE (t1.c3 >= 3)) AS "frequent" FROM (SELECT t2."resident_id" AS c1, sum(t2."cost") AS c2, count(*) AS c3 FROM "visits" AS t2 WHERE (t2."visit_date" >= DATE '2025-01-01') GROUP BY t2."resident_id") AS t1

-- name: per_unit.sql, joined to the person
SELECT t1."sex" AS "sex", avg(t2.c2) AS "avg_n" FROM "residents" AS t1 JOIN (SELECT t3."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."sex"

-- name: per_unit.sql, people without any count too
SELECT t1."sex" AS "sex", avg(coalesce(t2.c2, 0)) AS "avg" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."sex"

-- name: per_unit.sql, per person and department
SELECT t1.c2 AS "department", avg(t1.c3) AS "avg_spent" FROM (SELECT t2."resident_id" AS c1, t2."department" AS c2, sum(t2."cost") AS c3 FROM "visits" AS t2 GROUP BY t2."resident_id", t2."department" HAVING (count(*) > 1)) AS t1 GROUP BY t1.c2

-- name: per_unit.sql, distinct people of a kind
SELECT t1.c2 AS "department", count(*) AS "people" FROM (SELECT t2."resident_id" AS c1, t2."department" AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id", t2."department") AS t1 GROUP BY t1.c2

-- name: per_unit.sql, a join inside
SELECT avg(t1.c3) AS "avg_spent" FROM (SELECT t2."resident_id" AS c1, t2."sex" AS c2, sum(t3."cost") AS c3 FROM "residents" AS t2 LEFT JOIN "visits" AS t3 ON (t2."resident_id" = t3."resident_id") GROUP BY t2."resident_id", t2."sex") AS t1 WHERE (t1.c2 = 'F')

-- name: per_unit.sql, weights inside
SELECT avg(t1.c2) AS "avg_points" FROM (SELECT t2."resident_id" AS c1, sum(CASE WHEN (t2."days" > 10) THEN 5 WHEN (t2."days" > 3) THEN 2 ELSE 0 END) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: per_unit.sql, rows that are units are one figure
SELECT count(*) AS "count", count(DISTINCT t1.c1) AS "count_units_id", avg(t1.c2) AS "avg_n" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: pivot.sql, rows of people, by one column
SELECT t1."department" AS "department", avg(t1."cost") FILTER (WHERE (t1."diagnosis" = 'J11')) AS "J11_mean", count(*) FILTER (WHERE (t1."diagnosis" = 'J11')) AS "J11_n", avg(t1."cost") FILTER (WHERE (t1."diagnosis" = 'C34')) AS "C34_mean", count(*) FILTER (WHERE (t1."diagnosis" = 'C34')) AS "C34_n" FROM "visits" AS t1 GROUP BY t1."department"

-- name: pivot.sql, with names of its own
SELECT t1.c1 AS "department", sum(t1.c3) FILTER (WHERE (t1.c2 = 'C34')) AS "lung", sum(t1.c3) FILTER (WHERE (t1.c2 = 'J11')) AS "flu" FROM (SELECT t2."department" AS c1, t2."diagnosis" AS c2, t2."cost" AS c3 FROM "visits" AS t2) AS t1 GROUP BY t1.c1

-- name: presence.sql, IN as a group
SELECT (t2.c1 IS NOT NULL) AS "ill", count(*) AS "n" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."diagnosis" = 'C34') GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) GROUP BY (t2.c1 IS NOT NULL)

-- name: presence.sql, IN in CASE
SELECT CASE WHEN (t2.c1 IS NOT NULL) THEN 'long' ELSE 'other' END AS "stay", count(*) AS "n" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."days" > 9) GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) GROUP BY CASE WHEN (t2.c1 IS NOT NULL) THEN 'long' ELSE 'other' END

-- name: presence.sql, EXISTS in FILTER
SELECT t1."sex" AS "sex", count(*) AS "n", count(*) FILTER (WHERE (t2.c1 IS NOT NULL)) AS "surgery" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."department" = 'surgery') GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."sex"

-- name: presence.sql, under OR
SELECT count(*) AS "n" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."days" > 10) GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) WHERE ((t1."age" > 70) OR (t2.c1 IS NOT NULL))

-- name: presence.sql, NOT EXISTS as a value
SELECT sum(CASE WHEN (NOT (t2.c1 IS NOT NULL)) THEN 1 ELSE 0 END) AS "never", count(*) AS "n" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1)

-- name: presence.sql, two of them
SELECT count(*) FILTER (WHERE ((t2.c1 IS NOT NULL) AND (t4.c1 IS NOT NULL))) AS "n" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."days" > 9) GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) LEFT JOIN (SELECT t5."resident_id" AS c1 FROM "visits" AS t5 WHERE (t5."department" = 'surgery') GROUP BY t5."resident_id") AS t4 ON (t1."resident_id" = t4.c1)

-- name: presence.sql, of units that qualify
SELECT (t2.c1 IS NOT NULL) AS "frequent", count(*) AS "n" FROM "residents" AS t1 LEFT JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 GROUP BY t3."resident_id" HAVING (count(*) >= 30)) AS t2 ON (t1."resident_id" = t2.c1) GROUP BY (t2.c1 IS NOT NULL)

-- name: presence.sql, INTERSECT
SELECT count(*) AS "n" FROM (SELECT t2.c1 AS c1 FROM (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."days" > 9)) AS t2 SEMI JOIN (SELECT t5."resident_id" AS c1 FROM "visits" AS t5 WHERE (t5."department" = 'surgery')) AS t4 ON (t2.c1 = t4.c1) GROUP BY t2.c1) AS t1

-- name: presence.sql, EXCEPT
SELECT t1."sex" AS "sex", count(*) AS "n" FROM "residents" AS t1 JOIN (SELECT t3.c1 AS c1 FROM (SELECT t4."resident_id" AS c1 FROM "residents" AS t4) AS t3 ANTI JOIN (SELECT t6."resident_id" AS c1 FROM "visits" AS t6) AS t5 ON (t3.c1 = t5.c1) GROUP BY t3.c1) AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."sex"

-- name: presence.sql, three sets
SELECT count(*) AS "n" FROM (SELECT t2.c1 AS c1 FROM (SELECT t3.c1 AS c1 FROM (SELECT t4."resident_id" AS c1 FROM "visits" AS t4 WHERE (t4."days" > 1)) AS t3 SEMI JOIN (SELECT t6."resident_id" AS c1 FROM "visits" AS t6 WHERE (t6."days" > 5)) AS t5 ON (t3.c1 = t5.c1) GROUP BY t3.c1) AS t2 ANTI JOIN (SELECT t8."resident_id" AS c1 FROM "visits" AS t8 WHERE (t8."diagnosis" = 'X')) AS t7 ON (t2.c1 = t7.c1) GROUP BY t2.c1) AS t1

-- name: presence.sql, NATURAL JOIN
SELECT t1."sex" AS "sex", avg(t2."days") AS "days" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."sex"

-- name: quantiles.sql, median by department
SELECT t1."department" AS "department", median(t1."cost") AS "m", avg(t1."cost") AS "mean" FROM "visits" AS t1 GROUP BY t1."department"

-- name: quantiles.sql, three quantiles are one histogram
SELECT quantile_cont(t1."cost", 0.25) AS "q1", median(t1."cost") AS "q2", quantile_cont(t1."cost", 0.75) AS "q3" FROM "visits" AS t1

-- name: quantiles.sql, a condition on the column itself
SELECT median(t1."cost") FILTER (WHERE (t1."cost" > 0)) AS "m", count(*) AS "n" FROM "visits" AS t1

-- name: quantiles.sql, constants are multiplied out
SELECT median(TRY(((2 * t1."days") - 1234.5))) AS "m", quantile_cont(TRY((-t1."days")), 0.9) AS "q" FROM "visits" AS t1

-- name: quantiles.sql, of what each person has
SELECT median(t1.c2) AS "m" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: quantiles.sql, where rows are units
SELECT t1."education" AS "education", median(t1."hours") AS "m" FROM "census" AS t1 GROUP BY t1."education"

-- name: quantiles.sql, within group, descending
SELECT quantile_cont(t1."cost", 0.1) AS "p", quantile_cont(t1."cost", 0.9) AS "d", quantile_cont(t1."cost", 0.5) AS "a" FROM "visits" AS t1

-- name: quantiles.sql, two tables
SELECT t2."sex" AS "sex", median(t1."cost") AS "m" FROM "visits" AS t1 JOIN "residents" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t2."sex"

-- name: quantiles.sql, computed from
SELECT CASE WHEN (median(t1."cost") > 100) THEN 'high' ELSE 'low' END AS "k", round(median(t1."cost")) AS "r" FROM "visits" AS t1

-- name: quantiles.sql, counts of people alone, who are chosen by what they have elsewhere
SELECT median(t1.c2) AS "m", count(*) AS "people" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 SEMI JOIN (SELECT t4."resident_id" AS c1 FROM "visits" AS t4 WHERE (t4."days" > 3)) AS t3 ON (t1.c1 = t3.c1)

-- name: quantiles.sql, beside a sum
SELECT t1."education" AS "education", median(t1."hours") AS "m", avg(t1."hours") AS "mean" FROM "census" AS t1 GROUP BY t1."education"

-- name: reference.sql, grouped by what a list says
SELECT t2."area" AS "area", count(*) AS "n", avg(t1."income") AS "income" FROM "residents" AS t1 JOIN "regions" AS t2 ON (t2."code" = t1."district") GROUP BY t2."area"

-- name: reference.sql, joined in WHERE
SELECT t2."kind" AS "kind", count(*) AS "visits", count(DISTINCT t1."resident_id") AS "patients" FROM "visits" AS t1 CROSS JOIN "hospitals" AS t2 WHERE (t1."hospital_code" = t2."code") GROUP BY t2."kind" ORDER BY count(*) DESC NULLS LAST

-- name: reference.sql, left join
SELECT t2."area" AS "area", count(*) AS "n" FROM "residents" AS t1 LEFT JOIN "regions" AS t2 ON (t1."district" = t2."code") GROUP BY t2."area"

-- name: reference.sql, two lists one after the other
SELECT t3."area" AS "area", t2."kind" AS "kind", sum(t1."cost") AS "cost" FROM "visits" AS t1 JOIN "hospitals" AS t2 ON (t1."hospital_code" = t2."code") JOIN "regions" AS t3 ON (t2."region" = t3."code") GROUP BY t3."area", t2."kind"

-- name: reference.sql, a list filtered inside
SELECT t2.c2 AS "area", count(*) AS "n" FROM "residents" AS t1 JOIN (SELECT t3."code" AS c1, t3."area" AS c2 FROM "regions" AS t3 WHERE (t3."population" > 100000)) AS t2 ON (t2.c1 = t1."district") GROUP BY t2.c2

-- name: reference.sql, IN a list
SELECT t1."sex" AS "sex", count(*) AS "n" FROM "residents" AS t1 SEMI JOIN (SELECT t3."code" AS c1 FROM "regions" AS t3 WHERE (t3."area" = 'coast')) AS t2 ON (t1."district" = t2.c1) GROUP BY t1."sex"

-- name: reference.sql, NOT IN a list
SELECT t1."sex" AS "sex", count(*) AS "n" FROM "residents" AS t1 ANTI JOIN (SELECT t3."code" AS c1 FROM "regions" AS t3) AS t2 ON (t1."district" = t2.c1) GROUP BY t1."sex"

-- name: reference.sql, EXISTS in a list
SELECT t1."department" AS "department", count(*) AS "n" FROM "visits" AS t1 SEMI JOIN "hospitals" AS t2 ON (t2."code" = t1."hospital_code") AND (t2."beds" > 500) GROUP BY t1."department"

-- name: reference.sql, SEMI and ANTI JOIN
SELECT count(*) AS "n" FROM "residents" AS t1 SEMI JOIN "regions" AS t2 ON (t2."code" = t1."district") ANTI JOIN "regions" AS t3 ON (t3."code" = t1."district") AND (t3."area" = 'hills')

-- name: reference.sql, a list that brings two registers of one unit
SELECT t3."area" AS "area", count(DISTINCT t1."resident_id") AS "n" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") JOIN "regions" AS t3 ON (t1."district" = t3."code") GROUP BY t3."area"

-- name: reference.sql, unit by unit
SELECT avg(t1.c2) AS "kinds" FROM (SELECT t2."resident_id" AS c1, count(DISTINCT t3."kind") AS c2 FROM "visits" AS t2 JOIN "hospitals" AS t3 ON (t3."code" = t2."hospital_code") GROUP BY t2."resident_id") AS t1

-- name: reference.sql, a measure of the list
SELECT t1."sex" AS "sex", avg(t2."population") AS "around" FROM "residents" AS t1 JOIN "regions" AS t2 ON (t2."code" = t1."district") GROUP BY t1."sex"

-- name: reference.sql, on either side of a union
SELECT t1.c2 AS "area", count(*) AS "n" FROM (SELECT t2."resident_id" AS c1, t3."area" AS c2 FROM "residents" AS t2 JOIN "regions" AS t3 ON (t3."code" = t2."district") UNION ALL SELECT t4."resident_id" AS c1, t5."region" AS c2 FROM "visits" AS t4 JOIN "hospitals" AS t5 ON (t5."code" = t4."hospital_code")) AS t1 GROUP BY t1.c2

-- name: reference.sql, rows
-- class: rows
SELECT t1."sex" AS "sex", t2."code" AS "code", t2."area" AS "area" FROM "residents" AS t1 JOIN "regions" AS t2 ON (t2."code" = t1."district")

-- name: reference.sql, rows of a list behind a subquery
-- class: rows
SELECT t1.c1 AS "sex", t1.c2 AS "c" FROM (SELECT t2."sex" AS c1, t3."code" AS c2 FROM "residents" AS t2 JOIN "regions" AS t3 ON (t3."code" = t2."district")) AS t1

-- name: reference.sql, USING
SELECT t2.c2 AS "area", count(*) AS "n" FROM "residents" AS t1 JOIN (SELECT t3."code" AS c1, t3."area" AS c2 FROM "regions" AS t3) AS t2 ON (t1."district" = t2.c1) GROUP BY t2.c2

-- name: reference.sql, a list that only thins out
SELECT count(*) AS "n" FROM "residents" AS t1 JOIN (SELECT t3."code" AS c1 FROM "regions" AS t3) AS t2 ON (t2.c1 = t1."district")

-- name: reference.sql, right join with the list on the left
SELECT t2."area" AS "area", count(*) AS "n" FROM "residents" AS t1 LEFT JOIN "regions" AS t2 ON (t2."code" = t1."district") GROUP BY t2."area"

-- name: reference.sql, rows that are units
SELECT t2."area" AS "area", avg(t1."hours") AS "hours" FROM "census" AS t1 JOIN "regions" AS t2 ON (t1."区划" = t2."code") GROUP BY t2."area"

-- name: reference.sql, each area of a list once
SELECT t2.c2 AS "area", count(*) AS "n" FROM "residents" AS t1 JOIN (SELECT t3."code" AS c1, t3."area" AS c2 FROM "regions" AS t3 GROUP BY t3."code", t3."area") AS t2 ON (t2.c1 = t1."district") GROUP BY t2.c2

-- name: reference.sql, each region of a list once, grouped
SELECT count(*) AS "n" FROM "visits" AS t1 JOIN "hospitals" AS t2 ON (t2."code" = t1."hospital_code") JOIN (SELECT t4."region" AS c1 FROM "hospitals" AS t4 GROUP BY t4."region") AS t3 ON (t3.c1 = t2."region")

-- name: reference.sql, a list that a condition leaves one row of each
SELECT t2."kind" AS "kind", count(*) AS "n" FROM "visits" AS t1 LEFT JOIN "hospitals" AS t2 ON (t2."code" = t1."hospital_code") AND (t2."region" = '3301') GROUP BY t2."kind"

-- name: reference.sql, a list whose left side no left join chooses
SELECT count(*) AS "n" FROM "residents" AS t1 CROSS JOIN "regions" AS t2 LEFT JOIN "hospitals" AS t3 ON (t3."region" = t2."code") AND (t3."code" = t1."district")

-- name: reference.sql, IN a list of each value once
SELECT t1."sex" AS "sex", count(*) AS "n" FROM "residents" AS t1 SEMI JOIN (SELECT t3."region" AS c1 FROM "hospitals" AS t3 GROUP BY t3."region") AS t2 ON (t1."district" = t2.c1) GROUP BY t1."sex"

-- name: rows.sql, plain and masked
-- class: rows
SELECT t1."name" AS "name", t1."mobile" AS "mobile", t1."sex" AS "sex", t1."district" AS "district" FROM "residents" AS t1 WHERE (t1."age" >= 60)

-- name: rows.sql, expressions over plain columns
-- class: rows
SELECT ((t1."education" || ' / ') || t1."income") AS "label", TRY((t1."age" + 1)) AS "next_age" FROM "census" AS t1 WHERE (t1."hours" > 40)

-- name: rows.sql, different rows
-- class: rows
SELECT DISTINCT t1."education" AS "education", t1."income" AS "income" FROM "census" AS t1 ORDER BY t1."income" DESC NULLS LAST

-- name: rows.sql, in order
-- class: rows
SELECT t1."district" AS "district", t1."sector" AS "sector" FROM "enterprises" AS t1 ORDER BY t1."sector" DESC NULLS LAST, t1."district" ASC NULLS LAST LIMIT 10

-- name: rows.sql, joined rows
-- class: rows
SELECT t1."name" AS "name", t2."department" AS "department" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id")

-- name: select.sql, count by district
SELECT t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 GROUP BY t1."district"

-- name: select.sql, join on the unit key
SELECT t1."district" AS "district", count(DISTINCT t2."resident_id") AS "people", sum(t2."cost") AS "total", (sum(t2."cost") / nullif(count(*), 0)) AS "mean" FROM "residents" AS t1 JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") WHERE (t2."visit_date" >= DATE '2025-06-01') GROUP BY t1."district" ORDER BY t1."district" ASC NULLS LAST

-- name: select.sql, having and order by an aggregate
SELECT t1."district" AS "district", count(*) AS "n", avg(t1."income") AS "mean_income" FROM "residents" AS t1 WHERE (t1."age" BETWEEN 18 AND 65) AND (t1."sex" <> 'F') GROUP BY t1."district" HAVING (count(*) > 10) ORDER BY count(*) DESC NULLS LAST LIMIT 5

-- name: select.sql, one row for all
SELECT count(*) AS "count" FROM "visits" AS t1

-- name: select.sql, ages in bands
SELECT (floor((t1."age" / 10)) * 10) AS "band", count(*) FILTER (WHERE t1."insured") AS "insured" FROM "residents" AS t1 GROUP BY (floor((t1."age" / 10)) * 10)

-- name: select.sql, per person, then over persons
SELECT avg(t1.c2) AS "visits_per_patient" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: select.sql, rows with masked columns
-- class: rows
SELECT t1."name" AS "name", t1."sex" AS "sex", t1."district" AS "district" FROM "residents" AS t1 WHERE (t1."age" > 30)

-- name: shaped.sql, one function of a column
SELECT avg(TRY(ln(t1."age"))) AS "avg", sum(floor((t1."age" / 10))) AS "sum", avg(TRY(date_diff('year', t1."birth_date", DATE '2026-01-01'))) AS "avg_2" FROM "residents" AS t1

-- name: shaped.sql, a quotient of columns
SELECT avg((t1."cost" / nullif(t1."days", 0))) AS "avg" FROM "visits" AS t1

-- name: shaped.sql, person by person, what is linear and CASE
SELECT avg(t1.c2) AS "avg_x", sum(t1.c3) AS "sum_y" FROM (SELECT t2."resident_id" AS c1, sum(TRY(((2 * t2."days") + 1))) AS c2, sum(CASE WHEN (t2."days" > 3) THEN t2."cost" ELSE 0 END) AS c3 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: shaped.sql, one over a square
SELECT avg((t1."days" / nullif((TRY((t1."cost" * t1."cost")) / 100), 0))) AS "m" FROM "visits" AS t1

-- name: union.sql, two sides of one dataset
SELECT count(*) AS "count" FROM (SELECT t2."district" AS c1 FROM "residents" AS t2 UNION ALL SELECT t3."district" AS c1 FROM "residents" AS t3) AS t1

-- name: union.sql, sides by group
SELECT t1.c1 AS "source", t1.c3 AS "department", count(*) AS "n", count(DISTINCT t1.c2) AS "people", sum(t1.c4) AS "cost" FROM (SELECT 'short' AS c1, t2."resident_id" AS c2, t2."department" AS c3, t2."cost" AS c4 FROM "visits" AS t2 WHERE (t2."days" < 3) UNION ALL SELECT 'long' AS c1, t3."resident_id" AS c2, t3."department" AS c3, t3."cost" AS c4 FROM "visits" AS t3 WHERE (t3."days" >= 3)) AS t1 GROUP BY t1.c1, t1.c3

-- name: union.sql, in WITH
SELECT date_part('year', t1.c2) AS "year", avg(t1.c3) AS "mean" FROM (SELECT t2."resident_id" AS c1, t2."visit_date" AS c2, t2."cost" AS c3 FROM "visits" AS t2 WHERE (t2."department" = 'surgery') UNION ALL SELECT t3."resident_id" AS c1, t3."visit_date" AS c2, t3."cost" AS c3 FROM "visits" AS t3 WHERE (t3."department" = 'medicine')) AS t1 GROUP BY date_part('year', t1.c2) ORDER BY date_part('year', t1.c2) ASC NULLS LAST

-- name: union.sql, joined on the unit
SELECT t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 JOIN (SELECT t3."resident_id" AS c1, t3."days" AS c2 FROM "visits" AS t3 UNION ALL SELECT t4."resident_id" AS c1, t4."age" AS c2 FROM "residents" AS t4) AS t2 ON (t2.c1 = t1."resident_id") WHERE (t2.c2 > 3) GROUP BY t1."district"

-- name: union.sql, by unit first
SELECT avg(t1.c2) AS "mean" FROM (SELECT t2.c1 AS c1, count(*) AS c2 FROM (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."days" > 3) UNION ALL SELECT t4."resident_id" AS c1 FROM "visits" AS t4 WHERE (t4."cost" > 100)) AS t2 GROUP BY t2.c1) AS t1

-- name: union.sql, sides by unit
SELECT sum(t1.c2) AS "n", sum(t1.c3) AS "s" FROM (SELECT t2."resident_id" AS c1, count(*) AS c2, sum(t2."days") AS c3 FROM "visits" AS t2 GROUP BY t2."resident_id" UNION ALL SELECT t3."resident_id" AS c1, count(*) AS c2, sum(t3."days") AS c3 FROM "visits" AS t3 WHERE (t3."days" > 2) GROUP BY t3."resident_id") AS t1

-- name: union.sql, sides told apart in a sum
SELECT t1.c1 AS "department", sum(t1.c2) AS "x" FROM (SELECT t2."department" AS c1, 1 AS c2 FROM "visits" AS t2 WHERE (t2."days" > 3) UNION ALL SELECT t3."department" AS c1, 1000 AS c2 FROM "visits" AS t3 WHERE (t3."days" <= 3)) AS t1 GROUP BY t1.c1

-- name: union.sql, a side that adds nothing
SELECT t1.c1 AS "department", sum(t1.c2) AS "x", avg(t1.c2) AS "share" FROM (SELECT t2."department" AS c1, 1 AS c2 FROM "visits" AS t2 WHERE (t2."days" > 3) UNION ALL SELECT t3."department" AS c1, 0 AS c2 FROM "visits" AS t3 WHERE (t3."days" <= 3)) AS t1 GROUP BY t1.c1

-- name: union.sql, a side with NULL
SELECT t1.c1 AS "department", sum(t1.c2) AS "c", sum(t1.c3) AS "d" FROM (SELECT t2."department" AS c1, t2."cost" AS c2, NULL AS c3 FROM "visits" AS t2 UNION ALL SELECT t3."department" AS c1, NULL AS c2, t3."days" AS c3 FROM "visits" AS t3) AS t1 GROUP BY t1.c1

-- name: union.sql, numbers of several types
SELECT sum(t1.c1) AS "x" FROM (SELECT t2."days" AS c1 FROM "visits" AS t2 UNION ALL SELECT t3."cost" AS c1 FROM "visits" AS t3 UNION ALL SELECT t4."score" AS c1 FROM "visits" AS t4) AS t1

-- name: union.sql, CASE inside a side
SELECT sum(t1.c1) AS "x" FROM (SELECT CASE WHEN (t2."days" > 3) THEN t2."cost" ELSE 0 END AS c1 FROM "visits" AS t2 UNION ALL SELECT t3."cost" AS c1 FROM "visits" AS t3) AS t1

-- name: union.sql, a union without repetitions
SELECT t1.c1 AS "department" FROM (SELECT t2."department" AS c1 FROM "visits" AS t2 WHERE (t2."days" > 3) UNION ALL SELECT t3."department" AS c1 FROM "visits" AS t3 WHERE (t3."cost" > 100)) AS t1 GROUP BY t1.c1 ORDER BY t1.c1 ASC NULLS LAST

-- name: union.sql, units of either side
SELECT count(*) AS "people" FROM (SELECT t2.c1 AS c1 FROM (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."days" > 3) UNION ALL SELECT t4."resident_id" AS c1 FROM "residents" AS t4 WHERE (t4."age" > 80)) AS t2 GROUP BY t2.c1) AS t1

-- name: union.sql, rows
-- class: rows
SELECT t1.c1 AS "department", t1.c2 AS "score" FROM (SELECT t2."department" AS c1, t2."score" AS c2 FROM "visits" AS t2 WHERE (t2."days" > 3) UNION ALL SELECT t3."department" AS c1, t3."score" AS c2 FROM "visits" AS t3 WHERE (t3."days" < 1)) AS t1 ORDER BY t1.c1 ASC NULLS LAST LIMIT 20

-- name: union.sql, masked rows
-- class: rows
SELECT t1.c1 AS "sex", t1.c2 AS "name" FROM (SELECT t2."sex" AS c1, t2."name" AS c2 FROM "residents" AS t2 WHERE (t2."age" > 60) UNION ALL SELECT t3."sex" AS c1, t3."name" AS c2 FROM "residents" AS t3 WHERE (t3."age" < 18)) AS t1

-- name: union.sql, with a left join
SELECT t1.c1 AS "d", count(*) AS "n", sum(t1.c2) AS "cost" FROM (SELECT t2."district" AS c1, t3."cost" AS c2 FROM "residents" AS t2 LEFT JOIN "visits" AS t3 ON (t3."resident_id" = t2."resident_id") UNION ALL SELECT t4."district" AS c1, t5."cost" AS c2 FROM "residents" AS t4 JOIN "visits" AS t5 ON (t4."resident_id" = t5."resident_id")) AS t1 GROUP BY t1.c1

-- name: union.sql, in buckets
SELECT (floor((t1.c1 / 10)) * 10) AS "band", count(*) AS "n" FROM (SELECT t2."age" AS c1 FROM "residents" AS t2 WHERE (t2."sex" = 'F') UNION ALL SELECT t3."age" AS c1 FROM "residents" AS t3 WHERE t3."insured") AS t1 GROUP BY (floor((t1.c1 / 10)) * 10)

-- name: union.sql, rows that are units
SELECT t1.c1 AS "education", count(*) AS "n" FROM (SELECT t2."education" AS c1, t2."hours" AS c2 FROM "census" AS t2 WHERE (t2."age" < 30) UNION ALL SELECT t3."education" AS c1, t3."hours" AS c2 FROM "census" AS t3 WHERE (t3."age" >= 30)) AS t1 WHERE (t1.c2 > 20) GROUP BY t1.c1

-- name: union.sql, WITH above the sides
SELECT t1.c2 AS "s", count(*) AS "count" FROM (SELECT t2.c1 AS c1, t2.c2 AS c2 FROM (SELECT t3."resident_id" AS c1, t3."sex" AS c2 FROM "residents" AS t3) AS t2 UNION ALL SELECT t4.c1 AS c1, t4.c2 AS c2 FROM (SELECT t5."resident_id" AS c1, t5."sex" AS c2 FROM "residents" AS t5) AS t4 WHERE (t4.c2 = 'F')) AS t1 GROUP BY t1.c2

-- name: union.sql, named anew
SELECT t1.c1 AS "w", sum(t1.c2) AS "c" FROM (SELECT t2."department" AS c1, t2."cost" AS c2 FROM "visits" AS t2 WHERE (t2."days" < 3) UNION ALL SELECT t3."hospital_code" AS c1, t3."cost" AS c2 FROM "visits" AS t3 WHERE (t3."days" BETWEEN 3 AND 9)) AS t1 GROUP BY t1.c1

-- name: union.sql, the same rows by one column
SELECT t1.c1 AS "w", sum(t1.c2) FILTER (WHERE (t1.c3 = 1)) AS "a", sum(t1.c2) FILTER (WHERE (t1.c3 = 2)) AS "b" FROM (SELECT t2."department" AS c1, t2."cost" AS c2, 1 AS c3 FROM "visits" AS t2 UNION ALL SELECT t3."department" AS c1, t3."cost" AS c2, 2 AS c3 FROM "visits" AS t3 WHERE (t3."days" <> 7)) AS t1 GROUP BY t1.c1

-- name: union.sql, columns of one name
SELECT t1.c1 AS "x", t1.c2 AS "x_2" FROM (SELECT t2."sex" AS c1, t2."district" AS c2 FROM "residents" AS t2) AS t1 GROUP BY t1.c1, t1.c2

-- name: unit_order.sql, first row of each person
SELECT t1.c4 AS "department", avg(t1.c7) AS "days", count(*) AS "n" FROM (SELECT t2."resident_id" AS c1, t2."visit_date" AS c2, t2."admitted_at" AS c3, t2."department" AS c4, t2."diagnosis" AS c5, t2."cost" AS c6, t2."days" AS c7, t2."score" AS c8, t2."hospital_code" AS c9, row_number() OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST, t2."department" ASC NULLS LAST, t2."days" ASC NULLS LAST) AS c10 FROM "visits" AS t2) AS t1 WHERE (t1.c10 = 1) GROUP BY t1.c4

-- name: unit_order.sql, days between rows
SELECT count(*) AS "n", count(t1.c1) AS "again" FROM (SELECT TRY((t2."visit_date" - lag(t2."visit_date") OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST))) AS c1 FROM "visits" AS t2) AS t1 WHERE (t1.c1 < 90)

-- name: unit_order.sql, how many rows come at which place
SELECT count(*) FILTER (WHERE (t1.c1 = 1)) AS "first", count(*) FILTER (WHERE (t1.c1 = 2)) AS "second", count(*) FILTER (WHERE (t1.c1 > 2)) AS "more" FROM (SELECT row_number() OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST) AS c1 FROM "visits" AS t2) AS t1

-- name: unit_order.sql, a place that a condition leaves
SELECT t1.c2 AS "k", t1.c1 AS "department", count(*) AS "n" FROM (SELECT t2."department" AS c1, rank() OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST) AS c2 FROM "visits" AS t2) AS t1 WHERE (t1.c2 = 2) GROUP BY t1.c2, t1.c1

-- name: unit_order.sql, what came before the second row
SELECT t1.c2 AS "before", t1.c1 AS "department", count(*) AS "n" FROM (SELECT t2."department" AS c1, lag(t2."department") OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST, t2."department" ASC NULLS LAST) AS c2, row_number() OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST, t2."department" ASC NULLS LAST) AS c3 FROM "visits" AS t2) AS t1 WHERE (t1.c3 = 2) GROUP BY t1.c2, t1.c1

-- name: unit_order.sql, what came before, where anything did
SELECT t1.c2 AS "before", t1.c1 AS "department", count(*) AS "n" FROM (SELECT t2."department" AS c1, lag(t2."department") OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST, t2."department" ASC NULLS LAST) AS c2 FROM "visits" AS t2) AS t1 WHERE (t1.c2 IS NOT NULL) GROUP BY t1.c2, t1.c1

-- name: unit_order.sql, QUALIFY
SELECT t1.c2 AS "department", count(*) AS "n" FROM (SELECT t2."resident_id" AS c1, t2."department" AS c2 FROM "visits" AS t2 QUALIFY (row_number() OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" DESC NULLS LAST, t2."department" ASC NULLS LAST) = 1)) AS t1 GROUP BY t1.c2

-- name: unit_order.sql, share of a person's own total
SELECT avg(t1.c1) AS "days", count(*) FILTER (WHERE (TRY((t1.c1 * 10)) > t1.c2)) AS "large" FROM (SELECT t2."days" AS c1, sum(t2."days") OVER (PARTITION BY t2."resident_id") AS c2 FROM "visits" AS t2) AS t1

-- name: unit_order.sql, what came before
SELECT t1.c2 AS "before", t1.c1 AS "department", count(*) AS "n" FROM (SELECT t2."department" AS c1, lag(t2."department") OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST, t2."department" ASC NULLS LAST) AS c2 FROM "visits" AS t2) AS t1 GROUP BY t1.c2, t1.c1

-- name: unit_order.sql, joined to the person
SELECT t1."sex" AS "sex", avg(t2.c2) AS "place" FROM "residents" AS t1 JOIN (SELECT t3."resident_id" AS c1, rank() OVER (PARTITION BY t3."resident_id" ORDER BY t3."days" DESC NULLS LAST) AS c2 FROM "visits" AS t3) AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."sex"

-- name: unit_order.sql, running total
SELECT count(DISTINCT t1.c1) AS "n" FROM (SELECT t2."resident_id" AS c1, sum(t2."days") OVER (PARTITION BY t2."resident_id" ORDER BY t2."visit_date" ASC NULLS LAST, t2."days" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS c2 FROM "visits" AS t2) AS t1 WHERE (t1.c2 > 20)

-- name: unit_order.sql, person by person, of the second row
SELECT avg(t1.c2) AS "n" FROM (SELECT t2.c1 AS c1, count(*) FILTER (WHERE (t2.c2 > t2.c3)) AS c2 FROM (SELECT t3."resident_id" AS c1, t3."days" AS c2, first_value(t3."days") OVER (PARTITION BY t3."resident_id" ORDER BY t3."visit_date" ASC NULLS LAST, t3."days" ASC NULLS LAST) AS c3 FROM "visits" AS t3) AS t2 GROUP BY t2.c1) AS t1

-- name: unit_order.sql, many rows
SELECT count(*) AS "n" FROM (SELECT count(*) OVER (PARTITION BY t2."resident_id") AS c1 FROM "visits" AS t2) AS t1 WHERE (t1.c1 >= 5)

-- name: unit_values.sql, first visits by month
SELECT date_part('month', t1.c2) AS "month", count(*) AS "n" FROM (SELECT t2."resident_id" AS c1, min(t2."visit_date") AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 GROUP BY date_part('month', t1.c2) ORDER BY date_part('month', t1.c2) ASC NULLS LAST

-- name: unit_values.sql, recency
SELECT CASE WHEN (t1.c2 < DATE '2025-01-01') THEN 'long ago' ELSE 'recent' END AS "seen", count(*) AS "n" FROM (SELECT t2."resident_id" AS c1, max(t2."visit_date") AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 GROUP BY CASE WHEN (t1.c2 < DATE '2025-01-01') THEN 'long ago' ELSE 'recent' END

-- name: unit_values.sql, days from first to last
SELECT count(*) AS "n", count(*) FILTER (WHERE (TRY(date_diff('day', t1.c2, t1.c3)) > 200)) AS "days" FROM (SELECT t2."resident_id" AS c1, min(t2."visit_date") AS c2, max(t2."visit_date") AS c3 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: unit_values.sql, department of the first visit
SELECT t1.c2 AS "department", count(*) AS "n" FROM (SELECT t2."resident_id" AS c1, first(t2."department" ORDER BY t2."visit_date" ASC NULLS LAST) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 GROUP BY t1.c2

-- name: unit_values.sql, days of the last visit
SELECT avg(t1.c2) AS "days" FROM (SELECT t2."resident_id" AS c1, first(t2."days" ORDER BY t2."visit_date" DESC NULLS LAST) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: unit_values.sql, first and last in an order
SELECT t1.c2 AS "f", count(*) AS "n", avg(t1.c3) AS "days" FROM (SELECT t2."resident_id" AS c1, first(t2."department" ORDER BY t2."visit_date" ASC NULLS LAST) AS c2, first(t2."days" ORDER BY t2."visit_date" DESC NULLS FIRST) AS c3 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1 GROUP BY t1.c2

-- name: unit_values.sql, any value in an order
SELECT t1.c2 AS "v", count(*) AS "n" FROM (SELECT t2."resident_id" AS c1, first(t2."diagnosis" ORDER BY t2."visit_date" DESC NULLS LAST) AS c2 FROM "visits" AS t2 WHERE (t2."days" > 2) GROUP BY t2."resident_id") AS t1 GROUP BY t1.c2

-- name: unit_values.sql, newcomers by sex
SELECT t1."sex" AS "sex", count(*) AS "n" FROM "residents" AS t1 JOIN (SELECT t3."resident_id" AS c1, min(t3."visit_date") AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t1."resident_id" = t2.c1) WHERE (t2.c2 < DATE '2024-06-01') GROUP BY t1."sex"

-- name: unit_values.sql, ever and never
SELECT count(*) AS "n", sum(t1.c2) AS "ever", count(*) FILTER (WHERE t1.c3) AS "long", count(*) FILTER (WHERE t1.c4) AS "always" FROM (SELECT t2."resident_id" AS c1, CASE WHEN (count(*) FILTER (WHERE coalesce((t2."diagnosis" = 'C34'), FALSE)) > 0) THEN 1 ELSE 0 END AS c2, CASE WHEN (count(*) FILTER (WHERE (t2."days" > 9)) > 0) THEN TRUE ELSE FALSE END AS c3, CASE WHEN (count(*) FILTER (WHERE (t2."days" <= 1)) > 0) THEN FALSE ELSE TRUE END AS c4 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: unit_values.sql, first of some rows
SELECT avg(t1.c2) AS "days", count(t1.c2) AS "n" FROM (SELECT t2."resident_id" AS c1, first(t2."days" ORDER BY t2."visit_date" DESC NULLS LAST) FILTER (WHERE (t2."department" = 'surgery')) AS c2 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: unit_values.sql, cohort and activity
SELECT t2.c2 AS "cohort", date_part('month', t1."visit_date") AS "active", count(DISTINCT t1."resident_id") AS "n" FROM "visits" AS t1 JOIN (SELECT t3."resident_id" AS c1, TRY(date_trunc('year', min(t3."visit_date"))) AS c2 FROM "visits" AS t3 GROUP BY t3."resident_id") AS t2 ON (t2.c1 = t1."resident_id") GROUP BY t2.c2, date_part('month', t1."visit_date")

-- name: unit_values.sql, largest and smallest
SELECT avg(t1.c2) AS "largest", avg(t1.c3) AS "smallest" FROM (SELECT t2."resident_id" AS c1, max(t2."days") AS c2, min(t2."cost") AS c3 FROM "visits" AS t2 GROUP BY t2."resident_id") AS t1

-- name: unit_values.sql, HAVING of a person
SELECT count(*) AS "n" FROM (SELECT t2."resident_id" AS c1 FROM "visits" AS t2 GROUP BY t2."resident_id" HAVING (TRY((max(t2."visit_date") - min(t2."visit_date"))) > 30)) AS t1

-- name: windows.sql, rank of groups
SELECT t1."department" AS "department", count(*) AS "n", rank() OVER (ORDER BY count(*) DESC NULLS LAST) AS "place" FROM "visits" AS t1 GROUP BY t1."department"

-- name: windows.sql, share of the whole
SELECT t1."department" AS "department", round((TRY((100.0 * count(*))) / nullif(sum(count(*)) OVER (), 0)), 1) AS "share" FROM "visits" AS t1 GROUP BY t1."department"

-- name: windows.sql, running sum
SELECT t1."visit_date" AS "visit_date", count(*) AS "n", sum(count(*)) OVER (ORDER BY t1."visit_date" ASC NULLS LAST) AS "sofar" FROM "visits" AS t1 GROUP BY t1."visit_date"

-- name: windows.sql, moving average of rows
SELECT t1."visit_date" AS "visit_date", avg(count(*)) OVER (ORDER BY t1."visit_date" ASC NULLS LAST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS "week" FROM "visits" AS t1 GROUP BY t1."visit_date"

-- name: windows.sql, the period before
SELECT t1."department" AS "department", t1."visit_date" AS "visit_date", count(*) AS "n", TRY((count(*) - lag(count(*)) OVER (PARTITION BY t1."department" ORDER BY t1."visit_date" ASC NULLS LAST))) AS "change" FROM "visits" AS t1 GROUP BY t1."department", t1."visit_date"

-- name: windows.sql, lag with a distance and a default
SELECT t1."visit_date" AS "visit_date", lag(count(*), 2, 0) OVER (ORDER BY t1."visit_date" ASC NULLS LAST) AS "earlier" FROM "visits" AS t1 GROUP BY t1."visit_date"

-- name: windows.sql, the largest three of each
SELECT t1."department" AS "department", t1."diagnosis" AS "diagnosis", count(*) AS "n" FROM "visits" AS t1 GROUP BY t1."department", t1."diagnosis" QUALIFY (row_number() OVER (PARTITION BY t1."department" ORDER BY count(*) DESC NULLS LAST) <= 3) ORDER BY t1."department" ASC NULLS LAST, count(*) DESC NULLS LAST

-- name: windows.sql, the largest of each by a subquery
SELECT t1."department" AS "department", t1."diagnosis" AS "diagnosis", count(*) AS "n" FROM "visits" AS t1 GROUP BY t1."department", t1."diagnosis" QUALIFY ((rank() OVER (PARTITION BY t1."department" ORDER BY count(*) DESC NULLS LAST) = 1) AND (count(*) > 3))

-- name: windows.sql, a window around a grouped subquery
SELECT t1."department" AS "department", count(*) AS "n", dense_rank() OVER (ORDER BY count(*) DESC NULLS LAST) AS "place" FROM "visits" AS t1 GROUP BY t1."department" HAVING (count(*) > 10)

-- name: windows.sql, quartiles of groups
SELECT t1."hospital_code" AS "hospital_code", ntile(4) OVER (ORDER BY sum(t1."cost") ASC NULLS LAST) AS "quartile" FROM "visits" AS t1 GROUP BY t1."hospital_code"

-- name: windows.sql, a named window
SELECT t1."department" AS "department", sum(t1."days") AS "d", first_value(sum(t1."days")) OVER (ORDER BY sum(t1."days") DESC NULLS LAST) AS "most", max(sum(t1."days")) OVER (ORDER BY sum(t1."days") DESC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "largest" FROM "visits" AS t1 GROUP BY t1."department"

-- name: windows.sql, over keys alone
SELECT t1."department" AS "department", row_number() OVER (ORDER BY t1."department" ASC NULLS LAST) AS "i", count(*) AS "n" FROM "visits" AS t1 GROUP BY t1."department"

-- name: windows.sql, order by a window
SELECT t1."department" AS "department", count(*) AS "n" FROM "visits" AS t1 GROUP BY t1."department" ORDER BY percent_rank() OVER (ORDER BY count(*) ASC NULLS LAST) ASC NULLS LAST, t1."department" ASC NULLS LAST LIMIT 2

-- name: wrapped.sql, groups shown again
SELECT t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 GROUP BY t1."district" LIMIT 100

-- name: wrapped.sql, groups filtered and ordered outside
SELECT t1."department" AS "department", round((sum(t1."cost") / nullif(count(*), 0)), 1) AS "mean" FROM "visits" AS t1 GROUP BY t1."department" HAVING (count(*) > 100) ORDER BY round((sum(t1."cost") / nullif(count(*), 0)), 1) DESC NULLS LAST LIMIT 3

-- name: wrapped.sql, twice
SELECT t1."department" AS "d", TRY((count(*) * 2)) AS "m" FROM "visits" AS t1 GROUP BY t1."department" HAVING ((count(*) > 5) AND (t1."department" <> 'x') AND (TRY((count(*) * 2)) > 10))

-- name: wrapped.sql, one row
SELECT (sum(t1."cost") / nullif(sum(t1."days"), 0)) AS "x" FROM "visits" AS t1

-- name: wrapped.sql, people with a partner
SELECT t1."district" AS "district", count(*) AS "patients" FROM "residents" AS t1 SEMI JOIN "visits" AS t2 ON (t1."resident_id" = t2."resident_id") GROUP BY t1."district"

-- name: wrapped.sql, people without one
SELECT t1."district" AS "district", count(*) AS "n" FROM "residents" AS t1 ANTI JOIN (SELECT t3."resident_id" AS c1 FROM "visits" AS t3 WHERE (t3."days" > 3)) AS t2 ON (t1."resident_id" = t2.c1) GROUP BY t1."district"

