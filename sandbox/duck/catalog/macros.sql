-- Functions of PostgreSQL that DuckDB lacks or means otherwise. Privileges: everything that is shown may be read, nothing
-- may be changed.
-- What functions look at. Names of columns begin with k_, so that an argument, which is put in place as it is written, never
-- means one of them.
CREATE VIEW own.k_namespaces AS SELECT oid AS k_nsoid, nspname AS k_nsname FROM pg_namespace;
CREATE VIEW own.k_relations_now AS SELECT oid AS k_oid, relname AS k_name, relnamespace AS k_ns, k_nsname FROM pg_class JOIN own.k_namespaces ON k_nsoid = relnamespace;
CREATE VIEW own.k_types_now AS SELECT oid AS k_oid, typname AS k_name, k_nsname, typelem AS k_elem, typcategory AS k_category, typsubscript AS k_subscript
  FROM pg_type JOIN own.k_namespaces ON k_nsoid = typnamespace;
CREATE TABLE own.k_relations AS FROM own.k_relations_now LIMIT 0;
CREATE TABLE own.k_types AS FROM own.k_types_now LIMIT 0;
CREATE VIEW own.k_roles AS SELECT oid AS k_oid, rolname AS k_name FROM pg_roles;
CREATE VIEW own.k_comments AS SELECT objoid AS k_object, classoid AS k_class, objsubid AS k_sub, description AS k_text FROM pg_description;
CREATE VIEW own.k_functions AS SELECT oid AS k_oid, pronamespace AS k_ns, proargtypes AS k_args, prorettype AS k_result FROM pg_proc;
CREATE VIEW own.k_keys AS SELECT index_oid AS k_index, oid AS k_oid, names AS k_names FROM own.keys;

CREATE MACRO generate_subscripts(a, d) AS unnest(range(1, len(a) + 1))::INTEGER;
CREATE MACRO quote_ident(s) AS if(regexp_full_match(s::VARCHAR, '[a-z_][a-z0-9_$]*'), s::VARCHAR, '"' || replace(s::VARCHAR, '"', '""') || '"');
CREATE MACRO quote_literal(s) AS '''' || replace(s::VARCHAR, '''', '''''') || '''';
CREATE MACRO version() AS 'PostgreSQL 15.18 (Yumen)';
CREATE MACRO current_database() AS (SELECT database FROM own.session)::pg_name;
CREATE MACRO pg_current_catalog() AS (SELECT database FROM own.session)::pg_name;
CREATE MACRO pg_current_user() AS (SELECT username FROM own.session)::pg_name;
CREATE MACRO pg_session_user() AS (SELECT username FROM own.session)::pg_name;
CREATE MACRO pg_user() AS (SELECT username FROM own.session)::pg_name;
CREATE MACRO pg_current_role() AS (SELECT username FROM own.session)::pg_name;
CREATE MACRO current_schema() AS 'public'::pg_name;
CREATE MACRO pg_current_schema() AS 'public'::pg_name;
CREATE MACRO current_schemas(implicit) AS if(implicit, ['pg_catalog'::pg_name, 'public'::pg_name], ['public'::pg_name]);
CREATE MACRO current_setting(setting) AS (SELECT any_value(k_value) FROM own.settings WHERE k_setting = lower(setting::VARCHAR)),
  (setting, missing_ok) AS (SELECT any_value(k_value) FROM own.settings WHERE k_setting = lower(setting::VARCHAR));
CREATE MACRO set_config(setting, new_value, is_local) AS new_value::VARCHAR;
CREATE MACRO pg_backend_pid() AS 1;
CREATE MACRO pg_is_in_recovery() AS true;
CREATE MACRO pg_my_temp_schema() AS 0::pg_oid;
CREATE MACRO pg_is_other_temp_schema(o) AS false;
CREATE MACRO pg_postmaster_start_time() AS NULL::TIMESTAMPTZ;
CREATE MACRO pg_conf_load_time() AS NULL::TIMESTAMPTZ;
CREATE MACRO pg_client_encoding() AS 'UTF8'::pg_name;
CREATE MACRO getdatabaseencoding() AS 'UTF8'::pg_name;
CREATE MACRO pg_encoding_to_char(encoding) AS (CASE encoding WHEN 6 THEN 'UTF8' WHEN 0 THEN 'SQL_ASCII' ELSE '' END)::pg_name;
CREATE MACRO pg_char_to_encoding(name) AS if(upper(name::VARCHAR) = 'UTF8', 6, -1);
CREATE MACRO txid_current() AS 1::BIGINT;
CREATE MACRO pg_advisory_unlock_all() AS ''::void;
CREATE MACRO pg_sleep(seconds) AS ''::void;
CREATE MACRO inet_server_addr() AS NULL::inet;
CREATE MACRO inet_server_port() AS NULL::INTEGER;
CREATE MACRO inet_client_addr() AS NULL::inet;
CREATE MACRO inet_client_port() AS NULL::INTEGER;

CREATE MACRO pg_get_userbyid(o) AS coalesce((SELECT k_name FROM own.k_roles WHERE k_oid = o::UINTEGER), 'yumen')::pg_name;
CREATE MACRO obj_description(o) AS (SELECT any_value(k_text) FROM own.k_comments WHERE k_object = o::UINTEGER AND k_sub = 0),
  (o, c) AS (SELECT any_value(k_text) FROM own.k_comments WHERE k_object = o::UINTEGER AND k_sub = 0
    AND k_class = (SELECT any_value(k_oid) FROM own.k_relations WHERE k_name = c::VARCHAR AND k_ns = 11));
CREATE MACRO col_description(o, n) AS (SELECT any_value(k_text) FROM own.k_comments WHERE k_object = o::UINTEGER AND k_sub = n::INTEGER AND n::INTEGER <> 0);
CREATE MACRO shobj_description(o, c) AS NULL::VARCHAR;

CREATE MACRO own.typmod_text(o, m) AS CASE WHEN m IS NULL OR m < 0 THEN '' WHEN o = 1700 THEN '(' || ((m - 4) >> 16) || ',' || ((m - 4) & 65535) || ')'
  WHEN o IN (1042, 1043) THEN '(' || (m - 4) || ')' WHEN o IN (1083, 1114, 1184, 1266) THEN '(' || m || ')' ELSE '' END;
CREATE MACRO own.type_text(o, m) AS CASE o WHEN 16 THEN 'boolean' WHEN 18 THEN '"char"' WHEN 20 THEN 'bigint' WHEN 21 THEN 'smallint' WHEN 23 THEN 'integer'
  WHEN 700 THEN 'real' WHEN 701 THEN 'double precision' WHEN 1042 THEN 'character' || own.typmod_text(o, m) WHEN 1043 THEN 'character varying' || own.typmod_text(o, m)
  WHEN 1700 THEN 'numeric' || own.typmod_text(o, m) WHEN 1083 THEN 'time' || own.typmod_text(o, m) || ' without time zone'
  WHEN 1266 THEN 'time' || own.typmod_text(o, m) || ' with time zone' WHEN 1114 THEN 'timestamp' || own.typmod_text(o, m) || ' without time zone'
  WHEN 1184 THEN 'timestamp' || own.typmod_text(o, m) || ' with time zone' WHEN 1560 THEN 'bit' WHEN 1562 THEN 'bit varying'
  ELSE (SELECT any_value(if(k_nsname IN ('pg_catalog', 'public'), '', k_nsname || '.') || k_name) FROM own.k_types WHERE k_oid = o) END;
CREATE MACRO format_type(o, m) AS CASE WHEN o IS NULL THEN NULL WHEN o::UINTEGER = 0 THEN '-' ELSE coalesce(
  (SELECT any_value(own.type_text(k_elem::UINTEGER, m) || '[]') FROM own.k_types WHERE k_oid = o::UINTEGER AND k_category = 'A' AND k_elem <> 0 AND k_subscript = 'array_subscript_handler'),
  own.type_text(o::UINTEGER, m), '???') END;

-- Objects by name and names by object.
CREATE MACRO own.last_part(s) AS trim(string_split(s, '.')[-1], '"');
CREATE MACRO own.relation(s) AS CASE WHEN regexp_full_match(s, '[0-9]+') THEN s::UINTEGER ELSE
  (SELECT k_oid FROM own.k_relations WHERE k_name = own.last_part(s)
    AND if(contains(s, '.'), k_nsname = trim(string_split(s, '.')[-2], '"'), k_nsname IN ('public', 'pg_catalog')) ORDER BY k_nsname LIMIT 1) END;
CREATE MACRO own.type(s) AS CASE WHEN regexp_full_match(s, '[0-9]+') THEN s::UINTEGER ELSE
  (SELECT k_oid FROM own.k_types WHERE k_name = own.last_part(s) OR own.type_text(k_oid::UINTEGER, NULL) = lower(s)
    OR (s LIKE '%[]' AND k_elem <> 0 AND (own.type_text(k_elem::UINTEGER, NULL) = lower(s[:-3]) OR k_name = '_' || lower(s[:-3])))
    OR k_oid = CASE lower(s) WHEN 'int' THEN 23 WHEN 'decimal' THEN 1700 WHEN 'float' THEN 701 WHEN 'varchar' THEN 1043 WHEN 'char' THEN 1042 WHEN 'timestamp' THEN 1114 WHEN 'time' THEN 1083 WHEN 'timestamptz' THEN 1184 ELSE 0 END
    ORDER BY k_oid LIMIT 1) END;
CREATE MACRO own.namespace(s) AS CASE WHEN regexp_full_match(s, '[0-9]+') THEN s::UINTEGER ELSE (SELECT any_value(k_nsoid) FROM own.k_namespaces WHERE k_nsname = trim(s, '"')) END;
CREATE MACRO own.role(s) AS CASE WHEN regexp_full_match(s, '[0-9]+') THEN s::UINTEGER ELSE (SELECT any_value(k_oid) FROM own.k_roles WHERE k_name = trim(s, '"')) END;
CREATE MACRO to_regclass(s) AS own.relation(s::VARCHAR)::regclass;
CREATE MACRO to_regtype(s) AS own.type(s::VARCHAR)::regtype;
CREATE MACRO to_regnamespace(s) AS own.namespace(s::VARCHAR)::regnamespace;
CREATE MACRO to_regrole(s) AS own.role(s::VARCHAR)::regrole;
CREATE MACRO to_regproc(s) AS own.last_part(s::VARCHAR)::regproc;
CREATE MACRO own.regclass_name(o) AS CASE WHEN o = 0 THEN '-' ELSE coalesce((SELECT any_value(if(k_nsname IN ('public', 'pg_catalog'), '', quote_ident(k_nsname) || '.') || quote_ident(k_name))
  FROM own.k_relations WHERE k_oid = o::UINTEGER), o::UINTEGER::VARCHAR) END;
CREATE MACRO own.regtype_name(o) AS format_type(o, NULL);
CREATE MACRO own.regnamespace_name(o) AS coalesce((SELECT any_value(quote_ident(k_nsname)) FROM own.k_namespaces WHERE k_nsoid = o::UINTEGER), o::UINTEGER::VARCHAR);
CREATE MACRO own.regrole_name(o) AS coalesce((SELECT any_value(quote_ident(k_name)) FROM own.k_roles WHERE k_oid = o::UINTEGER), o::UINTEGER::VARCHAR);

CREATE MACRO pg_table_is_visible(o) AS EXISTS (SELECT 1 FROM own.k_relations WHERE k_oid = o::UINTEGER AND k_nsname IN ('public', 'pg_catalog'));
CREATE MACRO pg_type_is_visible(o) AS EXISTS (SELECT 1 FROM own.k_types WHERE k_oid = o::UINTEGER AND k_nsname IN ('public', 'pg_catalog'));
CREATE MACRO pg_function_is_visible(o) AS EXISTS (SELECT 1 FROM own.k_functions WHERE k_oid = o::UINTEGER AND k_ns = 11);
CREATE MACRO pg_operator_is_visible(o) AS true;
CREATE MACRO pg_opclass_is_visible(o) AS true;
CREATE MACRO pg_opfamily_is_visible(o) AS true;
CREATE MACRO pg_collation_is_visible(o) AS true;
CREATE MACRO pg_conversion_is_visible(o) AS true;
CREATE MACRO pg_statistics_obj_is_visible(o) AS true;
CREATE MACRO pg_ts_config_is_visible(o) AS true;

CREATE MACRO own.reads(privilege) AS list_has_any(list_transform(string_split(lower(privilege::VARCHAR), ','), lambda p: trim(p)), ['select', 'usage', 'connect', 'execute', 'member']);
CREATE MACRO has_table_privilege(a, b) AS own.reads(b), (a, b, c) AS own.reads(c);
CREATE MACRO has_any_column_privilege(a, b) AS own.reads(b), (a, b, c) AS own.reads(c);
CREATE MACRO has_column_privilege(a, b, c) AS own.reads(c), (a, b, c, d) AS own.reads(d);
CREATE MACRO has_schema_privilege(a, b) AS own.reads(b), (a, b, c) AS own.reads(c);
CREATE MACRO has_database_privilege(a, b) AS own.reads(b), (a, b, c) AS own.reads(c);
CREATE MACRO has_function_privilege(a, b) AS own.reads(b), (a, b, c) AS own.reads(c);
CREATE MACRO has_sequence_privilege(a, b) AS own.reads(b), (a, b, c) AS own.reads(c);
CREATE MACRO has_type_privilege(a, b) AS own.reads(b), (a, b, c) AS own.reads(c);
CREATE MACRO has_tablespace_privilege(a, b) AS false, (a, b, c) AS false;
CREATE MACRO has_server_privilege(a, b) AS false, (a, b, c) AS false;
CREATE MACRO pg_has_role(a, b) AS own.reads(b), (a, b, c) AS own.reads(c);
CREATE MACRO row_security_active(a) AS false;

CREATE MACRO pg_get_expr(a, b) AS a::VARCHAR, (a, b, c) AS a::VARCHAR;
CREATE MACRO pg_get_indexdef(a) AS (SELECT any_value('CREATE UNIQUE INDEX ON (' || array_to_string(k_names, ', ') || ')') FROM own.k_keys WHERE k_index = a::UINTEGER),
  (a, b, c) AS (SELECT any_value(k_names[b::BIGINT]) FROM own.k_keys WHERE k_index = a::UINTEGER);
CREATE MACRO pg_get_constraintdef(a) AS (SELECT any_value('PRIMARY KEY (' || array_to_string(k_names, ', ') || ')') FROM own.k_keys WHERE k_oid = a::UINTEGER),
  (a, b) AS (SELECT any_value('PRIMARY KEY (' || array_to_string(k_names, ', ') || ')') FROM own.k_keys WHERE k_oid = a::UINTEGER);
CREATE MACRO pg_get_viewdef(a) AS NULL::VARCHAR, (a, b) AS NULL::VARCHAR;
CREATE MACRO pg_get_ruledef(a) AS NULL::VARCHAR, (a, b) AS NULL::VARCHAR;
CREATE MACRO pg_get_triggerdef(a) AS NULL::VARCHAR, (a, b) AS NULL::VARCHAR;
CREATE MACRO pg_get_functiondef(a) AS NULL::VARCHAR;
CREATE MACRO pg_get_function_arguments(o) AS (SELECT any_value((SELECT string_agg(format_type(k_arg, NULL), ', ' ORDER BY k_num) FROM (SELECT unnest(k_args) AS k_arg, generate_subscripts(k_args, 1) AS k_num))) FROM own.k_functions WHERE k_oid = o::UINTEGER);
CREATE MACRO pg_get_function_identity_arguments(o) AS pg_get_function_arguments(o);
CREATE MACRO pg_get_function_result(o) AS (SELECT any_value(format_type(k_result, NULL)) FROM own.k_functions WHERE k_oid = o::UINTEGER);
CREATE MACRO pg_get_function_sqlbody(o) AS NULL::VARCHAR;
CREATE MACRO pg_get_statisticsobjdef_columns(o) AS NULL::VARCHAR;
CREATE MACRO pg_get_partkeydef(o) AS NULL::VARCHAR;
CREATE MACRO pg_get_partition_constraintdef(o) AS NULL::VARCHAR;
CREATE MACRO pg_get_serial_sequence(a, b) AS NULL::VARCHAR;
CREATE MACRO pg_relation_is_publishable(o) AS false;
CREATE MACRO pg_partition_ancestors(o) AS o;
CREATE MACRO pg_tablespace_location(o) AS '';
CREATE MACRO pg_table_size(o) AS NULL::BIGINT;
CREATE MACRO pg_relation_size(o) AS NULL::BIGINT, (o, f) AS NULL::BIGINT;
CREATE MACRO pg_total_relation_size(o) AS NULL::BIGINT;
CREATE MACRO pg_indexes_size(o) AS NULL::BIGINT;
CREATE MACRO pg_database_size(o) AS NULL::BIGINT;
CREATE MACRO pg_tablespace_size(o) AS NULL::BIGINT;
CREATE MACRO pg_size_pretty(n) AS (n::BIGINT::VARCHAR || ' bytes')::VARCHAR;
CREATE MACRO pg_stat_get_numscans(o) AS NULL::BIGINT;

CREATE MACRO btrim(s) AS trim(s::VARCHAR), (s, c) AS trim(s::VARCHAR, c);
CREATE MACRO array_upper(a, d) AS if(len(a) = 0, NULL, len(a)::INTEGER);
CREATE MACRO array_lower(a, d) AS if(len(a) = 0, NULL, 1);
CREATE MACRO array_length(a, d) AS if(len(a) = 0, NULL, len(a)::INTEGER);
CREATE MACRO cardinality(a) AS len(a)::INTEGER;
CREATE MACRO array_ndims(a) AS if(len(a) = 0, NULL, 1);
CREATE MACRO array_position(a, x) AS list_position(a, x)::INTEGER;
CREATE MACRO array_remove(a, x) AS list_filter(a, lambda e: e IS DISTINCT FROM x);
CREATE MACRO pg_get_keywords() AS TABLE SELECT NULL::VARCHAR AS word, NULL::pg_char AS catcode, NULL::BOOLEAN AS barelabel, NULL::VARCHAR AS catdesc, NULL::VARCHAR AS baredesc WHERE false;
CREATE MACRO pg_timezone_abbrevs() AS TABLE SELECT NULL::VARCHAR AS abbrev WHERE false;
CREATE MACRO pg_info._pg_expandarray(a) AS unnest(list_transform(range(1, len(a) + 1), lambda i: {'x': a[i], 'n': i::INTEGER}));
CREATE MACRO pg_generate_series(a, b) AS TABLE SELECT r.range::INTEGER AS generate_series FROM range(a::BIGINT, b::BIGINT + 1) r;
CREATE MACRO own.json_value(v) AS CASE WHEN v IS NULL THEN 'null' WHEN typeof(v) IN ('BOOLEAN', 'SMALLINT', 'INTEGER', 'BIGINT', 'DOUBLE', 'pg_oid') THEN v::VARCHAR
  ELSE '"' || replace(replace(v::VARCHAR, '\', '\\'), '"', '\"') || '"' END;
