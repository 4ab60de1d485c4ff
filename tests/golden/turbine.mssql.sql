-- turbine: 3 layers, 37 multiply-adds per row
-- SQL Server, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- FETCH NEXT of all rows keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT
    id,
    CASE
        WHEN TRY_CAST(wind_0 AS float) > 1e100 THEN 1e100
        WHEN TRY_CAST(wind_0 AS float) < -1e100 THEN -1e100
        ELSE TRY_CAST(wind_0 AS float)
      END + 1e-84 - 1e-84 AS wind_0,
    CASE
        WHEN TRY_CAST(load_0 AS float) > 1e100 THEN 1e100
        WHEN TRY_CAST(load_0 AS float) < -1e100 THEN -1e100
        ELSE TRY_CAST(load_0 AS float)
      END + 1e-84 - 1e-84 AS load_0,
    CASE
        WHEN TRY_CAST(wind_1 AS float) > 1e100 THEN 1e100
        WHEN TRY_CAST(wind_1 AS float) < -1e100 THEN -1e100
        ELSE TRY_CAST(wind_1 AS float)
      END + 1e-84 - 1e-84 AS wind_1,
    CASE
        WHEN TRY_CAST(load_1 AS float) > 1e100 THEN 1e100
        WHEN TRY_CAST(load_1 AS float) < -1e100 THEN -1e100
        ELSE TRY_CAST(load_1 AS float)
      END + 1e-84 - 1e-84 AS load_1,
    CASE
        WHEN TRY_CAST(wind_2 AS float) > 1e100 THEN 1e100
        WHEN TRY_CAST(wind_2 AS float) < -1e100 THEN -1e100
        ELSE TRY_CAST(wind_2 AS float)
      END + 1e-84 - 1e-84 AS wind_2,
    CASE
        WHEN TRY_CAST(load_2 AS float) > 1e100 THEN 1e100
        WHEN TRY_CAST(load_2 AS float) < -1e100 THEN -1e100
        ELSE TRY_CAST(load_2 AS float)
      END + 1e-84 - 1e-84 AS load_2,
    CASE WHEN TRY_CAST(wind_0 AS float) IS NOT NULL AND len(wind_0) > 0
      AND TRY_CAST(load_0 AS float) IS NOT NULL AND len(load_0) > 0
      AND TRY_CAST(wind_1 AS float) IS NOT NULL AND len(wind_1) > 0
      AND TRY_CAST(load_1 AS float) IS NOT NULL AND len(load_1) > 0
      AND TRY_CAST(wind_2 AS float) IS NOT NULL AND len(wind_2) > 0
      AND TRY_CAST(load_2 AS float) IS NOT NULL AND len(load_2) > 0 THEN 1 ELSE 0 END AS valid
  FROM turbines
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
-- LSTM 1, forwards
mem_part AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2,
    -(0.14e0 * wind_0 + 0.66e0 * load_0) AS mem_part_0,
    -(-0.76e0 * load_0) AS mem_part_1,
    0.91e0 * wind_0 - 0.28e0 * load_0 AS mem_linear
  FROM features
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
mem_part_2 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_0,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_1 > 345e0 THEN 345e0 ELSE mem_part_1 END)) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_linear) < 0.3e0
          THEN mem_linear
            / (1e0
              + mem_linear * mem_linear
                / (3e0
                  + mem_linear * mem_linear
                    / (5e0 + mem_linear * mem_linear / (18e0 - 1089e0 / (99e0 + mem_linear * mem_linear)))))
        ELSE 1e0
          - 2e0 / (exp(CASE WHEN 2e0 * mem_linear > 230e0 THEN 230e0 ELSE 2e0 * mem_linear END) + 1e-84 - 1e-84 + 1e0)
      END + 1e-84 - 1e-84 AS mem_part
  FROM mem_part
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
mem_part_3 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_0 > 345e0 THEN 345e0 ELSE mem_part_0 END)) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part) < 0.3e0
          THEN mem_part
            / (1e0
              + mem_part * mem_part
                / (3e0
                  + mem_part * mem_part / (5e0 + mem_part * mem_part / (18e0 - 1089e0 / (99e0 + mem_part * mem_part)))))
        ELSE 1e0
          - 2e0 / (exp(CASE WHEN 2e0 * mem_part > 230e0 THEN 230e0 ELSE 2e0 * mem_part END) + 1e-84 - 1e-84 + 1e0)
      END AS mem_part_2
  FROM mem_part_2
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
mem_part_4 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part,
    -(0.14e0 * wind_1 + 0.66e0 * load_1 - mem_part_2) AS mem_part_0_2,
    -(1e0 + 0.84e0 * wind_1 - 0.96e0 * load_1 + 0.41e0 * mem_part_2) AS mem_part_1_2,
    -(-0.76e0 * load_1 + 0.99e0 * mem_part_2) AS mem_part_2_2,
    0.91e0 * wind_1 - 0.28e0 * load_1 - 0.54e0 * mem_part_2 + 1e-84 - 1e-84 AS mem_part_3
  FROM mem_part_3
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
mem_part_5 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_0_2,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_1_2 > 345e0 THEN 345e0 ELSE mem_part_1_2 END)) + 1e-84 - 1e-84) * mem_part
      + (1e0 / (1e0 + exp(CASE WHEN mem_part_2_2 > 345e0 THEN 345e0 ELSE mem_part_2_2 END)) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part_3) < 0.3e0
          THEN mem_part_3
            / (1e0
              + mem_part_3 * mem_part_3
                / (3e0
                  + mem_part_3 * mem_part_3
                    / (5e0 + mem_part_3 * mem_part_3 / (18e0 - 1089e0 / (99e0 + mem_part_3 * mem_part_3)))))
        ELSE 1e0
          - 2e0 / (exp(CASE WHEN 2e0 * mem_part_3 > 230e0 THEN 230e0 ELSE 2e0 * mem_part_3 END) + 1e-84 - 1e-84 + 1e0)
      END AS mem_part_4
  FROM mem_part_4
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
mem_part_6 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_0_2, mem_part_4,
    mem_part_4 + 1e-84 - 1e-84 AS mem_part_5
  FROM mem_part_5
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
mem_part_7 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_4,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_0_2 > 345e0 THEN 345e0 ELSE mem_part_0_2 END)) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part_5) < 0.3e0
          THEN mem_part_5
            / (1e0
              + mem_part_5 * mem_part_5
                / (3e0
                  + mem_part_5 * mem_part_5
                    / (5e0 + mem_part_5 * mem_part_5 / (18e0 - 1089e0 / (99e0 + mem_part_5 * mem_part_5)))))
        ELSE 1e0
          - 2e0 / (exp(CASE WHEN 2e0 * mem_part_5 > 230e0 THEN 230e0 ELSE 2e0 * mem_part_5 END) + 1e-84 - 1e-84 + 1e0)
      END AS mem_part_6
  FROM mem_part_6
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
mem_part_8 AS (
  SELECT
    id, valid, mem_part_4,
    -(0.14e0 * wind_2 + 0.66e0 * load_2 - mem_part_6) AS mem_part_0_3,
    -(1e0 + 0.84e0 * wind_2 - 0.96e0 * load_2 + 0.41e0 * mem_part_6) AS mem_part_1_3,
    -(-0.76e0 * load_2 + 0.99e0 * mem_part_6) AS mem_part_2_3,
    0.91e0 * wind_2 - 0.28e0 * load_2 - 0.54e0 * mem_part_6 + 1e-84 - 1e-84 AS mem_part_3_2
  FROM mem_part_7
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
mem AS (
  SELECT
    id, valid, mem_part_0_3,
    (1e0 / (1e0 + exp(CASE WHEN mem_part_1_3 > 345e0 THEN 345e0 ELSE mem_part_1_3 END)) + 1e-84 - 1e-84) * mem_part_4
      + (1e0 / (1e0 + exp(CASE WHEN mem_part_2_3 > 345e0 THEN 345e0 ELSE mem_part_2_3 END)) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_part_3_2) < 0.3e0
          THEN mem_part_3_2
            / (1e0
              + mem_part_3_2 * mem_part_3_2
                / (3e0
                  + mem_part_3_2 * mem_part_3_2
                    / (5e0 + mem_part_3_2 * mem_part_3_2 / (18e0 - 1089e0 / (99e0 + mem_part_3_2 * mem_part_3_2)))))
        ELSE 1e0
          - 2e0
            / (exp(CASE WHEN 2e0 * mem_part_3_2 > 230e0 THEN 230e0 ELSE 2e0 * mem_part_3_2 END) + 1e-84 - 1e-84 + 1e0)
      END + 1e-84 - 1e-84 AS mem
  FROM mem_part_8
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
),
-- Dense 1
[power] AS (
  SELECT
    id, valid,
    1e0
      + 2.5e0
        * ((1e0 / (1e0 + exp(CASE WHEN mem_part_0_3 > 345e0 THEN 345e0 ELSE mem_part_0_3 END)) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem) < 0.3e0
          THEN mem / (1e0 + mem * mem / (3e0 + mem * mem / (5e0 + mem * mem / (18e0 - 1089e0 / (99e0 + mem * mem)))))
        ELSE 1e0 - 2e0 / (exp(CASE WHEN 2e0 * mem > 230e0 THEN 230e0 ELSE 2e0 * mem END) + 1e-84 - 1e-84 + 1e0)
      END) AS [power]
  FROM mem
  ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY
)
SELECT
  id,
  CASE WHEN (valid = 1) THEN [power] END AS [power]
FROM [power];
