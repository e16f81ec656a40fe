SELECT "rows"."bucket" AS "bucket", sum("rows"."value_1") AS "part_1"
FROM (
  SELECT "rows"."bucket" AS "bucket", "rows"."moment" AS "moment", "rows"."edge" AS "edge", "rows"."value_1" AS "value_1", "rows"."wanted" AS "wanted"
  FROM (
    SELECT CASE WHEN "base"."balance_date" < CAST($1 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($2 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($3 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($4 AS DATE) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."balance_date" < CAST($5 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($6 AS DATE) THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN "base"."balance_date" < CAST($7 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($8 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($9 AS DATE) THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN "base"."balance_date" < CAST($10 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($11 AS DATE) THEN 9 ELSE 10 END ELSE 11 END END END AS "bucket", "base"."balance_date" AS "moment", max("base"."balance_date") OVER (PARTITION BY CASE WHEN "base"."balance_date" < CAST($1 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($2 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($3 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($4 AS DATE) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."balance_date" < CAST($5 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($6 AS DATE) THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN "base"."balance_date" < CAST($7 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($8 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($9 AS DATE) THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN "base"."balance_date" < CAST($10 AS DATE) THEN CASE WHEN "base"."balance_date" < CAST($11 AS DATE) THEN 9 ELSE 10 END ELSE 11 END END END) AS "edge", "base"."balance" AS "value_1", (("base"."branch" = CAST($12 AS TEXT)) IS TRUE) AS "wanted"
    FROM (
      SELECT (balance_date) AS "balance_date", (balance) AS "balance", (branch) AS "branch"
      FROM "balances"
    ) AS "base"
    WHERE ("base"."balance_date" >= CAST($13 AS DATE) AND "base"."balance_date" < CAST($14 AS DATE))
  ) AS "rows"
  WHERE ("rows"."moment" = "rows"."edge" AND "rows"."wanted")
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 date: "2024-07-01"
-- $2 date: "2024-04-01"
-- $3 date: "2024-03-01"
-- $4 date: "2024-02-01"
-- $5 date: "2024-06-01"
-- $6 date: "2024-05-01"
-- $7 date: "2024-10-01"
-- $8 date: "2024-09-01"
-- $9 date: "2024-08-01"
-- $10 date: "2024-12-01"
-- $11 date: "2024-11-01"
-- $12 text: "north"
-- $13 date: "2024-01-01"
-- $14 date: "2025-01-01"
