-- iris: 5 layers, 112 multiply-adds per row
-- Oracle, columns, double precision; by keras2sql 0.1.0
WITH
-- united with no row, a step is computed by itself, not anew wherever it is read
features AS (
  SELECT
    id,
    CAST(sepal_length AS BINARY_DOUBLE) AS sepal_length,
    CAST(sepal_width AS BINARY_DOUBLE) AS sepal_width,
    CAST(petal_length AS BINARY_DOUBLE) AS petal_length,
    CAST(petal_width AS BINARY_DOUBLE) AS petal_width,
    CASE WHEN sepal_length IS NOT NULL AND CAST(sepal_length AS BINARY_DOUBLE) IS NOT NAN
      AND sepal_width IS NOT NULL AND CAST(sepal_width AS BINARY_DOUBLE) IS NOT NAN
      AND petal_length IS NOT NULL AND CAST(petal_length AS BINARY_DOUBLE) IS NOT NAN
      AND petal_width IS NOT NULL AND CAST(petal_width AS BINARY_DOUBLE) IS NOT NAN THEN 1 ELSE 0 END AS valid
  FROM iris
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
-- Dense 16, relu; Normalization folded in
hidden AS (
  SELECT
    id, valid,
    greatest(0.23692558970555547d + 0.28616868119187705d * sepal_length
      - 0.8010818979722639d * sepal_width - 0.0876101991237719d * petal_length
      + 0.8683173841929639d * petal_width, 0d) AS hidden_0,
    greatest(1.233987308004476d + 0.042505453966040954d * sepal_length
      - 0.02242404954633728d * sepal_width - 0.2599371594264985d * petal_length
      - 0.5765997838591351d * petal_width, 0d) AS hidden_1,
    greatest(1.1197030555355207d + 0.4818340032128551d * sepal_length
      - 0.9999154449257794d * sepal_width - 0.11056748767731096d * petal_length
      - 0.28371653943639524d * petal_width, 0d) AS hidden_2,
    greatest(-0.6688941778176126d - 0.1777213712752712d * sepal_length
      - 0.0867558744238558d * sepal_width + 0.3225193443441154d * petal_length
      + 0.3736688506810868d * petal_width, 0d) AS hidden_3,
    greatest(1.4424846680021923d - 0.30110642174061836d * sepal_length
      - 0.24075845184128036d * sepal_width + 0.3143109049922094d * petal_length
      - 0.021934942648581958d * petal_width, 0d) AS hidden_4,
    greatest(-4.799358787449847d + 0.4772603835214856d * sepal_length
      + 0.21644496075079211d * sepal_width + 0.2156364328560632d * petal_length
      + 0.21789174860725483d * petal_width, 0d) AS hidden_5,
    greatest(-0.5506077348580861d - 0.14728591922872167d * sepal_length
      - 0.15058410963268784d * sepal_width + 0.3263651785455373d * petal_length
      + 0.24640149215579352d * petal_width, 0d) AS hidden_6,
    greatest(-3.7094574808464778d + 0.6364802344735d * sepal_length
      - 0.43544270994815043d * sepal_width + 0.00519448666303297d * petal_length
      + 0.7873450653951594d * petal_width, 0d) AS hidden_7,
    greatest(1.1545636262901346d - 0.5114688054958971d * sepal_length
      + 0.4141815471941431d * sepal_width + 0.19453512747098065d * petal_length
      + 0.14442691564788182d * petal_width, 0d) AS hidden_8,
    greatest(-0.014722023475365078d - 0.14062073202924832d * sepal_length
      + 0.6213528447142782d * sepal_width - 0.37119239897459166d * petal_length
      + 0.4022935561157228d * petal_width, 0d) AS hidden_9,
    greatest(2.3504893122156316d - 0.3608167953403202d * sepal_length
      + 0.46809889109191255d * sepal_width - 0.18097969766198893d * petal_length
      - 0.8754967647678408d * petal_width, 0d) AS hidden_10,
    greatest(-6.446030989362526d + 0.3553278739370787d * sepal_length
      + 1.3921639905769383d * sepal_width + 0.18735242119959322d * petal_length
      - 0.4359053046386121d * petal_width, 0d) AS hidden_11,
    greatest(0.8448335603440195d - 0.4526933779104012d * sepal_length
      + 0.24535111106814236d * sepal_width + 0.2571255954944744d * petal_length
      - 0.008002265363961111d * petal_width, 0d) AS hidden_12,
    greatest(1.9066990815655758d - 0.04847951560968846d * sepal_length
      - 0.2108994779784995d * sepal_width - 0.02306617370684117d * petal_length
      - 0.6870674663751603d * petal_width, 0d) AS hidden_13,
    greatest(-0.35950075003820275d - 0.028662452199146284d * sepal_length
      - 0.2254116040140879d * sepal_width + 0.11799803497863164d * petal_length
      + 0.43122048518813194d * petal_width, 0d) AS hidden_14,
    greatest(1.6439596577361493d - 0.14319002802582062d * sepal_length
      + 0.09106958986270802d * sepal_width - 0.018759648909694143d * petal_length
      - 0.9748153607960174d * petal_width, 0d) AS hidden_15
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
-- Dense 3, softmax; BatchNormalization folded in
species_linear AS (
  SELECT
    id, valid,
    (-1.085511319116817d - 1.8966940314478171d * hidden_0 + 1.4175028845150057d * hidden_1
      - 0.6233320596218269d * hidden_2 - 3.616262170907543d * hidden_3
      - 2.9159720007499588d * hidden_4 + 0.44497414365371823d * hidden_5
      + 2.2143454419931383d * hidden_6 + 0.06948151648098777d * hidden_7)
      + (0.6245669430343085d * hidden_8 + 2.22516916970896d * hidden_9
      + 0.5339655566711523d * hidden_10 + 0.46562108123037904d * hidden_11
      - 0.9472880451375882d * hidden_12 + 1.6334683861578645d * hidden_13
      + 0.24723756764068452d * hidden_14 + 1.0285616505722863d * hidden_15) AS species_linear_0,
    (4.127494647118313d - 0.7022952120450999d * hidden_0 - 2.4038781356357024d * hidden_1
      + 1.842525061592105d * hidden_2 - 4.130924399725267d * hidden_3
      + 0.4825901669898162d * hidden_4 - 0.11588643168756851d * hidden_5
      - 2.793517346883499d * hidden_6 - 1.8041259074818818d * hidden_7)
      + (-0.9193542068916397d * hidden_8 - 1.2479418992144131d * hidden_9
      - 0.9525263634815401d * hidden_10 + 0.18472134376659533d * hidden_11
      + 1.578782585971054d * hidden_12 - 1.5397018488169592d * hidden_13
      - 2.5136410049061064d * hidden_14 - 0.7332759513832315d * hidden_15) AS species_linear_1,
    (-0.7077987143670562d + 0.5702444967265402d * hidden_0 + 0.11982534694011883d * hidden_1
      - 1.4228370946101585d * hidden_2 - 0.33606527070688025d * hidden_3
      + 3.384675294255437d * hidden_4 + 0.4686501281067267d * hidden_5
      + 6.368683639178308d * hidden_6 + 1.7763657673441513d * hidden_7)
      + (0.4986061374578479d * hidden_8 - 1.3605929914744643d * hidden_9
      - 0.5381600954724668d * hidden_10 - 0.28980744494928756d * hidden_11
      - 1.7282026759388938d * hidden_12 - 1.7316787350238778d * hidden_13
      - 0.8593289985318321d * hidden_14 + 0.47232644809609015d * hidden_15) AS species_linear_2
  FROM hidden
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
species_max AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    greatest(species_linear_0, species_linear_1, species_linear_2) AS species_max
  FROM species_linear
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
species_exp AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max,
    exp(least(species_linear_0 - species_max, 709d)) AS species_exp_0,
    exp(least(species_linear_1 - species_max, 709d)) AS species_exp_1,
    exp(least(species_linear_2 - species_max, 709d)) AS species_exp_2
  FROM species_max
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
species_sum AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_exp_0,
    species_exp_1, species_exp_2,
    species_exp_0 + species_exp_1 + species_exp_2 AS species_sum
  FROM species_exp
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
species AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_sum,
    species_exp_0 / species_sum AS species_0,
    species_exp_1 / species_sum AS species_1,
    species_exp_2 / species_sum AS species_2
  FROM species_sum
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_0,
    species_1, species_2,
    ln(species_sum) AS decision_ln,
    greatest(species_0, species_1, species_2) AS decision_max
  FROM species
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dual WHERE 1 = 0
)
SELECT
  id,
  CASE WHEN (valid = 1) THEN species_0 END AS "Proba_setosa",
  CASE WHEN (valid = 1) THEN species_1 END AS "Proba_versicolor",
  CASE WHEN (valid = 1) THEN species_2 END AS "Proba_virginica",
  CASE WHEN (valid = 1) THEN species_linear_0 - species_max - decision_ln END AS "LogProba_setosa",
  CASE WHEN (valid = 1) THEN species_linear_1 - species_max - decision_ln END AS "LogProba_versicolor",
  CASE WHEN (valid = 1) THEN species_linear_2 - species_max - decision_ln END AS "LogProba_virginica",
  CASE WHEN (valid = 1) AND NOT (species_2 IS NAN) THEN
      CASE
        WHEN species_0 = decision_max THEN 'setosa'
        WHEN species_1 = decision_max THEN 'versicolor'
        ELSE 'virginica'
      END
    END AS "Decision",
  CASE WHEN (valid = 1) THEN decision_max END AS "DecisionProba"
FROM decision;
