-- iris: 5 layers, 112 multiply-adds per row
-- Snowflake, columns, double precision; by keras2sql 0.1.0
WITH
-- numbers are held within 1e-100 and 1e100, where no product of them raises
-- + 1e-84 - 1e-84 makes 0 of what is below 1e-100, and keeps what is above 1e-67
features AS (
  SELECT
    id,
    greatest(least(CAST(sepal_length AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS sepal_length,
    greatest(least(CAST(sepal_width AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS sepal_width,
    greatest(least(CAST(petal_length AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS petal_length,
    greatest(least(CAST(petal_width AS DOUBLE), '1e100'::DOUBLE), -'1e100'::DOUBLE)
      + '1e-84'::DOUBLE - '1e-84'::DOUBLE AS petal_width,
    sepal_length IS NOT NULL AND CAST(sepal_length AS DOUBLE) <> 'NaN'::DOUBLE
      AND sepal_width IS NOT NULL AND CAST(sepal_width AS DOUBLE) <> 'NaN'::DOUBLE
      AND petal_length IS NOT NULL AND CAST(petal_length AS DOUBLE) <> 'NaN'::DOUBLE
      AND petal_width IS NOT NULL AND CAST(petal_width AS DOUBLE) <> 'NaN'::DOUBLE AS valid
  FROM iris
),
-- Dense 16, relu; Normalization folded in
hidden AS (
  SELECT
    id, valid,
    greatest('0.23692558970555547'::DOUBLE + '0.28616868119187705'::DOUBLE * sepal_length
      - '0.8010818979722639'::DOUBLE * sepal_width
      - '0.0876101991237719'::DOUBLE * petal_length
      + '0.8683173841929639'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_0,
    greatest('1.233987308004476'::DOUBLE + '0.042505453966040954'::DOUBLE * sepal_length
      - '0.02242404954633728'::DOUBLE * sepal_width
      - '0.2599371594264985'::DOUBLE * petal_length
      - '0.5765997838591351'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_1,
    greatest('1.1197030555355207'::DOUBLE + '0.4818340032128551'::DOUBLE * sepal_length
      - '0.9999154449257794'::DOUBLE * sepal_width
      - '0.11056748767731096'::DOUBLE * petal_length
      - '0.28371653943639524'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_2,
    greatest(-'0.6688941778176126'::DOUBLE - '0.1777213712752712'::DOUBLE * sepal_length
      - '0.0867558744238558'::DOUBLE * sepal_width
      + '0.3225193443441154'::DOUBLE * petal_length
      + '0.3736688506810868'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_3,
    greatest('1.4424846680021923'::DOUBLE - '0.30110642174061836'::DOUBLE * sepal_length
      - '0.24075845184128036'::DOUBLE * sepal_width
      + '0.3143109049922094'::DOUBLE * petal_length
      - '0.021934942648581958'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_4,
    greatest(-'4.799358787449847'::DOUBLE + '0.4772603835214856'::DOUBLE * sepal_length
      + '0.21644496075079211'::DOUBLE * sepal_width
      + '0.2156364328560632'::DOUBLE * petal_length
      + '0.21789174860725483'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_5,
    greatest(-'0.5506077348580861'::DOUBLE - '0.14728591922872167'::DOUBLE * sepal_length
      - '0.15058410963268784'::DOUBLE * sepal_width
      + '0.3263651785455373'::DOUBLE * petal_length
      + '0.24640149215579352'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_6,
    greatest(-'3.7094574808464778'::DOUBLE + '0.6364802344735'::DOUBLE * sepal_length
      - '0.43544270994815043'::DOUBLE * sepal_width
      + '0.00519448666303297'::DOUBLE * petal_length
      + '0.7873450653951594'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_7,
    greatest('1.1545636262901346'::DOUBLE - '0.5114688054958971'::DOUBLE * sepal_length
      + '0.4141815471941431'::DOUBLE * sepal_width
      + '0.19453512747098065'::DOUBLE * petal_length
      + '0.14442691564788182'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_8,
    greatest(-'0.014722023475365078'::DOUBLE - '0.14062073202924832'::DOUBLE * sepal_length
      + '0.6213528447142782'::DOUBLE * sepal_width
      - '0.37119239897459166'::DOUBLE * petal_length
      + '0.4022935561157228'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_9,
    greatest('2.3504893122156316'::DOUBLE - '0.3608167953403202'::DOUBLE * sepal_length
      + '0.46809889109191255'::DOUBLE * sepal_width
      - '0.18097969766198893'::DOUBLE * petal_length
      - '0.8754967647678408'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_10,
    greatest(-'6.446030989362526'::DOUBLE + '0.3553278739370787'::DOUBLE * sepal_length
      + '1.3921639905769383'::DOUBLE * sepal_width
      + '0.18735242119959322'::DOUBLE * petal_length
      - '0.4359053046386121'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_11,
    greatest('0.8448335603440195'::DOUBLE - '0.4526933779104012'::DOUBLE * sepal_length
      + '0.24535111106814236'::DOUBLE * sepal_width
      + '0.2571255954944744'::DOUBLE * petal_length
      - '0.008002265363961111'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_12,
    greatest('1.9066990815655758'::DOUBLE - '0.04847951560968846'::DOUBLE * sepal_length
      - '0.2108994779784995'::DOUBLE * sepal_width
      - '0.02306617370684117'::DOUBLE * petal_length
      - '0.6870674663751603'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_13,
    greatest(-'0.35950075003820275'::DOUBLE - '0.028662452199146284'::DOUBLE * sepal_length
      - '0.2254116040140879'::DOUBLE * sepal_width
      + '0.11799803497863164'::DOUBLE * petal_length
      + '0.43122048518813194'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_14,
    greatest('1.6439596577361493'::DOUBLE - '0.14319002802582062'::DOUBLE * sepal_length
      + '0.09106958986270802'::DOUBLE * sepal_width
      - '0.018759648909694143'::DOUBLE * petal_length
      - '0.9748153607960174'::DOUBLE * petal_width, '0'::DOUBLE) AS hidden_15
  FROM features
),
-- Dense 3, softmax; BatchNormalization folded in
species_linear AS (
  SELECT
    id, valid,
    (-'1.085511319116817'::DOUBLE - '1.8966940314478171'::DOUBLE * hidden_0
      + '1.4175028845150057'::DOUBLE * hidden_1 - '0.6233320596218269'::DOUBLE * hidden_2
      - '3.616262170907543'::DOUBLE * hidden_3 - '2.9159720007499588'::DOUBLE * hidden_4
      + '0.44497414365371823'::DOUBLE * hidden_5 + '2.2143454419931383'::DOUBLE * hidden_6
      + '0.06948151648098777'::DOUBLE * hidden_7)
      + ('0.6245669430343085'::DOUBLE * hidden_8 + '2.22516916970896'::DOUBLE * hidden_9
      + '0.5339655566711523'::DOUBLE * hidden_10 + '0.46562108123037904'::DOUBLE * hidden_11
      - '0.9472880451375882'::DOUBLE * hidden_12 + '1.6334683861578645'::DOUBLE * hidden_13
      + '0.24723756764068452'::DOUBLE * hidden_14 + '1.0285616505722863'::DOUBLE * hidden_15) AS species_linear_0,
    ('4.127494647118313'::DOUBLE - '0.7022952120450999'::DOUBLE * hidden_0
      - '2.4038781356357024'::DOUBLE * hidden_1 + '1.842525061592105'::DOUBLE * hidden_2
      - '4.130924399725267'::DOUBLE * hidden_3 + '0.4825901669898162'::DOUBLE * hidden_4
      - '0.11588643168756851'::DOUBLE * hidden_5 - '2.793517346883499'::DOUBLE * hidden_6
      - '1.8041259074818818'::DOUBLE * hidden_7)
      + (-'0.9193542068916397'::DOUBLE * hidden_8 - '1.2479418992144131'::DOUBLE * hidden_9
      - '0.9525263634815401'::DOUBLE * hidden_10 + '0.18472134376659533'::DOUBLE * hidden_11
      + '1.578782585971054'::DOUBLE * hidden_12 - '1.5397018488169592'::DOUBLE * hidden_13
      - '2.5136410049061064'::DOUBLE * hidden_14 - '0.7332759513832315'::DOUBLE * hidden_15) AS species_linear_1,
    (-'0.7077987143670562'::DOUBLE + '0.5702444967265402'::DOUBLE * hidden_0
      + '0.11982534694011883'::DOUBLE * hidden_1 - '1.4228370946101585'::DOUBLE * hidden_2
      - '0.33606527070688025'::DOUBLE * hidden_3 + '3.384675294255437'::DOUBLE * hidden_4
      + '0.4686501281067267'::DOUBLE * hidden_5 + '6.368683639178308'::DOUBLE * hidden_6
      + '1.7763657673441513'::DOUBLE * hidden_7)
      + ('0.4986061374578479'::DOUBLE * hidden_8 - '1.3605929914744643'::DOUBLE * hidden_9
      - '0.5381600954724668'::DOUBLE * hidden_10 - '0.28980744494928756'::DOUBLE * hidden_11
      - '1.7282026759388938'::DOUBLE * hidden_12 - '1.7316787350238778'::DOUBLE * hidden_13
      - '0.8593289985318321'::DOUBLE * hidden_14 + '0.47232644809609015'::DOUBLE * hidden_15) AS species_linear_2
  FROM hidden
),
species_max AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    greatest(species_linear_0, species_linear_1, species_linear_2) AS species_max
  FROM species_linear
),
-- exp() ends at exp(230), about 1e100, so that no product of three such numbers raises
species_exp AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max,
    (exp(least(species_linear_0 - species_max, 230)) + '1e-84'::DOUBLE - '1e-84'::DOUBLE) AS species_exp_0,
    (exp(least(species_linear_1 - species_max, 230)) + '1e-84'::DOUBLE - '1e-84'::DOUBLE) AS species_exp_1,
    (exp(least(species_linear_2 - species_max, 230)) + '1e-84'::DOUBLE - '1e-84'::DOUBLE) AS species_exp_2
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
  CASE WHEN valid THEN
      CASE
        WHEN species_0 = decision_max THEN 'setosa'
        WHEN species_1 = decision_max THEN 'versicolor'
        ELSE 'virginica'
      END
    END AS "Decision",
  CASE WHEN valid THEN decision_max END AS "DecisionProba"
FROM decision;
