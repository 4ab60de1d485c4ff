-- turbine: 3 layers, 37 multiply-adds per row
-- Oracle, columns, double precision; by keras2sql 0.1.0
WITH
-- united with no row, a step is computed by itself, not anew wherever it is read
features AS (
  SELECT
    id,
    CAST(wind_0 AS BINARY_DOUBLE) AS wind_0,
    CAST(load_0 AS BINARY_DOUBLE) AS load_0,
    CAST(wind_1 AS BINARY_DOUBLE) AS wind_1,
    CAST(load_1 AS BINARY_DOUBLE) AS load_1,
    CAST(wind_2 AS BINARY_DOUBLE) AS wind_2,
    CAST(load_2 AS BINARY_DOUBLE) AS load_2,
    CASE WHEN wind_0 IS NOT NULL AND CAST(wind_0 AS BINARY_DOUBLE) IS NOT NAN
      AND load_0 IS NOT NULL AND CAST(load_0 AS BINARY_DOUBLE) IS NOT NAN
      AND wind_1 IS NOT NULL AND CAST(wind_1 AS BINARY_DOUBLE) IS NOT NAN
      AND load_1 IS NOT NULL AND CAST(load_1 AS BINARY_DOUBLE) IS NOT NAN
      AND wind_2 IS NOT NULL AND CAST(wind_2 AS BINARY_DOUBLE) IS NOT NAN
      AND load_2 IS NOT NULL AND CAST(load_2 AS BINARY_DOUBLE) IS NOT NAN THEN 1 ELSE 0 END AS valid
  FROM turbines
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
-- LSTM 1, forwards
mem_part AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    1d / (1d + exp(least(-(-0.76d * load_0), 709d))) * tanh(0.91d * wind_0 - 0.28d * load_0) AS mem_part
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
mem_part_2 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    1d / (1d + exp(least(-(0.14d * wind_0 + 0.66d * load_0), 709d))) * tanh(mem_part) AS mem_part_2
  FROM mem_part
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
mem_part_3 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2,
    1d / (1d + exp(least(-(1d + 0.84d * wind_1 - 0.96d * load_1 + 0.41d * mem_part_2), 709d))) * mem_part
      + 1d / (1d + exp(least(-(-0.76d * load_1 + 0.99d * mem_part_2), 709d)))
        * tanh(0.91d * wind_1 - 0.28d * load_1 - 0.54d * mem_part_2) AS mem_part_3
  FROM mem_part_2
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
mem_part_4 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_3,
    1d / (1d + exp(least(-(0.14d * wind_1 + 0.66d * load_1 - mem_part_2), 709d))) * tanh(mem_part_3) AS mem_part_4
  FROM mem_part_3
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
mem AS (
  SELECT
    id, valid,
    1d / (1d + exp(least(-(0.14d * wind_2 + 0.66d * load_2 - mem_part_4), 709d)))
      * tanh(1d / (1d + exp(least(-(1d + 0.84d * wind_2 - 0.96d * load_2 + 0.41d * mem_part_4), 709d))) * mem_part_3
        + 1d / (1d + exp(least(-(-0.76d * load_2 + 0.99d * mem_part_4), 709d)))
          * tanh(0.91d * wind_2 - 0.28d * load_2 - 0.54d * mem_part_4)) AS mem
  FROM mem_part_4
  UNION ALL
  SELECT
    NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
-- Dense 1
power_2 AS (
  SELECT
    id, valid,
    1d + 2.5d * mem AS power
  FROM mem
  UNION ALL
  SELECT
    NULL, NULL, NULL
  FROM dual WHERE 1 = 0
)
SELECT
  id,
  CASE WHEN (valid = 1) THEN power END AS power
FROM power_2;
