SELECT CAST(date_part('epoch', "rows"."bucket") AS BIGINT) AS "bucket", count(*) AS "part_1"
FROM (
  SELECT CAST(("base"."ordered_at" + make_interval(secs => CASE WHEN "base"."ordered_at" < CAST($1 AS TIMESTAMP) THEN 3600 WHEN "base"."ordered_at" < CAST($2 AS TIMESTAMP) THEN 7200 ELSE 3600 END)) AS DATE) AS "bucket"
  FROM (
    SELECT (ordered_at) AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST($3 AS TIMESTAMP) AND "base"."ordered_at" < CAST($4 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2024-03-31 01:00:00.000"
-- $2 timestamp: "2024-10-27 01:00:00.000"
-- $3 timestamp: "2023-12-31 23:00:00.000"
-- $4 timestamp: "2024-12-31 23:00:00.000"
