SELECT timestampdiff(SECOND, DATE'1970-01-01', "rows"."bucket") AS "bucket", count(*) AS "part_1"
FROM (
  SELECT (timestamp(CAST(("base"."ordered_at" + INTERVAL 1800 SECOND) AS DATE), maketime(hour(("base"."ordered_at" + INTERVAL 1800 SECOND)), 0, 0)) + INTERVAL -1800 SECOND) AS "bucket"
  FROM (
    SELECT ("ordered_at") AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2024-02-29 18:30:00.000"
-- $2 timestamp: "2024-03-10 18:30:00.000"
