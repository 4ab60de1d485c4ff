-- iris: 5 layers, 112 multiply-adds per row
-- DuckDB, arrays, double precision; by keras2sql 0.1.0
WITH
features AS (
  SELECT
    id,
    coalesce(TRY_CAST(sepal_length AS DOUBLE), 0) AS sepal_length,
    coalesce(TRY_CAST(sepal_width AS DOUBLE), 0) AS sepal_width,
    coalesce(TRY_CAST(petal_length AS DOUBLE), 0) AS petal_length,
    coalesce(TRY_CAST(petal_width AS DOUBLE), 0) AS petal_width,
    NOT isnan(TRY_CAST(sepal_length AS DOUBLE))
      AND NOT isnan(TRY_CAST(sepal_width AS DOUBLE))
      AND NOT isnan(TRY_CAST(petal_length AS DOUBLE))
      AND NOT isnan(TRY_CAST(petal_width AS DOUBLE)) AS valid
  FROM iris
),
-- Dense 16, relu; Normalization folded in
hidden_pack AS (
  SELECT
    id, valid,
    [sepal_length, sepal_width, petal_length, petal_width] AS hidden_pack
  FROM features
),
hidden AS (
  SELECT
    id, valid,
    list_inner_product(hidden_pack, '[0.28616868119187705,
        -0.8010818979722639, -0.0876101991237719, 0.8683173841929639]'::DOUBLE[])
      + 0.23692558970555547e0 AS hidden_0,
    list_inner_product(hidden_pack, '[0.042505453966040954,
        -0.02242404954633728, -0.2599371594264985, -0.5765997838591351]'::DOUBLE[])
      + 1.233987308004476e0 AS hidden_1,
    list_inner_product(hidden_pack, '[0.4818340032128551, -0.9999154449257794,
        -0.11056748767731096, -0.28371653943639524]'::DOUBLE[])
      + 1.1197030555355207e0 AS hidden_2,
    list_inner_product(hidden_pack, '[-0.1777213712752712,
        -0.0867558744238558, 0.3225193443441154, 0.3736688506810868]'::DOUBLE[])
      + -0.6688941778176126e0 AS hidden_3,
    list_inner_product(hidden_pack, '[-0.30110642174061836,
        -0.24075845184128036, 0.3143109049922094, -0.021934942648581958]'::DOUBLE[])
      + 1.4424846680021923e0 AS hidden_4,
    list_inner_product(hidden_pack, '[0.4772603835214856, 0.21644496075079211,
        0.2156364328560632, 0.21789174860725483]'::DOUBLE[])
      + -4.799358787449847e0 AS hidden_5,
    list_inner_product(hidden_pack, '[-0.14728591922872167,
        -0.15058410963268784, 0.3263651785455373, 0.24640149215579352]'::DOUBLE[])
      + -0.5506077348580861e0 AS hidden_6,
    list_inner_product(hidden_pack, '[0.6364802344735, -0.43544270994815043,
        0.00519448666303297, 0.7873450653951594]'::DOUBLE[])
      + -3.7094574808464778e0 AS hidden_7,
    list_inner_product(hidden_pack, '[-0.5114688054958971, 0.4141815471941431,
        0.19453512747098065, 0.14442691564788182]'::DOUBLE[])
      + 1.1545636262901346e0 AS hidden_8,
    list_inner_product(hidden_pack, '[-0.14062073202924832,
        0.6213528447142782, -0.37119239897459166, 0.4022935561157228]'::DOUBLE[])
      + -0.014722023475365078e0 AS hidden_9,
    list_inner_product(hidden_pack, '[-0.3608167953403202,
        0.46809889109191255, -0.18097969766198893, -0.8754967647678408]'::DOUBLE[])
      + 2.3504893122156316e0 AS hidden_10,
    list_inner_product(hidden_pack, '[0.3553278739370787, 1.3921639905769383,
        0.18735242119959322, -0.4359053046386121]'::DOUBLE[])
      + -6.446030989362526e0 AS hidden_11,
    list_inner_product(hidden_pack, '[-0.4526933779104012,
        0.24535111106814236, 0.2571255954944744, -0.008002265363961111]'::DOUBLE[])
      + 0.8448335603440195e0 AS hidden_12,
    list_inner_product(hidden_pack, '[-0.04847951560968846,
        -0.2108994779784995, -0.02306617370684117, -0.6870674663751603]'::DOUBLE[])
      + 1.9066990815655758e0 AS hidden_13,
    list_inner_product(hidden_pack, '[-0.028662452199146284,
        -0.2254116040140879, 0.11799803497863164, 0.43122048518813194]'::DOUBLE[])
      + -0.35950075003820275e0 AS hidden_14,
    list_inner_product(hidden_pack, '[-0.14319002802582062,
        0.09106958986270802, -0.018759648909694143, -0.9748153607960174]'::DOUBLE[])
      + 1.6439596577361493e0 AS hidden_15
  FROM hidden_pack
),
-- Dense 3, softmax; BatchNormalization folded in
species_pack AS (
  SELECT
    id, valid,
    [CASE WHEN hidden_0 >= 0e0 THEN hidden_0 ELSE 0e0 END,
        CASE WHEN hidden_1 >= 0e0 THEN hidden_1 ELSE 0e0 END,
        CASE WHEN hidden_2 >= 0e0 THEN hidden_2 ELSE 0e0 END,
        CASE WHEN hidden_3 >= 0e0 THEN hidden_3 ELSE 0e0 END,
        CASE WHEN hidden_4 >= 0e0 THEN hidden_4 ELSE 0e0 END,
        CASE WHEN hidden_5 >= 0e0 THEN hidden_5 ELSE 0e0 END,
        CASE WHEN hidden_6 >= 0e0 THEN hidden_6 ELSE 0e0 END,
        CASE WHEN hidden_7 >= 0e0 THEN hidden_7 ELSE 0e0 END,
        CASE WHEN hidden_8 >= 0e0 THEN hidden_8 ELSE 0e0 END,
        CASE WHEN hidden_9 >= 0e0 THEN hidden_9 ELSE 0e0 END,
        CASE WHEN hidden_10 >= 0e0 THEN hidden_10 ELSE 0e0 END,
        CASE WHEN hidden_11 >= 0e0 THEN hidden_11 ELSE 0e0 END,
        CASE WHEN hidden_12 >= 0e0 THEN hidden_12 ELSE 0e0 END,
        CASE WHEN hidden_13 >= 0e0 THEN hidden_13 ELSE 0e0 END,
        CASE WHEN hidden_14 >= 0e0 THEN hidden_14 ELSE 0e0 END,
        CASE WHEN hidden_15 >= 0e0 THEN hidden_15 ELSE 0e0 END] AS species_pack
  FROM hidden
),
species_linear AS (
  SELECT
    id, valid,
    list_inner_product(species_pack, '[-1.8966940314478171,
        1.4175028845150057, -0.6233320596218269, -3.616262170907543, -2.9159720007499588,
        0.44497414365371823, 2.2143454419931383, 0.06948151648098777, 0.6245669430343085,
        2.22516916970896, 0.5339655566711523, 0.46562108123037904, -0.9472880451375882,
        1.6334683861578645, 0.24723756764068452, 1.0285616505722863]'::DOUBLE[])
      + -1.085511319116817e0 AS species_linear_0,
    list_inner_product(species_pack, '[-0.7022952120450999,
        -2.4038781356357024, 1.842525061592105, -4.130924399725267, 0.4825901669898162,
        -0.11588643168756851, -2.793517346883499, -1.8041259074818818, -0.9193542068916397,
        -1.2479418992144131, -0.9525263634815401, 0.18472134376659533, 1.578782585971054,
        -1.5397018488169592, -2.5136410049061064, -0.7332759513832315]'::DOUBLE[])
      + 4.127494647118313e0 AS species_linear_1,
    list_inner_product(species_pack, '[0.5702444967265402,
        0.11982534694011883, -1.4228370946101585, -0.33606527070688025, 3.384675294255437,
        0.4686501281067267, 6.368683639178308, 1.7763657673441513, 0.4986061374578479,
        -1.3605929914744643, -0.5381600954724668, -0.28980744494928756, -1.7282026759388938,
        -1.7316787350238778, -0.8593289985318321, 0.47232644809609015]'::DOUBLE[])
      + -0.7077987143670562e0 AS species_linear_2
  FROM species_pack
),
species_max AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    greatest(species_linear_0, species_linear_1, species_linear_2) AS species_max
  FROM species_linear
),
species_exp AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max,
    exp(species_linear_0 - species_max) AS species_exp_0,
    exp(species_linear_1 - species_max) AS species_exp_1,
    exp(species_linear_2 - species_max) AS species_exp_2
  FROM species_max
),
species_sum AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_exp_0,
    species_exp_1, species_exp_2,
    species_exp_0 + species_exp_1 + species_exp_2 AS species_sum
  FROM species_exp
),
species AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_sum,
    species_exp_0 / species_sum AS species_0,
    species_exp_1 / species_sum AS species_1,
    species_exp_2 / species_sum AS species_2
  FROM species_sum
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_0,
    species_1, species_2,
    ln(species_sum) AS decision_ln,
    greatest(species_0, species_1, species_2) AS decision_max
  FROM species
)
SELECT
  id,
  CASE WHEN valid THEN species_0 END AS "Proba_setosa",
  CASE WHEN valid THEN species_1 END AS "Proba_versicolor",
  CASE WHEN valid THEN species_2 END AS "Proba_virginica",
  CASE WHEN valid THEN species_linear_0 - species_max - decision_ln END AS "LogProba_setosa",
  CASE WHEN valid THEN species_linear_1 - species_max - decision_ln END AS "LogProba_versicolor",
  CASE WHEN valid THEN species_linear_2 - species_max - decision_ln END AS "LogProba_virginica",
  CASE WHEN valid AND NOT isnan(species_2) THEN
      CASE
        WHEN species_0 = decision_max THEN 'setosa'
        WHEN species_1 = decision_max THEN 'versicolor'
        ELSE 'virginica'
      END
    END AS "Decision",
  CASE WHEN valid THEN decision_max END AS "DecisionProba"
FROM decision;
