-- taxi: 6 layers, 10 multiply-adds per row
-- PostgreSQL, columns, double precision; by keras2sql 0.1.0
-- features: zone takes zone_id; ride takes miles, minutes
WITH
zone_vector_table(zone_vector_table_id, zone_vector_table_0, zone_vector_table_1) AS (VALUES
  (0, CAST(0e0 AS double precision), CAST(0.84e0 AS double precision)),
  (1, 0.91e0, 0.14e0),
  (2, -0.76e0, -0.96e0),
  (3, -0.28e0, 0.66e0),
  (4, 0.99e0, 0.41e0),
  (5, -0.54e0, -1e0),
  (6, -0.54e0, 0.42e0),
  (7, 0.99e0, 0.65e0),
  (8, -0.29e0, -0.96e0),
  (9, -0.75e0, 0.15e0)
)
SELECT
  source_rows.driver AS driver,
  source_rows.ride AS ride,
  predictions.fare AS fare
FROM rides AS source_rows CROSS JOIN LATERAL (
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- OFFSET '0' keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT
    driver, ride,
    greatest(least(zone_id::double precision, 1e100), -1e100) + 1e-84 - 1e-84 AS zone_id,
    greatest(least(miles::double precision, 1e100), -1e100) + 1e-84 - 1e-84 AS miles,
    greatest(least(minutes::double precision, 1e100), -1e100) + 1e-84 - 1e-84 AS minutes,
    zone_id::double precision < 'NaN'
      AND zone_id::double precision > -1 AND zone_id::double precision < 10
      AND miles::double precision < 'NaN' AND minutes::double precision < 'NaN' AS valid
  OFFSET '0'
),
-- Embedding 10 x 2
zone_vector_trunc AS (
  SELECT
    driver, ride, valid, miles, minutes,
    pg_catalog.trunc(zone_id) AS zone_vector_trunc
  FROM features
  OFFSET '0'
),
zone_vector AS (
  SELECT
    driver, ride, valid, miles, minutes,
    row_1.zone_vector_table_0 AS zone_vector_0,
    row_1.zone_vector_table_1 AS zone_vector_1
  FROM zone_vector_trunc
  LEFT JOIN zone_vector_table AS row_1 ON row_1.zone_vector_table_id = zone_vector_trunc
  OFFSET '0'
),
-- Dense 2, relu
hidden AS (
  SELECT
    driver, ride, valid,
    greatest(zone_vector_0 + 0.25e0 * zone_vector_1 - 1.5e0 * miles + 0.5e0 * minutes, 0e0) AS hidden_0,
    greatest(0.5e0 - 0.5e0 * zone_vector_0 + 2e0 * zone_vector_1 + 0.75e0 * miles, 0e0) AS hidden_1
  FROM zone_vector
  OFFSET '0'
),
-- Dense 1
fare AS (
  SELECT
    driver, ride, valid,
    2.5e0 + 3e0 * hidden_0 + 1.5e0 * hidden_1 AS fare
  FROM hidden
  OFFSET '0'
)
SELECT
  CASE WHEN valid THEN fare END AS fare
FROM fare
) AS predictions;
