-- signal: 4 layers, 24 multiply-adds per row
-- OceanBase, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- the hint keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT /*+ NO_MERGE */
    id,
    greatest(least(CAST(s0 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s0,
    greatest(least(CAST(s1 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s1,
    greatest(least(CAST(s2 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s2,
    greatest(least(CAST(s3 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s3,
    greatest(least(CAST(s4 AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS s4,
    s0 IS NOT NULL
      AND (collation(s0) = 'binary' OR s0 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND s0 + 0 = concat(s0))
      AND s1 IS NOT NULL
        AND (collation(s1) = 'binary'
          OR s1 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND s1 + 0 = concat(s1))
      AND s2 IS NOT NULL
        AND (collation(s2) = 'binary'
          OR s2 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND s2 + 0 = concat(s2))
      AND s3 IS NOT NULL
        AND (collation(s3) = 'binary'
          OR s3 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND s3 + 0 = concat(s3))
      AND s4 IS NOT NULL
        AND (collation(s4) = 'binary'
          OR s4 RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$' AND s4 + 0 = concat(s4)) AS valid
  FROM signals
),
-- Conv1D 2, 3, relu; GlobalMaxPooling1D
max_2 AS (
  SELECT /*+ NO_MERGE */
    id, valid,
    greatest(greatest(0.5e0 * s0 + s1 - 0.5e0 * s2, 0.5e0 * s1 + s2 - 0.5e0 * s3, 0.5e0 * s2 + s3 - 0.5e0 * s4)
      + 0.125e0,
      0e0) AS max_0,
    greatest(greatest(-s0 + 0.25e0 * s1 + 2e0 * s2, -s1 + 0.25e0 * s2 + 2e0 * s3, -s2 + 0.25e0 * s3 + 2e0 * s4) - 0.5e0,
      0e0) AS max_1
  FROM features
),
-- Dense 3, softmax
kind_linear AS (
  SELECT /*+ NO_MERGE */
    id, valid,
    1.5e0 * max_0 - max_1 AS kind_linear_0,
    1e0 - 0.5e0 * max_0 + 0.75e0 * max_1 AS kind_linear_1,
    2e0 + 0.25e0 * max_0 + 0.5e0 * max_1 AS kind_linear_2
  FROM max_2
),
kind_max AS (
  SELECT /*+ NO_MERGE */
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2,
    greatest(kind_linear_0, kind_linear_1, kind_linear_2) AS kind_max
  FROM kind_linear
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
kind_exp AS (
  SELECT /*+ NO_MERGE */
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max,
    (exp(least(kind_linear_0 - kind_max, 230)) + 1e-84 - 1e-84) AS kind_exp_0,
    (exp(least(kind_linear_1 - kind_max, 230)) + 1e-84 - 1e-84) AS kind_exp_1,
    (exp(least(kind_linear_2 - kind_max, 230)) + 1e-84 - 1e-84) AS kind_exp_2
  FROM kind_max
),
kind_sum AS (
  SELECT /*+ NO_MERGE */
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_exp_0, kind_exp_1,
    kind_exp_2,
    kind_exp_0 + kind_exp_1 + kind_exp_2 AS kind_sum
  FROM kind_exp
),
kind AS (
  SELECT /*+ NO_MERGE */
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_sum,
    kind_exp_0 / kind_sum AS kind_0,
    kind_exp_1 / kind_sum AS kind_1,
    kind_exp_2 / kind_sum AS kind_2
  FROM kind_sum
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT /*+ NO_MERGE */
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_0, kind_1, kind_2,
    ln(kind_sum) AS decision_ln,
    greatest(kind_0, kind_1, kind_2) AS decision_max
  FROM kind
)
SELECT
  id,
  CASE WHEN valid THEN kind_0 END AS `Proba_it's`,
  CASE WHEN valid THEN kind_1 END AS `Proba_back\slash`,
  CASE WHEN valid THEN kind_2 END AS `Proba_plain`,
  CASE WHEN valid THEN kind_linear_0 - kind_max - decision_ln END AS `LogProba_it's`,
  CASE WHEN valid THEN kind_linear_1 - kind_max - decision_ln END AS `LogProba_back\slash`,
  CASE WHEN valid THEN kind_linear_2 - kind_max - decision_ln END AS `LogProba_plain`,
  CASE WHEN valid THEN
      CASE
        WHEN kind_0 = decision_max THEN 'it''s'
        WHEN kind_1 = decision_max THEN concat('back', char(92 USING utf8mb4), 'slash')
        ELSE 'plain'
      END
    END AS `Decision`,
  CASE WHEN valid THEN decision_max END AS `DecisionProba`
FROM decision;
