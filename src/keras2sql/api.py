"""From a model to a program: the whole story, top to bottom."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras2sql import heads, sequences, sizes
from keras2sql.dialects import DIALECTS, Dialect, get, tables
from keras2sql.errors import DialectLimitError, InputError, one_line
from keras2sql.features import dealt, listed, placed, read_for
from keras2sql.graph.core import Graph
from keras2sql.graph.simplify import simplify
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.source import Source
from keras2sql.plan import Plan, lower, other_plan, plan
from keras2sql.read.any import read
from keras2sql.read.network import Network
from keras2sql.sql.names import is_subquery, name_parts
from keras2sql.sql.render import render
from keras2sql.sql.stored import StoredTable
from keras2sql.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from keras2sql.deployment import Deployed
    from keras2sql.scoring import Scored

Features = Sequence[str] | Mapping[str, Sequence[str] | str] | str | sequences.Sequence


@dataclass(frozen=True, eq=False)
class Program:
    """SQL that computes a model, and how it came about.

    `query` is one SELECT (of a recursion in MariaDB with a setting in front); `columns` names the
    result's columns, key first.  `graph` computes the prediction columns by numpy, `network` is
    the model as read, `features` the source column of every element of every input; those of
    one time step, where `source.order` says how steps follow each other; one for the whole
    input, where `source.arrays` has it.  `name` is what the model is called in comments.
    """

    name: str
    query: str
    columns: list[str]
    dialect: Dialect
    source: Source
    features: dict[str, list[str]]
    labels: tuple[Any, ...] | None
    network: Network
    graph: Graph
    plan: Plan
    lowered: Lowered

    @property
    def tables(self) -> tuple[StoredTable, ...]:
        """The tables that the query reads beside its source."""
        return self.lowered.tables

    @property
    def setup(self) -> list[str]:
        """Statements that make these tables.

        Run again they change nothing, or finish what was interrupted.
        """
        return [line for table in self.tables for line in tables.setup(table, self.dialect)]

    @property
    def teardown(self) -> list[str]:
        """Statements that drop what `setup` made."""
        return [tables.teardown(table, self.dialect) for table in reversed(self.tables)]

    @property
    def sql(self) -> str:
        """Everything as one script for the database's own shell."""
        statements = [*self.dialect.script, *self.setup, self.query]
        return "".join(f"{statement};\n" for statement in statements)

    def run(self, target: Any) -> pd.DataFrame:
        """The predictions, a row per source row.

        `target` is an SQLAlchemy URL or engine, a DB-API connection or a DuckDB connection;
        a connection stays open and its transaction untouched.  Tables of weights are those
        deployed, else temporary ones.  The logger "keras2sql" tells how many predictions are
        NULL, and, by a warning, why all are.  Raises `DatabaseError`, and as `check` does.
        """
        from keras2sql import checks
        from keras2sql.engines import connect

        with connect(target) as engine:
            checked = self.checked(engine, keys=False)
            numbers = [name for name, t in self.graph.outputs.items() if t.kind == "float"]
            session, inputs = self.dialect.session, self.network.graph.inputs
            with engine.holding(self.tables, self.dialect):
                frame = engine.query(checked.query, self.columns, session=session, floats=numbers)
            nulls = int(frame.iloc[:, -len(self.graph.outputs) :].isna().any(axis=1).sum())
            checks.tell(engine, self.dialect, checked.source, inputs, nulls, len(frame))
            return frame

    def over(self, table: str) -> str:
        """The query over another table, or ``(select ...)``, that has the same columns."""
        return self.of(replace(self.source, table=table)).query

    def of(self, source: Source) -> Program:
        """This program over another source."""
        lowered = self._lowered(source)
        query = render(lowered.query, self.dialect)
        return replace(self, source=source, lowered=lowered, query=query)

    def _lowered(self, source: Source) -> Lowered:
        header = self.lowered.query.header
        return lower(self.graph, self.plan, source, self.dialect, header, self.name)

    def score_into(
        self,
        target: Any,
        table: str,
        batch_rows: int | None = None,
        incremental: bool = False,
        replace: bool = False,
        progress: Callable[[int, int], None] | None = None,
        **how: bool,
    ) -> Scored:
        """Write the predictions into a table of the same database, batch by batch.

        See `keras2sql.scoring.score_into`, also for `mixed` and `stamp`.
        """
        from keras2sql.scoring import score_into

        return score_into(self, target, table, batch_rows, incremental, replace, progress, **how)

    def deploy(self, target: Any, view: str, replace: bool = False, kind: str = "view") -> Deployed:
        """Make a view that answers the query, and the tables that it reads.

        It is one transaction where the database has them for such, and an interrupted one
        can be run again; so can a finished one, which changes nothing.  `replace` puts this
        version in the place of another and drops the tables that nothing uses any more.
        `kind` is "view", "table" for the predictions as they are now, or "macro" for a
        function over the name of a table, where the database has them.

        Raises `InputError` for a name that is taken, `UnsupportedDialectError` and
        `DatabaseError`.  `keras2sql.status` lists what is deployed, `keras2sql.undeploy`
        removes it.
        """
        from keras2sql.deployment import deploy

        return deploy(self, target, view, replace, kind)

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
        from keras2sql import checks
        from keras2sql.engines import connect

        chained = bool(self.graph.carried)
        with connect(target) as engine:
            inputs = self.network.graph.inputs
            source = checks.settled(engine, self.dialect, self.source, inputs)
            if keys or chained or source.order is not None or self.plan.loops:
                steps = any(len(t.shape) > 1 for t in inputs)
                how = {"sequences": steps, "chained": chained}
                checks.check_rows(engine, self.dialect, source, **how)
        return self if source == self.source else self.of(source)

    def explain(self, rows: int | None = None) -> str:
        """Layers with shape, strategy and reason; which columns feed them; the size of the
        statement; the limits it meets; the work per row, and the time that a table of so many
        `rows` is expected to take.  A readable text."""
        from keras2sql.explain import explain

        return explain(self, rows)


def convert(
    model: Any,
    dialect: str | Dialect,
    table: str,
    key: str | Sequence[str],
    features: Features | None = None,
    labels: Iterable[Any] | None = None,
    strategy: str = "auto",
    weights: str = "auto",
    precision: str = "double",
    outputs: Sequence[str] | None = None,
    passthrough: Sequence[str] = (),
    weights_file: str | os.PathLike[str] | None = None,
    name: str | None = None,
    trust_pickle: bool = False,
) -> Program:
    """Turn a trained model into SQL.

    `model` is a file (`.keras`, `.h5`, JSON architecture with `weights_file`), a live Keras
    model, or a fitted estimator around one.  The query reads `table` (also ``schema.table``
    or ``(select ...)``), hands `key` and `passthrough` through, and takes the model's inputs
    from the columns `features`, in the row-major order of the input's shape; one name is a
    column that holds the whole input as an array.  With `labels`
    the result has a classifier's columns.  `outputs` picks some of them.

    Raises `ModelFileError`, `UnsupportedLayerError`, `UnsupportedDialectError`,
    `DialectLimitError` or `InputError`.
    """
    database = get(dialect)
    order, columns = None, [""]
    if (alone := sequences.alone(features)) is not None:
        named_for, step = alone
        recursion = bool(database.recursion)
        how = (weights_file, trust_pickle, recursion, named_for)
        found = sequences.stream(model, step, *how)
        network, order, columns = found.network, found.order, list(step.columns)
        features = columns * ((order.most or 1) if order.together else 1)
    else:
        network = read_for(features, read, model, weights_file, trust_pickle)
    classes = network.classes if labels is None else tuple(heads.checked_labels(labels))
    sizes.check_columns(network.graph, features, bool(database.array))
    graph = heads.head(network.graph, network.task, classes, network.probabilities)
    if outputs is not None:
        graph = heads.select(graph, _names(outputs, "outputs"))
    named, arrays = placed(features, network, database)
    passed = _names(passthrough, "passthrough", empty=True)
    source = Source(_table(table), _names(key, "key"), named, passed, order, arrays)
    if order is not None and order.column in source.key:
        raise InputError(f"order_by={order.column!r} is in the key, which should name a sequence")
    _check_columns(source.shown, tuple(graph.outputs), database)
    sizes.check_result(len(source.shown), len(graph.outputs), database)
    sizes.check_foreseen(graph, database, strategy, order is not None)
    graph = simplify(graph)
    chosen = plan(graph, database, strategy, weights, precision, order is not None)
    own = Path(model).stem if isinstance(model, str | os.PathLike) else network.name
    called = one_line(name or own, 100)

    def lowered_by(chosen: Plan) -> Lowered:
        sizes.check_strategy(graph, database, chosen.strategy, loops=chosen.loops)
        header: tuple[str, ...] = (
            f"{called}: {len(network.layers)} layer{'s' * (len(network.layers) != 1)}, "
            f"{graph.multiply_adds():,} multiply-adds per row",
            f"{database.title}, {chosen.strategy}, {chosen.precision} precision; "
            f"by keras2sql {__version__}",
        )
        if len(named) > 1:
            header += (one_line(f"features: {dealt(named, arrays)}"),)
        return lower(graph, chosen, source, database, header, called)

    try:
        lowered = lowered_by(chosen)
    except DialectLimitError as limit:
        another = other_plan(graph, chosen, database, strategy, str(limit), order is not None)
        if another is None:
            raise
        try:
            chosen, lowered = another, lowered_by(another)
        except DialectLimitError:
            raise limit from None  # the one that the first choice met says more
    return Program(
        name=called,
        query=render(lowered.query, database),
        columns=list(lowered.columns),
        dialect=database,
        source=source,
        features={k: list(v if order is None else columns) for k, v in named.items()},
        labels=classes,
        network=network,
        graph=graph,
        plan=chosen,
        lowered=lowered,
    )


def dialects() -> pd.DataFrame:
    """The databases: name, aliases, how each is tested, strategies."""
    import pandas as pd

    rows = [
        (d.name, ", ".join(d.aliases), d.tested, ", ".join(d.strategies), d.notes)
        for d in DIALECTS.values()
    ]
    frame: pd.DataFrame = pd.DataFrame(
        rows, columns=["name", "aliases", "tested", "strategies", "notes"]
    )
    return frame


def layers() -> pd.DataFrame:
    """The Keras layers: class name, whether it converts, and a note where it does not."""
    import pandas as pd

    from keras2sql.layers.table import supported

    frame: pd.DataFrame = pd.DataFrame(supported(), columns=["layer", "supported", "notes"])
    return frame


def _names(names: str | Sequence[str], what: str, empty: bool = False) -> tuple[str, ...]:
    """One name or several, checked."""
    found = listed(names, what)
    if not found and not empty:
        raise InputError(f"{what} names no column")
    if len(set(found)) < len(found):
        raise InputError(f"{what} names a column twice: {', '.join(found)}")
    return found


def _table(table: str) -> str:
    if not isinstance(table, str) or not table.strip() or "\0" in table:
        raise InputError(f"{table!r} is no table; give a name, schema.table or (select ...)")
    if not is_subquery(table):
        name_parts(table)
    return table


def _check_columns(passed: tuple[str, ...], predicted: tuple[str, ...], dialect: Dialect) -> None:
    """Key, passthrough and prediction columns must be told apart by the database."""
    seen: dict[str, str] = {}
    for name in (*passed, *predicted):
        folded = dialect.folded(name)
        if folded not in seen:
            seen[folded] = name
            continue
        other = seen[folded]
        if other != name and dialect.names.case_sensitive:
            raise DialectLimitError(
                f"{dialect.title} keeps {dialect.limits.identifier_bytes} bytes of a name, "
                f"by which {other!r} and {name!r} are one column; shorten the label or the name"
            )
        raise InputError(
            f"the result would have the column {name!r} twice"
            + (f", case aside (beside {other!r})" if other != name else "")
            + "; rename the key, the passthrough column or the label"
        )
