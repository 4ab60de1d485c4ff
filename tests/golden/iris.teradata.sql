-- iris: 5 layers, 112 multiply-adds per row
-- Teradata, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    id,
    CASE
        WHEN CAST(sepal_length AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(sepal_length AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(sepal_length AS FLOAT)
      END + 1e-84 - 1e-84 AS sepal_length,
    CASE
        WHEN CAST(sepal_width AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(sepal_width AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(sepal_width AS FLOAT)
      END + 1e-84 - 1e-84 AS sepal_width,
    CASE
        WHEN CAST(petal_length AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(petal_length AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(petal_length AS FLOAT)
      END + 1e-84 - 1e-84 AS petal_length,
    CASE
        WHEN CAST(petal_width AS FLOAT) > 1e100 THEN 1e100
        WHEN CAST(petal_width AS FLOAT) < -1e100 THEN -1e100
        ELSE CAST(petal_width AS FLOAT)
      END + 1e-84 - 1e-84 AS petal_width,
    CASE WHEN sepal_length IS NOT NULL AND sepal_width IS NOT NULL AND petal_length IS NOT NULL
      AND petal_width IS NOT NULL THEN 1 ELSE 0 END AS valid
  FROM iris
),
-- Dense 16, relu; Normalization folded in
hidden_linear AS (
  SELECT
    id, valid,
    0.23692558970555547e0 + 0.28616868119187705e0 * sepal_length
      - 0.8010818979722639e0 * sepal_width - 0.0876101991237719e0 * petal_length
      + 0.8683173841929639e0 * petal_width AS hidden_linear_0,
    1.233987308004476e0 + 0.042505453966040954e0 * sepal_length
      - 0.02242404954633728e0 * sepal_width - 0.2599371594264985e0 * petal_length
      - 0.5765997838591351e0 * petal_width AS hidden_linear_1,
    1.1197030555355207e0 + 0.4818340032128551e0 * sepal_length
      - 0.9999154449257794e0 * sepal_width - 0.11056748767731096e0 * petal_length
      - 0.28371653943639524e0 * petal_width AS hidden_linear_2,
    -0.6688941778176126e0 - 0.1777213712752712e0 * sepal_length
      - 0.0867558744238558e0 * sepal_width + 0.3225193443441154e0 * petal_length
      + 0.3736688506810868e0 * petal_width AS hidden_linear_3,
    1.4424846680021923e0 - 0.30110642174061836e0 * sepal_length
      - 0.24075845184128036e0 * sepal_width + 0.3143109049922094e0 * petal_length
      - 0.021934942648581958e0 * petal_width AS hidden_linear_4,
    -4.799358787449847e0 + 0.4772603835214856e0 * sepal_length
      + 0.21644496075079211e0 * sepal_width + 0.2156364328560632e0 * petal_length
      + 0.21789174860725483e0 * petal_width AS hidden_linear_5,
    -0.5506077348580861e0 - 0.14728591922872167e0 * sepal_length
      - 0.15058410963268784e0 * sepal_width + 0.3263651785455373e0 * petal_length
      + 0.24640149215579352e0 * petal_width AS hidden_linear_6,
    -3.7094574808464778e0 + 0.6364802344735e0 * sepal_length
      - 0.43544270994815043e0 * sepal_width + 0.00519448666303297e0 * petal_length
      + 0.7873450653951594e0 * petal_width AS hidden_linear_7,
    1.1545636262901346e0 - 0.5114688054958971e0 * sepal_length
      + 0.4141815471941431e0 * sepal_width + 0.19453512747098065e0 * petal_length
      + 0.14442691564788182e0 * petal_width AS hidden_linear_8,
    -0.014722023475365078e0 - 0.14062073202924832e0 * sepal_length
      + 0.6213528447142782e0 * sepal_width - 0.37119239897459166e0 * petal_length
      + 0.4022935561157228e0 * petal_width AS hidden_linear_9,
    2.3504893122156316e0 - 0.3608167953403202e0 * sepal_length
      + 0.46809889109191255e0 * sepal_width - 0.18097969766198893e0 * petal_length
      - 0.8754967647678408e0 * petal_width AS hidden_linear_10,
    -6.446030989362526e0 + 0.3553278739370787e0 * sepal_length
      + 1.3921639905769383e0 * sepal_width + 0.18735242119959322e0 * petal_length
      - 0.4359053046386121e0 * petal_width AS hidden_linear_11,
    0.8448335603440195e0 - 0.4526933779104012e0 * sepal_length
      + 0.24535111106814236e0 * sepal_width + 0.2571255954944744e0 * petal_length
      - 0.008002265363961111e0 * petal_width AS hidden_linear_12,
    1.9066990815655758e0 - 0.04847951560968846e0 * sepal_length
      - 0.2108994779784995e0 * sepal_width - 0.02306617370684117e0 * petal_length
      - 0.6870674663751603e0 * petal_width AS hidden_linear_13,
    -0.35950075003820275e0 - 0.028662452199146284e0 * sepal_length
      - 0.2254116040140879e0 * sepal_width + 0.11799803497863164e0 * petal_length
      + 0.43122048518813194e0 * petal_width AS hidden_linear_14,
    1.6439596577361493e0 - 0.14319002802582062e0 * sepal_length
      + 0.09106958986270802e0 * sepal_width - 0.018759648909694143e0 * petal_length
      - 0.9748153607960174e0 * petal_width AS hidden_linear_15
  FROM features
),
hidden AS (
  SELECT
    id, valid,
    CASE WHEN hidden_linear_0 < 0e0 THEN 0e0 ELSE hidden_linear_0 END AS hidden_0,
    CASE WHEN hidden_linear_1 < 0e0 THEN 0e0 ELSE hidden_linear_1 END AS hidden_1,
    CASE WHEN hidden_linear_2 < 0e0 THEN 0e0 ELSE hidden_linear_2 END AS hidden_2,
    CASE WHEN hidden_linear_3 < 0e0 THEN 0e0 ELSE hidden_linear_3 END AS hidden_3,
    CASE WHEN hidden_linear_4 < 0e0 THEN 0e0 ELSE hidden_linear_4 END AS hidden_4,
    CASE WHEN hidden_linear_5 < 0e0 THEN 0e0 ELSE hidden_linear_5 END AS hidden_5,
    CASE WHEN hidden_linear_6 < 0e0 THEN 0e0 ELSE hidden_linear_6 END AS hidden_6,
    CASE WHEN hidden_linear_7 < 0e0 THEN 0e0 ELSE hidden_linear_7 END AS hidden_7,
    CASE WHEN hidden_linear_8 < 0e0 THEN 0e0 ELSE hidden_linear_8 END AS hidden_8,
    CASE WHEN hidden_linear_9 < 0e0 THEN 0e0 ELSE hidden_linear_9 END AS hidden_9,
    CASE WHEN hidden_linear_10 < 0e0 THEN 0e0 ELSE hidden_linear_10 END AS hidden_10,
    CASE WHEN hidden_linear_11 < 0e0 THEN 0e0 ELSE hidden_linear_11 END AS hidden_11,
    CASE WHEN hidden_linear_12 < 0e0 THEN 0e0 ELSE hidden_linear_12 END AS hidden_12,
    CASE WHEN hidden_linear_13 < 0e0 THEN 0e0 ELSE hidden_linear_13 END AS hidden_13,
    CASE WHEN hidden_linear_14 < 0e0 THEN 0e0 ELSE hidden_linear_14 END AS hidden_14,
    CASE WHEN hidden_linear_15 < 0e0 THEN 0e0 ELSE hidden_linear_15 END AS hidden_15
  FROM hidden_linear
),
-- Dense 3, softmax; BatchNormalization folded in
species_linear AS (
  SELECT
    id, valid,
    (-1.085511319116817e0 - 1.8966940314478171e0 * hidden_0 + 1.4175028845150057e0 * hidden_1
      - 0.6233320596218269e0 * hidden_2 - 3.616262170907543e0 * hidden_3
      - 2.9159720007499588e0 * hidden_4 + 0.44497414365371823e0 * hidden_5
      + 2.2143454419931383e0 * hidden_6 + 0.06948151648098777e0 * hidden_7)
      + (0.6245669430343085e0 * hidden_8 + 2.22516916970896e0 * hidden_9
      + 0.5339655566711523e0 * hidden_10 + 0.46562108123037904e0 * hidden_11
      - 0.9472880451375882e0 * hidden_12 + 1.6334683861578645e0 * hidden_13
      + 0.24723756764068452e0 * hidden_14 + 1.0285616505722863e0 * hidden_15) AS species_linear_0,
    (4.127494647118313e0 - 0.7022952120450999e0 * hidden_0 - 2.4038781356357024e0 * hidden_1
      + 1.842525061592105e0 * hidden_2 - 4.130924399725267e0 * hidden_3
      + 0.4825901669898162e0 * hidden_4 - 0.11588643168756851e0 * hidden_5
      - 2.793517346883499e0 * hidden_6 - 1.8041259074818818e0 * hidden_7)
      + (-0.9193542068916397e0 * hidden_8 - 1.2479418992144131e0 * hidden_9
      - 0.9525263634815401e0 * hidden_10 + 0.18472134376659533e0 * hidden_11
      + 1.578782585971054e0 * hidden_12 - 1.5397018488169592e0 * hidden_13
      - 2.5136410049061064e0 * hidden_14 - 0.7332759513832315e0 * hidden_15) AS species_linear_1,
    (-0.7077987143670562e0 + 0.5702444967265402e0 * hidden_0
      + 0.11982534694011883e0 * hidden_1 - 1.4228370946101585e0 * hidden_2
      - 0.33606527070688025e0 * hidden_3 + 3.384675294255437e0 * hidden_4
      + 0.4686501281067267e0 * hidden_5 + 6.368683639178308e0 * hidden_6
      + 1.7763657673441513e0 * hidden_7)
      + (0.4986061374578479e0 * hidden_8 - 1.3605929914744643e0 * hidden_9
      - 0.5381600954724668e0 * hidden_10 - 0.28980744494928756e0 * hidden_11
      - 1.7282026759388938e0 * hidden_12 - 1.7316787350238778e0 * hidden_13
      - 0.8593289985318321e0 * hidden_14 + 0.47232644809609015e0 * hidden_15) AS species_linear_2
  FROM hidden
),
species_part AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    CASE
        WHEN species_linear_0 >= species_linear_1 THEN species_linear_0
        WHEN species_linear_0 < species_linear_1 THEN species_linear_1
        ELSE CAST(NULL AS FLOAT)
      END AS species_part
  FROM species_linear
),
species_part_2 AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    CASE
        WHEN species_part >= species_linear_2 THEN species_part
        WHEN species_part < species_linear_2 THEN species_linear_2
        ELSE CAST(NULL AS FLOAT)
      END AS species_part_2
  FROM species_part
),
species_part_3 AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_part_2,
    CASE
        WHEN species_linear_0 - species_part_2 > 230e0 THEN 230e0
        ELSE species_linear_0 - species_part_2
      END AS species_part_0,
    CASE
        WHEN species_linear_1 - species_part_2 > 230e0 THEN 230e0
        ELSE species_linear_1 - species_part_2
      END AS species_part_1,
    CASE
        WHEN species_linear_2 - species_part_2 > 230e0 THEN 230e0
        ELSE species_linear_2 - species_part_2
      END AS species_part_2_2
  FROM species_part_2
),
species_part_4 AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_part_2,
    exp(CASE WHEN species_part_0 < (-690e0) THEN -690e0 ELSE species_part_0 END) + 1e-84 - 1e-84 AS species_part_0_2,
    exp(CASE WHEN species_part_1 < (-690e0) THEN -690e0 ELSE species_part_1 END) + 1e-84 - 1e-84 AS species_part_1_2,
    exp(CASE WHEN species_part_2_2 < (-690e0) THEN -690e0 ELSE species_part_2_2 END) + 1e-84 - 1e-84 AS species_part_2_3
  FROM species_part_3
),
species_sum AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_part_2,
    species_part_0_2, species_part_1_2, species_part_2_3,
    species_part_0_2 + species_part_1_2 + species_part_2_3 AS species_sum
  FROM species_part_4
),
species AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_part_2,
    species_sum,
    species_part_0_2 / species_sum AS species_0,
    species_part_1_2 / species_sum AS species_1,
    species_part_2_3 / species_sum AS species_2
  FROM species_sum
),
-- the labels, their probabilities, and the one that is chosen
decision_ln AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_part_2, species_0,
    species_1, species_2,
    ln(species_sum) AS decision_ln,
    CASE
        WHEN species_0 >= species_1 THEN species_0
        WHEN species_0 < species_1 THEN species_1
        ELSE CAST(NULL AS FLOAT)
      END AS decision_part
  FROM species
),
decision AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_part_2, species_0,
    species_1, species_2, decision_ln,
    CASE
        WHEN decision_part >= species_2 THEN decision_part
        WHEN decision_part < species_2 THEN species_2
        ELSE CAST(NULL AS FLOAT)
      END AS decision
  FROM decision_ln
)
SELECT
  id,
  CASE WHEN (valid = 1) THEN species_0 END AS "Proba_setosa",
  CASE WHEN (valid = 1) THEN species_1 END AS "Proba_versicolor",
  CASE WHEN (valid = 1) THEN species_2 END AS "Proba_virginica",
  CASE WHEN (valid = 1) THEN species_linear_0 - species_part_2 - decision_ln END AS "LogProba_setosa",
  CASE WHEN (valid = 1) THEN species_linear_1 - species_part_2 - decision_ln END AS "LogProba_versicolor",
  CASE WHEN (valid = 1) THEN species_linear_2 - species_part_2 - decision_ln END AS "LogProba_virginica",
  CASE WHEN (valid = 1) THEN
      CASE
        WHEN species_0 = decision THEN 'setosa'
        WHEN species_1 = decision THEN 'versicolor'
        ELSE 'virginica'
      END
    END AS "Decision",
  CASE WHEN (valid = 1) THEN decision END AS "DecisionProba"
FROM decision;
