-- turbine: 3 layers, 37 multiply-adds per row
-- OceanBase, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- the hint keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT /*+ NO_MERGE */
    id,
    greatest(least(CAST(wind_0 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS wind_0,
    greatest(least(CAST(load_0 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS load_0,
    greatest(least(CAST(wind_1 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS wind_1,
    greatest(least(CAST(load_1 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS load_1,
    greatest(least(CAST(wind_2 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS wind_2,
    greatest(least(CAST(load_2 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS load_2,
    wind_0 IS NOT NULL
      AND (collation(wind_0) = 'binary'
        OR wind_0 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND wind_0 + 0 = concat(wind_0))
      AND load_0 IS NOT NULL
        AND (collation(load_0) = 'binary'
          OR load_0 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND load_0 + 0 = concat(load_0))
      AND wind_1 IS NOT NULL
        AND (collation(wind_1) = 'binary'
          OR wind_1 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND wind_1 + 0 = concat(wind_1))
      AND load_1 IS NOT NULL
        AND (collation(load_1) = 'binary'
          OR load_1 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND load_1 + 0 = concat(load_1))
      AND wind_2 IS NOT NULL
        AND (collation(wind_2) = 'binary'
          OR wind_2 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND wind_2 + 0 = concat(wind_2))
      AND load_2 IS NOT NULL
        AND (collation(load_2) = 'binary'
          OR load_2 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND load_2 + 0 = concat(load_2)) AS valid
  FROM turbines
),
-- LSTM 1, forwards
mem_linear AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    0.91e0 * wind_0 - 0.28e0 * load_0 AS mem_linear
  FROM features
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
mem_part AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    (1 / (1 + exp(least(-(-0.76e0 * load_0), 345))) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_linear) < 0.3e0
          THEN mem_linear
            / (1e0
              + mem_linear * mem_linear
                / (3e0
                  + mem_linear * mem_linear
                    / (5e0 + mem_linear * mem_linear / (18e0 - 1089e0 / (99e0 + mem_linear * mem_linear)))))
        ELSE 1e0 - 2e0 / ((exp(least(2e0 * mem_linear, 230)) + 1e-84 - 1e-84) + 1e0)
      END + 1e-84 - 1e-84 AS mem_part
  FROM mem_linear
),
mem_part_2 AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    (1 / (1 + exp(least(-(0.14e0 * wind_0 + 0.66e0 * load_0), 345))) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part) < 0.3e0
          THEN mem_part
            / (1e0
              + mem_part * mem_part
                / (3e0
                  + mem_part * mem_part / (5e0 + mem_part * mem_part / (18e0 - 1089e0 / (99e0 + mem_part * mem_part)))))
        ELSE 1e0 - 2e0 / ((exp(least(2e0 * mem_part, 230)) + 1e-84 - 1e-84) + 1e0)
      END AS mem_part_2
  FROM mem_part
),
mem_part_3 AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_1, load_1, wind_2, load_2, mem_part, mem_part_2,
    0.91e0 * wind_1 - 0.28e0 * load_1 - 0.54e0 * mem_part_2 + 1e-84 - 1e-84 AS mem_part_3
  FROM mem_part_2
),
mem_part_4 AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2,
    (1 / (1 + exp(least(-(1e0 + 0.84e0 * wind_1 - 0.96e0 * load_1 + 0.41e0 * mem_part_2), 345))) + 1e-84 - 1e-84)
      * mem_part
      + (1 / (1 + exp(least(-(-0.76e0 * load_1 + 0.99e0 * mem_part_2), 345))) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part_3) < 0.3e0
          THEN mem_part_3
            / (1e0
              + mem_part_3 * mem_part_3
                / (3e0
                  + mem_part_3 * mem_part_3
                    / (5e0 + mem_part_3 * mem_part_3 / (18e0 - 1089e0 / (99e0 + mem_part_3 * mem_part_3)))))
        ELSE 1e0 - 2e0 / ((exp(least(2e0 * mem_part_3, 230)) + 1e-84 - 1e-84) + 1e0)
      END AS mem_part_4
  FROM mem_part_3
),
mem_part_5 AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2, mem_part_4,
    mem_part_4 + 1e-84 - 1e-84 AS mem_part_5
  FROM mem_part_4
),
mem_part_6 AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_2, load_2, mem_part_4,
    (1 / (1 + exp(least(-(0.14e0 * wind_1 + 0.66e0 * load_1 - mem_part_2), 345))) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part_5) < 0.3e0
          THEN mem_part_5
            / (1e0
              + mem_part_5 * mem_part_5
                / (3e0
                  + mem_part_5 * mem_part_5
                    / (5e0 + mem_part_5 * mem_part_5 / (18e0 - 1089e0 / (99e0 + mem_part_5 * mem_part_5)))))
        ELSE 1e0 - 2e0 / ((exp(least(2e0 * mem_part_5, 230)) + 1e-84 - 1e-84) + 1e0)
      END AS mem_part_6
  FROM mem_part_5
),
mem_part_7 AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_2, load_2, mem_part_4, mem_part_6,
    0.91e0 * wind_2 - 0.28e0 * load_2 - 0.54e0 * mem_part_6 + 1e-84 - 1e-84 AS mem_part_7
  FROM mem_part_6
),
mem_part_8 AS (
  SELECT /*+ NO_MERGE */
    id, valid, wind_2, load_2, mem_part_6,
    (1 / (1 + exp(least(-(1e0 + 0.84e0 * wind_2 - 0.96e0 * load_2 + 0.41e0 * mem_part_6), 345))) + 1e-84 - 1e-84)
      * mem_part_4
      + (1 / (1 + exp(least(-(-0.76e0 * load_2 + 0.99e0 * mem_part_6), 345))) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part_7) < 0.3e0
          THEN mem_part_7
            / (1e0
              + mem_part_7 * mem_part_7
                / (3e0
                  + mem_part_7 * mem_part_7
                    / (5e0 + mem_part_7 * mem_part_7 / (18e0 - 1089e0 / (99e0 + mem_part_7 * mem_part_7)))))
        ELSE 1e0 - 2e0 / ((exp(least(2e0 * mem_part_7, 230)) + 1e-84 - 1e-84) + 1e0)
      END + 1e-84 - 1e-84 AS mem_part_8
  FROM mem_part_7
),
mem AS (
  SELECT /*+ NO_MERGE */
    id, valid,
    (1 / (1 + exp(least(-(0.14e0 * wind_2 + 0.66e0 * load_2 - mem_part_6), 345))) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part_8) < 0.3e0
          THEN mem_part_8
            / (1e0
              + mem_part_8 * mem_part_8
                / (3e0
                  + mem_part_8 * mem_part_8
                    / (5e0 + mem_part_8 * mem_part_8 / (18e0 - 1089e0 / (99e0 + mem_part_8 * mem_part_8)))))
        ELSE 1e0 - 2e0 / ((exp(least(2e0 * mem_part_8, 230)) + 1e-84 - 1e-84) + 1e0)
      END AS mem
  FROM mem_part_8
),
-- Dense 1
power_2 AS (
  SELECT /*+ NO_MERGE */
    id, valid,
    1e0 + 2.5e0 * mem AS `power`
  FROM mem
)
SELECT
  id,
  CASE WHEN valid THEN `power` END AS `power`
FROM power_2;
