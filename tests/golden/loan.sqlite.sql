-- loan: 2 layers, 3 multiply-adds per row
-- SQLite, columns, double precision; by keras2sql 0.1.0
WITH
-- united with no row, a step is computed by itself, not anew wherever it is read
features AS (
  SELECT
    id, name,
    CAST(`Debt` AS REAL) AS debt,
    CAST(income AS REAL) AS income,
    (`Debt` = CAST(`Debt` AS REAL) OR `Debt` = CAST(`Debt` AS INTEGER))
      AND (income = CAST(income AS REAL) OR income = CAST(income AS INTEGER))
      AND (age = CAST(age AS REAL) OR age = CAST(age AS INTEGER)) AS valid
  FROM bank.applicants
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
-- Dense 1, sigmoid
risk_linear AS (
  SELECT
    id, name, valid,
    0.125 + 0.5 * debt - 1.25 * income AS risk_linear
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL
  WHERE 0
),
risk AS (
  SELECT
    id, name, valid, risk_linear,
    1.0 / (1.0 + exp(-risk_linear)) AS risk
  FROM risk_linear
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
-- the labels, their probabilities, and the one that is chosen
decision_exp AS (
  SELECT
    id, name, valid, risk_linear, risk,
    exp(-abs(risk_linear)) AS decision_exp
  FROM risk
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
-- 2 * atanh(x / (x + 2)) is ln(1 + x), without the digits that 1 + x loses
decision AS (
  SELECT
    id, name, valid, risk_linear, risk,
    2.0 * atanh(decision_exp / (decision_exp + 2.0)) AS decision
  FROM decision_exp
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
)
SELECT
  id, name,
  CASE WHEN valid THEN 1.0 - risk END AS `Proba_repaid`,
  CASE WHEN valid THEN risk END AS `Proba_default`,
  CASE WHEN valid THEN min(-risk_linear, 0.0) - decision END AS `LogProba_repaid`,
  CASE WHEN valid THEN min(risk_linear, 0.0) - decision END AS `LogProba_default`,
  CASE WHEN valid AND NOT (risk IS NULL) THEN
      CASE WHEN 1.0 - risk >= risk THEN 'repaid' ELSE 'default' END
    END AS `Decision`,
  CASE WHEN valid THEN max(1.0 - risk, risk) END AS `DecisionProba`
FROM decision;
