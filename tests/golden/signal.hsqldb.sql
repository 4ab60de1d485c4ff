-- signal: 4 layers, 24 multiply-adds per row
-- HSQLDB, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them is infinite
features AS (
  SELECT
    id,
    greatest(least(CAST(s0 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s0,
    greatest(least(CAST(s1 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s1,
    greatest(least(CAST(s2 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s2,
    greatest(least(CAST(s3 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s3,
    greatest(least(CAST(s4 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s4,
    CASE WHEN s0 IS NOT NULL AND CAST(s0 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND s1 IS NOT NULL AND CAST(s1 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND s2 IS NOT NULL AND CAST(s2 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND s3 IS NOT NULL AND CAST(s3 AS DOUBLE) <> CAST('NaN' AS DOUBLE)
      AND s4 IS NOT NULL AND CAST(s4 AS DOUBLE) <> CAST('NaN' AS DOUBLE) THEN TRUE ELSE FALSE END AS valid
  FROM signals
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
max AS (
  SELECT
    id, valid,
    greatest(greatest(0.5e0 * s0 + s1 - 0.5e0 * s2, 0.5e0 * s1 + s2 - 0.5e0 * s3, 0.5e0 * s2 + s3 - 0.5e0 * s4)
      + 0.125e0, 0e0) AS max_0,
    greatest(greatest(-s0 + 0.25e0 * s1 + 2e0 * s2, -s1 + 0.25e0 * s2 + 2e0 * s3, -s2 + 0.25e0 * s3 + 2e0 * s4)
      - 0.5e0, 0e0) AS max_1
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
kind_linear AS (
  SELECT
    id, valid,
    1.5e0 * max_0 - max_1 AS kind_linear_0,
    1e0 - 0.5e0 * max_0 + 0.75e0 * max_1 AS kind_linear_1,
    2e0 + 0.25e0 * max_0 + 0.5e0 * max_1 AS kind_linear_2
  FROM max
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
kind_max AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2,
    greatest(kind_linear_0, kind_linear_1, kind_linear_2) AS kind_max
  FROM kind_linear
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
kind_exp AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max,
    (exp(least(kind_linear_0 - kind_max, 230)) + 1e-84 - 1e-84) AS kind_exp_0,
    (exp(least(kind_linear_1 - kind_max, 230)) + 1e-84 - 1e-84) AS kind_exp_1,
    (exp(least(kind_linear_2 - kind_max, 230)) + 1e-84 - 1e-84) AS kind_exp_2
  FROM kind_max
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
kind_sum AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_exp_0, kind_exp_1,
    kind_exp_2,
    kind_exp_0 + kind_exp_1 + kind_exp_2 AS kind_sum
  FROM kind_exp
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
kind AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_sum,
    kind_exp_0 / kind_sum AS kind_0,
    kind_exp_1 / kind_sum AS kind_1,
    kind_exp_2 / kind_sum AS kind_2
  FROM kind_sum
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
),
decision AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_0, kind_1, kind_2,
    ln(kind_sum) AS decision_ln,
    greatest(kind_0, kind_1, kind_2) AS decision_max
  FROM kind
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
)
SELECT
  id,
  CASE WHEN valid THEN kind_0 END AS "Proba_it's",
  CASE WHEN valid THEN kind_1 END AS "Proba_back\slash",
  CASE WHEN valid THEN kind_2 END AS "Proba_plain",
  CASE WHEN valid THEN kind_linear_0 - kind_max - decision_ln END AS "LogProba_it's",
  CASE WHEN valid THEN kind_linear_1 - kind_max - decision_ln END AS "LogProba_back\slash",
  CASE WHEN valid THEN kind_linear_2 - kind_max - decision_ln END AS "LogProba_plain",
  CASE WHEN valid THEN
      CASE
        WHEN kind_0 + 0e0 = decision_max + 0e0 THEN CAST('it''s' AS VARCHAR(4))
        WHEN kind_1 + 0e0 = decision_max + 0e0 THEN CAST('back\slash' AS VARCHAR(10))
        ELSE CAST('plain' AS VARCHAR(5))
      END
    END AS "Decision",
  CASE WHEN valid THEN decision_max END AS "DecisionProba"
FROM decision;
