-- weather: 6 layers, 12 multiply-adds per row
-- DuckDB, columns, double precision; by keras2sql 0.1.0
WITH
features AS (
  SELECT
    "Station",
    TRY_CAST(temperature AS DOUBLE) AS temperature,
    TRY_CAST(pressure AS DOUBLE) AS pressure,
    NOT isnan(TRY_CAST(temperature AS DOUBLE)) AND NOT isnan(TRY_CAST(pressure AS DOUBLE)) AS valid
  FROM (SELECT * FROM readings WHERE day = 1) AS source_rows
),
-- Dense 3; Normalization and BatchNormalization folded in
dense AS (
  SELECT
    "Station", valid,
    -508.75e0 + temperature + 0.5e0 * pressure AS dense_0,
    -994.75e0 - 0.5e0 * temperature + pressure AS dense_1,
    62e0 + 0.125e0 * temperature - 0.0625e0 * pressure AS dense_2
  FROM features
),
-- LayerNormalization
layer_normalization_mean AS (
  SELECT
    "Station", valid, dense_0, dense_1, dense_2,
    (dense_0 + dense_1 + dense_2) / 3e0 AS layer_normalization_mean
  FROM dense
),
layer_normalization_sqrt AS (
  SELECT
    "Station", valid, dense_0, dense_1, dense_2, layer_normalization_mean,
    sqrt(((dense_0 - layer_normalization_mean) * (dense_0 - layer_normalization_mean)
      + (dense_1 - layer_normalization_mean) * (dense_1 - layer_normalization_mean)
      + (dense_2 - layer_normalization_mean) * (dense_2 - layer_normalization_mean)) / 3e0
        + 0.001e0) AS layer_normalization_sqrt
  FROM layer_normalization_mean
),
layer_normalization AS (
  SELECT
    "Station", valid, dense_2, layer_normalization_mean, layer_normalization_sqrt,
    (dense_0 - layer_normalization_mean) / layer_normalization_sqrt AS layer_normalization_0,
    (dense_1 - layer_normalization_mean) / layer_normalization_sqrt AS layer_normalization_1
  FROM layer_normalization_sqrt
),
-- Dense 2
forecast AS (
  SELECT
    "Station", valid,
    layer_normalization_0 - layer_normalization_1
      + 2e0 * ((dense_2 - layer_normalization_mean) / layer_normalization_sqrt) AS forecast_0,
    1e0 + 0.5e0 * layer_normalization_0 + 0.25e0 * layer_normalization_1 AS forecast_1
  FROM layer_normalization
)
SELECT
  "Station",
  CASE WHEN valid THEN forecast_0 END AS "Estimator_0",
  CASE WHEN valid THEN forecast_1 END AS "Estimator_1"
FROM forecast;
