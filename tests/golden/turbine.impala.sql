-- turbine: 3 layers, 37 multiply-adds per row
-- Impala, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them is infinite
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    id,
    greatest(-1e100, least(1e100, CAST(wind_0 AS DOUBLE))) + 1e-84 - 1e-84 AS wind_0,
    greatest(-1e100, least(1e100, CAST(load_0 AS DOUBLE))) + 1e-84 - 1e-84 AS load_0,
    greatest(-1e100, least(1e100, CAST(wind_1 AS DOUBLE))) + 1e-84 - 1e-84 AS wind_1,
    greatest(-1e100, least(1e100, CAST(load_1 AS DOUBLE))) + 1e-84 - 1e-84 AS load_1,
    greatest(-1e100, least(1e100, CAST(wind_2 AS DOUBLE))) + 1e-84 - 1e-84 AS wind_2,
    greatest(-1e100, least(1e100, CAST(load_2 AS DOUBLE))) + 1e-84 - 1e-84 AS load_2,
    CAST(wind_0 AS DOUBLE) IS NOT NULL AND CAST(wind_0 AS STRING) NOT RLIKE '[Nn]a[Nn]|[0-9.][dDfFxX]'
      AND CAST(load_0 AS DOUBLE) IS NOT NULL AND CAST(load_0 AS STRING) NOT RLIKE '[Nn]a[Nn]|[0-9.][dDfFxX]'
      AND CAST(wind_1 AS DOUBLE) IS NOT NULL AND CAST(wind_1 AS STRING) NOT RLIKE '[Nn]a[Nn]|[0-9.][dDfFxX]'
      AND CAST(load_1 AS DOUBLE) IS NOT NULL AND CAST(load_1 AS STRING) NOT RLIKE '[Nn]a[Nn]|[0-9.][dDfFxX]'
      AND CAST(wind_2 AS DOUBLE) IS NOT NULL AND CAST(wind_2 AS STRING) NOT RLIKE '[Nn]a[Nn]|[0-9.][dDfFxX]'
      AND CAST(load_2 AS DOUBLE) IS NOT NULL AND CAST(load_2 AS STRING) NOT RLIKE '[Nn]a[Nn]|[0-9.][dDfFxX]' AS valid
  FROM turbines
),
-- LSTM 1, forwards
mem_linear AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    CAST(0.91e0 AS DOUBLE) * wind_0 - CAST(0.28e0 AS DOUBLE) * load_0 AS mem_linear
  FROM features
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
mem_part AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    (1 / (1 + exp(least(345, -(-CAST(0.76e0 AS DOUBLE) * load_0)))) + 1e-84 - 1e-84) * CASE
        WHEN abs(mem_linear) < CAST(0.3e0 AS DOUBLE)
          THEN mem_linear
            / (CAST(1e0 AS DOUBLE)
              + mem_linear * mem_linear
                / (CAST(3e0 AS DOUBLE)
                  + mem_linear * mem_linear
                    / (CAST(5e0 AS DOUBLE)
                      + mem_linear * mem_linear
                        / (CAST(18e0 AS DOUBLE)
                          - CAST(1089e0 AS DOUBLE) / (CAST(99e0 AS DOUBLE) + mem_linear * mem_linear)))))
        ELSE CAST(1e0 AS DOUBLE)
          - CAST(2e0 AS DOUBLE)
            / ((exp(least(230, CAST(2e0 AS DOUBLE) * mem_linear)) + 1e-84 - 1e-84) + CAST(1e0 AS DOUBLE))
      END + CAST(1e-84 AS DOUBLE) - CAST(1e-84 AS DOUBLE) AS mem_part
  FROM mem_linear
),
mem_part_2 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    (1 / (1 + exp(least(345, -(CAST(0.14e0 AS DOUBLE) * wind_0 + CAST(0.66e0 AS DOUBLE) * load_0)))) + 1e-84 - 1e-84)
      * CASE
        WHEN abs(mem_part) < CAST(0.3e0 AS DOUBLE)
          THEN mem_part
            / (CAST(1e0 AS DOUBLE)
              + mem_part * mem_part
                / (CAST(3e0 AS DOUBLE)
                  + mem_part * mem_part
                    / (CAST(5e0 AS DOUBLE)
                      + mem_part * mem_part
                        / (CAST(18e0 AS DOUBLE)
                          - CAST(1089e0 AS DOUBLE) / (CAST(99e0 AS DOUBLE) + mem_part * mem_part)))))
        ELSE CAST(1e0 AS DOUBLE)
          - CAST(2e0 AS DOUBLE)
            / ((exp(least(230, CAST(2e0 AS DOUBLE) * mem_part)) + 1e-84 - 1e-84) + CAST(1e0 AS DOUBLE))
      END AS mem_part_2
  FROM mem_part
),
mem_part_3 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part, mem_part_2,
    CAST(0.91e0 AS DOUBLE) * wind_1 - CAST(0.28e0 AS DOUBLE) * load_1
      - CAST(0.54e0 AS DOUBLE) * mem_part_2 + CAST(1e-84 AS DOUBLE) - CAST(1e-84 AS DOUBLE) AS mem_part_3
  FROM mem_part_2
),
mem_part_4 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2,
    (1 / (1 + exp(least(345, -(CAST(1e0 AS DOUBLE) + CAST(0.84e0 AS DOUBLE) * wind_1 - CAST(0.96e0 AS DOUBLE) * load_1
      + CAST(0.41e0 AS DOUBLE) * mem_part_2)))) + 1e-84 - 1e-84) * mem_part
        + (1 / (1 + exp(least(345, -(-CAST(0.76e0 AS DOUBLE) * load_1 + CAST(0.99e0 AS DOUBLE) * mem_part_2))))
          + 1e-84 - 1e-84)
          * CASE
        WHEN abs(mem_part_3) < CAST(0.3e0 AS DOUBLE)
          THEN mem_part_3
            / (CAST(1e0 AS DOUBLE)
              + mem_part_3 * mem_part_3
                / (CAST(3e0 AS DOUBLE)
                  + mem_part_3 * mem_part_3
                    / (CAST(5e0 AS DOUBLE)
                      + mem_part_3 * mem_part_3
                        / (CAST(18e0 AS DOUBLE)
                          - CAST(1089e0 AS DOUBLE) / (CAST(99e0 AS DOUBLE) + mem_part_3 * mem_part_3)))))
        ELSE CAST(1e0 AS DOUBLE)
          - CAST(2e0 AS DOUBLE)
            / ((exp(least(230, CAST(2e0 AS DOUBLE) * mem_part_3)) + 1e-84 - 1e-84) + CAST(1e0 AS DOUBLE))
      END AS mem_part_4
  FROM mem_part_3
),
mem_part_5 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2, mem_part_4,
    mem_part_4 + CAST(1e-84 AS DOUBLE) - CAST(1e-84 AS DOUBLE) AS mem_part_5
  FROM mem_part_4
),
mem_part_6 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_4,
    (1 / (1 + exp(least(345, -(CAST(0.14e0 AS DOUBLE) * wind_1 + CAST(0.66e0 AS DOUBLE) * load_1 - mem_part_2))))
      + 1e-84 - 1e-84)
      * CASE
        WHEN abs(mem_part_5) < CAST(0.3e0 AS DOUBLE)
          THEN mem_part_5
            / (CAST(1e0 AS DOUBLE)
              + mem_part_5 * mem_part_5
                / (CAST(3e0 AS DOUBLE)
                  + mem_part_5 * mem_part_5
                    / (CAST(5e0 AS DOUBLE)
                      + mem_part_5 * mem_part_5
                        / (CAST(18e0 AS DOUBLE)
                          - CAST(1089e0 AS DOUBLE) / (CAST(99e0 AS DOUBLE) + mem_part_5 * mem_part_5)))))
        ELSE CAST(1e0 AS DOUBLE)
          - CAST(2e0 AS DOUBLE)
            / ((exp(least(230, CAST(2e0 AS DOUBLE) * mem_part_5)) + 1e-84 - 1e-84) + CAST(1e0 AS DOUBLE))
      END AS mem_part_6
  FROM mem_part_5
),
mem_part_7 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_4, mem_part_6,
    CAST(0.91e0 AS DOUBLE) * wind_2 - CAST(0.28e0 AS DOUBLE) * load_2
      - CAST(0.54e0 AS DOUBLE) * mem_part_6 + CAST(1e-84 AS DOUBLE) - CAST(1e-84 AS DOUBLE) AS mem_part_7
  FROM mem_part_6
),
mem_part_8 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_6,
    (1 / (1 + exp(least(345, -(CAST(1e0 AS DOUBLE) + CAST(0.84e0 AS DOUBLE) * wind_2 - CAST(0.96e0 AS DOUBLE) * load_2
      + CAST(0.41e0 AS DOUBLE) * mem_part_6)))) + 1e-84 - 1e-84) * mem_part_4
        + (1 / (1 + exp(least(345, -(-CAST(0.76e0 AS DOUBLE) * load_2 + CAST(0.99e0 AS DOUBLE) * mem_part_6))))
          + 1e-84 - 1e-84)
          * CASE
        WHEN abs(mem_part_7) < CAST(0.3e0 AS DOUBLE)
          THEN mem_part_7
            / (CAST(1e0 AS DOUBLE)
              + mem_part_7 * mem_part_7
                / (CAST(3e0 AS DOUBLE)
                  + mem_part_7 * mem_part_7
                    / (CAST(5e0 AS DOUBLE)
                      + mem_part_7 * mem_part_7
                        / (CAST(18e0 AS DOUBLE)
                          - CAST(1089e0 AS DOUBLE) / (CAST(99e0 AS DOUBLE) + mem_part_7 * mem_part_7)))))
        ELSE CAST(1e0 AS DOUBLE)
          - CAST(2e0 AS DOUBLE)
            / ((exp(least(230, CAST(2e0 AS DOUBLE) * mem_part_7)) + 1e-84 - 1e-84) + CAST(1e0 AS DOUBLE))
      END + CAST(1e-84 AS DOUBLE) - CAST(1e-84 AS DOUBLE) AS mem_part_8
  FROM mem_part_7
),
mem AS (
  SELECT
    id, valid,
    (1 / (1 + exp(least(345, -(CAST(0.14e0 AS DOUBLE) * wind_2 + CAST(0.66e0 AS DOUBLE) * load_2 - mem_part_6))))
      + 1e-84 - 1e-84)
      * CASE
        WHEN abs(mem_part_8) < CAST(0.3e0 AS DOUBLE)
          THEN mem_part_8
            / (CAST(1e0 AS DOUBLE)
              + mem_part_8 * mem_part_8
                / (CAST(3e0 AS DOUBLE)
                  + mem_part_8 * mem_part_8
                    / (CAST(5e0 AS DOUBLE)
                      + mem_part_8 * mem_part_8
                        / (CAST(18e0 AS DOUBLE)
                          - CAST(1089e0 AS DOUBLE) / (CAST(99e0 AS DOUBLE) + mem_part_8 * mem_part_8)))))
        ELSE CAST(1e0 AS DOUBLE)
          - CAST(2e0 AS DOUBLE)
            / ((exp(least(230, CAST(2e0 AS DOUBLE) * mem_part_8)) + 1e-84 - 1e-84) + CAST(1e0 AS DOUBLE))
      END AS mem
  FROM mem_part_8
),
-- Dense 1
`power` AS (
  SELECT
    id, valid,
    CAST(1e0 AS DOUBLE) + CAST(2.5e0 AS DOUBLE) * mem AS `power`
  FROM mem
)
SELECT
  id,
  CASE WHEN valid THEN `power` END AS `power`
FROM `power`;
