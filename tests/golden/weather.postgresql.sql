-- weather: 6 layers, 12 multiply-adds per row
-- PostgreSQL, columns, double precision; by keras2sql 0.1.0
SELECT
  source_rows."Station" AS "Station",
  predictions."Estimator_0" AS "Estimator_0",
  predictions."Estimator_1" AS "Estimator_1"
FROM (SELECT * FROM readings WHERE day = 1) AS source_rows CROSS JOIN LATERAL (
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- OFFSET '0' keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT
    "Station",
    greatest(least(temperature::double precision, 1e100), -1e100) + 1e-84 - 1e-84 AS temperature,
    greatest(least(pressure::double precision, 1e100), -1e100) + 1e-84 - 1e-84 AS pressure,
    temperature::double precision < 'NaN' AND pressure::double precision < 'NaN' AS valid
  OFFSET '0'
),
-- Dense 3; Normalization and BatchNormalization folded in
dense AS (
  SELECT
    "Station", valid,
    -508.75e0 + temperature + 0.5e0 * pressure AS dense_0,
    -994.75e0 - 0.5e0 * temperature + pressure AS dense_1,
    62e0 + 0.125e0 * temperature - 0.0625e0 * pressure AS dense_2
  FROM features
  OFFSET '0'
),
-- LayerNormalization
layer_normalization_mean AS (
  SELECT
    "Station", valid, dense_0, dense_1, dense_2,
    (dense_0 + dense_1 + dense_2) / 3e0 AS layer_normalization_mean
  FROM dense
  OFFSET '0'
),
layer_normalization_sqrt AS (
  SELECT
    "Station", valid, dense_0, dense_1, dense_2, layer_normalization_mean,
    pg_catalog.sqrt(((dense_0 - layer_normalization_mean) * (dense_0 - layer_normalization_mean)
      + (dense_1 - layer_normalization_mean) * (dense_1 - layer_normalization_mean)
      + (dense_2 - layer_normalization_mean) * (dense_2 - layer_normalization_mean)) / 3e0
        + 0.001e0) AS layer_normalization_sqrt
  FROM layer_normalization_mean
  OFFSET '0'
),
layer_normalization AS (
  SELECT
    "Station", valid, dense_2, layer_normalization_mean, layer_normalization_sqrt,
    (dense_0 - layer_normalization_mean) / layer_normalization_sqrt AS layer_normalization_0,
    (dense_1 - layer_normalization_mean) / layer_normalization_sqrt AS layer_normalization_1
  FROM layer_normalization_sqrt
  OFFSET '0'
),
-- Dense 2
forecast AS (
  SELECT
    "Station", valid,
    layer_normalization_0 - layer_normalization_1
      + 2e0 * ((dense_2 - layer_normalization_mean) / layer_normalization_sqrt) AS forecast_0,
    1e0 + 0.5e0 * layer_normalization_0 + 0.25e0 * layer_normalization_1 AS forecast_1
  FROM layer_normalization
  OFFSET '0'
)
SELECT
  CASE WHEN valid THEN forecast_0 END AS "Estimator_0",
  CASE WHEN valid THEN forecast_1 END AS "Estimator_1"
FROM forecast
) AS predictions;
