#!/bin/sh
# Writes what PostgreSQL 15 itself ships in its catalogs, as CSV: dump.sh FOLDER. Connects as psql does (PGHOST, PGUSER …)
# to a cluster that initdb just made. Arrays are JSON, names of functions stand for regproc; trees, privileges and counts
# of rows are left out.
set -eu
to=$1
q() { psql -X -q -v ON_ERROR_STOP=1 -d template1 -c "COPY ($2) TO STDOUT (FORMAT csv, NULL '\\N')" >"$to/$1.csv"; }

ours="n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v')"

# Relations and their columns: the base type of a domain, and its typmod.
q shape "SELECT n.nspname, c.relname, c.relkind, c.oid, c.reltype, a.attnum, a.attname,
  format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, NULL),
  CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END, t.oid, a.attnotnull
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  JOIN pg_type t ON t.oid = a.atttypid WHERE $ours ORDER BY n.nspname DESC, c.relname, a.attnum"

# Rows of a table, its columns as the types above want them.
rows() {
  list=$(psql -X -qAt -d template1 -c "SELECT string_agg(CASE
    WHEN atttypid IN ('aclitem[]'::regtype, 'pg_node_tree'::regtype, 'anyarray'::regtype) THEN 'NULL'
    WHEN attname = 'reltuples' THEN '-1' WHEN attname IN ('relpages', 'relallvisible') THEN '0'
    WHEN attname = 'relhasindex' THEN 'false' WHEN attname LIKE '%tablespace' AND attrelid = 'pg_class'::regclass THEN '0'
    WHEN attname IN ('reltoastrelid', 'relfilenode') THEN '0'
    WHEN atttypid IN ('int2vector'::regtype, 'oidvector'::regtype) OR atttypid::regtype::text LIKE '%[]' THEN format('to_json(x.%I)::text', attname)
    ELSE format('x.%I', attname) END, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$1'::regclass AND attnum > 0")
  q "$1" "SELECT $list FROM $1 x WHERE $2 ORDER BY $3"
}
rows pg_namespace "nspname IN ('pg_catalog', 'information_schema')" x.oid
rows pg_class "oid IN (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $ours)" x.oid
rows pg_type "typnamespace::regnamespace::text IN ('pg_catalog', 'information_schema') AND (typrelid = 0 OR typrelid IN
  (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $ours))" x.oid
rows pg_attribute "attrelid IN (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $ours)
  AND attnum > 0" "x.attrelid, x.attnum"
rows pg_proc "pronamespace = 'pg_catalog'::regnamespace OR pronamespace = 'information_schema'::regnamespace" x.oid
for t in pg_am pg_language pg_cast pg_opclass pg_opfamily pg_operator pg_tablespace; do rows $t true x.oid; done
rows pg_range true x.rngtypid
rows pg_collation "collprovider = 'd' OR collname IN ('C', 'POSIX', 'ucs_basic')" x.oid
