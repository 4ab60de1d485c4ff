-- iris: 5 layers, 112 multiply-adds per row
-- SQLite, columns, double precision; by keras2sql 0.1.0
WITH
-- united with no row, a step is computed by itself, not anew wherever it is read
features AS (
  SELECT
    id,
    CAST(sepal_length AS REAL) AS sepal_length,
    CAST(sepal_width AS REAL) AS sepal_width,
    CAST(petal_length AS REAL) AS petal_length,
    CAST(petal_width AS REAL) AS petal_width,
    (sepal_length = CAST(sepal_length AS REAL) OR sepal_length = CAST(sepal_length AS INTEGER))
      AND (sepal_width = CAST(sepal_width AS REAL) OR sepal_width = CAST(sepal_width AS INTEGER))
      AND (petal_length = CAST(petal_length AS REAL) OR petal_length = CAST(petal_length AS INTEGER))
      AND (petal_width = CAST(petal_width AS REAL) OR petal_width = CAST(petal_width AS INTEGER)) AS valid
  FROM iris
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
-- Dense 16, relu; Normalization folded in
hidden AS (
  SELECT
    id, valid,
    max(0.236925589705555467 + 0.28616868119187705 * sepal_length
      - 0.801081897972263923 * sepal_width - 0.0876101991237718952 * petal_length
      + 0.868317384192963893 * petal_width, 0.0) AS hidden_0,
    max(1.23398730800447609 + 0.0425054539660409542 * sepal_length
      - 0.022424049546337279 * sepal_width - 0.259937159426498476 * petal_length
      - 0.576599783859135129 * petal_width, 0.0) AS hidden_1,
    max(1.11970305553552074 + 0.481834003212855078 * sepal_length
      - 0.99991544492577944 * sepal_width - 0.110567487677310963 * petal_length
      - 0.283716539436395243 * petal_width, 0.0) AS hidden_2,
    max(-0.668894177817612623 - 0.177721371275271212 * sepal_length
      - 0.0867558744238557944 * sepal_width + 0.322519344344115388 * petal_length
      + 0.373668850681086795 * petal_width, 0.0) AS hidden_3,
    max(1.44248466800219233 - 0.301106421740618357 * sepal_length
      - 0.240758451841280363 * sepal_width + 0.314310904992209372 * petal_length
      - 0.0219349426485819579 * petal_width, 0.0) AS hidden_4,
    max(-4.79935878744984734 + 0.477260383521485587 * sepal_length
      + 0.216444960750792115 * sepal_width + 0.215636432856063209 * petal_length
      + 0.217891748607254826 * petal_width, 0.0) AS hidden_5,
    max(-0.550607734858086117 - 0.147285919228721668 * sepal_length
      - 0.15058410963268784 * sepal_width + 0.326365178545537316 * petal_length
      + 0.246401492155793517 * petal_width, 0.0) AS hidden_6,
    max(-3.70945748084647775 + 0.636480234473499995 * sepal_length
      - 0.43544270994815043 * sepal_width + 0.00519448666303296957 * petal_length
      + 0.78734506539515936 * petal_width, 0.0) AS hidden_7,
    max(1.15456362629013465 - 0.511468805495897127 * sepal_length
      + 0.414181547194143074 * sepal_width + 0.194535127470980646 * petal_length
      + 0.144426915647881821 * petal_width, 0.0) AS hidden_8,
    max(-0.0147220234753650779 - 0.140620732029248324 * sepal_length
      + 0.621352844714278207 * sepal_width - 0.371192398974591664 * petal_length
      + 0.402293556115722817 * petal_width, 0.0) AS hidden_9,
    max(2.35048931221563162 - 0.360816795340320184 * sepal_length
      + 0.46809889109191255 * sepal_width - 0.180979697661988931 * petal_length
      - 0.875496764767840774 * petal_width, 0.0) AS hidden_10,
    max(-6.44603098936252561 + 0.355327873937078709 * sepal_length
      + 1.39216399057693829 * sepal_width + 0.187352421199593222 * petal_length
      - 0.435905304638612101 * petal_width, 0.0) AS hidden_11,
    max(0.844833560344019463 - 0.452693377910401207 * sepal_length
      + 0.245351111068142363 * sepal_width + 0.25712559549447439 * petal_length
      - 0.00800226536396111097 * petal_width, 0.0) AS hidden_12,
    max(1.90669908156557577 - 0.0484795156096884602 * sepal_length
      - 0.210899477978499506 * sepal_width - 0.0230661737068411712 * petal_length
      - 0.687067466375160252 * petal_width, 0.0) AS hidden_13,
    max(-0.359500750038202754 - 0.0286624521991462843 * sepal_length
      - 0.225411604014087913 * sepal_width + 0.117998034978631636 * petal_length
      + 0.431220485188131941 * petal_width, 0.0) AS hidden_14,
    max(1.64395965773614927 - 0.14319002802582062 * sepal_length
      + 0.0910695898627080225 * sepal_width - 0.0187596489096941432 * petal_length
      - 0.974815360796017383 * petal_width, 0.0) AS hidden_15
  FROM features
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL
  WHERE 0
),
-- Dense 3, softmax; BatchNormalization folded in
species_linear AS (
  SELECT
    id, valid,
    (-1.08551131911681709 - 1.89669403144781712 * hidden_0 + 1.41750288451500572 * hidden_1
      - 0.623332059621826917 * hidden_2 - 3.61626217090754309 * hidden_3
      - 2.91597200074995877 * hidden_4 + 0.444974143653718235 * hidden_5
      + 2.21434544199313832 * hidden_6 + 0.0694815164809877706 * hidden_7)
      + (0.624566943034308486 * hidden_8 + 2.22516916970895995 * hidden_9
      + 0.533965556671152308 * hidden_10 + 0.465621081230379041 * hidden_11
      - 0.947288045137588242 * hidden_12 + 1.63346838615786449 * hidden_13
      + 0.247237567640684525 * hidden_14 + 1.02856165057228632 * hidden_15) AS species_linear_0,
    (4.12749464711831315 - 0.702295212045099926 * hidden_0 - 2.40387813563570241 * hidden_1
      + 1.84252506159210494 * hidden_2 - 4.13092439972526737 * hidden_3
      + 0.482590166989816216 * hidden_4 - 0.115886431687568514 * hidden_5
      - 2.79351734688349884 * hidden_6 - 1.80412590748188184 * hidden_7)
      + (-0.919354206891639714 * hidden_8 - 1.24794189921441312 * hidden_9
      - 0.952526363481540073 * hidden_10 + 0.184721343766595325 * hidden_11
      + 1.57878258597105403 * hidden_12 - 1.53970184881695915 * hidden_13
      - 2.51364100490610642 * hidden_14 - 0.733275951383231539 * hidden_15) AS species_linear_1,
    (-0.707798714367056214 + 0.570244496726540206 * hidden_0
      + 0.119825346940118829 * hidden_1 - 1.4228370946101585 * hidden_2
      - 0.336065270706880248 * hidden_3 + 3.38467529425543701 * hidden_4
      + 0.468650128106726682 * hidden_5 + 6.36868363917830838 * hidden_6
      + 1.7763657673441513 * hidden_7)
      + (0.498606137457847876 * hidden_8 - 1.36059299147446433 * hidden_9
      - 0.538160095472466793 * hidden_10 - 0.289807444949287563 * hidden_11
      - 1.72820267593889376 * hidden_12 - 1.73167873502387781 * hidden_13
      - 0.859328998531832089 * hidden_14 + 0.472326448096090146 * hidden_15) AS species_linear_2
  FROM hidden
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
species_max AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2,
    max(species_linear_0, species_linear_1, species_linear_2) AS species_max
  FROM species_linear
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
),
species_exp AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max,
    exp(species_linear_0 - species_max) AS species_exp_0,
    exp(species_linear_1 - species_max) AS species_exp_1,
    exp(species_linear_2 - species_max) AS species_exp_2
  FROM species_max
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
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
  WHERE 0
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
  WHERE 0
),
-- the labels, their probabilities, and the one that is chosen
decision AS (
  SELECT
    id, valid, species_linear_0, species_linear_1, species_linear_2, species_max, species_0,
    species_1, species_2,
    ln(species_sum) AS decision_ln,
    max(species_0, species_1, species_2) AS decision_max
  FROM species
  UNION ALL
  SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  WHERE 0
)
SELECT
  id,
  CASE WHEN valid THEN species_0 END AS `Proba_setosa`,
  CASE WHEN valid THEN species_1 END AS `Proba_versicolor`,
  CASE WHEN valid THEN species_2 END AS `Proba_virginica`,
  CASE WHEN valid THEN species_linear_0 - species_max - decision_ln END AS `LogProba_setosa`,
  CASE WHEN valid THEN species_linear_1 - species_max - decision_ln END AS `LogProba_versicolor`,
  CASE WHEN valid THEN species_linear_2 - species_max - decision_ln END AS `LogProba_virginica`,
  CASE WHEN valid AND NOT (species_2 IS NULL) THEN
      CASE
        WHEN species_0 = decision_max THEN 'setosa'
        WHEN species_1 = decision_max THEN 'versicolor'
        ELSE 'virginica'
      END
    END AS `Decision`,
  CASE WHEN valid THEN decision_max END AS `DecisionProba`
FROM decision;
