"""What a database can take, by model size: measured, recorded, and told in a report."""

from keras2sql.evaluation.evaluate import evaluate
from keras2sql.evaluation.evaluation import Evaluation
from keras2sql.evaluation.verdicts import Verdict

__all__ = ["Evaluation", "Verdict", "evaluate"]
