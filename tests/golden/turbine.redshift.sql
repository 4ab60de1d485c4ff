-- turbine: 3 layers, 37 multiply-adds per row
-- Redshift, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- OFFSET 0 keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT
    id,
    greatest(least(wind_0::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS wind_0,
    greatest(least(load_0::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS load_0,
    greatest(least(wind_1::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS wind_1,
    greatest(least(load_1::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS load_1,
    greatest(least(wind_2::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS wind_2,
    greatest(least(load_2::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS load_2,
    wind_0::float8 < 'NaN'::float8 AND load_0::float8 < 'NaN'::float8
      AND wind_1::float8 < 'NaN'::float8 AND load_1::float8 < 'NaN'::float8
      AND wind_2::float8 < 'NaN'::float8 AND load_2::float8 < 'NaN'::float8 AS valid
  FROM turbines
  OFFSET 0
),
-- LSTM 1, forwards
mem_linear AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    '0.91'::float8 * wind_0 - '0.28'::float8 * load_0 AS mem_linear
  FROM features
  OFFSET 0
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
mem_part AS (
  SELECT
    id, valid, wind_0, load_0, wind_1, load_1, wind_2, load_2,
    (1 / (1 + exp(greatest(least(-(-'0.76'::float8 * load_0), 345), -345))) + '1e-84'::float8 - '1e-84'::float8) * CASE
        WHEN abs(mem_linear) < '0.3'::float8
          THEN mem_linear
            / ('1'::float8
              + mem_linear * mem_linear
                / ('3'::float8
                  + mem_linear * mem_linear
                    / ('5'::float8
                      + mem_linear * mem_linear
                        / ('18'::float8 - '1089'::float8 / ('99'::float8 + mem_linear * mem_linear)))))
        ELSE '1'::float8
          - '2'::float8
            / ((exp(greatest(least('2'::float8 * mem_linear, 230), -345)) + '1e-84'::float8 - '1e-84'::float8)
              + '1'::float8)
      END + '1e-84'::float8 - '1e-84'::float8 AS mem_part
  FROM mem_linear
  OFFSET 0
),
mem_part_2 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part,
    (1 / (1 + exp(greatest(least(-('0.14'::float8 * wind_0 + '0.66'::float8 * load_0), 345), -345)))
      + '1e-84'::float8 - '1e-84'::float8)
      * CASE
        WHEN abs(mem_part) < '0.3'::float8
          THEN mem_part
            / ('1'::float8
              + mem_part * mem_part
                / ('3'::float8
                  + mem_part * mem_part
                    / ('5'::float8
                      + mem_part * mem_part / ('18'::float8 - '1089'::float8 / ('99'::float8 + mem_part * mem_part)))))
        ELSE '1'::float8
          - '2'::float8
            / ((exp(greatest(least('2'::float8 * mem_part, 230), -345)) + '1e-84'::float8 - '1e-84'::float8)
              + '1'::float8)
      END AS mem_part_2
  FROM mem_part
  OFFSET 0
),
mem_part_3 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part, mem_part_2,
    '0.91'::float8 * wind_1 - '0.28'::float8 * load_1 - '0.54'::float8 * mem_part_2
      + '1e-84'::float8 - '1e-84'::float8 AS mem_part_3
  FROM mem_part_2
  OFFSET 0
),
mem_part_4 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2,
    (1 / (1 + exp(greatest(least(-('1'::float8 + '0.84'::float8 * wind_1 - '0.96'::float8 * load_1
      + '0.41'::float8 * mem_part_2), 345), -345))) + '1e-84'::float8 - '1e-84'::float8) * mem_part
        + (1 / (1 + exp(greatest(least(-(-'0.76'::float8 * load_1 + '0.99'::float8 * mem_part_2), 345), -345)))
          + '1e-84'::float8 - '1e-84'::float8)
          * CASE
        WHEN abs(mem_part_3) < '0.3'::float8
          THEN mem_part_3
            / ('1'::float8
              + mem_part_3 * mem_part_3
                / ('3'::float8
                  + mem_part_3 * mem_part_3
                    / ('5'::float8
                      + mem_part_3 * mem_part_3
                        / ('18'::float8 - '1089'::float8 / ('99'::float8 + mem_part_3 * mem_part_3)))))
        ELSE '1'::float8
          - '2'::float8
            / ((exp(greatest(least('2'::float8 * mem_part_3, 230), -345)) + '1e-84'::float8 - '1e-84'::float8)
              + '1'::float8)
      END AS mem_part_4
  FROM mem_part_3
  OFFSET 0
),
mem_part_5 AS (
  SELECT
    id, valid, wind_1, load_1, wind_2, load_2, mem_part_2, mem_part_4,
    mem_part_4 + '1e-84'::float8 - '1e-84'::float8 AS mem_part_5
  FROM mem_part_4
  OFFSET 0
),
mem_part_6 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_4,
    (1 / (1 + exp(greatest(least(-('0.14'::float8 * wind_1 + '0.66'::float8 * load_1 - mem_part_2), 345), -345)))
      + '1e-84'::float8 - '1e-84'::float8)
      * CASE
        WHEN abs(mem_part_5) < '0.3'::float8
          THEN mem_part_5
            / ('1'::float8
              + mem_part_5 * mem_part_5
                / ('3'::float8
                  + mem_part_5 * mem_part_5
                    / ('5'::float8
                      + mem_part_5 * mem_part_5
                        / ('18'::float8 - '1089'::float8 / ('99'::float8 + mem_part_5 * mem_part_5)))))
        ELSE '1'::float8
          - '2'::float8
            / ((exp(greatest(least('2'::float8 * mem_part_5, 230), -345)) + '1e-84'::float8 - '1e-84'::float8)
              + '1'::float8)
      END AS mem_part_6
  FROM mem_part_5
  OFFSET 0
),
mem_part_7 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_4, mem_part_6,
    '0.91'::float8 * wind_2 - '0.28'::float8 * load_2 - '0.54'::float8 * mem_part_6
      + '1e-84'::float8 - '1e-84'::float8 AS mem_part_7
  FROM mem_part_6
  OFFSET 0
),
mem_part_8 AS (
  SELECT
    id, valid, wind_2, load_2, mem_part_6,
    (1 / (1 + exp(greatest(least(-('1'::float8 + '0.84'::float8 * wind_2 - '0.96'::float8 * load_2
      + '0.41'::float8 * mem_part_6), 345), -345))) + '1e-84'::float8 - '1e-84'::float8) * mem_part_4
        + (1 / (1 + exp(greatest(least(-(-'0.76'::float8 * load_2 + '0.99'::float8 * mem_part_6), 345), -345)))
          + '1e-84'::float8 - '1e-84'::float8)
          * CASE
        WHEN abs(mem_part_7) < '0.3'::float8
          THEN mem_part_7
            / ('1'::float8
              + mem_part_7 * mem_part_7
                / ('3'::float8
                  + mem_part_7 * mem_part_7
                    / ('5'::float8
                      + mem_part_7 * mem_part_7
                        / ('18'::float8 - '1089'::float8 / ('99'::float8 + mem_part_7 * mem_part_7)))))
        ELSE '1'::float8
          - '2'::float8
            / ((exp(greatest(least('2'::float8 * mem_part_7, 230), -345)) + '1e-84'::float8 - '1e-84'::float8)
              + '1'::float8)
      END + '1e-84'::float8 - '1e-84'::float8 AS mem_part_8
  FROM mem_part_7
  OFFSET 0
),
mem AS (
  SELECT
    id, valid,
    (1 / (1 + exp(greatest(least(-('0.14'::float8 * wind_2 + '0.66'::float8 * load_2 - mem_part_6), 345), -345)))
      + '1e-84'::float8 - '1e-84'::float8)
      * CASE
        WHEN abs(mem_part_8) < '0.3'::float8
          THEN mem_part_8
            / ('1'::float8
              + mem_part_8 * mem_part_8
                / ('3'::float8
                  + mem_part_8 * mem_part_8
                    / ('5'::float8
                      + mem_part_8 * mem_part_8
                        / ('18'::float8 - '1089'::float8 / ('99'::float8 + mem_part_8 * mem_part_8)))))
        ELSE '1'::float8
          - '2'::float8
            / ((exp(greatest(least('2'::float8 * mem_part_8, 230), -345)) + '1e-84'::float8 - '1e-84'::float8)
              + '1'::float8)
      END AS mem
  FROM mem_part_8
  OFFSET 0
),
-- Dense 1
"power" AS (
  SELECT
    id, valid,
    '1'::float8 + '2.5'::float8 * mem AS "power"
  FROM mem
  OFFSET 0
)
SELECT
  id,
  CASE WHEN valid THEN "power" END AS "power"
FROM "power";
