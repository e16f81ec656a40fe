SELECT 0 AS "BRANCH", "FLOWS"."BUCKET" AS "BUCKET", "FLOWS"."CLASS" AS "CLASS", "FLOWS"."key dimension|plan" AS "key dimension|plan", "FLOWS"."AMOUNT" AS "VALUE_1", "FLOWS"."ENTITIES" AS "VALUE_2"
FROM (
  SELECT "FLOWS"."BUCKET" AS "BUCKET", "FLOWS"."key dimension|plan" AS "key dimension|plan", "FLOWS"."CLASS" AS "CLASS", sum("FLOWS"."AMOUNT") AS "AMOUNT", sum("FLOWS"."ENTITIES") AS "ENTITIES"
  FROM (
    SELECT CASE WHEN "FLOWS"."DAY" < CAST(:1 AS DATE) THEN CASE WHEN "FLOWS"."DAY" < CAST(:2 AS DATE) THEN 0 ELSE 1 END ELSE 2 END AS "BUCKET", "FLOWS"."key dimension|plan" AS "key dimension|plan", CASE WHEN "FLOWS"."DAY" < CAST(:3 AS DATE) THEN 0 ELSE "FLOWS"."CLASS" END AS "CLASS", "FLOWS"."AMOUNT" AS "AMOUNT", CASE WHEN ("FLOWS"."DAY" < CAST(:4 AS DATE) AND "FLOWS"."CLASS" >= 6) THEN 0 ELSE "FLOWS"."ENTITIES" END AS "ENTITIES"
    FROM (
      SELECT "FLOWS"."DAY" AS "DAY", "FLOWS"."key dimension|plan" AS "key dimension|plan", "FLOWS"."CLASS" AS "CLASS", "FLOWS"."AMOUNT" AS "AMOUNT", CASE WHEN "FLOWS"."CLASS" >= 6 THEN "FLOWS"."KNOWN" ELSE "FLOWS"."STEP" END AS "ENTITIES"
      FROM (
        SELECT "FLOWS"."DAY" AS "DAY", "FLOWS"."key dimension|plan" AS "key dimension|plan", CASE WHEN "FLOWS"."TURN" > 0 THEN "FLOWS"."TURN" WHEN (("FLOWS"."BALANCE_0" - "FLOWS"."CHANGE_0") <= 0 AND "FLOWS"."BALANCE_0" > 0) THEN 4 WHEN (("FLOWS"."BALANCE_0" - "FLOWS"."CHANGE_0") > 0 AND "FLOWS"."BALANCE_0" <= 0) THEN 5 WHEN "FLOWS"."CHANGE_0" > 0 THEN 6 ELSE 7 END AS "CLASS", "FLOWS"."CHANGE_0" AS "AMOUNT", (CASE WHEN "FLOWS"."BALANCE_0" > 0 THEN "FLOWS"."KNOWN" ELSE 0 END - CASE WHEN ("FLOWS"."BALANCE_0" - "FLOWS"."CHANGE_0") > 0 THEN "FLOWS"."KNOWN" ELSE 0 END) AS "STEP", "FLOWS"."KNOWN" AS "KNOWN"
        FROM (
          SELECT "MOVES"."DAY" AS "DAY", CASE WHEN (("MOVES"."WHOLE" - "MOVES"."WHOLE_CHANGE") <= 0 AND "MOVES"."WHOLE" > 0 AND "MOVES"."DAY" = "MOVES"."FIRST_DAY") THEN 1 WHEN (("MOVES"."WHOLE" - "MOVES"."WHOLE_CHANGE") <= 0 AND "MOVES"."WHOLE" > 0) THEN 2 WHEN (("MOVES"."WHOLE" - "MOVES"."WHOLE_CHANGE") > 0 AND "MOVES"."WHOLE" <= 0) THEN 3 ELSE 0 END AS "TURN", CASE WHEN ("MOVES"."ENTITY" IS NULL) THEN 0 ELSE 1 END AS "KNOWN", "MOVES"."key dimension|plan" AS "key dimension|plan", "MOVES"."CHANGE_0" AS "CHANGE_0", "MOVES"."BALANCE_0" AS "BALANCE_0"
          FROM (
            SELECT "MOVES"."ENTITY" AS "ENTITY", "MOVES"."DAY" AS "DAY", "MOVES"."key dimension|plan" AS "key dimension|plan", "MOVES"."WHOLE" AS "WHOLE", "MOVES"."WHOLE_CHANGE" AS "WHOLE_CHANGE", "MOVES"."CHANGE" AS "CHANGE_0", "MOVES"."BALANCE_0" AS "BALANCE_0", min(CASE WHEN "MOVES"."WHOLE" > 0 THEN "MOVES"."DAY" ELSE NULL END) OVER (PARTITION BY "MOVES"."ENTITY") AS "FIRST_DAY"
            FROM (
              SELECT "MOVES"."ENTITY" AS "ENTITY", "MOVES"."DAY" AS "DAY", "MOVES"."key dimension|plan" AS "key dimension|plan", "MOVES"."CHANGE" AS "CHANGE", sum("MOVES"."CHANGE") OVER (PARTITION BY "MOVES"."ENTITY", "MOVES"."DAY") AS "WHOLE_CHANGE", sum("MOVES"."CHANGE") OVER (PARTITION BY "MOVES"."ENTITY" ORDER BY "MOVES"."DAY" ASC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "WHOLE", sum("MOVES"."CHANGE") OVER (PARTITION BY "MOVES"."ENTITY", "MOVES"."key dimension|plan" ORDER BY "MOVES"."DAY" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "BALANCE_0"
              FROM (
                SELECT "MOVES"."ENTITY" AS "ENTITY", "MOVES"."DAY" AS "DAY", "MOVES"."key dimension|plan" AS "key dimension|plan", coalesce(sum("MOVES"."AMOUNT"), 0) AS "CHANGE"
                FROM (
                  SELECT "HELD"."ENTITY" AS "ENTITY", "HELD"."START_DAY" AS "DAY", "HELD"."AMOUNT" AS "AMOUNT", "HELD"."key dimension|plan" AS "key dimension|plan"
                  FROM (
                    SELECT "READ"."ENTITY" AS "ENTITY", "READ"."START_DAY" AS "START_DAY", "READ"."END_DAY" AS "END_DAY", "READ"."AMOUNT" AS "AMOUNT", "READ"."key dimension|plan" AS "key dimension|plan"
                    FROM (
                      SELECT "READ"."ENTITY" AS "ENTITY", DATE_TRUNC('day', "READ"."START_DAY") AS "START_DAY", DATE_TRUNC('day', "READ"."END_DAY") AS "END_DAY", "READ"."AMOUNT" AS "AMOUNT", "READ"."key dimension|plan" AS "key dimension|plan"
                      FROM (
                        SELECT "BASE"."CUSTOMER" AS "ENTITY", "BASE"."START_DATE" AS "START_DAY", "BASE"."END_DATE" AS "END_DAY", "BASE"."WORTH" AS "AMOUNT", "BASE"."PLAN" AS "key dimension|plan"
                        FROM (
                          SELECT (start_date) AS "START_DATE", (end_date) AS "END_DATE", (customer_id) AS "CUSTOMER", (price) AS "WORTH", (plan) AS "PLAN"
                          FROM "SUBSCRIPTIONS"
                        ) AS "BASE"
                        WHERE ("BASE"."START_DATE" < CAST(:5 AS DATE))
                      ) AS "READ"
                      WHERE NOT (("READ"."AMOUNT" IS NULL))
                    ) AS "READ"
                    WHERE (("READ"."END_DAY" IS NULL) OR "READ"."END_DAY" > "READ"."START_DAY")
                  ) AS "HELD"
                  UNION ALL
                  SELECT "HELD"."ENTITY" AS "ENTITY", "HELD"."END_DAY" AS "DAY", (0 - "HELD"."AMOUNT") AS "AMOUNT", "HELD"."key dimension|plan" AS "key dimension|plan"
                  FROM (
                    SELECT "READ"."ENTITY" AS "ENTITY", "READ"."START_DAY" AS "START_DAY", "READ"."END_DAY" AS "END_DAY", "READ"."AMOUNT" AS "AMOUNT", "READ"."key dimension|plan" AS "key dimension|plan"
                    FROM (
                      SELECT "READ"."ENTITY" AS "ENTITY", DATE_TRUNC('day', "READ"."START_DAY") AS "START_DAY", DATE_TRUNC('day', "READ"."END_DAY") AS "END_DAY", "READ"."AMOUNT" AS "AMOUNT", "READ"."key dimension|plan" AS "key dimension|plan"
                      FROM (
                        SELECT "BASE"."CUSTOMER" AS "ENTITY", "BASE"."START_DATE" AS "START_DAY", "BASE"."END_DATE" AS "END_DAY", "BASE"."WORTH" AS "AMOUNT", "BASE"."PLAN" AS "key dimension|plan"
                        FROM (
                          SELECT (start_date) AS "START_DATE", (end_date) AS "END_DATE", (customer_id) AS "CUSTOMER", (price) AS "WORTH", (plan) AS "PLAN"
                          FROM "SUBSCRIPTIONS"
                        ) AS "BASE"
                        WHERE ("BASE"."START_DATE" < CAST(:6 AS DATE))
                      ) AS "READ"
                      WHERE NOT (("READ"."AMOUNT" IS NULL))
                    ) AS "READ"
                    WHERE (("READ"."END_DAY" IS NULL) OR "READ"."END_DAY" > "READ"."START_DAY")
                  ) AS "HELD"
                  WHERE "HELD"."END_DAY" < CAST(:7 AS DATE)
                ) AS "MOVES"
                GROUP BY "MOVES"."ENTITY", "MOVES"."DAY", "MOVES"."key dimension|plan"
              ) AS "MOVES"
            ) AS "MOVES"
          ) AS "MOVES"
        ) AS "FLOWS"
        WHERE NOT ("FLOWS"."CHANGE_0" = 0)
      ) AS "FLOWS"
    ) AS "FLOWS"
  ) AS "FLOWS"
  GROUP BY "FLOWS"."BUCKET", "FLOWS"."key dimension|plan", "FLOWS"."CLASS"
) AS "FLOWS"
WHERE (NOT ("FLOWS"."AMOUNT" = 0) OR NOT ("FLOWS"."ENTITIES" = 0));
-- $1 date: "2025-04-01"
-- $2 date: "2025-01-01"
-- $3 date: "2025-01-01"
-- $4 date: "2025-01-01"
-- $5 date: "2025-04-01"
-- $6 date: "2025-04-01"
-- $7 date: "2025-04-01"
