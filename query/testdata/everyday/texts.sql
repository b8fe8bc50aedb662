-- title: Text functions

-- name: orders with a spring coupon
SELECT store, count(*) AS n FROM orders WHERE regexp_matches(coupon, '^SPRING[0-9]+$') GROUP BY store

-- name: coupon campaign as a key
SELECT regexp_extract(coupon, '^([A-Z]+)', 1) AS campaign, count(*) AS n FROM orders WHERE coupon IS NOT NULL GROUP BY campaign

-- name: coupon without its number
SELECT regexp_replace(coupon, '[0-9]+$', '') AS campaign, count(*) AS n FROM orders GROUP BY 1

-- name: coupon without dashes
SELECT replace(coupon, '-', '') AS c, count(*) AS n FROM orders GROUP BY c

-- name: mail host
SELECT split_part(email, '@', 2) AS host, count(*) AS n FROM users GROUP BY host ORDER BY n DESC LIMIT 10

-- name: mail host, lower case
SELECT lower(trim(split_part(email, '@', 2))) AS host, count(*) AS n FROM users WHERE email LIKE '%@%' GROUP BY 1

-- name: mails of one host
SELECT count(*) FILTER (WHERE email ILIKE '%@example.com') AS n, count(*) AS all FROM users

-- name: goods of a kind by prefix
SELECT category, count(*) AS n FROM orders WHERE starts_with(sku, 'A') OR ends_with(sku, '9') GROUP BY category

-- name: first two characters of a sku
SELECT left(sku, 2) AS kind, sum(amount) AS revenue FROM orders GROUP BY kind

-- name: sku number padded
SELECT lpad(substr(sku, 2), 6, '0') AS number, count(*) AS n FROM orders GROUP BY number

-- name: length of notes
SELECT strlen(note) > 100 AS long, count(*) AS n FROM orders WHERE note IS NOT NULL GROUP BY long

-- name: mean length of notes
SELECT category, avg(length(note)) AS len FROM orders GROUP BY category

-- name: notes that complain
SELECT category, count(*) AS n FROM orders WHERE contains(lower(note), 'broken') OR note ~ 'late|delay' GROUP BY category

-- name: city and sex in one key
SELECT city || '/' || sex AS k, count(*) AS n FROM users GROUP BY k

-- name: city and sex by concat_ws
SELECT concat_ws('/', city, sex) AS k, count(*) AS n FROM users GROUP BY k

-- name: city and sex by concat
SELECT concat(city, ' ', sex) AS k, count(*) AS n FROM users GROUP BY k

-- name: city with its number in a text
SELECT city || ': ' || CAST(count(*) AS VARCHAR) AS line FROM users GROUP BY city

-- name: a formatted number
SELECT city, format('{:.1f} %', 100.0 * count(*) FILTER (WHERE vip) / count(*)) AS share FROM users GROUP BY city

-- name: a printed number
SELECT city, printf('%d people', count(*)) AS people FROM users GROUP BY city

-- name: a bar for each city
SELECT city, count(*) AS n, bar(count(*), 0, 1000, 20) AS b FROM users GROUP BY city

-- name: reversed and repeated
SELECT reverse(category) AS r, repeat('*', 3) AS stars, count(*) AS n FROM orders GROUP BY category

-- name: goods as texts in one cell
-- forbidden: a list of values shows one row's value each
SELECT store, string_agg(sku, ',') AS skus FROM orders GROUP BY store

-- name: goods as a list
-- forbidden: a list of values shows one row's value each
SELECT store, list(DISTINCT category) AS categories, array_agg(sku) AS skus FROM orders GROUP BY store

-- name: initial of the city in capitals
SELECT upper(substring(city FROM 1 FOR 1)) AS c, count(*) AS n FROM users GROUP BY c

-- name: position of a dash
SELECT strpos(sku, '-') AS p, instr(sku, '-') AS q, count(*) AS n FROM orders GROUP BY ALL

-- name: translated codes
SELECT translate(sku, 'AB', 'ab') AS t, count(*) AS n FROM orders GROUP BY t

-- name: hashed mails
-- forbidden: a hash of a value is that value to whoever can guess it
SELECT md5(email) AS h, count(*) AS n FROM users GROUP BY h

-- name: similar names of a coupon
SELECT count(*) AS n FROM orders WHERE coupon SIMILAR TO 'SPRING%' OR coupon NOT LIKE 'X%'

-- name: first character code
SELECT ascii(sku) AS code, count(*) AS n FROM orders GROUP BY code

-- name: title of the answer in capitals
SELECT upper(city) AS city, initcap_free AS same FROM (SELECT city, lower(city) AS initcap_free FROM users) GROUP BY ALL
