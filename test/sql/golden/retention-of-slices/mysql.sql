WITH "kpiql_starts" AS (
  SELECT "rows"."entity" AS "entity", min("rows"."first") AS "first", min("rows"."first_2") AS "first_2"
  FROM (
    SELECT "base"."user" AS "entity", CASE WHEN ("base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))) THEN "base"."happened_at" ELSE NULL END AS "first", CASE WHEN "base"."plan" = CAST(? AS CHAR) THEN CASE WHEN ("base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))) THEN "base"."happened_at" ELSE NULL END ELSE NULL END AS "first_2"
    FROM (
      SELECT ("happened_at") AS "happened_at", ("user_id") AS "user", ("plan") AS "plan"
      FROM "events"
    ) AS "base"
    WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))))
  ) AS "rows"
  GROUP BY "rows"."entity"
)
SELECT "counted"."bucket" AS "bucket", "counted"."slices_1" AS "slices_1", count(*) AS "size", count(CASE WHEN (("counted"."active_1" & 15) <> 0) THEN 1 ELSE NULL END) AS "range_1", count(CASE WHEN (("counted"."active_1" & 14) <> 0) THEN 1 ELSE NULL END) AS "range_2"
FROM (
  SELECT CASE WHEN "entities"."first" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END AS "bucket", (1 + CASE WHEN "entities"."first_2" = "entities"."first" THEN 2 ELSE 0 END) AS "slices_1", ("entities"."units" >> CASE WHEN "entities"."first" < CAST(? AS DATETIME(6)) THEN CASE WHEN "entities"."first" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE 2 END) AS "active_1"
  FROM (
    SELECT "united"."entity" AS "entity", min("united"."first") AS "first", min("united"."first_2") AS "first_2", CASE WHEN count("united"."units") > 0 THEN CAST(bit_or("united"."units") AS SIGNED) END AS "units"
    FROM (
      SELECT "starts"."entity" AS "entity", "starts"."first" AS "first", "starts"."first_2" AS "first_2", 0 AS "units"
      FROM "kpiql_starts" AS "starts"
      UNION ALL
      SELECT "base"."user" AS "entity", NULL AS "first", NULL AS "first_2", CASE WHEN count((CASE WHEN ("base"."valid_to" IS NULL) THEN 16 ELSE CASE WHEN "base"."valid_to" <= CAST(? AS DATE) THEN CASE WHEN "base"."valid_to" <= CAST(? AS DATE) THEN CASE WHEN "base"."valid_to" <= CAST(? AS DATE) THEN 1 ELSE 2 END ELSE 4 END ELSE CASE WHEN "base"."valid_to" <= CAST(? AS DATE) THEN 8 ELSE 16 END END END - CASE WHEN "base"."valid_from" < CAST(? AS DATE) THEN CASE WHEN "base"."valid_from" < CAST(? AS DATE) THEN CASE WHEN "base"."valid_from" < CAST(? AS DATE) THEN 1 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."valid_from" < CAST(? AS DATE) THEN 4 ELSE 8 END END)) > 0 THEN CAST(bit_or((CASE WHEN ("base"."valid_to" IS NULL) THEN 16 ELSE CASE WHEN "base"."valid_to" <= CAST(? AS DATE) THEN CASE WHEN "base"."valid_to" <= CAST(? AS DATE) THEN CASE WHEN "base"."valid_to" <= CAST(? AS DATE) THEN 1 ELSE 2 END ELSE 4 END ELSE CASE WHEN "base"."valid_to" <= CAST(? AS DATE) THEN 8 ELSE 16 END END END - CASE WHEN "base"."valid_from" < CAST(? AS DATE) THEN CASE WHEN "base"."valid_from" < CAST(? AS DATE) THEN CASE WHEN "base"."valid_from" < CAST(? AS DATE) THEN 1 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."valid_from" < CAST(? AS DATE) THEN 4 ELSE 8 END END)) AS SIGNED) END AS "units"
      FROM (
        SELECT ("user_id") AS "user", ("valid_from") AS "valid_from", ("valid_to") AS "valid_to"
        FROM "passes"
      ) AS "base"
      WHERE (NOT (("base"."user" IS NULL)) AND (((("base"."valid_to" IS NULL) OR "base"."valid_to" > "base"."valid_from") AND "base"."valid_from" < CAST(? AS DATE)) AND (NOT (("base"."valid_from" IS NULL)) AND (("base"."valid_to" IS NULL) OR NOT ("base"."valid_to" <= CAST(? AS DATE))))))
      GROUP BY "base"."user"
    ) AS "united"
    GROUP BY "united"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= CAST(? AS DATETIME(6)) AND "entities"."first" < CAST(? AS DATETIME(6)))
) AS "counted"
GROUP BY "counted"."bucket", "counted"."slices_1";
-- $1 timestamp: "2026-01-01 00:00:00.000"
-- $2 timestamp: "2025-03-01 00:00:00.000"
-- $3 text: "pro"
-- $4 timestamp: "2026-01-01 00:00:00.000"
-- $5 timestamp: "2025-03-01 00:00:00.000"
-- $6 timestamp: "2026-01-01 00:00:00.000"
-- $7 timestamp: "2025-03-01 00:00:00.000"
-- $8 timestamp: "2025-02-01 00:00:00.000"
-- $9 timestamp: "2025-03-01 00:00:00.000"
-- $10 timestamp: "2025-02-01 00:00:00.000"
-- $11 date: "2025-03-01"
-- $12 date: "2025-02-01"
-- $13 date: "2025-01-01"
-- $14 date: "2025-04-01"
-- $15 date: "2025-03-01"
-- $16 date: "2025-02-01"
-- $17 date: "2025-01-01"
-- $18 date: "2025-04-01"
-- $19 date: "2025-03-01"
-- $20 date: "2025-02-01"
-- $21 date: "2025-01-01"
-- $22 date: "2025-04-01"
-- $23 date: "2025-03-01"
-- $24 date: "2025-02-01"
-- $25 date: "2025-01-01"
-- $26 date: "2025-04-01"
-- $27 date: "2026-01-01"
-- $28 date: "2025-01-01"
-- $29 timestamp: "2025-01-01 00:00:00.000"
-- $30 timestamp: "2025-03-01 00:00:00.000"
