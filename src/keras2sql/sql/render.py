"""The text of a statement tree: functions over a dialect, which says how each part is written."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Protocol

from keras2sql.errors import one_line
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.lines import LONGEST, broken, tokens
from keras2sql.sql.steps import PLAIN, Barrier, Recursing, Steps
from keras2sql.sql.tree import (
    Column,
    Join,
    Lateral,
    Listed,
    Product,
    Query,
    Read,
    Recursion,
    Relation,
    Select,
    Step,
    Subquery,
    Table,
    Union,
    Unnested,
    Values,
    relations,
    selects,
)

WIDTH = 96  # columns after which the emitter breaks a line


class Unnesting(Protocol):
    """How rows are made of arrays; `dialects.searching.Searching` describes both."""

    @property
    def table(self) -> str: ...
    @property
    def unnested(self) -> str: ...


class Unnest(Protocol):
    """How rows are joined that an array of theirs makes; see `dialects.arrays.Arrays`."""

    @property
    def unnest(self) -> str: ...


class Quoting(Protocol):
    """How a backslash is written; `dialects.naming.Naming` and `dialects.constants.Constants`."""

    @property
    def backslash(self) -> str: ...


class Marking(Quoting, Protocol):
    """The mark in front of a quoted name; see `dialects.naming.Naming`."""

    @property
    def mark(self) -> str: ...


class Spelling(Protocol):
    """What rendering asks of a dialect; `dialects.base.Dialect` describes each."""

    @property
    def names(self) -> Marking: ...
    @property
    def constants(self) -> Quoting: ...
    @property
    def steps(self) -> Steps: ...
    @property
    def recursion(self) -> Recursing | None: ...
    @property
    def arrays(self) -> Unnest | None: ...
    @property
    def grammar(self) -> Grammar: ...
    @property
    def remarks(self) -> Mapping[str, str]: ...
    @property
    def searching(self) -> Unnesting | None: ...
    def quote(self, name: str) -> str:
        """A name as an identifier."""
        ...


def render(query: Query, dialect: Spelling) -> str:
    """The query as text, one statement, no semicolon."""
    return "\n".join([*(_comment(line, dialect) for line in query.header), *_query(query, dialect)])


def _comment(text: str, dialect: Spelling) -> str:
    kept = "".join(c for c in one_line(text) if c not in dialect.grammar.in_comments)
    lines = [kept]
    if len(kept) > LONGEST - 3:
        lines = textwrap.wrap(kept, LONGEST - 3, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"-- {line}" for line in lines)


def _query(query: Query, dialect: Spelling) -> list[str]:
    """The lines of a query without its header."""
    lines: list[str] = []
    told: set[str] = set()
    if query.steps:
        longest = dialect.steps.long_chain
        stored = longest is not None and len(query.steps) > longest
        first = query.steps[0].name
        barrier = query.barrier or dialect.steps.barrier
        texts = []
        for step in query.steps:
            text = _step(step, dialect, step.shared or stored, first, barrier)
            about = [_comment(step.comment, dialect)] if step.comment else []
            texts.append("\n".join([*about, *_remarks(text, dialect, told), text]))
        steps = ",\n".join(texts)
        recursive = _recurs(query)
        before = setting_before(query, dialect)
        lines += [before] if before else []
        lines.append(f"{dialect.grammar.recursive if recursive else 'WITH'}\n{steps}")
    answer = _select(query.answer, dialect)
    has_own_steps = any(isinstance(one, Lateral) for one in relations(query.answer))
    remarks = [] if has_own_steps else _remarks(answer, dialect, told)
    return [*lines, *remarks, answer]


def _remarks(text: str, dialect: Spelling, told: set[str]) -> list[str]:
    """Why a step of this text is spelled so, as far as that is not `told` yet."""
    found = []
    for spelling, why in dialect.remarks.items():
        if why not in told and spelling in text:
            told.add(why)
            found.append(_comment(why, dialect))
    return found


def _recurs(query: Query) -> bool:
    return any(isinstance(step.body, Recursion) for step in query.steps)


def setting_before(query: Query, dialect: Spelling) -> str:
    """What stands before the WITH of a recursion, so that it is no subquery; or nothing."""
    return dialect.recursion.before if _recurs(query) and dialect.recursion else ""


def has_wide(query: Query, dialect: Spelling) -> bool:
    """Whether a step is so long that it is written in another way."""
    wide = (query.barrier or dialect.steps.barrier).wide
    bodies = [step.body for step in query.steps if isinstance(step.body, Select | Union)]
    return wide is not None and any(
        len(_select_or_union(body, dialect)) > wide.characters for body in bodies
    )


def spelled(relation: Relation, dialect: Spelling) -> str:
    """A relation as it stands behind FROM."""
    if isinstance(relation, Product):
        left, right = (spelled(one, dialect) for one in (relation.left, relation.right))
        if isinstance(relation.right, Unnested):
            return f"{left} {right}"
        return f"{left} CROSS JOIN {right}"
    if isinstance(relation, Unnested):
        assert dialect.arrays is not None  # no other dialect has such a relation
        return short(dialect.arrays.unnest.format(relation.array), dialect, "  ")
    called = dialect.grammar.alias
    if isinstance(relation, Subquery):
        return f"{relation.text}{called}{relation.alias}"
    if isinstance(relation, Lateral):
        inner = "\n".join(_query(relation.query, dialect))
        return f"LATERAL (\n{inner}\n){called}{relation.alias}"
    if isinstance(relation, Read):
        name = dialect.quote(relation.step)
    else:
        name = ".".join(map(dialect.quote, relation.parts))
    if isinstance(relation, Table) and relation.apart:
        return f"(SELECT * FROM {name}){called}{relation.alias}"
    return f"{name}{called}{relation.alias}" if relation.alias else name


def _step(step: Step, dialect: Spelling, stored: bool, first: str, barrier: Barrier) -> str:
    """`first` is the first step, which has a row if and only if all others do; `barrier` is how a
    step is written that one other reads."""
    name, body = dialect.quote(step.name), step.body
    if isinstance(body, Values):
        return _values(name, body, dialect, step.shared)
    if isinstance(body, Listed):
        template = dialect.steps.shared if step.shared else PLAIN
        return template.format(name=name, select=_listed(body, dialect))
    if isinstance(body, Recursion):
        columns = wrap([dialect.quote(column) for column in body.columns], "  ")
        named = dialect.grammar.named_columns.format(columns)
        start, again = (_select(one, dialect, "  ") for one in (body.start, body.again))
        return f"{name}{named} AS (\n{start}\n  UNION ALL\n{again}\n)"
    steps = dialect.steps
    select = _select_or_union(body, dialect, barrier.hint) + ("" if stored else barrier.ending)
    template = steps.shared if stored else barrier.plain
    if barrier.wide is not None and len(select) > barrier.wide.characters:
        template = barrier.wide.template
    # Not the step before: read twice in each step, it would be written out 2^n times.
    source = dialect.quote(first)
    if step.name == first:
        own = body.source if isinstance(body, Select) else None
        source = "" if own is None or isinstance(own, Select) else spelled(own, dialect)
    nulls = wrap(["NULL"] * len(selects(body)[0].columns), "    ")
    return template.format(name=name, select=select, source=source, nulls=nulls)


def _values(name: str, body: Values, dialect: Spelling, shared: bool) -> str:
    template = dialect.steps.shared_values if shared else dialect.grammar.values
    if template:
        names = list(map(dialect.quote, body.columns))
        columns = ", ".join(names)
        renamed = ", ".join(f"c{i} AS {given}" for i, given in enumerate(names, 1))
        listed = [dialect.grammar.row.format(", ".join(row)) for row in body.rows]
        rows = ",\n  ".join(short(row, dialect, "  ") for row in listed)
        return template.format(name=name, columns=columns, renamed=renamed, rows=rows)
    rows_of = tuple(Select(tuple(map(Column, body.columns, row))) for row in body.rows)
    return f"{name} AS (\n{_select_or_union(Union(rows_of), dialect)}\n)"


def _listed(body: Listed, dialect: Spelling) -> str:
    """The rows of arrays, an array for each column."""
    searching = dialect.searching
    assert searching is not None  # no other dialect has such a step
    names = [dialect.quote(column.name) for column in body.columns]
    return searching.table.format(
        arrays=_select(Select(body.columns), dialect, "    "),
        names=wrap(names, "    "),
        unnested=wrap([searching.unnested.format(name) for name in names], "    "),
    )


def _select_or_union(body: Select | Union, dialect: Spelling, hint: str = "") -> str:
    united = body.selects if isinstance(body, Union) else (body,)
    return "\n  UNION ALL\n".join(_select(one, dialect, "  ", hint) for one in united)


def _select(select: Select, dialect: Spelling, indent: str = "", hint: str = "") -> str:
    inside = indent + "  "
    items = [short(_item(column, dialect), dialect, inside) for column in select.columns]
    lines = [f"{indent}SELECT {hint}".rstrip(), wrap(items, inside)]
    if isinstance(select.source, Select):
        ending = dialect.steps.barrier.ending.replace("\n", f"\n{indent}")
        inner = _select(select.source, dialect, indent + "  ") + ending
        lines += [f"{indent}FROM (", inner, f"{indent}){dialect.grammar.alias}inner_step"]
    elif select.source is not None:
        lines.append(f"{indent}FROM {spelled(select.source, dialect)}{_alone(select, dialect)}")
    elif dialect.grammar.from_nothing:
        lines.append(f"{indent}FROM {dialect.grammar.from_nothing}")
    for join in select.joins:
        lines.append(indent + short(_join(join, dialect), dialect, indent))
    if select.where:
        lines.append(indent + short(f"WHERE {select.where}", dialect, indent))
    if select.group:
        lines.append(f"{indent}GROUP BY {', '.join(_grouped(select, dialect))}")
    if select.having:
        lines.append(indent + short(f"HAVING {select.having}", dialect, indent))
    return "\n".join(lines)


def _alone(select: Select, dialect: Spelling) -> str:
    """The alias of what is read without one, where no expression knows it by its own name."""
    source, name = select.source, dialect.grammar.read_as
    if not name or not isinstance(source, Read | Table) or source.alias:
        return ""
    own = f"{spelled(source, dialect)}."
    texts = [*(c.text for c in select.columns), select.where, select.having]
    texts += [condition for join in select.joins for condition in join.on]
    return "" if any(own in text for text in texts) else f"{dialect.grammar.alias}{name}"


def short(text: str, dialect: Spelling, indent: str) -> str:
    """Spelled SQL, which stands behind `indent`, in lines that a reader can take in."""
    marks, texts = dialect.names, dialect.constants
    pattern = tokens(marks.mark, texts.backslash == r"\\", marks.backslash == r"\\")
    return broken(text, indent, pattern)


def _item(column: Column, dialect: Spelling) -> str:
    name = dialect.quote(column.name)
    text = dialect.grammar.truth.format(column.text) if column.truth else column.text
    return name if text == name else f"{text} AS {name}"


def _join(join: Join, dialect: Spelling) -> str:
    text = f"{join.kind} {spelled(join.relation, dialect)}"
    return f"{text} ON {' AND '.join(join.on)}" if join.on else text


def _grouped(select: Select, dialect: Spelling) -> list[str]:
    """What rows are grouped by: columns by name where all are read as they are, else by place."""
    columns = [select.columns[place - 1] for place in select.group]
    plain = all(column.text == dialect.quote(column.name) for column in columns)
    if plain or not dialect.grammar.group_places:
        return [column.text for column in columns]
    return [str(place) for place in select.group]


def wrap(items: list[str], indent: str) -> str:
    """Items with commas between, several short ones to a line."""
    lines: list[str] = []
    current = ""
    for i, item in enumerate(items):
        piece = item + ("," if i < len(items) - 1 else "")
        joined = f"{current} {piece}" if current else piece
        if current and (len(indent) + len(joined) > WIDTH or "\n" in piece or " AS " in piece):
            lines.append(indent + current)
            current = piece
        else:
            current = joined
        if "\n" in piece or " AS " in piece:
            lines.append(indent + current)
            current = ""
    if current:
        lines.append(indent + current)
    return "\n".join(lines)
