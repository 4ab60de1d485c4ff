"""What an engine takes in one statement, as measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Crowd:
    """More than `columns` expressions with over `nesting` levels, which differ in the columns that
    they read: a planner that looks for common parts compares each with each.  Cut into columns of
    so many levels they are planned sooner."""

    columns: int
    nesting: int


@dataclass(frozen=True)
class Limits:
    """What the engine takes in one statement; None where no limit was met in measuring.

    `select_columns`: items of one select list.  `nesting`: parentheses and function calls
    inside one another (200 where the engine takes more: nobody reads such, and writing them
    recurses too).  `steps`: named steps, each reading the one before.  `arguments`: of
    one function call.  `terms`: of a sum written without brackets.  `identifier_bytes`: of
    a name, in UTF-8.  `elements`: of an array that a product takes.  `expansions`: of steps,
    when each is written out wherever another reads it, as some do to plan.  `joins`: tables that
    one select joins, the first among them.  `products`: of one step, beyond which each takes
    longer, as measured: they no longer fit in a processor's cache.  `searches`: joins of tables of
    values, beyond which a planner that takes each to multiply the rows plans for files on disk.
    `joined`: of these in one statement, beyond which it takes all memory.  `listed`: numbers of
    such tables that a statement has, where they can be in tables beside it: 335,000 are 8 MB, and
    PostgreSQL reads them for 1.2 to 1.9 s each time, MariaDB for 0.3 s.
    `spelled`: operations that a statement by columns or arrays writes out: 2,000,000 are 50 to
    80 MB, take 4 to 6 s and 400 MB to write, and engines minutes to plan, where they end.
    `recursions`: one reading the other, as each round of the later one computes the earlier anew.
    `places`: elements that the windows of a network by rows choose; as many take 2 s and 500 MB.
    `contexts`: relations that a statement reads, those within a step wherever that is read.
    `cases`: CASE in one another.  `statement_bytes`: of its text, in UTF-8.  `crowd`: of deep
    expressions.
    """

    select_columns: int | None = None
    nesting: int | None = None
    steps: int | None = None
    arguments: int | None = None
    terms: int = 16
    identifier_bytes: int | None = None
    elements: int | None = None
    expansions: int | None = None
    joins: int | None = None
    products: int | None = None
    searches: int | None = None
    joined: int | None = None
    listed: int | None = None
    spelled: int = 2_000_000
    recursions: int | None = None
    contexts: int | None = None
    cases: int | None = None
    statement_bytes: int | None = None
    crowd: Crowd | None = None
    places: int = 16_000_000
