SELECT timestampdiff(SECOND, DATE'1970-01-01', "rows"."bucket") AS "bucket", count(*) AS "part_1"
FROM (
  SELECT CAST(("base"."ordered_at" + INTERVAL CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 3600 WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 7200 ELSE 3600 END SECOND) AS DATE) AS "bucket"
  FROM (
    SELECT ("ordered_at") AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2024-03-31 01:00:00.000"
-- $2 timestamp: "2024-10-27 01:00:00.000"
-- $3 timestamp: "2023-12-31 23:00:00.000"
-- $4 timestamp: "2024-12-31 23:00:00.000"
