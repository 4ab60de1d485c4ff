-- taxi: 6 layers, 10 multiply-adds per row
-- MonetDB, columns, double precision; by keras2sql 0.1.0
-- features: zone takes zone_id; ride takes miles, minutes
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    driver, ride,
    greatest(least(CAST(zone_id AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS zone_id,
    greatest(least(CAST(miles AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS miles,
    greatest(least(CAST(minutes AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS minutes,
    zone_id IS NOT NULL AND CAST(zone_id AS DOUBLE) > -1 AND CAST(zone_id AS DOUBLE) < 10
      AND miles IS NOT NULL AND minutes IS NOT NULL AS valid
  FROM rides
),
zone_vector_table(zone_vector_table_id, zone_vector_table_0, zone_vector_table_1) AS (VALUES
  (0, 0e0, 0.84e0),
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
zone_vector_part AS (
  SELECT
    driver, ride, valid, miles, minutes,
    CASE WHEN zone_id < 0e0 THEN ceil(zone_id) ELSE floor(zone_id) END AS zone_vector_part
  FROM features
),
zone_vector AS (
  SELECT
    driver, ride, valid, miles, minutes,
    row_1.zone_vector_table_0 AS zone_vector_0,
    row_1.zone_vector_table_1 AS zone_vector_1
  FROM zone_vector_part
  LEFT JOIN zone_vector_table AS row_1 ON row_1.zone_vector_table_id = zone_vector_part
),
-- Dense 2, relu
hidden AS (
  SELECT
    driver, ride, valid,
    zone_vector_0 + 0.25e0 * zone_vector_1 - 1.5e0 * miles + 0.5e0 * minutes AS hidden_0,
    0.5e0 - 0.5e0 * zone_vector_0 + 2e0 * zone_vector_1 + 0.75e0 * miles AS hidden_1
  FROM zone_vector
),
-- Dense 1
fare AS (
  SELECT
    driver, ride, valid,
    2.5e0 + 3e0 * CASE WHEN hidden_0 < 0e0 THEN 0e0 ELSE hidden_0 END
      + 1.5e0 * CASE WHEN hidden_1 < 0e0 THEN 0e0 ELSE hidden_1 END AS fare
  FROM hidden
)
SELECT
  driver, ride,
  CASE WHEN valid THEN fare END AS fare
FROM fare;
