SELECT timestampdiff(SECOND, DATE'1970-01-01', "rows"."bucket") AS "bucket", count(*) AS "part_1"
FROM (
  SELECT (CAST("base"."ordered_at" AS DATE) - INTERVAL weekday("base"."ordered_at") % 7 DAY) AS "bucket"
  FROM (
    SELECT ("ordered_at") AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2021-01-01 00:00:00.000"
-- $2 timestamp: "2026-01-01 00:00:00.000"
