-- taxi: 6 layers, 10 multiply-adds per row
-- SQLite, columns, double precision; by keras2sql 0.1.0
-- features: zone takes zone_id; ride takes miles, minutes
WITH
-- united with no row, a step is computed by itself, not anew wherever it is read
features AS (
  SELECT
    driver, ride,
    CAST(zone_id AS REAL) AS zone_id,
    CAST(miles AS REAL) AS miles,
    CAST(minutes AS REAL) AS minutes,
    (zone_id = CAST(zone_id AS REAL) OR zone_id = CAST(zone_id AS INTEGER))
      AND CAST(zone_id AS REAL) > -1 AND CAST(zone_id AS REAL) < 10
      AND (miles = CAST(miles AS REAL) OR miles = CAST(miles AS INTEGER))
      AND (minutes = CAST(minutes AS REAL) OR minutes = CAST(minutes AS INTEGER)) AS valid
  FROM rides
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
zone_vector_table(zone_vector_table_id, zone_vector_table_0, zone_vector_table_1) AS (VALUES
  (0, 0.0, 0.84),
  (1, 0.91, 0.14),
  (2, -0.76, -0.96),
  (3, -0.28, 0.66),
  (4, 0.99, 0.41),
  (5, -0.54, -1.0),
  (6, -0.54, 0.42),
  (7, 0.99, 0.65),
  (8, -0.29, -0.96),
  (9, -0.75, 0.15)
),
-- Embedding 10 x 2
zone_vector_trunc AS (
  SELECT
    driver, ride, valid, miles, minutes,
    trunc(zone_id) AS zone_vector_trunc
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
zone_vector AS (
  SELECT
    driver, ride, valid, miles, minutes,
    row_1.zone_vector_table_0 AS zone_vector_0,
    row_1.zone_vector_table_1 AS zone_vector_1
  FROM zone_vector_trunc
  LEFT JOIN zone_vector_table AS row_1 ON row_1.zone_vector_table_id = zone_vector_trunc
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
-- Dense 2, relu
hidden AS (
  SELECT
    driver, ride, valid,
    max(zone_vector_0 + 0.25 * zone_vector_1 - 1.5 * miles + 0.5 * minutes, 0.0) AS hidden_0,
    max(0.5 - 0.5 * zone_vector_0 + 2.0 * zone_vector_1 + 0.75 * miles, 0.0) AS hidden_1
  FROM zone_vector
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
-- Dense 1
fare AS (
  SELECT
    driver, ride, valid,
    2.5 + 3.0 * hidden_0 + 1.5 * hidden_1 AS fare
  FROM hidden
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL
  WHERE 0
)
SELECT
  driver, ride,
  CASE WHEN valid THEN fare END AS fare
FROM fare;
