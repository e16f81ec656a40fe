WITH "kpiql_held" AS MATERIALIZED (
  SELECT "read"."entity" AS "entity", "read"."start_day" AS "start_day", "read"."end_day" AS "end_day", "read"."amount" AS "amount", "read"."key dimension|plan" AS "key dimension|plan"
  FROM (
    SELECT "read"."entity" AS "entity", CAST("read"."start_day" AS DATE) AS "start_day", CAST("read"."end_day" AS DATE) AS "end_day", "read"."amount" AS "amount", "read"."key dimension|plan" AS "key dimension|plan"
    FROM (
      SELECT CAST("base"."customer" AS TEXT) COLLATE "C" AS "entity", "base"."start_date" AS "start_day", "base"."end_date" AS "end_day", "base"."worth" AS "amount", CAST("base"."plan" AS TEXT) COLLATE "C" AS "key dimension|plan"
      FROM (
        SELECT (start_date) AS "start_date", (end_date) AS "end_date", (customer_id) AS "customer", (price) AS "worth", (plan) AS "plan"
        FROM "subscriptions"
      ) AS "base"
      WHERE ("base"."start_date" < CAST($1 AS DATE))
    ) AS "read"
    WHERE NOT (("read"."amount" IS NULL))
  ) AS "read"
  WHERE (("read"."end_day" IS NULL) OR "read"."end_day" > "read"."start_day")
)
SELECT 0 AS "branch", "flows"."bucket" AS "bucket", "flows"."class" AS "class", "flows"."key dimension|plan" AS "key dimension|plan", "flows"."amount" AS "value_1", "flows"."entities" AS "value_2"
FROM (
  SELECT "flows"."bucket" AS "bucket", "flows"."key dimension|plan" AS "key dimension|plan", "flows"."class" AS "class", sum("flows"."amount") AS "amount", sum("flows"."entities") AS "entities"
  FROM (
    SELECT CASE WHEN "flows"."day" < CAST($1 AS DATE) THEN CASE WHEN "flows"."day" < CAST($2 AS DATE) THEN 0 ELSE 1 END ELSE 2 END AS "bucket", "flows"."key dimension|plan" AS "key dimension|plan", CASE WHEN "flows"."day" < CAST($2 AS DATE) THEN 0 ELSE "flows"."class" END AS "class", "flows"."amount" AS "amount", CASE WHEN ("flows"."day" < CAST($2 AS DATE) AND "flows"."class" >= 6) THEN 0 ELSE "flows"."entities" END AS "entities"
    FROM (
      SELECT "flows"."day" AS "day", "flows"."key dimension|plan" AS "key dimension|plan", "flows"."class" AS "class", "flows"."amount" AS "amount", CASE WHEN "flows"."class" >= 6 THEN "flows"."known" ELSE "flows"."step" END AS "entities"
      FROM (
        SELECT "flows"."day" AS "day", "flows"."key dimension|plan" AS "key dimension|plan", CASE WHEN "flows"."turn" > 0 THEN "flows"."turn" WHEN (("flows"."balance_0" - "flows"."change_0") <= 0 AND "flows"."balance_0" > 0) THEN 4 WHEN (("flows"."balance_0" - "flows"."change_0") > 0 AND "flows"."balance_0" <= 0) THEN 5 WHEN "flows"."change_0" > 0 THEN 6 ELSE 7 END AS "class", "flows"."change_0" AS "amount", (CASE WHEN "flows"."balance_0" > 0 THEN "flows"."known" ELSE 0 END - CASE WHEN ("flows"."balance_0" - "flows"."change_0") > 0 THEN "flows"."known" ELSE 0 END) AS "step", "flows"."known" AS "known"
        FROM (
          SELECT "moves"."day" AS "day", CASE WHEN (("moves"."whole" - "moves"."whole_change") <= 0 AND "moves"."whole" > 0 AND "moves"."day" = "moves"."first_day") THEN 1 WHEN (("moves"."whole" - "moves"."whole_change") <= 0 AND "moves"."whole" > 0) THEN 2 WHEN (("moves"."whole" - "moves"."whole_change") > 0 AND "moves"."whole" <= 0) THEN 3 ELSE 0 END AS "turn", CASE WHEN ("moves"."entity" IS NULL) THEN 0 ELSE 1 END AS "known", "moves"."key dimension|plan" AS "key dimension|plan", "moves"."change_0" AS "change_0", "moves"."balance_0" AS "balance_0"
          FROM (
            SELECT "moves"."entity" AS "entity", "moves"."day" AS "day", "moves"."key dimension|plan" AS "key dimension|plan", "moves"."whole" AS "whole", "moves"."whole_change" AS "whole_change", "moves"."change" AS "change_0", "moves"."balance_0" AS "balance_0", min(CASE WHEN "moves"."whole" > 0 THEN "moves"."day" ELSE NULL END) OVER (PARTITION BY "moves"."entity" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "first_day"
            FROM (
              SELECT "moves"."entity" AS "entity", "moves"."day" AS "day", "moves"."key dimension|plan" AS "key dimension|plan", "moves"."change" AS "change", sum("moves"."change") OVER (PARTITION BY "moves"."entity", "moves"."day" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "whole_change", sum("moves"."change") OVER (PARTITION BY "moves"."entity" ORDER BY "moves"."day" ASC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "whole", sum("moves"."change") OVER (PARTITION BY "moves"."entity", "moves"."key dimension|plan" ORDER BY "moves"."day" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "balance_0"
              FROM (
                SELECT "moves"."entity" AS "entity", "moves"."day" AS "day", "moves"."key dimension|plan" AS "key dimension|plan", coalesce(sum("moves"."amount"), 0) AS "change"
                FROM (
                  SELECT "held"."entity" AS "entity", "held"."start_day" AS "day", "held"."amount" AS "amount", "held"."key dimension|plan" AS "key dimension|plan"
                  FROM "kpiql_held" AS "held"
                  UNION ALL
                  SELECT "held"."entity" AS "entity", "held"."end_day" AS "day", (0 - "held"."amount") AS "amount", "held"."key dimension|plan" AS "key dimension|plan"
                  FROM "kpiql_held" AS "held"
                  WHERE "held"."end_day" < CAST($1 AS DATE)
                ) AS "moves"
                GROUP BY "moves"."entity", "moves"."day", "moves"."key dimension|plan"
              ) AS "moves"
            ) AS "moves"
          ) AS "moves"
        ) AS "flows"
        WHERE NOT ("flows"."change_0" = 0)
      ) AS "flows"
    ) AS "flows"
    OFFSET BIGINT '0'
  ) AS "flows"
  GROUP BY "flows"."bucket", "flows"."key dimension|plan", "flows"."class"
) AS "flows"
WHERE (NOT ("flows"."amount" = 0) OR NOT ("flows"."entities" = 0));
-- $1 date: "2025-04-01"
-- $2 date: "2025-01-01"
