-- signal: 4 layers, 24 multiply-adds per row
-- Teradata, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    id,
    CASE
        WHEN CAST(s0 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(s0 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(s0 AS FLOAT)
      END + 1e-84 - 1e-84 AS s0,
    CASE
        WHEN CAST(s1 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(s1 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(s1 AS FLOAT)
      END + 1e-84 - 1e-84 AS s1,
    CASE
        WHEN CAST(s2 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(s2 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(s2 AS FLOAT)
      END + 1e-84 - 1e-84 AS s2,
    CASE
        WHEN CAST(s3 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(s3 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(s3 AS FLOAT)
      END + 1e-84 - 1e-84 AS s3,
    CASE
        WHEN CAST(s4 AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(s4 AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(s4 AS FLOAT)
      END + 1e-84 - 1e-84 AS s4,
    CASE WHEN s0 IS NOT NULL AND s1 IS NOT NULL AND s2 IS NOT NULL AND s3 IS NOT NULL
      AND s4 IS NOT NULL THEN 1 ELSE 0 END AS valid
  FROM signals
),
-- Conv1D 2, 3, relu
conv AS (
  SELECT
    id, valid,
    0.5e0 * s0 + s1 - 0.5e0 * s2 AS conv_0,
    0.5e0 * s1 + s2 - 0.5e0 * s3 AS conv_1,
    0.5e0 * s2 + s3 - 0.5e0 * s4 AS conv_2,
    -s0 + 0.25e0 * s1 + 2e0 * s2 AS conv_3,
    -s1 + 0.25e0 * s2 + 2e0 * s3 AS conv_4,
    -s2 + 0.25e0 * s3 + 2e0 * s4 AS conv_5
  FROM features
),
-- GlobalMaxPooling1D
max_part AS (
  SELECT
    id, valid, conv_2, conv_5,
    CASE
        WHEN conv_0 >= conv_1 THEN conv_0
        WHEN conv_0 < conv_1 THEN conv_1
        ELSE CAST(NULL AS FLOAT)
      END AS max_part_0,
    CASE
        WHEN conv_3 >= conv_4 THEN conv_3
        WHEN conv_3 < conv_4 THEN conv_4
        ELSE CAST(NULL AS FLOAT)
      END AS max_part_1
  FROM conv
),
max_part_2 AS (
  SELECT
    id, valid,
    CASE
        WHEN max_part_0 >= conv_2 THEN max_part_0
        WHEN max_part_0 < conv_2 THEN conv_2
        ELSE CAST(NULL AS FLOAT)
      END + 0.125e0 AS max_part_0_2,
    CASE
        WHEN max_part_1 >= conv_5 THEN max_part_1
        WHEN max_part_1 < conv_5 THEN conv_5
        ELSE CAST(NULL AS FLOAT)
      END - 0.5e0 AS max_part_1_2
  FROM max_part
),
"max" AS (
  SELECT
    id, valid,
    CASE WHEN max_part_0_2 < 0e0 THEN 0e0 ELSE max_part_0_2 END AS max_0,
    CASE WHEN max_part_1_2 < 0e0 THEN 0e0 ELSE max_part_1_2 END AS max_1
  FROM max_part_2
),
-- Dense 3, softmax
kind_linear AS (
  SELECT
    id, valid,
    1.5e0 * max_0 - max_1 AS kind_linear_0,
    1e0 - 0.5e0 * max_0 + 0.75e0 * max_1 AS kind_linear_1,
    2e0 + 0.25e0 * max_0 + 0.5e0 * max_1 AS kind_linear_2
  FROM "max"
),
kind_part AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2,
    CASE
        WHEN kind_linear_0 >= kind_linear_1 THEN kind_linear_0
        WHEN kind_linear_0 < kind_linear_1 THEN kind_linear_1
        ELSE CAST(NULL AS FLOAT)
      END AS kind_part
  FROM kind_linear
),
kind_part_2 AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2,
    CASE
        WHEN kind_part >= kind_linear_2 THEN kind_part
        WHEN kind_part < kind_linear_2 THEN kind_linear_2
        ELSE CAST(NULL AS FLOAT)
      END AS kind_part_2
  FROM kind_part
),
kind_part_3 AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_part_2,
    CASE WHEN kind_linear_0 - kind_part_2 > 230e0 THEN 230e0 ELSE kind_linear_0 - kind_part_2 END AS kind_part_0,
    CASE WHEN kind_linear_1 - kind_part_2 > 230e0 THEN 230e0 ELSE kind_linear_1 - kind_part_2 END AS kind_part_1,
    CASE WHEN kind_linear_2 - kind_part_2 > 230e0 THEN 230e0 ELSE kind_linear_2 - kind_part_2 END AS kind_part_2_2
  FROM kind_part_2
),
kind_part_4 AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_part_2,
    exp(CASE WHEN kind_part_0 < (-690e0) THEN -690e0 ELSE kind_part_0 END) + 1e-84 - 1e-84 AS kind_part_0_2,
    exp(CASE WHEN kind_part_1 < (-690e0) THEN -690e0 ELSE kind_part_1 END) + 1e-84 - 1e-84 AS kind_part_1_2,
    exp(CASE WHEN kind_part_2_2 < (-690e0) THEN -690e0 ELSE kind_part_2_2 END) + 1e-84 - 1e-84 AS kind_part_2_3
  FROM kind_part_3
),
kind_sum AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_part_2, kind_part_0_2,
    kind_part_1_2, kind_part_2_3,
    kind_part_0_2 + kind_part_1_2 + kind_part_2_3 AS kind_sum
  FROM kind_part_4
),
kind AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_part_2, kind_sum,
    kind_part_0_2 / kind_sum AS kind_0,
    kind_part_1_2 / kind_sum AS kind_1,
    kind_part_2_3 / kind_sum AS kind_2
  FROM kind_sum
),
-- the labels, their probabilities, and the one that is chosen
decision_ln AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_part_2, kind_0, kind_1, kind_2,
    ln(kind_sum) AS decision_ln,
    CASE
        WHEN kind_0 >= kind_1 THEN kind_0
        WHEN kind_0 < kind_1 THEN kind_1
        ELSE CAST(NULL AS FLOAT)
      END AS decision_part
  FROM kind
),
decision AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_part_2, kind_0, kind_1, kind_2,
    decision_ln,
    CASE
        WHEN decision_part >= kind_2 THEN decision_part
        WHEN decision_part < kind_2 THEN kind_2
        ELSE CAST(NULL AS FLOAT)
      END AS decision
  FROM decision_ln
)
SELECT
  id,
  CASE WHEN (valid = 1) THEN kind_0 END AS "Proba_it's",
  CASE WHEN (valid = 1) THEN kind_1 END AS "Proba_back\slash",
  CASE WHEN (valid = 1) THEN kind_2 END AS "Proba_plain",
  CASE WHEN (valid = 1) THEN kind_linear_0 - kind_part_2 - decision_ln END AS "LogProba_it's",
  CASE WHEN (valid = 1) THEN kind_linear_1 - kind_part_2 - decision_ln END AS "LogProba_back\slash",
  CASE WHEN (valid = 1) THEN kind_linear_2 - kind_part_2 - decision_ln END AS "LogProba_plain",
  CASE WHEN (valid = 1) THEN
      CASE
        WHEN kind_0 = decision THEN 'it''s'
        WHEN kind_1 = decision THEN 'back\slash'
        ELSE 'plain'
      END
    END AS "Decision",
  CASE WHEN (valid = 1) THEN decision END AS "DecisionProba"
FROM decision;
