"""A Java in a process of its own, which ends with this one."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def spark_jars() -> Path:
    """The folder of the jars that come with Spark, found without importing it."""
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "jars"


@contextmanager
def started(
    classpath: Sequence[Path], options: Sequence[str] = (), one_thread: bool = False
) -> Iterator[Any]:
    """What gives its classes, by their names.

    With `one_thread` all calls come from one thread there: nothing is told of what is no longer
    held here, and so nothing of it is given up before the end.
    """
    from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

    [bridge] = spark_jars().glob("py4j-*.jar")
    port = launch_gateway(
        jarpath=str(bridge),
        classpath=os.pathsep.join(map(str, classpath)),
        javaopts=list(options),
        die_on_exit=True,
    )
    parameters = GatewayParameters(
        port=port, auto_convert=True, enable_memory_management=not one_thread
    )
    gateway = JavaGateway(gateway_parameters=parameters)
    try:
        yield gateway
    finally:
        gateway.shutdown()


@contextmanager
def messages() -> Iterator[None]:
    """Raise what Java raised, without the lines of its code where it did."""
    from py4j.protocol import Py4JJavaError

    try:
        yield
    except Py4JJavaError as error:
        raise RuntimeError(str(error.java_exception.getMessage())) from None
