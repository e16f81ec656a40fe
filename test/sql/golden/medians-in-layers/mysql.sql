SELECT "ranked"."key_1" AS "bucket", "ranked"."key_2" AS "layer_1", NULL AS "layer_2", (max(CASE WHEN "ranked"."rank_1" = floor(0.5e0 * ("ranked"."count_1" - 1)) + 1 THEN "ranked"."value_1" END) + (max(CASE WHEN "ranked"."rank_1" = ceil(0.5e0 * ("ranked"."count_1" - 1)) + 1 THEN "ranked"."value_1" END) - max(CASE WHEN "ranked"."rank_1" = floor(0.5e0 * ("ranked"."count_1" - 1)) + 1 THEN "ranked"."value_1" END)) * max(0.5e0 * ("ranked"."count_1" - 1) - floor(0.5e0 * ("ranked"."count_1" - 1)))) AS "part_1"
FROM (
  SELECT "measured"."key_1" AS "key_1", "measured"."key_2" AS "key_2", "measured"."value_1" AS "value_1", row_number() OVER (PARTITION BY "measured"."key_1", "measured"."key_2" ORDER BY "measured"."value_1" IS NULL, "measured"."value_1") AS "rank_1", count("measured"."value_1") OVER (PARTITION BY "measured"."key_1", "measured"."key_2" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "count_1"
  FROM (
    SELECT "rows"."bucket" AS "key_1", "rows"."layer_1" AS "key_2", CAST("rows"."value_1" AS DOUBLE) AS "value_1"
    FROM (
      SELECT CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 9 ELSE 10 END ELSE 11 END END END AS "bucket", "base"."status" AS "layer_1", CASE WHEN ("base"."quantity" >= CAST(? AS SIGNED)) THEN 1 ELSE 0 END AS "layer_2", "base"."amount" AS "value_1"
      FROM (
        SELECT ("ordered_at") AS "ordered_at", ("status") AS "status", ("quantity") AS "quantity", ("amount") AS "amount"
        FROM "orders"
      ) AS "base"
      WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
    ) AS "rows"
  ) AS "measured"
) AS "ranked"
GROUP BY "ranked"."key_1", "ranked"."key_2"
UNION ALL
SELECT "ranked"."key_1" AS "bucket", NULL AS "layer_1", "ranked"."key_2" AS "layer_2", (max(CASE WHEN "ranked"."rank_1" = floor(0.5e0 * ("ranked"."count_1" - 1)) + 1 THEN "ranked"."value_1" END) + (max(CASE WHEN "ranked"."rank_1" = ceil(0.5e0 * ("ranked"."count_1" - 1)) + 1 THEN "ranked"."value_1" END) - max(CASE WHEN "ranked"."rank_1" = floor(0.5e0 * ("ranked"."count_1" - 1)) + 1 THEN "ranked"."value_1" END)) * max(0.5e0 * ("ranked"."count_1" - 1) - floor(0.5e0 * ("ranked"."count_1" - 1)))) AS "part_1"
FROM (
  SELECT "measured"."key_1" AS "key_1", "measured"."key_2" AS "key_2", "measured"."value_1" AS "value_1", row_number() OVER (PARTITION BY "measured"."key_1", "measured"."key_2" ORDER BY "measured"."value_1" IS NULL, "measured"."value_1") AS "rank_1", count("measured"."value_1") OVER (PARTITION BY "measured"."key_1", "measured"."key_2" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "count_1"
  FROM (
    SELECT "rows"."bucket" AS "key_1", "rows"."layer_2" AS "key_2", CAST("rows"."value_1" AS DOUBLE) AS "value_1"
    FROM (
      SELECT CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 9 ELSE 10 END ELSE 11 END END END AS "bucket", "base"."status" AS "layer_1", CASE WHEN ("base"."quantity" >= CAST(? AS SIGNED)) THEN 1 ELSE 0 END AS "layer_2", "base"."amount" AS "value_1"
      FROM (
        SELECT ("ordered_at") AS "ordered_at", ("status") AS "status", ("quantity") AS "quantity", ("amount") AS "amount"
        FROM "orders"
      ) AS "base"
      WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
    ) AS "rows"
  ) AS "measured"
) AS "ranked"
GROUP BY "ranked"."key_1", "ranked"."key_2";
-- $1 timestamp: "2024-07-01 00:00:00.000"
-- $2 timestamp: "2024-04-01 00:00:00.000"
-- $3 timestamp: "2024-03-01 00:00:00.000"
-- $4 timestamp: "2024-02-01 00:00:00.000"
-- $5 timestamp: "2024-06-01 00:00:00.000"
-- $6 timestamp: "2024-05-01 00:00:00.000"
-- $7 timestamp: "2024-10-01 00:00:00.000"
-- $8 timestamp: "2024-09-01 00:00:00.000"
-- $9 timestamp: "2024-08-01 00:00:00.000"
-- $10 timestamp: "2024-12-01 00:00:00.000"
-- $11 timestamp: "2024-11-01 00:00:00.000"
-- $12 integer: 2
-- $13 timestamp: "2024-01-01 00:00:00.000"
-- $14 timestamp: "2025-01-01 00:00:00.000"
-- $15 timestamp: "2024-07-01 00:00:00.000"
-- $16 timestamp: "2024-04-01 00:00:00.000"
-- $17 timestamp: "2024-03-01 00:00:00.000"
-- $18 timestamp: "2024-02-01 00:00:00.000"
-- $19 timestamp: "2024-06-01 00:00:00.000"
-- $20 timestamp: "2024-05-01 00:00:00.000"
-- $21 timestamp: "2024-10-01 00:00:00.000"
-- $22 timestamp: "2024-09-01 00:00:00.000"
-- $23 timestamp: "2024-08-01 00:00:00.000"
-- $24 timestamp: "2024-12-01 00:00:00.000"
-- $25 timestamp: "2024-11-01 00:00:00.000"
-- $26 integer: 2
-- $27 timestamp: "2024-01-01 00:00:00.000"
-- $28 timestamp: "2025-01-01 00:00:00.000"
