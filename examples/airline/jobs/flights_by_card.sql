-- Flights and distance in 2018 by card and province. In the small provinces some cards have few members: those cells go.
SELECT m.loyalty_card, m.province,
       count(DISTINCT m.loyalty_number) AS members,
       sum(f.total_flights) AS flights,
       sum(f.distance) AS distance
FROM flights AS f
JOIN members AS m ON f.loyalty_number = m.loyalty_number
WHERE f.year = 2018
GROUP BY m.loyalty_card, m.province
ORDER BY m.loyalty_card, m.province
