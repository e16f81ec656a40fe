SELECT timestampdiff(SECOND, DATE'1970-01-01', "rows"."bucket") AS "bucket", count(*) AS "part_1"
FROM (
  SELECT timestamp(CAST("base"."ordered_at" AS DATE), maketime(hour("base"."ordered_at"), minute("base"."ordered_at"), 0)) AS "bucket"
  FROM (
    SELECT ("ordered_at") AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2024-09-30 13:30:00.000"
-- $2 timestamp: "2024-10-10 13:00:00.000"
