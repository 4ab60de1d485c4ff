-- iris: 5 layers, 112 multiply-adds per row
-- GoogleSQL, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    id,
    greatest(least(CAST(sepal_length AS FLOAT64), 1e100), -1e100) + 1e-84 - 1e-84 AS sepal_length,
    greatest(least(CAST(sepal_width AS FLOAT64), 1e100), -1e100) + 1e-84 - 1e-84 AS sepal_width,
    greatest(least(CAST(petal_length AS FLOAT64), 1e100), -1e100) + 1e-84 - 1e-84 AS petal_length,
    greatest(least(CAST(petal_width AS FLOAT64), 1e100), -1e100) + 1e-84 - 1e-84 AS petal_width,
    sepal_length IS NOT NULL AND NOT is_nan(sepal_length)
      AND sepal_width IS NOT NULL AND NOT is_nan(sepal_width)
      AND petal_length IS NOT NULL AND NOT is_nan(petal_length)
      AND petal_width IS NOT NULL AND NOT is_nan(petal_width) AS valid
  FROM iris AS s
),
-- Dense 16, relu; Normalization folded in
hidden AS (
  SELECT
    id, valid,
    greatest(0.23692558970555547 + 0.28616868119187705 * sepal_length
      - 0.8010818979722639 * sepal_width - 0.0876101991237719 * petal_length
      + 0.8683173841929639 * petal_width, 0.0) AS hidden_0,
    greatest(1.233987308004476 + 0.042505453966040954 * sepal_length
      - 0.02242404954633728 * sepal_width - 0.2599371594264985 * petal_length
      - 0.5765997838591351 * petal_width, 0.0) AS hidden_1,
    greatest(1.1197030555355207 + 0.4818340032128551 * sepal_length
      - 0.9999154449257794 * sepal_width - 0.11056748767731096 * petal_length
      - 0.28371653943639524 * petal_width, 0.0) AS hidden_2,
    greatest(-0.6688941778176126 - 0.1777213712752712 * sepal_length
      - 0.0867558744238558 * sepal_width + 0.3225193443441154 * petal_length
      + 0.3736688506810868 * petal_width, 0.0) AS hidden_3,
    greatest(1.4424846680021923 - 0.30110642174061836 * sepal_length
      - 0.24075845184128036 * sepal_width + 0.3143109049922094 * petal_length
      - 0.021934942648581958 * petal_width, 0.0) AS hidden_4,
    greatest(-4.799358787449847 + 0.4772603835214856 * sepal_length
      + 0.21644496075079211 * sepal_width + 0.2156364328560632 * petal_length
      + 0.21789174860725483 * petal_width, 0.0) AS hidden_5,
    greatest(-0.5506077348580861 - 0.14728591922872167 * sepal_length
      - 0.15058410963268784 * sepal_width + 0.3263651785455373 * petal_length
      + 0.24640149215579352 * petal_width, 0.0) AS hidden_6,
    greatest(-3.7094574808464778 + 0.6364802344735 * sepal_length - 0.43544270994815043 * sepal_width
      + 0.00519448666303297 * petal_length + 0.7873450653951594 * petal_width, 0.0) AS hidden_7,
    greatest(1.1545636262901346 - 0.5114688054958971 * sepal_length
      + 0.4141815471941431 * sepal_width + 0.19453512747098065 * petal_length
      + 0.14442691564788182 * petal_width, 0.0) AS hidden_8,
    greatest(-0.014722023475365078 - 0.14062073202924832 * sepal_length
      + 0.6213528447142782 * sepal_width - 0.37119239897459166 * petal_length
      + 0.4022935561157228 * petal_width, 0.0) AS hidden_9,
    greatest(2.3504893122156316 - 0.3608167953403202 * sepal_length
      + 0.46809889109191255 * sepal_width - 0.18097969766198893 * petal_length
      - 0.8754967647678408 * petal_width, 0.0) AS hidden_10,
    greatest(-6.446030989362526 + 0.3553278739370787 * sepal_length
      + 1.3921639905769383 * sepal_width + 0.18735242119959322 * petal_length
      - 0.4359053046386121 * petal_width, 0.0) AS hidden_11,
    greatest(0.8448335603440195 - 0.4526933779104012 * sepal_length
      + 0.24535111106814236 * sepal_width + 0.2571255954944744 * petal_length
      - 0.008002265363961111 * petal_width, 0.0) AS hidden_12,
    greatest(1.9066990815655758 - 0.04847951560968846 * sepal_length
      - 0.2108994779784995 * sepal_width - 0.02306617370684117 * petal_length
      - 0.6870674663751603 * petal_width, 0.0) AS hidden_13,
    greatest(-0.35950075003820275 - 0.028662452199146284 * sepal_length
      - 0.2254116040140879 * sepal_width + 0.11799803497863164 * petal_length
      + 0.43122048518813194 * petal_width, 0.0) AS hidden_14,
    greatest(1.6439596577361493 - 0.14319002802582062 * sepal_length
      + 0.09106958986270802 * sepal_width - 0.018759648909694143 * petal_length
      - 0.9748153607960174 * petal_width, 0.0) AS hidden_15
  FROM features AS s
),
-- Dense 3, softmax; BatchNormalization folded in
species_linear AS (
  SELECT
    id, valid,
    (-1.085511319116817 - 1.8966940314478171 * hidden_0 + 1.4175028845150057 * hidden_1
      - 0.6233320596218269 * hidden_2 - 3.616262170907543 * hidden_3
      - 2.9159720007499588 * hidden_4 + 0.44497414365371823 * hidden_5
      + 2.2143454419931383 * hidden_6 + 0.06948151648098777 * hidden_7)
      + (0.6245669430343085 * hidden_8 + 2.22516916970896 * hidden_9
      + 0.5339655566711523 * hidden_10 + 0.46562108123037904 * hidden_11
      - 0.9472880451375882 * hidden_12 + 1.6334683861578645 * hidden_13
      + 0.24723756764068452 * hidden_14 + 1.0285616505722863 * hidden_15) AS species_linear_0,
    (4.127494647118313 - 0.7022952120450999 * hidden_0 - 2.4038781356357024 * hidden_1
      + 1.842525061592105 * hidden_2 - 4.130924399725267 * hidden_3
      + 0.4825901669898162 * hidden_4 - 0.11588643168756851 * hidden_5
      - 2.793517346883499 * hidden_6 - 1.8041259074818818 * hidden_7)
      + (-0.9193542068916397 * hidden_8 - 1.2479418992144131 * hidden_9
      - 0.9525263634815401 * hidden_10 + 0.18472134376659533 * hidden_11
      + 1.578782585971054 * hidden_12 - 1.5397018488169592 * hidden_13
      - 2.5136410049061064 * hidden_14 - 0.7332759513832315 * hidden_15) AS species_linear_1,
    (-0.7077987143670562 + 0.5702444967265402 * hidden_0 + 0.11982534694011883 * hidden_1
      - 1.4228370946101585 * hidden_2 - 0.33606527070688025 * hidden_3
      + 3.384675294255437 * hidden_4 + 0.4686501281067267 * hidden_5
      + 6.368683639178308 * hidden_6 + 1.7763657673441513 * hidden_7)
      + (0.4986061374578479 * hidden_8 - 1.3605929914744643 * hidden_9
      - 0.5381600954724668 * hidden_10 - 0.28980744494928756 * hidden_11
      - 1.7282026759388938 * hidden_12 - 1.7316787350238778 * hidden_13
      - 0.8593289985318321 * hidden_14 + 0.47232644809609015 * hidden_15) AS species_linear_2
  FROM hidden AS s
),
species_max AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    greatest(species_linear_0, species_linear_1, species_linear_2) AS species_max
  FROM species_linear AS s
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
species_exp AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max,
    (exp(least(species_linear_0 - species_max, 230)) + 1e-84 - 1e-84) AS species_exp_0,
    (exp(least(species_linear_1 - species_max, 230)) + 1e-84 - 1e-84) AS species_exp_1,
    (exp(least(species_linear_2 - species_max, 230)) + 1e-84 - 1e-84) AS species_exp_2
  FROM species_max AS s
),
species_sum AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_exp_0,
    species_exp_1, species_exp_2,
    species_exp_0 + species_exp_1 + species_exp_2 AS species_sum
  FROM species_exp AS s
),
species AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_sum,
    species_exp_0 / species_sum AS species_0,
    species_exp_1 / species_sum AS species_1,
    species_exp_2 / species_sum AS species_2
  FROM species_sum AS s
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_0,
    species_1, species_2,
    ln(species_sum) AS decision_ln,
    greatest(species_0, species_1, species_2) AS decision_max
  FROM species AS s
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
FROM decision AS s;
