"""The JSON of requests and answers; names are those of the web service of 2018 (`Name`,
`SerializedModel` or `PickleData`, `SQLDialect`, `SQLGenrationResult`), whose requests go on
working for what is no pickle."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

ColumnName = Annotated[str, Field(min_length=1, max_length=1_000)]


def encodable(text: str) -> str:
    """The text, unless it is none of Unicode: JSON can write half a letter."""
    text.encode()
    return text


Text = Annotated[str, AfterValidator(encodable)]
Label = Text | int | bool
Cell = float | Text | None


def decoded(text: object) -> bytes:
    """The bytes that a text in base64 stands for, which may have lines."""
    if not isinstance(text, str):
        raise ValueError("give a text in base64")
    return base64.b64decode("".join(text.split()), validate=True)


Base64 = Annotated[
    bytes, BeforeValidator(decoded), WithJsonSchema({"type": "string", "format": "byte"})
]
Columns = Annotated[list[ColumnName], Field(min_length=1)]


class Request(BaseModel):
    """A model, and how it is to be read."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str = Field("model", alias="Name", max_length=200, description="of the file or model")
    serialized_model: Base64 | None = Field(
        None, alias="SerializedModel", description="a model file in base64: .keras, .h5, ..."
    )
    pickle_data: Base64 | None = Field(
        None, alias="PickleData", description="as the service of 2018 called it; no pickle is read"
    )
    weights_name: str = Field("weights.h5", alias="WeightsName", max_length=200)
    serialized_weights: Base64 | None = Field(
        None, alias="SerializedWeights", description="the weights of a JSON architecture"
    )
    dialect: str = Field("duckdb", alias="SQLDialect", max_length=100)
    features: ColumnName | Columns | dict[str, ColumnName | Columns] | None = Field(
        None, alias="Features", description="columns of each input; one name is that of an array"
    )
    order_by: str = Field("", alias="OrderBy", max_length=1_000)
    labels: list[Label] | None = Field(None, alias="Labels")
    outputs: Columns | None = Field(None, alias="Outputs")
    strategy: str = Field("auto", alias="Strategy", max_length=20)
    held: str = Field("auto", alias="Weights", max_length=20)
    precision: str = Field("double", alias="Precision", max_length=20)

    @model_validator(mode="after")
    def _has_one_model(self) -> Request:
        if (self.serialized_model is None) == (self.pickle_data is None):
            raise ValueError("give the model once: SerializedModel")
        return self

    @property
    def model(self) -> bytes:
        return self.serialized_model or self.pickle_data or b""


class ModelRequest(Request):
    """A model of which SQL is wanted, over a table."""

    table: str = Field("INPUT_DATA", alias="Table", max_length=10_000)
    key: str | Columns = Field("KEY", alias="Key")
    coloured: bool = Field(False, alias="Highlight", description="give the tokens, too")


class ScoresRequest(Request):
    """A model, and rows to score in the embedded DuckDB: of each the values of the columns that
    the inspection lists, in their order."""

    rows: list[list[Cell]] = Field(alias="Rows", min_length=1)


class Statement(BaseModel):
    """SQL, and how it came about."""

    SQL: str = Field(description="setup and query as one script")
    Query: str
    Setup: list[str]
    Teardown: list[str]
    Columns: list[str]
    Strategy: str
    Weights: str
    Precision: str
    Reason: str
    Facts: list[tuple[str, str]]
    Explained: str
    Tokens: list[tuple[str, str]] | None = None


class Generated(BaseModel):
    Name: str
    SQLDialect: str
    SQLGenrationResult: list[Statement] = Field(min_length=1, max_length=1)


class ModelAnswer(BaseModel):
    """As the service of 2018 answered."""

    model: Generated


class Layer(BaseModel):
    path: str
    class_name: str
    shape: list[int | None] | None
    parameters: int
    problem: str
    sources: list[str]


class Samples(BaseModel):
    """What a row has: its columns, which of them are texts; the shape of a picture, if it may be
    one, and the largest value of a pixel that is likely."""

    columns: list[str]
    texts: list[bool]
    image: list[int] | None
    largest: int


class InspectionAnswer(BaseModel):
    """What is known of a model; `samples` is null where no row can be scored."""

    name: str
    written_by: str
    facts: list[tuple[str, str]]
    notes: list[tuple[str, str]]
    problems: list[tuple[str, str, str]]
    layers: list[Layer]
    svg: str
    samples: Samples | None


class ScoresAnswer(BaseModel):
    """Predictions by row; infinities are texts.  `difference` is the largest one from numpy's own
    numbers, over 1 + their size."""

    columns: list[str]
    rows: list[list[Any]]
    difference: float | None


class DialectAnswer(BaseModel):
    name: str
    title: str
    aliases: list[str]


class Refusal(BaseModel):
    """Why there is no answer: the class of the error, and one line for people."""

    error: str
    detail: str


class Health(BaseModel):
    status: Literal["ok"]
    version: str
