-- In some cells one enterprise makes up nearly the whole: its revenue must not be read off the sum.
SELECT e.industry, e.district, count(*) AS enterprises, sum(e.revenue) AS revenue
FROM enterprises AS e
GROUP BY e.industry, e.district
ORDER BY e.industry, e.district
