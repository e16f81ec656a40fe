SELECT "rows"."bucket" AS "bucket", count(*) AS "part_1"
FROM (
  SELECT CASE WHEN "base"."ordered_at" < CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($3 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($4 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."ordered_at" < CAST($5 AS TIMESTAMP) THEN 3 ELSE 4 END END ELSE CASE WHEN "base"."ordered_at" < CAST($6 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($7 AS TIMESTAMP) THEN 5 ELSE 6 END ELSE CASE WHEN "base"."ordered_at" < CAST($8 AS TIMESTAMP) THEN 7 ELSE 8 END END END AS "bucket"
  FROM (
    SELECT (ordered_at) AS "ordered_at"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST($9 AS TIMESTAMP) AND "base"."ordered_at" < CAST($10 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2024-02-05 00:00:00.000"
-- $2 timestamp: "2024-01-22 00:00:00.000"
-- $3 timestamp: "2024-01-15 00:00:00.000"
-- $4 timestamp: "2024-01-08 00:00:00.000"
-- $5 timestamp: "2024-01-29 00:00:00.000"
-- $6 timestamp: "2024-02-19 00:00:00.000"
-- $7 timestamp: "2024-02-12 00:00:00.000"
-- $8 timestamp: "2024-02-26 00:00:00.000"
-- $9 timestamp: "2024-01-01 00:00:00.000"
-- $10 timestamp: "2024-03-01 00:00:00.000"
