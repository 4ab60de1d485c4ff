-- iris: 5 layers, 112 multiply-adds per row
-- Redshift, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
-- OFFSET 0 keeps a step from being written into its readers, which would compute it anew
features AS (
  SELECT
    id,
    greatest(least(sepal_length::float8, '1e100'::float8), -'1e100'::float8)
      + '1e-84'::float8 - '1e-84'::float8 AS sepal_length,
    greatest(least(sepal_width::float8, '1e100'::float8), -'1e100'::float8)
      + '1e-84'::float8 - '1e-84'::float8 AS sepal_width,
    greatest(least(petal_length::float8, '1e100'::float8), -'1e100'::float8)
      + '1e-84'::float8 - '1e-84'::float8 AS petal_length,
    greatest(least(petal_width::float8, '1e100'::float8), -'1e100'::float8)
      + '1e-84'::float8 - '1e-84'::float8 AS petal_width,
    sepal_length::float8 < 'NaN'::float8 AND sepal_width::float8 < 'NaN'::float8
      AND petal_length::float8 < 'NaN'::float8 AND petal_width::float8 < 'NaN'::float8 AS valid
  FROM iris
  OFFSET 0
),
-- Dense 16, relu; Normalization folded in
hidden AS (
  SELECT
    id, valid,
    greatest('0.23692558970555547'::float8 + '0.28616868119187705'::float8 * sepal_length
      - '0.8010818979722639'::float8 * sepal_width
      - '0.0876101991237719'::float8 * petal_length
      + '0.8683173841929639'::float8 * petal_width, '0'::float8) AS hidden_0,
    greatest('1.233987308004476'::float8 + '0.042505453966040954'::float8 * sepal_length
      - '0.02242404954633728'::float8 * sepal_width
      - '0.2599371594264985'::float8 * petal_length
      - '0.5765997838591351'::float8 * petal_width, '0'::float8) AS hidden_1,
    greatest('1.1197030555355207'::float8 + '0.4818340032128551'::float8 * sepal_length
      - '0.9999154449257794'::float8 * sepal_width
      - '0.11056748767731096'::float8 * petal_length
      - '0.28371653943639524'::float8 * petal_width, '0'::float8) AS hidden_2,
    greatest(-'0.6688941778176126'::float8 - '0.1777213712752712'::float8 * sepal_length
      - '0.0867558744238558'::float8 * sepal_width
      + '0.3225193443441154'::float8 * petal_length
      + '0.3736688506810868'::float8 * petal_width, '0'::float8) AS hidden_3,
    greatest('1.4424846680021923'::float8 - '0.30110642174061836'::float8 * sepal_length
      - '0.24075845184128036'::float8 * sepal_width
      + '0.3143109049922094'::float8 * petal_length
      - '0.021934942648581958'::float8 * petal_width, '0'::float8) AS hidden_4,
    greatest(-'4.799358787449847'::float8 + '0.4772603835214856'::float8 * sepal_length
      + '0.21644496075079211'::float8 * sepal_width
      + '0.2156364328560632'::float8 * petal_length
      + '0.21789174860725483'::float8 * petal_width, '0'::float8) AS hidden_5,
    greatest(-'0.5506077348580861'::float8 - '0.14728591922872167'::float8 * sepal_length
      - '0.15058410963268784'::float8 * sepal_width
      + '0.3263651785455373'::float8 * petal_length
      + '0.24640149215579352'::float8 * petal_width, '0'::float8) AS hidden_6,
    greatest(-'3.7094574808464778'::float8 + '0.6364802344735'::float8 * sepal_length
      - '0.43544270994815043'::float8 * sepal_width
      + '0.00519448666303297'::float8 * petal_length
      + '0.7873450653951594'::float8 * petal_width, '0'::float8) AS hidden_7,
    greatest('1.1545636262901346'::float8 - '0.5114688054958971'::float8 * sepal_length
      + '0.4141815471941431'::float8 * sepal_width
      + '0.19453512747098065'::float8 * petal_length
      + '0.14442691564788182'::float8 * petal_width, '0'::float8) AS hidden_8,
    greatest(-'0.014722023475365078'::float8 - '0.14062073202924832'::float8 * sepal_length
      + '0.6213528447142782'::float8 * sepal_width
      - '0.37119239897459166'::float8 * petal_length
      + '0.4022935561157228'::float8 * petal_width, '0'::float8) AS hidden_9,
    greatest('2.3504893122156316'::float8 - '0.3608167953403202'::float8 * sepal_length
      + '0.46809889109191255'::float8 * sepal_width
      - '0.18097969766198893'::float8 * petal_length
      - '0.8754967647678408'::float8 * petal_width, '0'::float8) AS hidden_10,
    greatest(-'6.446030989362526'::float8 + '0.3553278739370787'::float8 * sepal_length
      + '1.3921639905769383'::float8 * sepal_width
      + '0.18735242119959322'::float8 * petal_length
      - '0.4359053046386121'::float8 * petal_width, '0'::float8) AS hidden_11,
    greatest('0.8448335603440195'::float8 - '0.4526933779104012'::float8 * sepal_length
      + '0.24535111106814236'::float8 * sepal_width
      + '0.2571255954944744'::float8 * petal_length
      - '0.008002265363961111'::float8 * petal_width, '0'::float8) AS hidden_12,
    greatest('1.9066990815655758'::float8 - '0.04847951560968846'::float8 * sepal_length
      - '0.2108994779784995'::float8 * sepal_width
      - '0.02306617370684117'::float8 * petal_length
      - '0.6870674663751603'::float8 * petal_width, '0'::float8) AS hidden_13,
    greatest(-'0.35950075003820275'::float8 - '0.028662452199146284'::float8 * sepal_length
      - '0.2254116040140879'::float8 * sepal_width
      + '0.11799803497863164'::float8 * petal_length
      + '0.43122048518813194'::float8 * petal_width, '0'::float8) AS hidden_14,
    greatest('1.6439596577361493'::float8 - '0.14319002802582062'::float8 * sepal_length
      + '0.09106958986270802'::float8 * sepal_width
      - '0.018759648909694143'::float8 * petal_length
      - '0.9748153607960174'::float8 * petal_width, '0'::float8) AS hidden_15
  FROM features
  OFFSET 0
),
-- Dense 3, softmax; BatchNormalization folded in
species_linear AS (
  SELECT
    id, valid,
    (-'1.085511319116817'::float8 - '1.8966940314478171'::float8 * hidden_0
      + '1.4175028845150057'::float8 * hidden_1 - '0.6233320596218269'::float8 * hidden_2
      - '3.616262170907543'::float8 * hidden_3 - '2.9159720007499588'::float8 * hidden_4
      + '0.44497414365371823'::float8 * hidden_5 + '2.2143454419931383'::float8 * hidden_6
      + '0.06948151648098777'::float8 * hidden_7)
      + ('0.6245669430343085'::float8 * hidden_8 + '2.22516916970896'::float8 * hidden_9
      + '0.5339655566711523'::float8 * hidden_10 + '0.46562108123037904'::float8 * hidden_11
      - '0.9472880451375882'::float8 * hidden_12 + '1.6334683861578645'::float8 * hidden_13
      + '0.24723756764068452'::float8 * hidden_14 + '1.0285616505722863'::float8 * hidden_15) AS species_linear_0,
    ('4.127494647118313'::float8 - '0.7022952120450999'::float8 * hidden_0
      - '2.4038781356357024'::float8 * hidden_1 + '1.842525061592105'::float8 * hidden_2
      - '4.130924399725267'::float8 * hidden_3 + '0.4825901669898162'::float8 * hidden_4
      - '0.11588643168756851'::float8 * hidden_5 - '2.793517346883499'::float8 * hidden_6
      - '1.8041259074818818'::float8 * hidden_7)
      + (-'0.9193542068916397'::float8 * hidden_8 - '1.2479418992144131'::float8 * hidden_9
      - '0.9525263634815401'::float8 * hidden_10 + '0.18472134376659533'::float8 * hidden_11
      + '1.578782585971054'::float8 * hidden_12 - '1.5397018488169592'::float8 * hidden_13
      - '2.5136410049061064'::float8 * hidden_14 - '0.7332759513832315'::float8 * hidden_15) AS species_linear_1,
    (-'0.7077987143670562'::float8 + '0.5702444967265402'::float8 * hidden_0
      + '0.11982534694011883'::float8 * hidden_1 - '1.4228370946101585'::float8 * hidden_2
      - '0.33606527070688025'::float8 * hidden_3 + '3.384675294255437'::float8 * hidden_4
      + '0.4686501281067267'::float8 * hidden_5 + '6.368683639178308'::float8 * hidden_6
      + '1.7763657673441513'::float8 * hidden_7)
      + ('0.4986061374578479'::float8 * hidden_8 - '1.3605929914744643'::float8 * hidden_9
      - '0.5381600954724668'::float8 * hidden_10 - '0.28980744494928756'::float8 * hidden_11
      - '1.7282026759388938'::float8 * hidden_12 - '1.7316787350238778'::float8 * hidden_13
      - '0.8593289985318321'::float8 * hidden_14 + '0.47232644809609015'::float8 * hidden_15) AS species_linear_2
  FROM hidden
  OFFSET 0
),
species_max AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    greatest(species_linear_0, species_linear_1, species_linear_2) AS species_max
  FROM species_linear
  OFFSET 0
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
species_exp AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max,
    (exp(greatest(least(species_linear_0 - species_max, 230), -345))
      + '1e-84'::float8 - '1e-84'::float8) AS species_exp_0,
    (exp(greatest(least(species_linear_1 - species_max, 230), -345))
      + '1e-84'::float8 - '1e-84'::float8) AS species_exp_1,
    (exp(greatest(least(species_linear_2 - species_max, 230), -345))
      + '1e-84'::float8 - '1e-84'::float8) AS species_exp_2
  FROM species_max
  OFFSET 0
),
species_sum AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_exp_0,
    species_exp_1, species_exp_2,
    species_exp_0 + species_exp_1 + species_exp_2 AS species_sum
  FROM species_exp
  OFFSET 0
),
species AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_sum,
    species_exp_0 / species_sum AS species_0,
    species_exp_1 / species_sum AS species_1,
    species_exp_2 / species_sum AS species_2
  FROM species_sum
  OFFSET 0
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_0,
    species_1, species_2,
    ln(species_sum) AS decision_ln,
    greatest(species_0, species_1, species_2) AS decision_max
  FROM species
  OFFSET 0
)
SELECT
  id,
  CASE WHEN valid THEN species_0 END AS "Proba_setosa",
  CASE WHEN valid THEN species_1 END AS "Proba_versicolor",
  CASE WHEN valid THEN species_2 END AS "Proba_virginica",
  CASE WHEN valid THEN species_linear_0 - species_max - decision_ln END AS "LogProba_setosa",
  CASE WHEN valid THEN species_linear_1 - species_max - decision_ln END AS "LogProba_versicolor",
  CASE WHEN valid THEN species_linear_2 - species_max - decision_ln END AS "LogProba_virginica",
  CASE WHEN valid THEN
      CASE
        WHEN species_0 = decision_max THEN 'setosa'
        WHEN species_1 = decision_max THEN 'versicolor'
        ELSE 'virginica'
      END
    END AS "Decision",
  CASE WHEN valid THEN decision_max END AS "DecisionProba"
FROM decision;
