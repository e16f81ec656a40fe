WITH `kpiql_moves_0_balances` AS (
  SELECT `moves`.`entity` AS `entity`, `moves`.`day` AS `day`, `moves`.`change` AS `change`, `moves`.`change_1` AS `change_1`, `moves`.`whole` AS `whole`, `moves`.`balance_1` AS `balance_1`, `moves`.`first_day` AS `first_day`, `moves`.`first_change` > 0 AS `begins`
  FROM (
    SELECT `moves`.`entity` AS `entity`, `moves`.`day` AS `day`, `moves`.`change` AS `change`, `moves`.`change_1` AS `change_1`, sum(`moves`.`change`) OVER (PARTITION BY `moves`.`entity` ORDER BY `moves`.`day` ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS `whole`, sum(`moves`.`change_1`) OVER (PARTITION BY `moves`.`entity` ORDER BY `moves`.`day` ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS `balance_1`, first_value(`moves`.`day`) OVER (PARTITION BY `moves`.`entity` ORDER BY `moves`.`day` ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS `first_day`, first_value(`moves`.`change`) OVER (PARTITION BY `moves`.`entity` ORDER BY `moves`.`day` ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS `first_change`
    FROM (
      SELECT `moves`.`entity` AS `entity`, `moves`.`day` AS `day`, coalesce(sum(`moves`.`amount`), 0) AS `change`, coalesce(sum(`moves`.`change_1`), 0) AS `change_1`
      FROM (
        SELECT `held`.`entity` AS `entity`, `held`.`start_day` AS `day`, `held`.`amount` AS `amount`, CASE WHEN `held`.`in_1` THEN `held`.`amount` ELSE NULL END AS `change_1`
        FROM (
          SELECT `read`.`entity` AS `entity`, `read`.`start_day` AS `start_day`, `read`.`end_day` AS `end_day`, `read`.`amount` AS `amount`, `read`.`in_1` AS `in_1`
          FROM (
            SELECT `read`.`entity` AS `entity`, DATETIME_TRUNC(CAST(`read`.`start_day` AS DATETIME), DAY) AS `start_day`, DATETIME_TRUNC(CAST(`read`.`end_day` AS DATETIME), DAY) AS `end_day`, `read`.`amount` AS `amount`, `read`.`in_1` AS `in_1`
            FROM (
              SELECT `base`.`customer` AS `entity`, `base`.`start_date` AS `start_day`, `base`.`end_date` AS `end_day`, `base`.`worth` AS `amount`, `base`.`plan` = @p1 AS `in_1`
              FROM (
                SELECT (start_date) AS `start_date`, (end_date) AS `end_date`, (customer_id) AS `customer`, (price) AS `worth`, (plan) AS `plan`
                FROM `subscriptions`
              ) AS `base`
              WHERE (`base`.`start_date` < @p2)
            ) AS `read`
            WHERE NOT ((`read`.`amount` IS NULL))
          ) AS `read`
          WHERE ((`read`.`end_day` IS NULL) OR `read`.`end_day` > `read`.`start_day`)
        ) AS `held`
        UNION ALL
        SELECT `held`.`entity` AS `entity`, `held`.`end_day` AS `day`, (0 - `held`.`amount`) AS `amount`, CASE WHEN `held`.`in_1` THEN (0 - `held`.`amount`) ELSE NULL END AS `change_1`
        FROM (
          SELECT `read`.`entity` AS `entity`, `read`.`start_day` AS `start_day`, `read`.`end_day` AS `end_day`, `read`.`amount` AS `amount`, `read`.`in_1` AS `in_1`
          FROM (
            SELECT `read`.`entity` AS `entity`, DATETIME_TRUNC(CAST(`read`.`start_day` AS DATETIME), DAY) AS `start_day`, DATETIME_TRUNC(CAST(`read`.`end_day` AS DATETIME), DAY) AS `end_day`, `read`.`amount` AS `amount`, `read`.`in_1` AS `in_1`
            FROM (
              SELECT `base`.`customer` AS `entity`, `base`.`start_date` AS `start_day`, `base`.`end_date` AS `end_day`, `base`.`worth` AS `amount`, `base`.`plan` = @p3 AS `in_1`
              FROM (
                SELECT (start_date) AS `start_date`, (end_date) AS `end_date`, (customer_id) AS `customer`, (price) AS `worth`, (plan) AS `plan`
                FROM `subscriptions`
              ) AS `base`
              WHERE (`base`.`start_date` < @p4)
            ) AS `read`
            WHERE NOT ((`read`.`amount` IS NULL))
          ) AS `read`
          WHERE ((`read`.`end_day` IS NULL) OR `read`.`end_day` > `read`.`start_day`)
        ) AS `held`
        WHERE `held`.`end_day` < @p5
      ) AS `moves`
      GROUP BY `moves`.`entity`, `moves`.`day`
    ) AS `moves`
  ) AS `moves`
), `kpiql_moves_0` AS (
  SELECT `moves`.`day` AS `day`, CASE WHEN ((`moves`.`whole` - `moves`.`whole_change`) <= 0 AND `moves`.`whole` > 0 AND `moves`.`day` = `moves`.`first_day`) THEN 1 WHEN ((`moves`.`whole` - `moves`.`whole_change`) <= 0 AND `moves`.`whole` > 0) THEN 2 WHEN ((`moves`.`whole` - `moves`.`whole_change`) > 0 AND `moves`.`whole` <= 0) THEN 3 ELSE 0 END AS `turn`, CASE WHEN (`moves`.`entity` IS NULL) THEN 0 ELSE 1 END AS `known`, `moves`.`change_0` AS `change_0`, `moves`.`balance_0` AS `balance_0`, `moves`.`change_1` AS `change_1`, `moves`.`balance_1` AS `balance_1`
  FROM (
    SELECT `moves`.`entity` AS `entity`, `moves`.`day` AS `day`, `moves`.`whole` AS `whole`, `moves`.`change` AS `whole_change`, `moves`.`change` AS `change_0`, `moves`.`whole` AS `balance_0`, `moves`.`change_1` AS `change_1`, `moves`.`balance_1` AS `balance_1`, `moves`.`first_day` AS `first_day`
    FROM `kpiql_moves_0_balances` AS `moves`
    WHERE `moves`.`begins`
    UNION ALL
    SELECT `moves`.`entity` AS `entity`, `moves`.`day` AS `day`, `moves`.`whole` AS `whole`, `moves`.`change` AS `whole_change`, `moves`.`change` AS `change_0`, `moves`.`whole` AS `balance_0`, `moves`.`change_1` AS `change_1`, `moves`.`balance_1` AS `balance_1`, min(CASE WHEN `moves`.`whole` > 0 THEN `moves`.`day` ELSE NULL END) OVER (PARTITION BY `moves`.`entity`) AS `first_day`
    FROM `kpiql_moves_0_balances` AS `moves`
    WHERE NOT (`moves`.`begins`)
  ) AS `moves`
)
SELECT 0 AS `branch`, `flows`.`bucket` AS `bucket`, `flows`.`class` AS `class`, `flows`.`amount` AS `value_1`, `flows`.`entities` AS `value_2`
FROM (
  SELECT `flows`.`bucket` AS `bucket`, `flows`.`class` AS `class`, sum(`flows`.`amount`) AS `amount`, sum(`flows`.`entities`) AS `entities`
  FROM (
    SELECT CASE WHEN `flows`.`day` < @p6 THEN CASE WHEN `flows`.`day` < @p7 THEN CASE WHEN `flows`.`day` < @p8 THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN `flows`.`day` < @p9 THEN 3 ELSE 4 END END AS `bucket`, CASE WHEN `flows`.`day` < @p10 THEN 0 ELSE `flows`.`class` END AS `class`, `flows`.`amount` AS `amount`, CASE WHEN (`flows`.`day` < @p11 AND `flows`.`class` >= 6) THEN 0 ELSE `flows`.`entities` END AS `entities`
    FROM (
      SELECT `flows`.`day` AS `day`, `flows`.`class` AS `class`, sum(`flows`.`amount`) AS `amount`, sum(`flows`.`entities`) AS `entities`
      FROM (
        SELECT `flows`.`day` AS `day`, `flows`.`class` AS `class`, `flows`.`amount` AS `amount`, CASE WHEN `flows`.`class` >= 6 THEN `flows`.`known` ELSE `flows`.`step` END AS `entities`
        FROM (
          SELECT `flows`.`day` AS `day`, CASE WHEN `flows`.`turn` > 0 THEN `flows`.`turn` WHEN ((`flows`.`balance_0` - `flows`.`change_0`) <= 0 AND `flows`.`balance_0` > 0) THEN 4 WHEN ((`flows`.`balance_0` - `flows`.`change_0`) > 0 AND `flows`.`balance_0` <= 0) THEN 5 WHEN `flows`.`change_0` > 0 THEN 6 ELSE 7 END AS `class`, `flows`.`change_0` AS `amount`, (CASE WHEN `flows`.`balance_0` > 0 THEN `flows`.`known` ELSE 0 END - CASE WHEN (`flows`.`balance_0` - `flows`.`change_0`) > 0 THEN `flows`.`known` ELSE 0 END) AS `step`, `flows`.`known` AS `known`
          FROM `kpiql_moves_0` AS `flows`
          WHERE NOT (`flows`.`change_0` = 0)
        ) AS `flows`
      ) AS `flows`
      GROUP BY `flows`.`day`, `flows`.`class`
    ) AS `flows`
  ) AS `flows`
  GROUP BY `flows`.`bucket`, `flows`.`class`
) AS `flows`
WHERE (NOT (`flows`.`amount` = 0) OR NOT (`flows`.`entities` = 0))
UNION ALL
SELECT 1 AS `branch`, `flows`.`bucket` AS `bucket`, `flows`.`class` AS `class`, `flows`.`amount` AS `value_1`, `flows`.`entities` AS `value_2`
FROM (
  SELECT `flows`.`bucket` AS `bucket`, `flows`.`class` AS `class`, sum(`flows`.`amount`) AS `amount`, sum(`flows`.`entities`) AS `entities`
  FROM (
    SELECT CASE WHEN `flows`.`day` < @p12 THEN CASE WHEN `flows`.`day` < @p13 THEN CASE WHEN `flows`.`day` < @p14 THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN `flows`.`day` < @p15 THEN 3 ELSE 4 END END AS `bucket`, CASE WHEN `flows`.`day` < @p16 THEN 0 ELSE `flows`.`class` END AS `class`, `flows`.`amount` AS `amount`, CASE WHEN (`flows`.`day` < @p17 AND `flows`.`class` >= 6) THEN 0 ELSE `flows`.`entities` END AS `entities`
    FROM (
      SELECT `flows`.`day` AS `day`, `flows`.`class` AS `class`, sum(`flows`.`amount`) AS `amount`, sum(`flows`.`entities`) AS `entities`
      FROM (
        SELECT `flows`.`day` AS `day`, `flows`.`class` AS `class`, `flows`.`amount` AS `amount`, CASE WHEN `flows`.`class` >= 6 THEN `flows`.`known` ELSE `flows`.`step` END AS `entities`
        FROM (
          SELECT `flows`.`day` AS `day`, CASE WHEN `flows`.`turn` > 0 THEN `flows`.`turn` WHEN ((`flows`.`balance_1` - `flows`.`change_1`) <= 0 AND `flows`.`balance_1` > 0) THEN 4 WHEN ((`flows`.`balance_1` - `flows`.`change_1`) > 0 AND `flows`.`balance_1` <= 0) THEN 5 WHEN `flows`.`change_1` > 0 THEN 6 ELSE 7 END AS `class`, `flows`.`change_1` AS `amount`, (CASE WHEN `flows`.`balance_1` > 0 THEN `flows`.`known` ELSE 0 END - CASE WHEN (`flows`.`balance_1` - `flows`.`change_1`) > 0 THEN `flows`.`known` ELSE 0 END) AS `step`, `flows`.`known` AS `known`
          FROM `kpiql_moves_0` AS `flows`
          WHERE NOT (`flows`.`change_1` = 0)
        ) AS `flows`
      ) AS `flows`
      GROUP BY `flows`.`day`, `flows`.`class`
    ) AS `flows`
  ) AS `flows`
  GROUP BY `flows`.`bucket`, `flows`.`class`
) AS `flows`
WHERE (NOT (`flows`.`amount` = 0) OR NOT (`flows`.`entities` = 0));
-- $1 text: "pro"
-- $2 date: "2025-04-01"
-- $3 text: "pro"
-- $4 date: "2025-04-01"
-- $5 date: "2025-04-01"
-- $6 date: "2025-03-01"
-- $7 date: "2025-02-01"
-- $8 date: "2025-01-01"
-- $9 date: "2025-04-01"
-- $10 date: "2025-01-01"
-- $11 date: "2025-01-01"
-- $12 date: "2025-03-01"
-- $13 date: "2025-02-01"
-- $14 date: "2025-01-01"
-- $15 date: "2025-04-01"
-- $16 date: "2025-01-01"
-- $17 date: "2025-01-01"
