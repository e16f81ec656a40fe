SELECT CAST(date_part('epoch', "rows"."bucket") AS BIGINT) AS "bucket", count(*) AS "part_1"
FROM (
  SELECT date_trunc('minute', CAST("base"."ordered_at" AS TIMESTAMP)) AS "bucket"
  FROM (
    SELECT (ordered_at) AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST($1 AS TIMESTAMP) AND "base"."ordered_at" < CAST($2 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2024-09-30 13:30:00.000"
-- $2 timestamp: "2024-10-10 13:00:00.000"
