-- turbine: 3 layers, 37 multiply-adds per row
-- HSQLDB, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them is infinite
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- united with no row, a step is computed by itself, not anew wherever it is read
features AS (
  SELECT
    id,
    greatest(-1e100, least(1e100, CAST(wind_0 AS DOUBLE))) + 1e-84 - 1e-84 AS wind_0,
    greatest(-1e100, least(1e100, CAST(load_0 AS DOUBLE))) + 1e-84 - 1e-84 AS load_0,
    greatest(-1e100, least(1e100, CAST(wind_1 AS DOUBLE))) + 1e-84 - 1e-84 AS wind_1,
    greatest(-1e100, least(1e100, CAST(load_1 AS DOUBLE))) + 1e-84 - 1e-84 AS load_1,
    greatest(-1e100, least(1e100, CAST(wind_2 AS DOUBLE))) + 1e-84 - 1e-84 AS wind_2,
    greatest(-1e100, least(1e100, CAST(load_2 AS DOUBLE))) + 1e-84 - 1e-84 AS load_2,
    CASE WHEN wind_0 IS NOT NULL AND CAST(wind_0 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND load_0 IS NOT NULL AND CAST(load_0 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND wind_1 IS NOT NULL AND CAST(wind_1 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND load_1 IS NOT NULL AND CAST(load_1 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND wind_2 IS NOT NULL AND CAST(wind_2 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND load_2 IS NOT NULL AND CAST(load_2 AS DOUBLE) <> CAST('NaN' AS DOUBLE) THEN TRUE ELSE FALSE END AS valid
  FROM turbines
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
-- LSTM 1, forwards
mem_part AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    (1 / (1 + exp(least(345, -(-0.76e0 * load_0)))) + 1e-84 - 1e-84) * tanh(0.91e0 * wind_0 - 0.28e0 * load_0)
      + 1e-84 - 1e-84 AS mem_part
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
mem_part_2 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    (1 / (1 + exp(least(345, -(0.14e0 * wind_0 + 0.66e0 * load_0)))) + 1e-84 - 1e-84) * tanh(mem_part) AS mem_part_2
  FROM mem_part
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
mem_part_3 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2,
    (1 / (1 + exp(least(345, -(1e0 + 0.84e0 * wind_1 - 0.96e0 * load_1 + 0.41e0 * mem_part_2)))) + 1e-84 - 1e-84)
      * mem_part
      + (1 / (1 + exp(least(345, -(-0.76e0 * load_1 + 0.99e0 * mem_part_2)))) + 1e-84 - 1e-84)
        * tanh(0.91e0 * wind_1 - 0.28e0 * load_1 - 0.54e0 * mem_part_2 + 1e-84 - 1e-84) AS mem_part_3
  FROM mem_part_2
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
mem_part_4 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_3,
    (1 / (1 + exp(least(345, -(0.14e0 * wind_1 + 0.66e0 * load_1 - mem_part_2)))) + 1e-84 - 1e-84)
      * tanh(mem_part_3 + 1e-84 - 1e-84) AS mem_part_4
  FROM mem_part_3
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
mem AS (
  SELECT
    id, valid,
    (1 / (1 + exp(least(345, -(0.14e0 * wind_2 + 0.66e0 * load_2 - mem_part_4)))) + 1e-84 - 1e-84)
      * tanh((1 / (1 + exp(least(345, -(1e0 + 0.84e0 * wind_2 - 0.96e0 * load_2 + 0.41e0 * mem_part_4))))
        + 1e-84 - 1e-84)
        * mem_part_3
        + (1 / (1 + exp(least(345, -(-0.76e0 * load_2 + 0.99e0 * mem_part_4)))) + 1e-84 - 1e-84)
          * tanh(0.91e0 * wind_2 - 0.28e0 * load_2 - 0.54e0 * mem_part_4 + 1e-84 - 1e-84)
        + 1e-84 - 1e-84) AS mem
  FROM mem_part_4
  UNION ALL
  SELECT
    NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
-- Dense 1
power AS (
  SELECT
    id, valid,
    1e0 + 2.5e0 * mem AS power
  FROM mem
  UNION ALL
  SELECT
    NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
)
SELECT
  id,
  CASE WHEN valid THEN power END AS power
FROM power;
