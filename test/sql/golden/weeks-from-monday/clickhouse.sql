SELECT toUnixTimestamp64Second(toDateTime64("rows"."bucket", 6, 'UTC')) AS "bucket", toInt64(count()) AS "part_1"
FROM (
  SELECT toMonday("base"."ordered_at") AS "bucket"
  FROM (
    SELECT (ordered_at) AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= {p1:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p2:DateTime64(6, 'UTC')})
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2021-01-01 00:00:00.000"
-- $2 timestamp: "2026-01-01 00:00:00.000"
