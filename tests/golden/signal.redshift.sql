-- signal: 4 layers, 24 multiply-adds per row
-- Redshift, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- OFFSET 0 keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT
    id,
    greatest(least(s0::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS s0,
    greatest(least(s1::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS s1,
    greatest(least(s2::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS s2,
    greatest(least(s3::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS s3,
    greatest(least(s4::float8, '1e100'::float8), -'1e100'::float8) + '1e-84'::float8 - '1e-84'::float8 AS s4,
    s0::float8 < 'NaN'::float8 AND s1::float8 < 'NaN'::float8 AND s2::float8 < 'NaN'::float8
      AND s3::float8 < 'NaN'::float8 AND s4::float8 < 'NaN'::float8 AS valid
  FROM signals
  OFFSET 0
),
-- Conv1D 2, 3, relu; GlobalMaxPooling1D
"max" AS (
  SELECT
    id, valid,
    greatest(greatest('0.5'::float8 * s0 + s1 - '0.5'::float8 * s2, '0.5'::float8 * s1 + s2 - '0.5'::float8 * s3,
      '0.5'::float8 * s2 + s3 - '0.5'::float8 * s4)
      + '0.125'::float8,
      '0'::float8) AS max_0,
    greatest(greatest(-s0 + '0.25'::float8 * s1 + '2'::float8 * s2, -s1 + '0.25'::float8 * s2 + '2'::float8 * s3,
      -s2 + '0.25'::float8 * s3 + '2'::float8 * s4)
      - '0.5'::float8,
      '0'::float8) AS max_1
  FROM features
  OFFSET 0
),
-- Dense 3, softmax
kind_linear AS (
  SELECT
    id, valid,
    '1.5'::float8 * max_0 - max_1 AS kind_linear_0,
    '1'::float8 - '0.5'::float8 * max_0 + '0.75'::float8 * max_1 AS kind_linear_1,
    '2'::float8 + '0.25'::float8 * max_0 + '0.5'::float8 * max_1 AS kind_linear_2
  FROM "max"
  OFFSET 0
),
kind_max AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2,
    greatest(kind_linear_0, kind_linear_1, kind_linear_2) AS kind_max
  FROM kind_linear
  OFFSET 0
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
kind_exp AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max,
    (exp(greatest(least(kind_linear_0 - kind_max, 230), -345)) + '1e-84'::float8 - '1e-84'::float8) AS kind_exp_0,
    (exp(greatest(least(kind_linear_1 - kind_max, 230), -345)) + '1e-84'::float8 - '1e-84'::float8) AS kind_exp_1,
    (exp(greatest(least(kind_linear_2 - kind_max, 230), -345)) + '1e-84'::float8 - '1e-84'::float8) AS kind_exp_2
  FROM kind_max
  OFFSET 0
),
kind_sum AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_exp_0, kind_exp_1,
    kind_exp_2,
    kind_exp_0 + kind_exp_1 + kind_exp_2 AS kind_sum
  FROM kind_exp
  OFFSET 0
),
kind AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_sum,
    kind_exp_0 / kind_sum AS kind_0,
    kind_exp_1 / kind_sum AS kind_1,
    kind_exp_2 / kind_sum AS kind_2
  FROM kind_sum
  OFFSET 0
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT
    id, valid, kind_linear_0, kind_linear_1, kind_linear_2, kind_max, kind_0, kind_1, kind_2,
    ln(kind_sum) AS decision_ln,
    greatest(kind_0, kind_1, kind_2) AS decision_max
  FROM kind
  OFFSET 0
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
        WHEN kind_0 = decision_max THEN 'it''s'
        WHEN kind_1 = decision_max THEN ('back' || chr(92) || 'slash')
        ELSE 'plain'
      END
    END AS "Decision",
  CASE WHEN valid THEN decision_max END AS "DecisionProba"
FROM decision;
