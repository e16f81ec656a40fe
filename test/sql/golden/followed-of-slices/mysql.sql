WITH "kpiql_held" AS (
  SELECT "read"."entity" AS "entity", "read"."start_day" AS "start_day", "read"."end_day" AS "end_day", "read"."amount" AS "amount", "read"."in_1" AS "in_1"
  FROM (
    SELECT "read"."entity" AS "entity", CAST("read"."start_day" AS DATE) AS "start_day", CAST("read"."end_day" AS DATE) AS "end_day", "read"."amount" AS "amount", "read"."in_1" AS "in_1"
    FROM (
      SELECT "base"."customer" AS "entity", "base"."start_date" AS "start_day", "base"."end_date" AS "end_day", "base"."worth" AS "amount", "base"."plan" = CAST(? AS CHAR) AS "in_1"
      FROM (
        SELECT ("start_date") AS "start_date", ("end_date") AS "end_date", ("customer_id") AS "customer", ("price") AS "worth", ("plan") AS "plan"
        FROM "subscriptions"
      ) AS "base"
      WHERE ("base"."start_date" < CAST(? AS DATE))
    ) AS "read"
    WHERE NOT (("read"."amount" IS NULL))
  ) AS "read"
  WHERE (("read"."end_day" IS NULL) OR "read"."end_day" > "read"."start_day")
  LIMIT 9007199254740991
), "kpiql_states_1" AS (
  SELECT "states"."entity" AS "entity", "states"."pair" AS "pair", "states"."start_change" AS "start_change", "states"."end_change" AS "end_change", "states"."change_0" AS "change_0", "states"."change_1" AS "change_1", sum("states"."start_change") OVER (PARTITION BY "states"."entity" ORDER BY "states"."pair" IS NULL, "states"."pair" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "at_start", sum("states"."end_change") OVER (PARTITION BY "states"."entity" ORDER BY "states"."pair" IS NULL, "states"."pair" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "at_end", sum("states"."change_0") OVER (PARTITION BY "states"."entity" ORDER BY "states"."pair" IS NULL, "states"."pair" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "balance_0", sum("states"."change_1") OVER (PARTITION BY "states"."entity" ORDER BY "states"."pair" IS NULL, "states"."pair" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "balance_1"
  FROM (
    SELECT "states"."entity" AS "entity", "states"."pair" AS "pair", coalesce(sum("states"."start_change"), 0) AS "start_change", coalesce(sum("states"."end_change"), 0) AS "end_change", coalesce(sum("states"."change_0"), 0) AS "change_0", coalesce(sum("states"."change_1"), 0) AS "change_1"
    FROM (
      SELECT "events"."entity" AS "entity", CASE WHEN "events"."day" < CAST(? AS DATE) THEN CASE WHEN "events"."day" < CAST(? AS DATE) THEN 0 ELSE 1 END ELSE CASE WHEN "events"."day" < CAST(? AS DATE) THEN 2 ELSE 3 END END AS "pair", "events"."amount" AS "start_change", 0 AS "end_change", "events"."change_0" AS "change_0", "events"."change_1" AS "change_1"
      FROM (
        SELECT "held"."entity" AS "entity", "held"."start_day" AS "day", "held"."amount" AS "amount", "held"."amount" AS "change_0", CASE WHEN "held"."in_1" THEN "held"."amount" ELSE NULL END AS "change_1"
        FROM "kpiql_held" AS "held"
        UNION ALL
        SELECT "held"."entity" AS "entity", "held"."end_day" AS "day", (0 - "held"."amount") AS "amount", (0 - "held"."amount") AS "change_0", CASE WHEN "held"."in_1" THEN (0 - "held"."amount") ELSE NULL END AS "change_1"
        FROM "kpiql_held" AS "held"
        WHERE "held"."end_day" < CAST(? AS DATE)
      ) AS "events"
      UNION ALL
      SELECT "events"."entity" AS "entity", CASE WHEN "events"."day" < CAST(? AS DATE) THEN CASE WHEN "events"."day" < CAST(? AS DATE) THEN 0 ELSE 1 END ELSE CASE WHEN "events"."day" < CAST(? AS DATE) THEN 2 ELSE 3 END END AS "pair", 0 AS "start_change", "events"."amount" AS "end_change", 0 AS "change_0", 0 AS "change_1"
      FROM (
        SELECT "held"."entity" AS "entity", "held"."start_day" AS "day", "held"."amount" AS "amount", "held"."amount" AS "change_0", CASE WHEN "held"."in_1" THEN "held"."amount" ELSE NULL END AS "change_1"
        FROM "kpiql_held" AS "held"
        UNION ALL
        SELECT "held"."entity" AS "entity", "held"."end_day" AS "day", (0 - "held"."amount") AS "amount", (0 - "held"."amount") AS "change_0", CASE WHEN "held"."in_1" THEN (0 - "held"."amount") ELSE NULL END AS "change_1"
        FROM "kpiql_held" AS "held"
        WHERE "held"."end_day" < CAST(? AS DATE)
      ) AS "events"
    ) AS "states"
    WHERE "states"."pair" < 3
    GROUP BY "states"."entity", "states"."pair"
  ) AS "states"
  LIMIT 9007199254740991
)
SELECT 0 AS "branch", "followed"."pair" AS "bucket", 0 AS "class", "followed"."start_amount" AS "value_1", "followed"."end_amount" AS "value_2", "followed"."kept_amount" AS "value_3", "followed"."start_entities" AS "value_4", "followed"."end_entities" AS "value_5"
FROM (
  SELECT "followed"."pair" AS "pair", sum((CASE WHEN ("followed"."member" > 0) THEN "followed"."at_start" ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN "followed"."was_at_start" ELSE 0 END)) AS "start_amount", sum((CASE WHEN ("followed"."member" > 0) THEN CASE WHEN "followed"."at_end" > 0 THEN "followed"."at_end" ELSE 0 END ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN CASE WHEN "followed"."was_at_end" > 0 THEN "followed"."was_at_end" ELSE 0 END ELSE 0 END)) AS "end_amount", sum((CASE WHEN ("followed"."member" > 0) THEN CASE WHEN "followed"."at_end" <= 0 THEN 0 WHEN "followed"."at_end" < "followed"."at_start" THEN "followed"."at_end" ELSE "followed"."at_start" END ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN CASE WHEN "followed"."was_at_end" <= 0 THEN 0 WHEN "followed"."was_at_end" < "followed"."was_at_start" THEN "followed"."was_at_end" ELSE "followed"."was_at_start" END ELSE 0 END)) AS "kept_amount", sum((CASE WHEN ("followed"."member" > 0) THEN "followed"."known" ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN "followed"."known" ELSE 0 END)) AS "start_entities", sum((CASE WHEN ("followed"."member" > 0) THEN CASE WHEN "followed"."at_end" > 0 THEN "followed"."known" ELSE 0 END ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN CASE WHEN "followed"."was_at_end" > 0 THEN "followed"."known" ELSE 0 END ELSE 0 END)) AS "end_entities"
  FROM (
    SELECT "followed"."pair" AS "pair", "followed"."at_start" AS "at_start", "followed"."at_end" AS "at_end", ("followed"."at_start" - "followed"."start_change") AS "was_at_start", ("followed"."at_end" - "followed"."end_change") AS "was_at_end", CASE WHEN ("followed"."balance_0" > 0 AND "followed"."at_start" > 0) THEN 1 ELSE 0 END AS "member", CASE WHEN (("followed"."balance_0" - "followed"."change_0") > 0 AND ("followed"."at_start" - "followed"."start_change") > 0) THEN 1 ELSE 0 END AS "was_member", CASE WHEN ("followed"."entity" IS NULL) THEN 0 ELSE 1 END AS "known"
    FROM "kpiql_states_1" AS "followed"
  ) AS "followed"
  GROUP BY "followed"."pair"
) AS "followed"
WHERE (NOT ("followed"."start_amount" = 0) OR NOT ("followed"."end_amount" = 0) OR NOT ("followed"."kept_amount" = 0) OR NOT ("followed"."start_entities" = 0) OR NOT ("followed"."end_entities" = 0))
UNION ALL
SELECT 1 AS "branch", "followed"."pair" AS "bucket", 0 AS "class", "followed"."start_amount" AS "value_1", "followed"."end_amount" AS "value_2", "followed"."kept_amount" AS "value_3", "followed"."start_entities" AS "value_4", "followed"."end_entities" AS "value_5"
FROM (
  SELECT "followed"."pair" AS "pair", sum((CASE WHEN ("followed"."member" > 0) THEN "followed"."at_start" ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN "followed"."was_at_start" ELSE 0 END)) AS "start_amount", sum((CASE WHEN ("followed"."member" > 0) THEN CASE WHEN "followed"."at_end" > 0 THEN "followed"."at_end" ELSE 0 END ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN CASE WHEN "followed"."was_at_end" > 0 THEN "followed"."was_at_end" ELSE 0 END ELSE 0 END)) AS "end_amount", sum((CASE WHEN ("followed"."member" > 0) THEN CASE WHEN "followed"."at_end" <= 0 THEN 0 WHEN "followed"."at_end" < "followed"."at_start" THEN "followed"."at_end" ELSE "followed"."at_start" END ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN CASE WHEN "followed"."was_at_end" <= 0 THEN 0 WHEN "followed"."was_at_end" < "followed"."was_at_start" THEN "followed"."was_at_end" ELSE "followed"."was_at_start" END ELSE 0 END)) AS "kept_amount", sum((CASE WHEN ("followed"."member" > 0) THEN "followed"."known" ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN "followed"."known" ELSE 0 END)) AS "start_entities", sum((CASE WHEN ("followed"."member" > 0) THEN CASE WHEN "followed"."at_end" > 0 THEN "followed"."known" ELSE 0 END ELSE 0 END - CASE WHEN ("followed"."was_member" > 0) THEN CASE WHEN "followed"."was_at_end" > 0 THEN "followed"."known" ELSE 0 END ELSE 0 END)) AS "end_entities"
  FROM (
    SELECT "followed"."pair" AS "pair", "followed"."at_start" AS "at_start", "followed"."at_end" AS "at_end", ("followed"."at_start" - "followed"."start_change") AS "was_at_start", ("followed"."at_end" - "followed"."end_change") AS "was_at_end", CASE WHEN ("followed"."balance_1" > 0 AND "followed"."at_start" > 0) THEN 1 ELSE 0 END AS "member", CASE WHEN (("followed"."balance_1" - "followed"."change_1") > 0 AND ("followed"."at_start" - "followed"."start_change") > 0) THEN 1 ELSE 0 END AS "was_member", CASE WHEN ("followed"."entity" IS NULL) THEN 0 ELSE 1 END AS "known"
    FROM "kpiql_states_1" AS "followed"
  ) AS "followed"
  GROUP BY "followed"."pair"
) AS "followed"
WHERE (NOT ("followed"."start_amount" = 0) OR NOT ("followed"."end_amount" = 0) OR NOT ("followed"."kept_amount" = 0) OR NOT ("followed"."start_entities" = 0) OR NOT ("followed"."end_entities" = 0));
-- $1 text: "pro"
-- $2 date: "2025-04-01"
-- $3 date: "2024-03-01"
-- $4 date: "2024-02-01"
-- $5 date: "2024-04-01"
-- $6 date: "2025-04-01"
-- $7 date: "2025-03-01"
-- $8 date: "2025-02-01"
-- $9 date: "2025-04-01"
-- $10 date: "2025-04-01"
