-- taxi: 6 layers, 10 multiply-adds per row
-- GoogleSQL, columns, double precision; by keras2sql 0.1.0
-- features: zone takes zone_id; ride takes miles, minutes
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    driver, ride,
    greatest(least(CAST(zone_id AS FLOAT64), 1e100), -1e100) + 1e-84 - 1e-84 AS zone_id,
    greatest(least(CAST(miles AS FLOAT64), 1e100), -1e100) + 1e-84 - 1e-84 AS miles,
    greatest(least(CAST(minutes AS FLOAT64), 1e100), -1e100) + 1e-84 - 1e-84 AS minutes,
    zone_id IS NOT NULL AND NOT is_nan(zone_id)
      AND CAST(zone_id AS FLOAT64) > -1 AND CAST(zone_id AS FLOAT64) < 10
      AND miles IS NOT NULL AND NOT is_nan(miles)
      AND minutes IS NOT NULL AND NOT is_nan(minutes) AS valid
  FROM rides AS s
),
zone_vector_table AS (
  SELECT
    0 AS zone_vector_table_id,
    0.0 AS zone_vector_table_0,
    0.84 AS zone_vector_table_1
  UNION ALL
  SELECT
    1 AS zone_vector_table_id,
    0.91 AS zone_vector_table_0,
    0.14 AS zone_vector_table_1
  UNION ALL
  SELECT
    2 AS zone_vector_table_id,
    -0.76 AS zone_vector_table_0,
    -0.96 AS zone_vector_table_1
  UNION ALL
  SELECT
    3 AS zone_vector_table_id,
    -0.28 AS zone_vector_table_0,
    0.66 AS zone_vector_table_1
  UNION ALL
  SELECT
    4 AS zone_vector_table_id,
    0.99 AS zone_vector_table_0,
    0.41 AS zone_vector_table_1
  UNION ALL
  SELECT
    5 AS zone_vector_table_id,
    -0.54 AS zone_vector_table_0,
    -1.0 AS zone_vector_table_1
  UNION ALL
  SELECT
    6 AS zone_vector_table_id,
    -0.54 AS zone_vector_table_0,
    0.42 AS zone_vector_table_1
  UNION ALL
  SELECT
    7 AS zone_vector_table_id,
    0.99 AS zone_vector_table_0,
    0.65 AS zone_vector_table_1
  UNION ALL
  SELECT
    8 AS zone_vector_table_id,
    -0.29 AS zone_vector_table_0,
    -0.96 AS zone_vector_table_1
  UNION ALL
  SELECT
    9 AS zone_vector_table_id,
    -0.75 AS zone_vector_table_0,
    0.15 AS zone_vector_table_1
),
-- Embedding 10 x 2
zone_vector_trunc AS (
  SELECT
    driver, ride, valid, miles, minutes,
    trunc(zone_id) AS zone_vector_trunc
  FROM features AS s
),
zone_vector AS (
  SELECT
    driver, ride, valid, miles, minutes,
    row_1.zone_vector_table_0 AS zone_vector_0,
    row_1.zone_vector_table_1 AS zone_vector_1
  FROM zone_vector_trunc AS s
  LEFT JOIN zone_vector_table AS row_1 ON row_1.zone_vector_table_id = zone_vector_trunc
),
-- Dense 2, relu
hidden AS (
  SELECT
    driver, ride, valid,
    greatest(zone_vector_0 + 0.25 * zone_vector_1 - 1.5 * miles + 0.5 * minutes, 0.0) AS hidden_0,
    greatest(0.5 - 0.5 * zone_vector_0 + 2.0 * zone_vector_1 + 0.75 * miles, 0.0) AS hidden_1
  FROM zone_vector AS s
),
-- Dense 1
fare AS (
  SELECT
    driver, ride, valid,
    2.5 + 3.0 * hidden_0 + 1.5 * hidden_1 AS fare
  FROM hidden AS s
)
SELECT
  driver, ride,
  CASE WHEN valid THEN fare END AS fare
FROM fare AS s;
