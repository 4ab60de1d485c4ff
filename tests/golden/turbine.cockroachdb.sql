-- turbine: 3 layers, 37 multiply-adds per row
-- CockroachDB, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS MATERIALIZED (
  SELECT
    id,
    greatest(least(wind_0::float8, 1e100), -1e100) + 1e-84 - 1e-84 AS wind_0,
    greatest(least(load_0::float8, 1e100), -1e100) + 1e-84 - 1e-84 AS load_0,
    greatest(least(wind_1::float8, 1e100), -1e100) + 1e-84 - 1e-84 AS wind_1,
    greatest(least(load_1::float8, 1e100), -1e100) + 1e-84 - 1e-84 AS load_1,
    greatest(least(wind_2::float8, 1e100), -1e100) + 1e-84 - 1e-84 AS wind_2,
    greatest(least(load_2::float8, 1e100), -1e100) + 1e-84 - 1e-84 AS load_2,
    wind_0 IS NOT NULL AND wind_0::float8 <> 'NaN'
      AND load_0 IS NOT NULL AND load_0::float8 <> 'NaN'
      AND wind_1 IS NOT NULL AND wind_1::float8 <> 'NaN'
      AND load_1 IS NOT NULL AND load_1::float8 <> 'NaN'
      AND wind_2 IS NOT NULL AND wind_2::float8 <> 'NaN'
      AND load_2 IS NOT NULL AND load_2::float8 <> 'NaN' AS valid
  FROM turbines
),
-- LSTM 1, forwards
mem_part AS MATERIALIZED (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    (1 / (1 + exp(greatest(least(-(-0.76e0 * load_0), 345), -345))) + 1e-84 - 1e-84)
      * tanh(0.91e0 * wind_0 - 0.28e0 * load_0)
      + 1e-84 - 1e-84 AS mem_part
  FROM features
),
mem_part_2 AS MATERIALIZED (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    (1 / (1 + exp(greatest(least(-(0.14e0 * wind_0 + 0.66e0 * load_0), 345), -345))) + 1e-84 - 1e-84)
      * tanh(mem_part) AS mem_part_2
  FROM mem_part
),
mem_part_3 AS MATERIALIZED (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2,
    (1 / (1 + exp(greatest(least(-(1e0 + 0.84e0 * wind_1 - 0.96e0 * load_1 + 0.41e0 * mem_part_2), 345), -345)))
      + 1e-84 - 1e-84)
      * mem_part
      + (1 / (1 + exp(greatest(least(-(-0.76e0 * load_1 + 0.99e0 * mem_part_2), 345), -345))) + 1e-84 - 1e-84)
        * tanh(0.91e0 * wind_1 - 0.28e0 * load_1 - 0.54e0 * mem_part_2 + 1e-84 - 1e-84) AS mem_part_3
  FROM mem_part_2
),
mem_part_4 AS MATERIALIZED (
  SELECT
    id, valid, wind_2, load_2, mem_part_3,
    (1 / (1 + exp(greatest(least(-(0.14e0 * wind_1 + 0.66e0 * load_1 - mem_part_2), 345), -345))) + 1e-84 - 1e-84)
      * tanh(mem_part_3 + 1e-84 - 1e-84) AS mem_part_4
  FROM mem_part_3
),
mem AS MATERIALIZED (
  SELECT
    id, valid,
    (1 / (1 + exp(greatest(least(-(0.14e0 * wind_2 + 0.66e0 * load_2 - mem_part_4), 345), -345))) + 1e-84 - 1e-84)
      * tanh((1
        / (1 + exp(greatest(least(-(1e0 + 0.84e0 * wind_2 - 0.96e0 * load_2 + 0.41e0 * mem_part_4), 345), -345)))
        + 1e-84 - 1e-84)
        * mem_part_3
        + (1 / (1 + exp(greatest(least(-(-0.76e0 * load_2 + 0.99e0 * mem_part_4), 345), -345))) + 1e-84 - 1e-84)
          * tanh(0.91e0 * wind_2 - 0.28e0 * load_2 - 0.54e0 * mem_part_4 + 1e-84 - 1e-84)
        + 1e-84 - 1e-84) AS mem
  FROM mem_part_4
),
-- Dense 1
"power" AS MATERIALIZED (
  SELECT
    id, valid,
    1e0 + 2.5e0 * mem AS "power"
  FROM mem
)
SELECT
  id,
  CASE WHEN valid THEN "power" END AS "power"
FROM "power";
