-- loan: 2 layers, 3 multiply-adds per row
-- PostgreSQL, columns, double precision; by keras2sql 0.1.0
SELECT
  source_rows.id AS id,
  source_rows.name AS name,
  predictions."Proba_repaid" AS "Proba_repaid",
  predictions."Proba_default" AS "Proba_default",
  predictions."LogProba_repaid" AS "LogProba_repaid",
  predictions."LogProba_default" AS "LogProba_default",
  predictions."Decision" AS "Decision",
  predictions."DecisionProba" AS "DecisionProba"
FROM bank.applicants AS source_rows CROSS JOIN LATERAL (
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- OFFSET '0' keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT
    id, name,
    greatest(least("Debt"::double precision, 1e100), -1e100) + 1e-84 - 1e-84 AS debt,
    greatest(least(income::double precision, 1e100), -1e100) + 1e-84 - 1e-84 AS income,
    "Debt"::double precision < 'NaN' AND income::double precision < 'NaN'
      AND age::double precision < 'NaN' AS valid
  OFFSET '0'
),
-- Dense 1, sigmoid
risk_linear AS (
  SELECT
    id, name, valid,
    0.125e0 + 0.5e0 * debt - 1.25e0 * income AS risk_linear
  FROM features
  OFFSET '0'
),
risk AS (
  SELECT
    id, name, valid, risk_linear,
    (1 / (1 + pg_catalog.exp(greatest(least(-(risk_linear), 345), -345))) + 1e-84 - 1e-84) AS risk
  FROM risk_linear
  OFFSET '0'
),
-- the labels, their probabilities, and the one that is chosen
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
decision_exp AS (
  SELECT
    id, name, valid, risk_linear, risk,
    (pg_catalog.exp(greatest(least(-pg_catalog.abs(risk_linear), 230), -345)) + 1e-84 - 1e-84) AS decision_exp
  FROM risk
  OFFSET '0'
),
-- 2 * atanh(x / (x + 2)) is ln(1 + x), without the digits that 1 + x loses
decision AS (
  SELECT
    id, name, valid, risk_linear, risk,
    2e0 * pg_catalog.atanh(decision_exp / (decision_exp + 2e0)) AS decision
  FROM decision_exp
  OFFSET '0'
)
SELECT
  CASE WHEN valid THEN 1e0 - risk END AS "Proba_repaid",
  CASE WHEN valid THEN risk END AS "Proba_default",
  CASE WHEN valid THEN least(-risk_linear, 0e0) - decision END AS "LogProba_repaid",
  CASE WHEN valid THEN least(risk_linear, 0e0) - decision END AS "LogProba_default",
  CASE WHEN valid THEN CASE WHEN 1e0 - risk >= risk THEN 'repaid' ELSE 'default' END END AS "Decision",
  CASE WHEN valid THEN greatest(1e0 - risk, risk) END AS "DecisionProba"
FROM decision
) AS predictions;
