-- iris: 5 layers, 112 multiply-adds per row
-- OceanBase, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- the hint keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT /*+ NO_MERGE */
    id,
    greatest(least(CAST(sepal_length AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS sepal_length,
    greatest(least(CAST(sepal_width AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS sepal_width,
    greatest(least(CAST(petal_length AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS petal_length,
    greatest(least(CAST(petal_width AS DOUBLE), 1e100), -1e100) + 1e-84 - 1e-84 AS petal_width,
    sepal_length IS NOT NULL
      AND (collation(sepal_length) = 'binary'
        OR sepal_length RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$'
          AND sepal_length + 0 = concat(sepal_length))
      AND sepal_width IS NOT NULL
        AND (collation(sepal_width) = 'binary'
          OR sepal_width RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$'
            AND sepal_width + 0 = concat(sepal_width))
      AND petal_length IS NOT NULL
        AND (collation(petal_length) = 'binary'
          OR petal_length RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$'
            AND petal_length + 0 = concat(petal_length))
      AND petal_width IS NOT NULL
        AND (collation(petal_width) = 'binary'
          OR petal_width RLIKE '^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$'
            AND petal_width + 0 = concat(petal_width)) AS valid
  FROM iris
),
-- Dense 16, relu; Normalization folded in
hidden AS (
  SELECT /*+ NO_MERGE */
    id, valid,
    greatest(0.23692558970555547e0 + 0.28616868119187705e0 * sepal_length
      - 0.8010818979722639e0 * sepal_width - 0.0876101991237719e0 * petal_length
      + 0.8683173841929639e0 * petal_width, 0e0) AS hidden_0,
    greatest(1.233987308004476e0 + 0.042505453966040954e0 * sepal_length
      - 0.02242404954633728e0 * sepal_width - 0.2599371594264985e0 * petal_length
      - 0.5765997838591351e0 * petal_width, 0e0) AS hidden_1,
    greatest(1.1197030555355207e0 + 0.4818340032128551e0 * sepal_length
      - 0.9999154449257794e0 * sepal_width - 0.11056748767731096e0 * petal_length
      - 0.28371653943639524e0 * petal_width, 0e0) AS hidden_2,
    greatest(-0.6688941778176126e0 - 0.1777213712752712e0 * sepal_length
      - 0.0867558744238558e0 * sepal_width + 0.3225193443441154e0 * petal_length
      + 0.3736688506810868e0 * petal_width, 0e0) AS hidden_3,
    greatest(1.4424846680021923e0 - 0.30110642174061836e0 * sepal_length
      - 0.24075845184128036e0 * sepal_width + 0.3143109049922094e0 * petal_length
      - 0.021934942648581958e0 * petal_width, 0e0) AS hidden_4,
    greatest(-4.799358787449847e0 + 0.4772603835214856e0 * sepal_length
      + 0.21644496075079211e0 * sepal_width + 0.2156364328560632e0 * petal_length
      + 0.21789174860725483e0 * petal_width, 0e0) AS hidden_5,
    greatest(-0.5506077348580861e0 - 0.14728591922872167e0 * sepal_length
      - 0.15058410963268784e0 * sepal_width + 0.3263651785455373e0 * petal_length
      + 0.24640149215579352e0 * petal_width, 0e0) AS hidden_6,
    greatest(-3.7094574808464778e0 + 0.6364802344735e0 * sepal_length
      - 0.43544270994815043e0 * sepal_width + 0.00519448666303297e0 * petal_length
      + 0.7873450653951594e0 * petal_width, 0e0) AS hidden_7,
    greatest(1.1545636262901346e0 - 0.5114688054958971e0 * sepal_length
      + 0.4141815471941431e0 * sepal_width + 0.19453512747098065e0 * petal_length
      + 0.14442691564788182e0 * petal_width, 0e0) AS hidden_8,
    greatest(-0.014722023475365078e0 - 0.14062073202924832e0 * sepal_length
      + 0.6213528447142782e0 * sepal_width - 0.37119239897459166e0 * petal_length
      + 0.4022935561157228e0 * petal_width, 0e0) AS hidden_9,
    greatest(2.3504893122156316e0 - 0.3608167953403202e0 * sepal_length
      + 0.46809889109191255e0 * sepal_width - 0.18097969766198893e0 * petal_length
      - 0.8754967647678408e0 * petal_width, 0e0) AS hidden_10,
    greatest(-6.446030989362526e0 + 0.3553278739370787e0 * sepal_length
      + 1.3921639905769383e0 * sepal_width + 0.18735242119959322e0 * petal_length
      - 0.4359053046386121e0 * petal_width, 0e0) AS hidden_11,
    greatest(0.8448335603440195e0 - 0.4526933779104012e0 * sepal_length
      + 0.24535111106814236e0 * sepal_width + 0.2571255954944744e0 * petal_length
      - 0.008002265363961111e0 * petal_width, 0e0) AS hidden_12,
    greatest(1.9066990815655758e0 - 0.04847951560968846e0 * sepal_length
      - 0.2108994779784995e0 * sepal_width - 0.02306617370684117e0 * petal_length
      - 0.6870674663751603e0 * petal_width, 0e0) AS hidden_13,
    greatest(-0.35950075003820275e0 - 0.028662452199146284e0 * sepal_length
      - 0.2254116040140879e0 * sepal_width + 0.11799803497863164e0 * petal_length
      + 0.43122048518813194e0 * petal_width, 0e0) AS hidden_14,
    greatest(1.6439596577361493e0 - 0.14319002802582062e0 * sepal_length
      + 0.09106958986270802e0 * sepal_width - 0.018759648909694143e0 * petal_length
      - 0.9748153607960174e0 * petal_width, 0e0) AS hidden_15
  FROM features
),
-- Dense 3, softmax; BatchNormalization folded in
species_linear AS (
  SELECT /*+ NO_MERGE */
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
species_max AS (
  SELECT /*+ NO_MERGE */
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    greatest(species_linear_0, species_linear_1, species_linear_2) AS species_max
  FROM species_linear
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
species_exp AS (
  SELECT /*+ NO_MERGE */
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max,
    (exp(least(species_linear_0 - species_max, 230)) + 1e-84 - 1e-84) AS species_exp_0,
    (exp(least(species_linear_1 - species_max, 230)) + 1e-84 - 1e-84) AS species_exp_1,
    (exp(least(species_linear_2 - species_max, 230)) + 1e-84 - 1e-84) AS species_exp_2
  FROM species_max
),
species_sum AS (
  SELECT /*+ NO_MERGE */
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_exp_0,
    species_exp_1, species_exp_2,
    species_exp_0 + species_exp_1 + species_exp_2 AS species_sum
  FROM species_exp
),
species AS (
  SELECT /*+ NO_MERGE */
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_sum,
    species_exp_0 / species_sum AS species_0,
    species_exp_1 / species_sum AS species_1,
    species_exp_2 / species_sum AS species_2
  FROM species_sum
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT /*+ NO_MERGE */
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_0,
    species_1, species_2,
    ln(species_sum) AS decision_ln,
    greatest(species_0, species_1, species_2) AS decision_max
  FROM species
)
SELECT
  id,
  CASE WHEN valid THEN species_0 END AS `Proba_setosa`,
  CASE WHEN valid THEN species_1 END AS `Proba_versicolor`,
  CASE WHEN valid THEN species_2 END AS `Proba_virginica`,
  CASE WHEN valid THEN species_linear_0 - species_max - decision_ln END AS `LogProba_setosa`,
  CASE WHEN valid THEN species_linear_1 - species_max - decision_ln END AS `LogProba_versicolor`,
  CASE WHEN valid THEN species_linear_2 - species_max - decision_ln END AS `LogProba_virginica`,
  CASE WHEN valid THEN
      CASE
        WHEN species_0 = decision_max THEN 'setosa'
        WHEN species_1 = decision_max THEN 'versicolor'
        ELSE 'virginica'
      END
    END AS `Decision`,
  CASE WHEN valid THEN decision_max END AS `DecisionProba`
FROM decision;
