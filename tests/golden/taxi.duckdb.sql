-- taxi: 6 layers, 10 multiply-adds per row
-- DuckDB, columns, double precision; by keras2sql 0.1.0
-- features: zone takes zone_id; ride takes miles, minutes
WITH
features AS (
  SELECT
    driver, ride,
    TRY_CAST(zone_id AS DOUBLE) AS zone_id,
    TRY_CAST(miles AS DOUBLE) AS miles,
    TRY_CAST(minutes AS DOUBLE) AS minutes,
    NOT isnan(TRY_CAST(zone_id AS DOUBLE))
      AND TRY_CAST(zone_id AS DOUBLE) > -1 AND TRY_CAST(zone_id AS DOUBLE) < 10
      AND NOT isnan(TRY_CAST(miles AS DOUBLE)) AND NOT isnan(TRY_CAST(minutes AS DOUBLE)) AS valid
  FROM rides
),
zone_vector_table(zone_vector_table_id, zone_vector_table_0, zone_vector_table_1) AS (VALUES
  (0, CAST(0e0 AS DOUBLE), CAST(0.84e0 AS DOUBLE)),
  (1, 0.91e0, 0.14e0),
  (2, -0.76e0, -0.96e0),
  (3, -0.28e0, 0.66e0),
  (4, 0.99e0, 0.41e0),
  (5, -0.54e0, -1e0),
  (6, -0.54e0, 0.42e0),
  (7, 0.99e0, 0.65e0),
  (8, -0.29e0, -0.96e0),
  (9, -0.75e0, 0.15e0)
),
-- Embedding 10 x 2
zone_vector_trunc AS (
  SELECT
    driver, ride, valid, miles, minutes,
    trunc(zone_id) AS zone_vector_trunc
  FROM features
),
zone_vector AS (
  SELECT
    driver, ride, valid, miles, minutes,
    row_1.zone_vector_table_0 AS zone_vector_0,
    row_1.zone_vector_table_1 AS zone_vector_1
  FROM zone_vector_trunc
  LEFT JOIN zone_vector_table AS row_1 ON row_1.zone_vector_table_id = zone_vector_trunc
),
-- Dense 2, relu
hidden AS (
  SELECT
    driver, ride, valid,
    greatest(zone_vector_0 + 0.25e0 * zone_vector_1 - 1.5e0 * miles + 0.5e0 * minutes, 0e0) AS hidden_0,
    greatest(0.5e0 - 0.5e0 * zone_vector_0 + 2e0 * zone_vector_1 + 0.75e0 * miles, 0e0) AS hidden_1
  FROM zone_vector
),
-- Dense 1
fare AS (
  SELECT
    driver, ride, valid,
    2.5e0 + 3e0 * hidden_0 + 1.5e0 * hidden_1 AS fare
  FROM hidden
)
SELECT
  driver, ride,
  CASE WHEN valid THEN fare END AS fare
FROM fare;
