-- turbine: 3 layers, 37 multiply-adds per row
-- Teradata, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    id,
    CASE
        WHEN CAST(wind_0 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(wind_0 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(wind_0 AS FLOAT)
      END + 1e-84 - 1e-84 AS wind_0,
    CASE
        WHEN CAST(load_0 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(load_0 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(load_0 AS FLOAT)
      END + 1e-84 - 1e-84 AS load_0,
    CASE
        WHEN CAST(wind_1 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(wind_1 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(wind_1 AS FLOAT)
      END + 1e-84 - 1e-84 AS wind_1,
    CASE
        WHEN CAST(load_1 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(load_1 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(load_1 AS FLOAT)
      END + 1e-84 - 1e-84 AS load_1,
    CASE
        WHEN CAST(wind_2 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(wind_2 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(wind_2 AS FLOAT)
      END + 1e-84 - 1e-84 AS wind_2,
    CASE
        WHEN CAST(load_2 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(load_2 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(load_2 AS FLOAT)
      END + 1e-84 - 1e-84 AS load_2,
    CASE WHEN wind_0 IS NOT NULL AND load_0 IS NOT NULL AND wind_1 IS NOT NULL AND load_1 IS NOT NULL
      AND wind_2 IS NOT NULL AND load_2 IS NOT NULL THEN 1 ELSE 0 END AS valid
  FROM turbines
),
-- LSTM 1, forwards
mem_part AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    -(0.14e0 * wind_0 + 0.66e0 * load_0) AS mem_part_0,
    -(-0.76e0 * load_0) AS mem_part_1
  FROM features
),
mem_part_2 AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    CASE WHEN mem_part_0 > 345e0 THEN 345e0 ELSE mem_part_0 END AS mem_part_0_2,
    CASE WHEN mem_part_1 > 345e0 THEN 345e0 ELSE mem_part_1 END AS mem_part_1_2
  FROM mem_part
),
mem_part_3 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_0_2,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_1_2 < (-690e0) THEN -690e0 ELSE mem_part_1_2 END)) + 1e-84 - 1e-84)
      * tanh(0.91e0 * wind_0 - 0.28e0 * load_0)
      + 1e-84 - 1e-84 AS mem_part
  FROM mem_part_2
),
mem_part_4 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_0_2 < (-690e0) THEN -690e0 ELSE mem_part_0_2 END)) + 1e-84 - 1e-84)
      * tanh(mem_part) AS mem_part_2
  FROM mem_part_3
),
mem_part_5 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part, mem_part_2,
    -(0.14e0 * wind_1 + 0.66e0 * load_1 - mem_part_2) AS mem_part_0_3,
    -(1e0 + 0.84e0 * wind_1 - 0.96e0 * load_1 + 0.41e0 * mem_part_2) AS mem_part_1_3,
    -(-0.76e0 * load_1 + 0.99e0 * mem_part_2) AS mem_part_2_2
  FROM mem_part_4
),
mem_part_6 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part, mem_part_2,
    CASE WHEN mem_part_0_3 > 345e0 THEN 345e0 ELSE mem_part_0_3 END AS mem_part_0_4,
    CASE WHEN mem_part_1_3 > 345e0 THEN 345e0 ELSE mem_part_1_3 END AS mem_part_1_4,
    CASE WHEN mem_part_2_2 > 345e0 THEN 345e0 ELSE mem_part_2_2 END AS mem_part_2_3
  FROM mem_part_5
),
mem_part_7 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_0_4,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_1_4 < (-690e0) THEN -690e0 ELSE mem_part_1_4 END)) + 1e-84 - 1e-84) * mem_part
      + (1e0 / (1e0 + exp(CASE WHEN mem_part_2_3 < (-690e0) THEN -690e0 ELSE mem_part_2_3 END)) + 1e-84 - 1e-84)
        * tanh(0.91e0 * wind_1 - 0.28e0 * load_1 - 0.54e0 * mem_part_2 + 1e-84 - 1e-84) AS mem_part_3
  FROM mem_part_6
),
mem_part_8 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_3,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_0_4 < (-690e0) THEN -690e0 ELSE mem_part_0_4 END)) + 1e-84 - 1e-84)
      * tanh(mem_part_3 + 1e-84 - 1e-84) AS mem_part_4
  FROM mem_part_7
),
mem_part_9 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_3, mem_part_4,
    -(0.14e0 * wind_2 + 0.66e0 * load_2 - mem_part_4) AS mem_part_0_5,
    -(1e0 + 0.84e0 * wind_2 - 0.96e0 * load_2 + 0.41e0 * mem_part_4) AS mem_part_1_5,
    -(-0.76e0 * load_2 + 0.99e0 * mem_part_4) AS mem_part_2_4
  FROM mem_part_8
),
mem_part_10 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_3, mem_part_4,
    CASE WHEN mem_part_0_5 > 345e0 THEN 345e0 ELSE mem_part_0_5 END AS mem_part_0_6,
    CASE WHEN mem_part_1_5 > 345e0 THEN 345e0 ELSE mem_part_1_5 END AS mem_part_1_6,
    CASE WHEN mem_part_2_4 > 345e0 THEN 345e0 ELSE mem_part_2_4 END AS mem_part_2_5
  FROM mem_part_9
),
mem AS (
  SELECT
    id, valid,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_0_6 < (-690e0) THEN -690e0 ELSE mem_part_0_6 END)) + 1e-84 - 1e-84)
      * tanh((1e0 / (1e0 + exp(CASE WHEN mem_part_1_6 < (-690e0) THEN -690e0 ELSE mem_part_1_6 END)) + 1e-84 - 1e-84)
        * mem_part_3
        + (1e0 / (1e0 + exp(CASE WHEN mem_part_2_5 < (-690e0) THEN -690e0 ELSE mem_part_2_5 END)) + 1e-84 - 1e-84)
          * tanh(0.91e0 * wind_2 - 0.28e0 * load_2 - 0.54e0 * mem_part_4 + 1e-84 - 1e-84)
        + 1e-84 - 1e-84) AS mem
  FROM mem_part_10
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
  CASE WHEN (valid = 1) THEN "power" END AS "power"
FROM "power";
