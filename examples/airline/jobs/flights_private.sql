-- Members of 2018 and their flights, by card.
SELECT m.loyalty_card,
       count(DISTINCT m.loyalty_number) AS members,
       sum(f.total_flights) AS flights
FROM flights AS f
JOIN members AS m ON f.loyalty_number = m.loyalty_number
WHERE f.year = 2018
GROUP BY m.loyalty_card
ORDER BY m.loyalty_card
