-- signal: 4 layers, 24 multiply-adds per row
-- Oracle, columns, double precision; by keras2sql 0.1.0
WITH
-- united with no row, a step is computed by itself, not anew wherever it is read
features AS (
  SELECT
    id,
    CAST(s0 AS BINARY_DOUBLE) AS s0,
    CAST(s1 AS BINARY_DOUBLE) AS s1,
    CAST(s2 AS BINARY_DOUBLE) AS s2,
    CAST(s3 AS BINARY_DOUBLE) AS s3,
    CAST(s4 AS BINARY_DOUBLE) AS s4,
    CASE WHEN s0 IS NOT NULL AND CAST(s0 AS BINARY_DOUBLE) IS NOT NAN
      AND s1 IS NOT NULL AND CAST(s1 AS BINARY_DOUBLE) IS NOT NAN
      AND s2 IS NOT NULL AND CAST(s2 AS BINARY_DOUBLE) IS NOT NAN
      AND s3 IS NOT NULL AND CAST(s3 AS BINARY_DOUBLE) IS NOT NAN
      AND s4 IS NOT NULL AND CAST(s4 AS BINARY_DOUBLE) IS NOT NAN THEN 1 ELSE 0 END AS valid
  FROM signals
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
-- Conv1D 2, 3, relu; GlobalMaxPooling1D
max_2 AS (
  SELECT
    id, valid,
    greatest(greatest(0.5d * s0 + s1 - 0.5d * s2, 0.5d * s1 + s2 - 0.5d * s3, 0.5d * s2 + s3 - 0.5d * s4) + 0.125d,
      0d) AS max_0,
    greatest(greatest(-s0 + 0.25d * s1 + 2d * s2, -s1 + 0.25d * s2 + 2d * s3, -s2 + 0.25d * s3 + 2d * s4) - 0.5d,
      0d) AS max_1
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
-- Dense 3, softmax
kind_linear AS (
  SELECT
    id, valid,
    1.5d * max_0 - max_1 AS kind_linear_0,
    1d - 0.5d * max_0 + 0.75d * max_1 AS kind_linear_1,
    2d + 0.25d * max_0 + 0.5d * max_1 AS kind_linear_2
  FROM max_2
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
kind_max AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2,
    greatest(kind_linear_0, kind_linear_1, kind_linear_2) AS kind_max
  FROM kind_linear
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
kind_exp AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max,
    exp(least(kind_linear_0 - kind_max, 709d)) AS kind_exp_0,
    exp(least(kind_linear_1 - kind_max, 709d)) AS kind_exp_1,
    exp(least(kind_linear_2 - kind_max, 709d)) AS kind_exp_2
  FROM kind_max
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
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
  FROM dual WHERE 1 = 0
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
  FROM dual WHERE 1 = 0
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_0, kind_1, kind_2,
    ln(kind_sum) AS decision_ln,
    greatest(kind_0, kind_1, kind_2) AS decision_max
  FROM kind
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
)
SELECT
  id,
  CASE WHEN (valid = 1) THEN kind_0 END AS "Proba_it's",
  CASE WHEN (valid = 1) THEN kind_1 END AS "Proba_back\slash",
  CASE WHEN (valid = 1) THEN kind_2 END AS "Proba_plain",
  CASE WHEN (valid = 1) THEN kind_linear_0 - kind_max - decision_ln END AS "LogProba_it's",
  CASE WHEN (valid = 1) THEN kind_linear_1 - kind_max - decision_ln END AS "LogProba_back\slash",
  CASE WHEN (valid = 1) THEN kind_linear_2 - kind_max - decision_ln END AS "LogProba_plain",
  CASE WHEN (valid = 1) AND NOT (kind_2 IS NAN) THEN
      CASE
        WHEN kind_0 = decision_max THEN 'it''s'
        WHEN kind_1 = decision_max THEN 'back\slash'
        ELSE 'plain'
      END
    END AS "Decision",
  CASE WHEN (valid = 1) THEN decision_max END AS "DecisionProba"
FROM decision;
