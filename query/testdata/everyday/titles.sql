-- title: Names and titles in Chinese

-- name: 各城市人数
SELECT 城市, count(*) AS 人数 FROM users GROUP BY 城市 ORDER BY 人数 DESC

-- name: 加引号的标题
SELECT "城市", "性别", count(*) AS "人数" FROM users WHERE "年龄" >= 18 GROUP BY "城市", "性别" ORDER BY "城市"

-- name: 带表名的标题
SELECT u.城市, avg(u.年收入) AS 平均年收入 FROM users u GROUP BY u.城市 HAVING count(*) > 20

-- name: 条件聚合
SELECT 门店, count(*) FILTER (WHERE 是否退货) AS 退货数, sum(CASE WHEN 品类 = 'Food' THEN 金额 ELSE 0 END) AS 食品 FROM orders GROUP BY 门店

-- name: 连接
SELECT u.城市, sum(o.金额) AS 销售额 FROM orders o JOIN users u ON u.会员号 = o.会员号 GROUP BY u.城市

-- name: USING
SELECT 城市, count(DISTINCT 会员号) AS 会员 FROM orders JOIN users USING (会员号) GROUP BY 城市

-- name: 子查询
SELECT avg(n) AS 平均订单数 FROM (SELECT 会员号, count(*) AS n FROM orders GROUP BY 会员号)

-- name: 子查询的列
SELECT 城市, count(*) AS n FROM (SELECT 城市, 性别 FROM users WHERE 年龄 > 30) GROUP BY 城市

-- name: 窗口
SELECT 城市, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS 名次 FROM users GROUP BY 城市

-- name: 日期部分
SELECT year(下单日期) AS 年, month(下单日期) AS 月, sum(金额) AS 销售额 FROM orders GROUP BY 年, 月 ORDER BY 年, 月

-- name: 公用表表达式
WITH t AS (SELECT 城市, 年龄 FROM users WHERE "性别" = 'F') SELECT 城市, avg(年龄) AS 平均年龄 FROM t GROUP BY 城市

-- name: 存在
SELECT 城市, count(*) AS n FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.会员号 = u.会员号 AND o.品类 = 'Toys') GROUP BY 城市

-- name: 按表达式排序
SELECT 品类, sum(金额) AS 合计 FROM orders WHERE 备注 LIKE '%急%' GROUP BY 品类 ORDER BY sum("金额") DESC LIMIT 3

-- name: 未知标题
-- forbidden: no column has this name or title, so there is nothing to answer
SELECT 门店名称, count(*) FROM orders GROUP BY 门店名称
