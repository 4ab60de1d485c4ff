"""The table that predictions go into: whether it may be written, and how it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from keras2sql.deployment import listing
from keras2sql.deployment.marks import place
from keras2sql.dialects.storage import Predictions
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, InputError
from keras2sql.scoring.filling import STAMP, Filling
from keras2sql.scoring.kinds import kind_of
from keras2sql.scoring.ledger import DONE, SWAPPED, UNFINISHED, Entry, Ledger
from keras2sql.sql.names import name_parts
from keras2sql.statement import Statement
from keras2sql.version import __version__


@dataclass(frozen=True, eq=False)
class Destination:
    """The table `name` for the predictions of a program.  It need not exist.

    Before the query is run, `lend` makes sure of the tables of weights that it reads.  `mixed`
    lets several versions of a model fill it; with `moment`, when the run began, each row says
    by which and when.
    """

    program: Statement
    name: str
    lend: Callable[[], None]
    mixed: bool = False
    moment: str = ""

    @cached_property
    def filling(self) -> Filling:
        return Filling(self.program, self.name, self.moment)

    @property
    def table(self) -> str:
        """The name as SQL has it."""
        return self.filling.table

    @property
    def kept(self) -> Predictions:
        """How this database keeps such tables."""
        return self.filling.kept

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.program.dialect, self.name)

    @cached_property
    def entry(self) -> Entry:
        """What the ledger says of a run that has begun."""
        source = self.program.source
        keys = ", ".join(source.key)
        return Entry(self.program.name, self._hash, __version__, source.table, keys)

    @property
    def _hash(self) -> str:
        return self.filling.version

    def staging(self) -> Destination:
        """The table beside this one that is filled before it takes this one's place."""
        *schema, last = name_parts(self.name)
        limit = self.program.dialect.limits.identifier_bytes
        name = f"{last}_unfinished"
        if limit is not None and len(name.encode()) > limit:
            mark = hashlib.sha256(last.encode()).hexdigest()[:8]
            kept = last.encode()[: limit - 20].decode(errors="ignore")
            name = f"{kept}_{mark}_unfinished"
        return replace(self, name=".".join(map(_as_part, (*schema, name))))

    # -- what may be done to it

    def prepare(
        self,
        engine: Engine,
        incremental: bool,
        most: int = 0,
        begun: Callable[[int], None] = lambda total: None,
    ) -> int | None:
        """Make the table, or see that it may be added to; note down who does, unless several may.

        A new one has all predictions at once, by one statement that is planned once, where the
        source has no more than `most` rows: `begun` is told how many it has, and how many
        predictions were written is returned.  Else, None is.

        Raises `InputError` for a table that is not to be touched.
        """
        if not engine.exists(self.ledger.table):
            self._make_ledger(engine)
        there, known = self._state(engine)
        mine = next((entry for entry in known if entry.hash == self._hash), None)
        if not there:
            total = self.filling.cutter.all_rows(engine) if most and self._at_once else 0
            is_whole = 0 < total <= most
            if is_whole:
                begun(total)
            made, written = self._make(engine, is_whole)
            if made:
                return written
            return self.prepare(engine, incremental)  # for another has made it meanwhile
        if not incremental:
            self._check_interrupted(known, mine)
        elif not self.mixed:
            self._check_versions(known)
        self._check_columns(engine)
        if incremental and not known and not self.mixed and (rows := engine.count(self.table)):
            raise self._of_another(f"has {rows} of its rows from nobody knows which model")
        if mine is None and self.mixed:
            return None  # a version that adds no row is not in the table
        if mine is None or mine != self.entry or self.kept.appended:
            self._note(engine, mine)
        if mine is None:
            self._check_alone(engine)
        return None

    @property
    def _at_once(self) -> bool:
        """Whether a table can be made with all of its rows, or not at all."""
        return not self.kept.commits and not self.kept.appended

    def _make(self, engine: Engine, is_whole: bool) -> tuple[bool, int | None]:
        """Make the table, empty or with all its rows; False if another has made it meanwhile.  And
        how many rows were written into a whole one."""
        ledger, query = self.ledger, self.filling.all_rows if is_whole else self.filling.empty
        begin = [ledger.forgetting(), ledger.adding(self.entry), *self.filling.creation(query)]
        what = "scoring, batch 1 of 1" if is_whole else f"creating {self.table}"
        try:
            with engine.held(self.kept.lock, what):
                # Where making it commits, another may have made it before the lock was free.
                if self.kept.commits and engine.exists(self.table):
                    return False, None
                with self._making(engine, what):
                    engine.execute_script(begin, what)
                    return True, engine.count(self.table) if is_whole else None
        except DatabaseError:
            if not _is_there(engine, self.table):
                raise
            return False, None

    def note(self, engine: Engine) -> None:
        """Before rows are added: note down who does, where `prepare` has not."""
        if not self._is_known(engine):
            self._note(engine, None)

    def _is_known(self, engine: Engine) -> bool:
        return any(entry.hash == self._hash for entry in self.ledger.entries(engine))

    def _note(self, engine: Engine, mine: Entry | None) -> None:
        ledger = self.ledger
        noted = ledger.adding(self.entry) if mine is None else ledger.changing(self.entry)
        engine.execute_script([noted], f"noting the model in {ledger.table}")

    def _make_ledger(self, engine: Engine) -> None:
        table = self.ledger.table
        try:
            engine.execute_script([self.ledger.creation()], f"creating {table}")
        except DatabaseError:
            if not _is_there(engine, table):  # nor has another made it meanwhile
                raise

    def _state(self, engine: Engine) -> tuple[bool, list[Entry]]:
        """Whether the table is there, and what is known of it, at one moment."""
        there = engine.exists(self.table)
        while True:
            known = self.ledger.entries(engine)
            still = engine.exists(self.table)
            if still == there:
                return there, known
            there = still

    def _check_interrupted(self, known: list[Entry], mine: Entry | None) -> None:
        """Raise unless the table is what an interrupted run of the same left."""
        if mine is not None and mine.state == UNFINISHED:
            if mine.same_run(self.entry):
                return
            was = f"was begun from {mine.source} with the key {mine.source_key}"
        elif known:
            was = f"holds predictions of {', '.join(map(str, known))}"
        else:
            was = "was not made by keras2sql"
        raise InputError(
            f"there is a table {self.name} already, which {was}; choose another name, or "
            "incremental to add what it lacks, or replace"
        )

    def _check_versions(self, known: list[Entry]) -> None:
        """Raise unless all that is known to be in the table is by this version."""
        if others := [entry for entry in known if entry.hash != self._hash]:
            raise self._of_another(f"holds predictions of {', '.join(map(str, others))}")

    def _of_another(self, filled: str) -> InputError:
        return InputError(
            f"{self.name} {filled}, and this is {self.entry}; mixed adds to them all the same, "
            "replace puts all anew in their place"
        )

    def _check_alone(self, engine: Engine) -> None:
        """Raise, and forget it, if another version began at the same time."""
        known = self.ledger.entries(engine)
        if any(entry.hash != self._hash for entry in known):
            forget = [self.ledger.forgetting(self.entry)]
            engine.execute_script(forget, f"forgetting the model in {self.ledger.table}")
            self._check_versions(known)

    def refuse_deployed(self, engine: Engine) -> None:
        """Raise for what `deploy` has made, whose mark would tell of another model."""
        dialect, parts = self.program.dialect, name_parts(self.name)
        if dialect.views is None or len(parts) > 2:
            return
        where = place(parts, listing.current_schema(engine, dialect), dialect)
        old = listing.find(listing.deployed(engine, dialect), where, dialect)
        if old is not None:
            raise InputError(
                f"{self.name} is a {old.kind} that was deployed, of {old.model}; choose another "
                "name, or deploy again with replace"
            )

    def nulls(self, engine: Engine) -> int:
        """How many rows of it have no prediction."""
        first = next(iter(self.program.graph.outputs))
        return engine.count(self.table, f"{self.program.dialect.quote(first)} IS NULL")

    def check_replaceable(self, engine: Engine) -> None:
        """Raise `InputError` unless the table holds predictions, or could."""
        if not self.ledger.entries(engine):
            self._check_columns(engine)
        staging = self.staging()
        there, known = staging._state(engine)
        if not there:
            return
        if not known:
            raise InputError(
                f"{staging.name} is where the new predictions would be put together, and there "
                "is such a table, not made by keras2sql; drop it"
            )
        # One that was to take this one's place may be what stood there before.
        whole = not any(entry.state == SWAPPED for entry in known)
        same = whole and any(self.entry.same_run(entry) for entry in known)
        if not same or staging.unfit(engine):
            drop = [staging.ledger.forgetting(), f"DROP TABLE {staging.table}"]
            engine.execute_script(drop, f"dropping {staging.table}")

    def _check_columns(self, engine: Engine) -> None:
        if problem := self.unfit(engine):
            raise InputError(f"{self.name} does not fit: {problem}")

    def unfit(self, engine: Engine) -> str:
        """Why the table can't take the predictions; empty where it can."""
        folded = self.program.dialect.folded
        there = {folded(name): kind for name, kind in engine.columns(self.table)}
        wanted = self.filling.names
        if missing := [name for name in wanted if folded(name) not in there]:
            unstamped = set(missing) <= set(STAMP) and self.moment
            hint = ", as it was filled without stamp; replace begins anew" if unstamped else ""
            return f"it has no column {', '.join(missing)}{hint}"
        if not set(STAMP) & set(wanted) and set(STAMP) <= set(there):
            return (
                f"its columns {' and '.join(STAMP)} tell which version of a model filled a row; "
                "fill them, too, by stamp"
            )
        with self.transaction(engine, "reading the types of the predictions"):
            given = engine.columns(f"(\n{self.filling.empty}\n) AS predictions")
        for name, (_, kind) in zip(wanted, given, strict=True):
            has, gets = kind_of(there[folded(name)]), kind_of(kind)
            if has and gets and has != gets:
                return f"its column {name} holds {has}s, and the model gives {gets}s"
        return ""

    @contextmanager
    def transaction(self, engine: Engine, what: str) -> Iterator[None]:
        """One in which the query may run."""
        dialect = self.program.dialect
        session = (*self.program.session, *self.kept.session)
        with engine.transaction(dialect, what), engine.settings(session):
            self.lend()
            yield

    @contextmanager
    def _making(self, engine: Engine, what: str) -> Iterator[None]:
        """A transaction in which the table is made, unless that commits."""
        if not self.kept.commits:
            with self.transaction(engine, what):
                yield
            return
        with engine.having(self.program.session):
            self.lend()
            yield

    def lock(self, engine: Engine) -> None:
        """Inside of a transaction: nobody else writes the table until it ends."""
        if not self.ledger.reserve(engine, self.entry, f"reserving {self.table}"):
            raise DatabaseError(
                f"{self.name} was replaced or dropped by another process while it was filled"
            )

    def fill(self, engine: Engine, condition: str, what: str) -> int:
        """Inside of a transaction: write the rows for which a condition holds; how many."""
        if not self.kept.appended:
            return engine.change(self.filling.insertion(condition), what)
        before = engine.count(self.table)
        engine.execute_script([self.filling.insertion(condition)], what)
        return engine.count(self.table) - before

    def finish(self, engine: Engine) -> None:
        """Note down that all of the source is scored."""
        if self.mixed and not self._is_known(engine):
            return
        done = self.ledger.changing(replace(self.entry, state=DONE))
        engine.execute_script([done], f"noting the end in {self.ledger.table}")


def _is_there(engine: Engine, table: str) -> bool:
    """Whether it is there now, behind a statement that failed."""
    try:
        return engine.exists(table)
    except Exception:  # the caller's own transaction has failed with the statement
        return False


def _as_part(name: str) -> str:
    """A name as `name_parts` takes it apart again."""
    plain = not set(name) & {".", '"'}
    return name if plain else '"{}"'.format(name.replace('"', '""'))
