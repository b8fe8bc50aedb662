-- name: statement 1
INSERT INTO residents SELECT * FROM residents

-- name: statement 2
UPDATE residents SET sex = 'F'

-- name: statement 3
DELETE FROM visits

-- name: statement 4
CREATE TABLE copy AS SELECT * FROM residents

-- name: statement 5
CREATE TEMP TABLE t AS SELECT * FROM visits

-- name: statement 6
CREATE VIEW v AS SELECT name FROM residents

-- name: statement 7
CREATE MACRO peek(x) AS (SELECT max(income) FROM residents WHERE district = x)

-- name: statement 8
DROP TABLE visits

-- name: statement 9
ALTER TABLE visits ADD COLUMN x INT

-- name: statement 10
TRUNCATE visits

-- name: statement 11
COPY residents TO '/tmp/out.csv'

-- name: statement 12
COPY (SELECT * FROM residents) TO '/tmp/out.parquet' (FORMAT parquet)

-- name: statement 13
COPY visits FROM '/tmp/in.csv'

-- name: statement 14
ATTACH '/tmp/other.db' AS other

-- name: statement 15
DETACH other

-- name: statement 16
USE other

-- name: statement 17
INSTALL httpfs

-- name: statement 18
LOAD httpfs

-- name: statement 19
PRAGMA show_tables

-- name: statement 20
PRAGMA database_list

-- name: statement 21
PRAGMA table_info('residents')

-- name: statement 22
SET memory_limit = '1TB'

-- name: statement 23
SET VARIABLE secret = (SELECT max(income) FROM residents)

-- name: statement 24
RESET memory_limit

-- name: statement 25
EXPLAIN SELECT * FROM residents

-- name: statement 26
EXPLAIN ANALYZE SELECT * FROM residents

-- name: statement 27
EXPORT DATABASE '/tmp/all'

-- name: statement 28
IMPORT DATABASE '/tmp/all'

-- name: statement 29
CALL pragma_version()

-- name: statement 30
CHECKPOINT

-- name: statement 31
VACUUM

-- name: statement 32
BEGIN

-- name: statement 33
COMMIT

-- name: statement 34
PREPARE p AS SELECT $1

-- name: statement 35
EXECUTE p(1)

-- name: statement 36
DESCRIBE residents

-- name: statement 37
SHOW TABLES

-- name: statement 38
SHOW ALL TABLES

-- name: statement 39
SUMMARIZE residents

-- name: statement 40
FROM (SUMMARIZE residents)

-- name: statement 41
SELECT * FROM (DESCRIBE SELECT income FROM residents)

-- name: statement 42
SUMMARIZE SELECT income FROM residents

-- name: statement 43
SELECT count(*) FROM visits; SELECT name FROM residents

-- name: statement 44
SELECT count(*) FROM visits; DROP TABLE visits

-- name: statement 45
SELECT count(*) FROM visits; COPY residents TO '/tmp/x.csv'

-- name: statement 46
PIVOT visits ON diagnosis USING count(*)

-- name: statement 47
UNPIVOT visits ON cost, days INTO NAME n VALUE v

-- name: statement 48
VALUES (1), (2)

-- name: statement 49
SELECT 1

-- name: statement 50
SELECT 'just a text'

-- name: statement 51


-- name: statement 52
-- only a comment

-- name: statement 53
;

-- name: statement 54
CREATE SEQUENCE s

-- name: statement 55
SELECT nextval('s') FROM visits

-- name: statement 56
SELECT setval('s', 1) FROM visits

-- name: statement 57
MERGE INTO visits USING residents ON true WHEN MATCHED THEN DELETE

-- name: statement 58
COMMENT ON TABLE visits IS 'x'

