-- turbine: 3 layers, 37 multiply-adds per row
-- Snowflake, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    id,
    greatest(least(CAST(wind_0 AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS wind_0,
    greatest(least(CAST(load_0 AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS load_0,
    greatest(least(CAST(wind_1 AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS wind_1,
    greatest(least(CAST(load_1 AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS load_1,
    greatest(least(CAST(wind_2 AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS wind_2,
    greatest(least(CAST(load_2 AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS load_2,
    wind_0 IS NOT NULL AND CAST(wind_0 AS DOUBLE) <> 'NaN'::DOUBLE
      AND load_0 IS NOT NULL AND CAST(load_0 AS DOUBLE) <> 'NaN'::DOUBLE
      AND wind_1 IS NOT NULL AND CAST(wind_1 AS DOUBLE) <> 'NaN'::DOUBLE
      AND load_1 IS NOT NULL AND CAST(load_1 AS DOUBLE) <> 'NaN'::DOUBLE
      AND wind_2 IS NOT NULL AND CAST(wind_2 AS DOUBLE) <> 'NaN'::DOUBLE
      AND load_2 IS NOT NULL AND CAST(load_2 AS DOUBLE) <> 'NaN'::DOUBLE AS valid
  FROM turbines
),
-- LSTM 1, forwards
mem_part AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    (1 / (1 + exp(least(-(-'0.76'::DOUBLE * load_0), 345))) + '1e-84'::DOUBLE - '1e-84'::DOUBLE)
      * tanh('0.91'::DOUBLE * wind_0 - '0.28'::DOUBLE * load_0)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS mem_part
  FROM features
),
mem_part_2 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    (1 / (1 + exp(least(-('0.14'::DOUBLE * wind_0 + '0.66'::DOUBLE * load_0), 345)))
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE)
      * tanh(mem_part) AS mem_part_2
  FROM mem_part
),
mem_part_3 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2,
    (1 / (1 + exp(least(-('1'::DOUBLE + '0.84'::DOUBLE * wind_1 - '0.96'::DOUBLE * load_1
      + '0.41'::DOUBLE * mem_part_2), 345))) + '1e-84'::DOUBLE - '1e-84'::DOUBLE) * mem_part
        + (1 / (1 + exp(least(-(-'0.76'::DOUBLE * load_1 + '0.99'::DOUBLE * mem_part_2), 345)))
          + '1e-84'::DOUBLE - '1e-84'::DOUBLE)
          * tanh('0.91'::DOUBLE * wind_1 - '0.28'::DOUBLE * load_1 - '0.54'::DOUBLE * mem_part_2
            + '1e-84'::DOUBLE - '1e-84'::DOUBLE) AS mem_part_3
  FROM mem_part_2
),
mem_part_4 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_3,
    (1 / (1 + exp(least(-('0.14'::DOUBLE * wind_1 + '0.66'::DOUBLE * load_1 - mem_part_2), 345)))
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE)
      * tanh(mem_part_3 + '1e-84'::DOUBLE - '1e-84'::DOUBLE) AS mem_part_4
  FROM mem_part_3
),
mem AS (
  SELECT
    id, valid,
    (1 / (1 + exp(least(-('0.14'::DOUBLE * wind_2 + '0.66'::DOUBLE * load_2 - mem_part_4), 345)))
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE)
      * tanh((1 / (1 + exp(least(-('1'::DOUBLE + '0.84'::DOUBLE * wind_2 - '0.96'::DOUBLE * load_2
      + '0.41'::DOUBLE * mem_part_4), 345))) + '1e-84'::DOUBLE - '1e-84'::DOUBLE) * mem_part_3
        + (1 / (1 + exp(least(-(-'0.76'::DOUBLE * load_2 + '0.99'::DOUBLE * mem_part_4), 345)))
          + '1e-84'::DOUBLE - '1e-84'::DOUBLE)
          * tanh('0.91'::DOUBLE * wind_2 - '0.28'::DOUBLE * load_2 - '0.54'::DOUBLE * mem_part_4
            + '1e-84'::DOUBLE - '1e-84'::DOUBLE)
        + '1e-84'::DOUBLE - '1e-84'::DOUBLE) AS mem
  FROM mem_part_4
),
-- Dense 1
power_2 AS (
  SELECT
    id, valid,
    '1'::DOUBLE + '2.5'::DOUBLE * mem AS power
  FROM mem
)
SELECT
  id,
  CASE WHEN valid THEN power END AS power
FROM power_2;
