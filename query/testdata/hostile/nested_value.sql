-- name: nested_value 1
SELECT [cost, days] FROM visits

-- name: nested_value 2
SELECT {'a': name} FROM residents

-- name: nested_value 3
SELECT struct_pack(a := name) FROM residents

-- name: nested_value 4
SELECT row(name, income) FROM residents

-- name: nested_value 5
SELECT (name, income) FROM residents

-- name: nested_value 6
SELECT list_value(name) FROM residents

-- name: nested_value 7
SELECT map {'a': name} FROM residents

-- name: nested_value 8
SELECT unnest([1, 2]) , count(*) FROM visits GROUP BY 1

-- name: nested_value 9
SELECT name[1] FROM residents

-- name: nested_value 10
SELECT name[1:3] FROM residents

-- name: nested_value 11
SELECT residents FROM residents

-- name: nested_value 12
SELECT r FROM residents r

-- name: nested_value 13
SELECT to_json(r) FROM residents r

-- name: nested_value 14
SELECT json_object('n', name) FROM residents

-- name: nested_value 15
SELECT list_transform([cost], x -> x + 1) FROM visits

-- name: nested_value 16
SELECT list_filter([days], lambda x : x > 3) FROM visits

-- name: nested_value 17
SELECT count(*) FROM visits WHERE (department, days) < ('int', 3)

-- name: nested_value 18
SELECT count(*) FROM visits WHERE row(department, days) = department

-- name: nested_value 19
SELECT cost::STRUCT(a INT) FROM visits

-- name: nested_value 20
SELECT name::ENUM('x', 'y') FROM residents

-- name: nested_value 21
SELECT department::BLOB, count(*) FROM visits GROUP BY 1

-- name: nested_value 22
SELECT regexp_extract_all(name, '.') FROM residents

-- name: nested_value 23
SELECT string_split(name, '') FROM residents

-- name: nested_value 24
SELECT residents.name.a FROM residents

-- name: nested_value 25
SELECT count(*) FROM visits WHERE department::BIT IS NOT NULL

-- name: nested_value 26
SELECT hospital_code::my_type, count(*) FROM visits GROUP BY 1

-- name: nested_value 27
SELECT cost::INTERVAL FROM visits

-- name: nested_value 28
SELECT days::HUGEINT, count(*) FROM visits GROUP BY 1

-- name: nested_value 29
SELECT department::UUID FROM visits

