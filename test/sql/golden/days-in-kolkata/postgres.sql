SELECT CAST(date_part('epoch', "rows"."bucket") AS BIGINT) AS "bucket", count(*) AS "part_1"
FROM (
  SELECT CAST(("base"."ordered_at" + make_interval(secs => 19800)) AS DATE) AS "bucket"
  FROM (
    SELECT (ordered_at) AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST($1 AS TIMESTAMP) AND "base"."ordered_at" < CAST($2 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2023-12-31 18:30:00.000"
-- $2 timestamp: "2024-12-31 18:30:00.000"
