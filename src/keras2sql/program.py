"""`Program`: a statement, and what one can do with it in a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

from keras2sql import checks, deployment, frames, scoring
from keras2sql.engines import connect
from keras2sql.explain import explain
from keras2sql.statement import Statement

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Program(Statement):
    """SQL that computes a model, and what a database can do with it: what `convert` returns.

    Attributes:
        query: one SELECT without a semicolon (of a recursion in MariaDB with a setting in front).
        columns: the result's columns in order: the key, what is passed through, the predictions.
        setup: statements that make the tables which the query reads; none where weights are inline.
        teardown: statements that drop them.
        sql: setup and query as one script for the database's own shell.
        plan: how the database holds the network, and why: see `Plan`.
        session: settings under which the query runs, before it in its transaction.
        own_settings: those of them that the query alone wants, and not every query of the database.
        name: what the model is called in comments.
        dialect: the database, as data.
        features: the columns that feed each input, one per element; of one time step for a
            `Sequence`; one, where it holds the whole input as an array.
        labels: the classes, or None.
        source: the table, its key and its columns, as they are read.
        network: the model as read.
        graph: computes the prediction columns by numpy: ``graph.evaluate({input: array})``.
        lowered: the statement before it is text, and its tables.
        schema: where tables of weights are put; empty for the schema in use.
    """

    @overload
    def run(self, target: Any, as_: Literal["pandas"] = "pandas") -> pd.DataFrame: ...

    @overload
    def run(self, target: Any, as_: str) -> Any: ...

    def run(self, target: Any, as_: str = "pandas") -> Any:
        """The predictions, a row per source row: a pandas frame, or `as_` "arrow" a table of
        Arrow, or "polars" a frame of Polars.

        `target` is an SQLAlchemy URL or engine, a DB-API connection or a DuckDB connection;
        a connection stays open and its transaction untouched.  Tables of weights are those
        deployed, else temporary ones.  The logger "keras2sql" tells how many predictions are
        NULL, and, by a warning, why all are.  Raises `DatabaseError`, and as `check` does.
        """
        frames.check_kind(as_)
        with connect(target) as engine:
            checks.tell_tests(self.dialect)
            checked = checks.checked(self, engine, keys=False)
            numbers = [name for name, t in self.graph.outputs.items() if t.kind == "float"]
            inputs = self.network.graph.inputs
            source = checked.source.relation(self.dialect)
            checked = checked.for_all_rows(lambda: engine.count(source))
            checked = checks.in_session(checked, engine)
            with engine.holding(checked.tables, self.dialect):
                frame = engine.query(
                    checked.query, self.columns, session=checked.session, floats=numbers
                )
            nulls = int(frame.iloc[:, -len(self.graph.outputs) :].isna().any(axis=1).sum())
            checks.tell(engine, self.dialect, checked.source, inputs, nulls, len(frame))
            return frames.of_kind(frame, as_)

    def score_into(
        self,
        target: Any,
        table: str,
        batch_rows: int | None = None,
        incremental: bool = False,
        replace: bool = False,
        progress: Callable[[int, int], None] | None = None,
        **how: bool,
    ) -> scoring.Scored:
        """Write the predictions into a table of the same database, batch by batch.

        See `keras2sql.scoring.score_into`, also for `mixed` and `stamp`.
        """
        return scoring.score_into(
            self, target, table, batch_rows, incremental, replace, progress, **how
        )

    def deploy(
        self, target: Any, view: str, replace: bool = False, kind: str = "view"
    ) -> deployment.Deployed:
        """Make a view that answers the query, and the tables that it reads.

        It is one transaction where the database has them for such, and an interrupted one
        can be run again; so can a finished one, which changes nothing.  `replace` puts this
        version in the place of another and drops the tables that nothing uses any more.
        `kind` is "view", "table" for the predictions as they are now, "macro" for a
        function over the name of a table, or "function" for one of the values of a row, where the
        database has them.

        Raises `InputError` for a name that is taken, `UnsupportedDialectError` and
        `DatabaseError`.  `keras2sql.status` lists what is deployed, `keras2sql.undeploy`
        removes it.
        """
        return deployment.deploy(self, target, view, replace, kind)

    def check(self, target: Any) -> None:
        """Raise `InputError` for a table that does not fit, as `checked` does."""
        self.checked(target)

    def checked(self, target: Any, keys: bool = True) -> Program:
        """This program for its table as it is in the database, of whose columns it is known
        then which are truth values.

        Raises `InputError` for columns that are not there, features that are no numbers, a key
        that comes more than once, rows without an order that the model needs, and a sequence
        of another length than it takes.  Without `keys`, a repeated key is let pass where rows
        need no order.
        """
        with connect(target) as engine:
            return checks.checked(self, engine, keys)

    def explain(self, rows: int | None = None) -> str:
        """Layers with shape, strategy and reason; which columns feed them; the size of the
        statement; the limits it meets; the work per row, and the time that a table of so many
        `rows` is expected to take.  A readable text."""
        return explain(self, rows)
