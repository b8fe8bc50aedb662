-- name: table_function 1
SELECT * FROM read_csv('/etc/passwd')

-- name: table_function 2
SELECT * FROM read_csv_auto('/etc/passwd')

-- name: table_function 3
SELECT * FROM read_text('/etc/passwd')

-- name: table_function 4
SELECT * FROM read_blob('/proc/self/environ')

-- name: table_function 5
SELECT * FROM read_json('/tmp/x.json')

-- name: table_function 6
SELECT * FROM read_parquet('/data/*.parquet')

-- name: table_function 7
SELECT * FROM parquet_scan('x.parquet')

-- name: table_function 8
SELECT * FROM parquet_metadata('x.parquet')

-- name: table_function 9
SELECT * FROM glob('/**')

-- name: table_function 10
SELECT * FROM sniff_csv('/etc/passwd')

-- name: table_function 11
SELECT * FROM query('SELECT * FROM residents')

-- name: table_function 12
SELECT * FROM query_table('residents')

-- name: table_function 13
SELECT * FROM duckdb_tables()

-- name: table_function 14
SELECT * FROM duckdb_columns()

-- name: table_function 15
SELECT * FROM duckdb_settings()

-- name: table_function 16
SELECT * FROM duckdb_secrets()

-- name: table_function 17
SELECT * FROM pragma_storage_info('residents')

-- name: table_function 18
SELECT * FROM pragma_table_info('residents')

-- name: table_function 19
SELECT * FROM range(1000000000)

-- name: table_function 20
SELECT * FROM generate_series(1, 10)

-- name: table_function 21
SELECT * FROM unnest([1, 2, 3])

-- name: table_function 22
SELECT * FROM repeat_row(1, num_rows = 10)

-- name: table_function 23
SELECT * FROM seq_scan('residents')

-- name: table_function 24
SELECT * FROM which_secret('x', 's3')

-- name: table_function 25
SELECT * FROM duckdb_logs()

-- name: table_function 26
SELECT * FROM json_execute_serialized_sql('{}')

-- name: table_function 27
SELECT * FROM checkpoint()

-- name: table_function 28
SELECT * FROM icu_calendar_names()

-- name: table_function 29
SELECT * FROM summary(residents)

-- name: table_function 30
SELECT * FROM arrow_scan(1, 2, 3)

-- name: table_function 31
SELECT count(*) FROM visits, range(10)

-- name: table_function 32
SELECT count(*) FROM visits JOIN range(10) r(i) ON days >= i

-- name: table_function 33
WITH f AS (SELECT * FROM read_csv('/etc/passwd')) SELECT count(*) FROM visits

-- name: table_function 34
SELECT count(*) FROM '/etc/passwd'

-- name: table_function 35
SELECT * FROM 'residents.parquet'

-- name: table_function 36
SELECT * FROM "/data/residents.parquet"

-- name: table_function 37
SELECT count(*) FROM visits WHERE days IN (SELECT content FROM read_text('/etc/passwd'))

-- name: table_function 38
SELECT * FROM information_schema.tables

-- name: table_function 39
SELECT * FROM information_schema.columns

-- name: table_function 40
SELECT * FROM pg_catalog.pg_class

-- name: table_function 41
SELECT * FROM main.residents

-- name: table_function 42
SELECT * FROM memory.main.residents

-- name: table_function 43
SELECT * FROM sqlite_master

-- name: table_function 44
SELECT * FROM duckdb_tables

-- name: table_function 45
SELECT * FROM pg_tables

-- name: table_function 46
SELECT * FROM system.main.duckdb_views

-- name: table_function 47
SELECT * FROM temp.main.secret

-- name: table_function 48
SELECT * FROM residents AT (VERSION => 1)

-- name: table_function 49
SELECT count(*) FROM /* where from */ read_csv /* here */ ('/etc/passwd')

-- name: table_function 50
select count(*) from "read_csv"('/etc/passwd')

-- name: table_function 51
SELECT count(*) FROM visits, LATERAL (SELECT unnest(range(days)))

-- name: table_function 52
SELECT count(*) FROM visits v, range(CASE WHEN v.diagnosis = 'C34' THEN 1000000000 ELSE 1 END)

