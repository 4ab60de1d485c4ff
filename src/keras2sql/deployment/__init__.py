"""Models as views of a database: made, listed, replaced and removed.

What is deployed is known by its own comment, not by a list beside it: the comment comes and
goes with the view in one transaction, follows it when it is renamed, is dumped and restored
with it, and can't tell of a view that somebody has dropped.
"""

from keras2sql.deployment.deploy import deploy
from keras2sql.deployment.listing import status
from keras2sql.deployment.marks import Deployed
from keras2sql.deployment.remove import undeploy

__all__ = ["Deployed", "deploy", "status", "undeploy"]
