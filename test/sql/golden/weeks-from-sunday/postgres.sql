SELECT CAST(date_part('epoch', "rows"."bucket") AS BIGINT) AS "bucket", count(*) AS "part_1"
FROM (
  SELECT (date_trunc('week', CAST("base"."ordered_at" AS TIMESTAMP) - INTERVAL '6 day') + INTERVAL '6 day') AS "bucket"
  FROM (
    SELECT (ordered_at) AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST($1 AS TIMESTAMP) AND "base"."ordered_at" < CAST($2 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2021-01-01 00:00:00.000"
-- $2 timestamp: "2026-01-01 00:00:00.000"
