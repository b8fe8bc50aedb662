-- name: unbounded 1
SELECT repeat(department, 1000000000), count(*) FROM visits GROUP BY 1

-- name: unbounded 2
SELECT lpad(department, 100000000, 'x'), count(*) FROM visits GROUP BY 1

-- name: unbounded 3
SELECT sum(power(10, days)) FROM visits

-- name: unbounded 4
SELECT sum(days ^ 40) FROM visits

-- name: unbounded 5
SELECT sum(days ** days) FROM visits

-- name: unbounded 6
SELECT sum(pow(2, days)) FROM visits

-- name: unbounded 7
SELECT sum(exp(length(name))) FROM residents

-- name: unbounded 8
SELECT sum(days!) FROM visits

-- name: unbounded 9
SELECT sum(1 << days) FROM visits

-- name: unbounded 10
SELECT sum(days | 1) FROM visits

-- name: unbounded 11
SELECT sum(xor(days, 1)) FROM visits

-- name: unbounded 12
SELECT format('{:>1000000}', department), count(*) FROM visits GROUP BY 1

-- name: unbounded 13
SELECT printf('%1000000s', department), count(*) FROM visits GROUP BY 1

-- name: unbounded 14
SELECT regexp_replace(department, '((a{100}){100}){100}', 'y'), count(*) FROM visits GROUP BY 1

-- name: unbounded 15
SELECT count(*) FROM visits WHERE department ~ '(?<x>a)'

-- name: unbounded 16
SELECT count(*) FROM visits WHERE department SIMILAR TO diagnosis

-- name: unbounded 17
SELECT bar(days, 0, 10, 1000000), count(*) FROM visits GROUP BY 1

-- name: unbounded 18
SELECT sleep_ms(1000), count(*) FROM visits

-- name: unbounded 19
SELECT count(*) FROM visits WHERE department GLOB '*'

-- name: unbounded 20
SELECT count(*) FROM visits WHERE levenshtein(department, diagnosis) < 2

-- name: unbounded 21
SELECT array_to_string(range(days), ','), count(*) FROM visits GROUP BY 1

-- name: unbounded 22
SELECT sum(CASE WHEN days = 0 THEN 1 WHEN days = 1 THEN 1000 WHEN days = 2 THEN 1000000 WHEN days = 3 THEN 1000000000 WHEN days = 4 THEN 1000000000000 WHEN days = 5 THEN 1000000000000000 WHEN days = 6 THEN 2 WHEN days = 7 THEN 2000 WHEN days = 8 THEN 2000000 WHEN days = 9 THEN 2000000000 WHEN days = 10 THEN 2000000000000 WHEN days = 11 THEN 2000000000000000 WHEN days = 12 THEN 3 WHEN days = 13 THEN 3000 WHEN days = 14 THEN 3000000 WHEN days = 15 THEN 3000000000 WHEN days = 16 THEN 3000000000000 WHEN days = 17 THEN 3000000000000000 WHEN days = 18 THEN 4 WHEN days = 19 THEN 4000 WHEN days = 20 THEN 4000000 WHEN days = 21 THEN 4000000000 WHEN days = 22 THEN 4000000000000 WHEN days = 23 THEN 4000000000000000 WHEN days = 24 THEN 5 WHEN days = 25 THEN 5000 WHEN days = 26 THEN 5000000 WHEN days = 27 THEN 5000000000 WHEN days = 28 THEN 5000000000000 WHEN days = 29 THEN 5000000000000000 END) FROM visits

-- name: unbounded 23
SELECT sum((days = 0)::int * 1 + (days = 1)::int * 3 + (days = 2)::int * 9 + (days = 3)::int * 27 + (days = 4)::int * 81 + (days = 5)::int * 243 + (days = 6)::int * 729 + (days = 7)::int * 2187 + (days = 8)::int * 6561 + (days = 9)::int * 19683 + (days = 10)::int * 59049 + (days = 11)::int * 177147 + (days = 12)::int * 531441 + (days = 13)::int * 1594323 + (days = 14)::int * 4782969 + (days = 15)::int * 14348907 + (days = 16)::int * 43046721 + (days = 17)::int * 129140163 + (days = 18)::int * 387420489 + (days = 19)::int * 1162261467 + (days = 20)::int * 3486784401 + (days = 21)::int * 10460353203 + (days = 22)::int * 31381059609 + (days = 23)::int * 94143178827 + (days = 24)::int * 282429536481 + (days = 25)::int * 847288609443 + (days = 26)::int * 2541865828329 + (days = 27)::int * 7625597484987 + (days = 28)::int * 22876792454961 + (days = 29)::int * 68630377364883) FROM visits

-- name: unbounded 24
SELECT days AS a0, a0 + a0 AS a1, a1 + a1 AS a2, a2 + a2 AS a3, a3 + a3 AS a4, a4 + a4 AS a5, a5 + a5 AS a6, a6 + a6 AS a7, a7 + a7 AS a8, a8 + a8 AS a9, a9 + a9 AS a10, a10 + a10 AS a11, a11 + a11 AS a12, a12 + a12 AS a13, a13 + a13 AS a14, a14 + a14 AS a15, a15 + a15 AS a16, a16 + a16 AS a17, a17 + a17 AS a18, a18 + a18 AS a19, a19 + a19 AS a20, a20 + a20 AS a21, a21 + a21 AS a22, a22 + a22 AS a23, a23 + a23 AS a24, a24 + a24 AS a25, a25 + a25 AS a26, a26 + a26 AS a27, a27 + a27 AS a28, a28 + a28 AS a29, a29 + a29 AS a30, a30 + a30 AS a31, a31 + a31 AS a32, a32 + a32 AS a33, a33 + a33 AS a34, a34 + a34 AS a35, a35 + a35 AS a36, a36 + a36 AS a37, a37 + a37 AS a38, a38 + a38 AS a39, a39 + a39 AS a40, count(*) FROM visits GROUP BY ALL

-- name: unbounded 25
WITH c0 AS (SELECT resident_id, days FROM visits), c1 AS (SELECT a.resident_id, a.days FROM c0 a JOIN c0 b USING (resident_id)), c2 AS (SELECT a.resident_id, a.days FROM c1 a JOIN c1 b USING (resident_id)), c3 AS (SELECT a.resident_id, a.days FROM c2 a JOIN c2 b USING (resident_id)), c4 AS (SELECT a.resident_id, a.days FROM c3 a JOIN c3 b USING (resident_id)), c5 AS (SELECT a.resident_id, a.days FROM c4 a JOIN c4 b USING (resident_id)), c6 AS (SELECT a.resident_id, a.days FROM c5 a JOIN c5 b USING (resident_id)), c7 AS (SELECT a.resident_id, a.days FROM c6 a JOIN c6 b USING (resident_id)), c8 AS (SELECT a.resident_id, a.days FROM c7 a JOIN c7 b USING (resident_id)), c9 AS (SELECT a.resident_id, a.days FROM c8 a JOIN c8 b USING (resident_id)), c10 AS (SELECT a.resident_id, a.days FROM c9 a JOIN c9 b USING (resident_id)), c11 AS (SELECT a.resident_id, a.days FROM c10 a JOIN c10 b USING (resident_id)), c12 AS (SELECT a.resident_id, a.days FROM c11 a JOIN c11 b USING (resident_id)) SELECT count(*) FROM c12

-- name: unbounded 26
SELECT count(*) FROM visits WHERE days = days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days + days

-- name: unbounded 27
SELECT count(*) FROM visits WHERE days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days - days > 0

