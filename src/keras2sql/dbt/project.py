"""The files that a program is in a dbt project."""

from __future__ import annotations

import re

from keras2sql.dbt import weights
from keras2sql.dbt.escapes import literal, scalar, template
from keras2sql.errors import InputError
from keras2sql.graph.digest import digest
from keras2sql.sql.names import Names, is_subquery, name_parts
from keras2sql.statement import Statement


def files(program: Statement, name: str = "") -> dict[str, str]:
    """The text of each file, by its path in the dbt project.

    ``models/NAME.sql`` is the query, ``models/NAME.yml`` describes its columns, and where the
    query reads tables of weights ``macros/NAME_weights.sql`` makes them.  The model's `name`
    is by default that of the program with ``_scores`` behind.  A bare source table is a
    ``ref``, ``schema.table`` a ``source``, and a subquery keeps the Jinja in it.

    Raises `InputError` for a name that dbt does not take.
    """
    program = program.in_schema("")  # dbt says where its tables are
    model = name or f"{Names.plain(program.name, 'model')}_scores"
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", model):
        raise InputError(f"{model!r} can't name a dbt model: take letters, digits and _")
    word = f"table_{digest(program.graph)}"  # which nothing in the model can hold
    found = {
        f"models/{model}.sql": _query(program, model, word),
        f"models/{model}.yml": _properties(program, model),
    }
    if program.tables:
        found[f"macros/{model}_weights.sql"] = weights.macros(
            model, program.tables, program.dialect, word
        )
    return found


def _query(program: Statement, model: str, word: str) -> str:
    source = program.source.table
    if is_subquery(source):
        # Jinja in it is the user's own.
        placed, relation = f"(SELECT * FROM {word})", source.strip()
    else:
        placed, relation = word, _relation(name_parts(source))
    text = template(program.over(placed)).replace(placed, relation)
    for table in program.tables:
        read = re.escape(template(program.dialect.quote(table.name)))
        call = f"{{{{ {weights.named(model, table.name, 'this')} }}}}"
        text = call.join(re.split(rf'(?<![\w"]){read}(?![\w"])', text))
    hooks = [literal(settings.sql) for settings in program.dialect.session]
    if program.tables:
        hooks.append(f'"{{{{ {model}_weights(this) }}}}"')
    head = f"{{{{ config(pre_hook=[{', '.join(hooks)}]) }}}}\n" if hooks else ""
    return f"{head}{text}\n"


def _relation(parts: list[str]) -> str:
    if len(parts) == 1:
        return f"{{{{ ref({literal(parts[0])}) }}}}"
    if len(parts) == 2:
        return f"{{{{ source({', '.join(map(literal, parts))}) }}}}"
    raise InputError(f"{'.'.join(parts)}: dbt calls a table NAME, another model, or SOURCE.NAME")


# -- what it says of itself


def _properties(program: Statement, model: str) -> str:
    lines = [
        "version: 2",
        "models:",
        f"  - name: {model}",
        f"    description: {_text('; '.join(program.lowered.query.header))}",
        "    columns:",
    ]
    told = _descriptions(program)
    for column in program.columns:
        lines.append(f"      - name: {_text(column)}")
        if program.dialect.quote(column) != column:
            lines.append("        quote: true")
        lines.append(f"        description: {_text(told[column])}")
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """A text in YAML that dbt renders."""
    return scalar(template(text))


def _descriptions(program: Statement) -> dict[str, str]:
    """What is in each column of the result."""
    source = program.source
    found = dict.fromkeys(source.shown, "From the source, as it is there.")
    found |= dict.fromkeys(source.key, "The key of the row in the source.")
    if source.order is not None:
        found |= {source.order.column: "The time step."}
    if program.labels is None:
        what, many = f"Prediction of {program.name}", len(program.graph.outputs)
        return found | {
            column: f"{what}, element {i + 1} of {many}."
            for i, column in enumerate(program.graph.outputs)
        }
    told = {"Decision": "The most probable label.", "DecisionProba": "Its probability."}
    for label in map(str, program.labels):
        told[f"Score_{label}"] = f"Score of the label {label}."
        told[f"Proba_{label}"] = f"Probability of the label {label}."
        told[f"LogProba_{label}"] = f"Natural logarithm of the probability of the label {label}."
    return found | {column: told[column] for column in program.graph.outputs}
