-- loan: 2 layers, 3 multiply-adds per row
-- DuckDB, columns, double precision; by keras2sql 0.1.0
WITH
features AS (
  SELECT
    id, name,
    TRY_CAST("Debt" AS DOUBLE) AS debt,
    TRY_CAST(income AS DOUBLE) AS income,
    NOT isnan(TRY_CAST("Debt" AS DOUBLE)) AND NOT isnan(TRY_CAST(income AS DOUBLE))
      AND NOT isnan(TRY_CAST(age AS DOUBLE)) AS valid
  FROM bank.applicants
),
-- Dense 1, sigmoid
risk_linear AS (
  SELECT
    id, name, valid,
    0.125e0 + 0.5e0 * debt - 1.25e0 * income AS risk_linear
  FROM features
),
risk AS (
  SELECT
    id, name, valid, risk_linear,
    1e0 / (1e0 + exp(-risk_linear)) AS risk
  FROM risk_linear
),
-- the labels, their probabilities, and the one that is chosen
decision_exp AS (
  SELECT
    id, name, valid, risk_linear, risk,
    exp(-abs(risk_linear)) AS decision_exp
  FROM risk
),
-- 2 * atanh(x / (x + 2)) is ln(1 + x), without the digits that 1 + x loses
decision AS (
  SELECT
    id, name, valid, risk_linear, risk,
    2e0 * atanh(decision_exp / (decision_exp + 2e0)) AS decision
  FROM decision_exp
)
SELECT
  id, name,
  CASE WHEN valid THEN 1e0 - risk END AS "Proba_repaid",
  CASE WHEN valid THEN risk END AS "Proba_default",
  CASE WHEN valid THEN least(-risk_linear, 0e0) - decision END AS "LogProba_repaid",
  CASE WHEN valid THEN least(risk_linear, 0e0) - decision END AS "LogProba_default",
  CASE WHEN valid AND NOT isnan(risk) THEN
      CASE WHEN 1e0 - risk >= risk THEN 'repaid' ELSE 'default' END
    END AS "Decision",
  CASE WHEN valid THEN greatest(1e0 - risk, risk) END AS "DecisionProba"
FROM decision;
