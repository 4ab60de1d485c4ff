-- turbine: 3 layers, 37 multiply-adds per row
-- Trino, columns, double precision; by keras2sql 0.1.0
WITH
features AS (
  SELECT
    id,
    TRY_CAST(wind_0 AS DOUBLE) AS wind_0,
    TRY_CAST(load_0 AS DOUBLE) AS load_0,
    TRY_CAST(wind_1 AS DOUBLE) AS wind_1,
    TRY_CAST(load_1 AS DOUBLE) AS load_1,
    TRY_CAST(wind_2 AS DOUBLE) AS wind_2,
    TRY_CAST(load_2 AS DOUBLE) AS load_2,
    wind_0 IS NOT NULL AND NOT is_nan(TRY_CAST(wind_0 AS DOUBLE))
      AND load_0 IS NOT NULL AND NOT is_nan(TRY_CAST(load_0 AS DOUBLE))
      AND wind_1 IS NOT NULL AND NOT is_nan(TRY_CAST(wind_1 AS DOUBLE))
      AND load_1 IS NOT NULL AND NOT is_nan(TRY_CAST(load_1 AS DOUBLE))
      AND wind_2 IS NOT NULL AND NOT is_nan(TRY_CAST(wind_2 AS DOUBLE))
      AND load_2 IS NOT NULL AND NOT is_nan(TRY_CAST(load_2 AS DOUBLE)) AS valid
  FROM turbines
),
-- LSTM 1, forwards
mem_part AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    1e0 / (1e0 + exp(-(-0.76e0 * load_0))) * tanh(0.91e0 * wind_0 - 0.28e0 * load_0) AS mem_part
  FROM features
),
mem_part_2 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    1e0 / (1e0 + exp(-(0.14e0 * wind_0 + 0.66e0 * load_0))) * tanh(mem_part) AS mem_part_2
  FROM mem_part
),
mem_part_3 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2,
    1e0 / (1e0 + exp(-(1e0 + 0.84e0 * wind_1 - 0.96e0 * load_1 + 0.41e0 * mem_part_2))) * mem_part
      + 1e0 / (1e0 + exp(-(-0.76e0 * load_1 + 0.99e0 * mem_part_2)))
        * tanh(0.91e0 * wind_1 - 0.28e0 * load_1 - 0.54e0 * mem_part_2) AS mem_part_3
  FROM mem_part_2
),
mem_part_4 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_3,
    1e0 / (1e0 + exp(-(0.14e0 * wind_1 + 0.66e0 * load_1 - mem_part_2))) * tanh(mem_part_3) AS mem_part_4
  FROM mem_part_3
),
mem AS (
  SELECT
    id, valid,
    1e0 / (1e0 + exp(-(0.14e0 * wind_2 + 0.66e0 * load_2 - mem_part_4)))
      * tanh(1e0 / (1e0 + exp(-(1e0 + 0.84e0 * wind_2 - 0.96e0 * load_2 + 0.41e0 * mem_part_4))) * mem_part_3
        + 1e0 / (1e0 + exp(-(-0.76e0 * load_2 + 0.99e0 * mem_part_4)))
          * tanh(0.91e0 * wind_2 - 0.28e0 * load_2 - 0.54e0 * mem_part_4)) AS mem
  FROM mem_part_4
),
-- Dense 1
"power" AS (
  SELECT
    id, valid,
    1e0 + 2.5e0 * mem AS "power"
  FROM mem
)
SELECT
  id,
  CASE WHEN valid THEN "power" END AS "power"
FROM "power";
