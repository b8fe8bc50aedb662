-- name: system_function 1
SELECT count(*) FROM visits WHERE department = getenv('HOME')

-- name: system_function 2
SELECT count(*) FROM visits WHERE department = current_setting('threads')

-- name: system_function 3
SELECT count(*) FROM visits WHERE department = getvariable('x')

-- name: system_function 4
SELECT current_user, count(*) FROM visits GROUP BY 1

-- name: system_function 5
SELECT current_schema(), count(*) FROM visits GROUP BY 1

-- name: system_function 6
SELECT current_database(), count(*) FROM visits GROUP BY 1

-- name: system_function 7
SELECT version(), count(*) FROM visits GROUP BY 1

-- name: system_function 8
SELECT count(*) FROM visits WHERE department = error('stop')

-- name: system_function 9
SELECT stats(income), count(*) FROM visits GROUP BY 1

-- name: system_function 10
SELECT typeof(income), count(*) FROM visits GROUP BY 1

-- name: system_function 11
SELECT pg_typeof(cost), count(*) FROM visits GROUP BY 1

-- name: system_function 12
SELECT current_query(), count(*) FROM visits GROUP BY 1

-- name: system_function 13
SELECT txid_current(), count(*) FROM visits GROUP BY 1

-- name: system_function 14
SELECT alias(cost), count(*) FROM visits GROUP BY 1

-- name: system_function 15
SELECT count(*) FROM visits WHERE department = in_search_path('a', 'b')

-- name: system_function 16
SELECT count(*) FROM visits WHERE department = write_log('x')

-- name: system_function 17
SELECT count(*) FROM visits WHERE department = json_serialize_sql('SELECT 1')

-- name: system_function 18
SELECT count(*) FROM visits WHERE department = nextval('s')

-- name: system_function 19
SELECT count(*) FROM visits WHERE department = currval('s')

-- name: system_function 20
SELECT count(*) FROM visits WHERE department = add_parquet_key('a', 'b')

-- name: system_function 21
SELECT checkpoint(), count(*) FROM visits GROUP BY 1

-- name: system_function 22
SELECT vector_type(cost), count(*) FROM visits GROUP BY 1

-- name: system_function 23
SELECT sum(CASE WHEN diagnosis = 'C34' THEN error('found') ELSE 0 END) FROM visits

-- name: system_function 24
SELECT count(*) FROM visits WHERE CASE WHEN diagnosis = 'C34' THEN error(diagnosis) ELSE true END

-- name: system_function 25
SELECT "error"('x'), count(*) FROM visits

-- name: system_function 26
SELECT main.error('x') FROM visits

-- name: system_function 27
SELECT visits.error() FROM visits

-- name: system_function 28
SELECT count(*) FROM visits WHERE rowid = 5

-- name: system_function 29
SELECT max(rowid) FROM visits

-- name: system_function 30
SELECT count(*) FROM visits WHERE "rowid" < 10

-- name: system_function 31
SELECT _unit FROM visits

-- name: system_function 32
SELECT count(*), _unit FROM visits GROUP BY _unit

-- name: system_function 33
SELECT count(*) FROM visits WHERE _unit = 7

-- name: system_function 34
SELECT v._unit, count(*) FROM visits v GROUP BY ALL

-- name: system_function 35
SELECT filename FROM visits

-- name: system_function 36
SELECT file_row_number FROM visits

