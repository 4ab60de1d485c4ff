-- weather: 6 layers, 12 multiply-adds per row
-- SQLite, columns, double precision; by keras2sql 0.1.0
WITH
-- united with no row, a step is computed by itself, not anew wherever it is read
features AS (
  SELECT
    `Station`,
    CAST(temperature AS REAL) AS temperature,
    CAST(pressure AS REAL) AS pressure,
    (temperature = CAST(temperature AS REAL) OR temperature = CAST(temperature AS INTEGER))
      AND (pressure = CAST(pressure AS REAL) OR pressure = CAST(pressure AS INTEGER)) AS valid
  FROM (SELECT * FROM readings WHERE day = 1) AS source_rows
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL
  WHERE 0
),
-- Dense 3; Normalization and BatchNormalization folded in
dense AS (
  SELECT
    `Station`, valid,
    -508.75 + temperature + 0.5 * pressure AS dense_0,
    -994.75 - 0.5 * temperature + pressure AS dense_1,
    62.0 + 0.125 * temperature - 0.0625 * pressure AS dense_2
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
-- LayerNormalization
layer_normalization_mean AS (
  SELECT
    `Station`, valid, dense_0, dense_1, dense_2,
    (dense_0 + dense_1 + dense_2) / 3.0 AS layer_normalization_mean
  FROM dense
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
layer_normalization_sqrt AS (
  SELECT
    `Station`, valid, dense_0, dense_1, dense_2, layer_normalization_mean,
    sqrt(((dense_0 - layer_normalization_mean) * (dense_0 - layer_normalization_mean)
      + (dense_1 - layer_normalization_mean) * (dense_1 - layer_normalization_mean)
      + (dense_2 - layer_normalization_mean) * (dense_2 - layer_normalization_mean)) / 3.0
        + 0.001) AS layer_normalization_sqrt
  FROM layer_normalization_mean
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
layer_normalization AS (
  SELECT
    `Station`, valid, dense_2, layer_normalization_mean, layer_normalization_sqrt,
    (dense_0 - layer_normalization_mean) / layer_normalization_sqrt AS layer_normalization_0,
    (dense_1 - layer_normalization_mean) / layer_normalization_sqrt AS layer_normalization_1
  FROM layer_normalization_sqrt
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
-- Dense 2
forecast AS (
  SELECT
    `Station`, valid,
    layer_normalization_0 - layer_normalization_1
      + 2.0 * ((dense_2 - layer_normalization_mean) / layer_normalization_sqrt) AS forecast_0,
    1.0 + 0.5 * layer_normalization_0 + 0.25 * layer_normalization_1 AS forecast_1
  FROM layer_normalization
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL
  WHERE 0
)
SELECT
  `Station`,
  CASE WHEN valid THEN forecast_0 END AS `Estimator_0`,
  CASE WHEN valid THEN forecast_1 END AS `Estimator_1`
FROM forecast;
