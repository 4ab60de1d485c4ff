-- taxi: 6 layers, 10 multiply-adds per row
-- Firebird, columns, double precision; by keras2sql 0.1.0
-- features: zone takes zone_id; ride takes miles, minutes
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
features AS (
  SELECT
    driver, ride,
    maxvalue(minvalue(CAST(zone_id AS DOUBLE PRECISION), 1e100), -1e100) + 1e-84 - 1e-84 AS zone_id,
    maxvalue(minvalue(CAST(miles AS DOUBLE PRECISION), 1e100), -1e100) + 1e-84 - 1e-84 AS miles,
    maxvalue(minvalue(CAST(minutes AS DOUBLE PRECISION), 1e100), -1e100) + 1e-84 - 1e-84 AS minutes,
    zone_id IS NOT NULL AND zone_id = zone_id
      AND CAST(zone_id AS DOUBLE PRECISION) > -1 AND CAST(zone_id AS DOUBLE PRECISION) < 10
      AND miles IS NOT NULL AND miles = miles AND minutes IS NOT NULL AND minutes = minutes AS valid
  FROM rides AS s
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM rdb$database WHERE 1 = 0
),
zone_vector_table AS (
  SELECT
    0 AS zone_vector_table_id,
    0e0 AS zone_vector_table_0,
    0.84e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    1 AS zone_vector_table_id,
    0.91e0 AS zone_vector_table_0,
    0.14e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    2 AS zone_vector_table_id,
    -0.76e0 AS zone_vector_table_0,
    -0.96e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    3 AS zone_vector_table_id,
    -0.28e0 AS zone_vector_table_0,
    0.66e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    4 AS zone_vector_table_id,
    0.99e0 AS zone_vector_table_0,
    0.41e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    5 AS zone_vector_table_id,
    -0.54e0 AS zone_vector_table_0,
    -1e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    6 AS zone_vector_table_id,
    -0.54e0 AS zone_vector_table_0,
    0.42e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    7 AS zone_vector_table_id,
    0.99e0 AS zone_vector_table_0,
    0.65e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    8 AS zone_vector_table_id,
    -0.29e0 AS zone_vector_table_0,
    -0.96e0 AS zone_vector_table_1
  FROM rdb$database
  UNION ALL
  SELECT
    9 AS zone_vector_table_id,
    -0.75e0 AS zone_vector_table_0,
    0.15e0 AS zone_vector_table_1
  FROM rdb$database
),
-- Embedding 10 x 2
zone_vector_trunc AS (
  SELECT
    driver, ride, valid, miles, minutes,
    trunc(zone_id) AS zone_vector_trunc
  FROM features AS s
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM rdb$database WHERE 1 = 0
),
zone_vector AS (
  SELECT
    driver, ride, valid, miles, minutes,
    row_1.zone_vector_table_0 AS zone_vector_0,
    row_1.zone_vector_table_1 AS zone_vector_1
  FROM zone_vector_trunc AS s
  LEFT JOIN zone_vector_table AS row_1 ON row_1.zone_vector_table_id = zone_vector_trunc
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM rdb$database WHERE 1 = 0
),
-- Dense 2, relu
hidden AS (
  SELECT
    driver, ride, valid,
    maxvalue(zone_vector_0 + 0.25e0 * zone_vector_1 - 1.5e0 * miles + 0.5e0 * minutes, 0e0) AS hidden_0,
    maxvalue(0.5e0 - 0.5e0 * zone_vector_0 + 2e0 * zone_vector_1 + 0.75e0 * miles, 0e0) AS hidden_1
  FROM zone_vector AS s
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  FROM rdb$database WHERE 1 = 0
),
-- Dense 1
fare AS (
  SELECT
    driver, ride, valid,
    2.5e0 + 3e0 * hidden_0 + 1.5e0 * hidden_1 AS fare
  FROM hidden AS s
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL
  FROM rdb$database WHERE 1 = 0
)
SELECT
  driver, ride,
  CASE WHEN valid THEN fare END AS fare
FROM fare AS s;
