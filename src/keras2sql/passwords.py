"""Passwords and other secrets of database URLs, kept out of whatever is shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"

# Of a URL's query the values of these may be read by anybody; any other may be a secret.
_HARMLESS = frozenset(
    {"user", "username", "host", "hostaddr", "port", "dbname", "database", "schema", "driver"}
    | {"dialect", "charset", "sslmode", "connect_timeout", "timeout", "application_name"}
    | {"mode", "uri", "cache", "access_mode", "read_only"}
)
_SCHEMES = "postgres|mysql|maria|mssql|oracle|clickhouse|redshift|snowflake|databricks|jdbc|trino"

_START = rf"(?:[\w+.-]{{0,40}}:?//+|\b(?:{_SCHEMES})[\w+.-]{{0,40}}:+/*)"  # slashes may be missing

# A user, a colon and all up to the last "@" of a URL.  The word "password" is an example's.
_USERINFO = re.compile(rf"({_START}[^\s:/@]*:)(?!password@)\S*@", re.IGNORECASE)
_FILE = re.compile(r"(sqlite|duckdb|chdb)[\w+]*:///", re.IGNORECASE)
_QUERY = re.compile(r"([?&;]([\w.-]+)=)(\S*?)(?=[&;][\w.-]+=|[]:;,.'\")]*(?:\s|$))")
_SECRET_KEY = re.compile(r"pass|pwd|secret|token|key|credential|dsn|connect$", re.IGNORECASE)


def hide(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without what in its URLs is a password, and without these `secrets`."""
    for secret in sorted(secrets, key=len, reverse=True):
        # What is as short as a word's end is hidden as a whole word only.
        pattern = re.escape(secret) if len(secret) > 3 else rf"(?<!\w){re.escape(secret)}(?!\w)"
        text = re.sub(pattern, HIDDEN, text)
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    in_url = "://" in text
    return _QUERY.sub(
        lambda found: found[1] + HIDDEN if is_secret(found[2], in_url) else found[0], text
    )


def is_secret(key: str, in_url: bool = True) -> bool:
    """Whether the value of this key is hidden; outside of a URL only what is called so."""
    if key.lower() in _HARMLESS:
        return False
    return in_url or _SECRET_KEY.search(key) is not None


def secrets(url: str) -> set[str]:
    """What in a database URL must not be shown, however it is mistyped, in all its spellings."""
    found: set[str] = set()
    body = re.sub(f"^{_START}", "", url, count=1, flags=re.IGNORECASE)
    info, at, _ = body.rpartition("@")
    user, _, password = info.partition(":")
    if _FILE.match(url):
        pass  # a path may hold anything
    elif at:
        found |= {password, *re.split(r"[@/:]", password)}
    else:
        # Without a host the password stands where the port should, or an example's word.
        found |= set(re.findall(r":([^/:\d][^/:]*)", re.split("[/?]", body)[0])) - {"port"}
    for query in (url.partition("?")[2], url.rpartition("?")[2]):
        for pair in re.split(r"[&;](?=[\w.-]+=)", query):
            key, _, value = pair.partition("=")
            if is_secret(key):
                # Options may stand within an option, as of ODBC.
                inner = re.findall(r"([\w ]+)=([^;&\s]*)", unquote_plus(value))
                found |= {value, *(text for name, text in inner if is_secret(name.strip()))}
    return _spellings(found, {user, unquote(user)})


def _spellings(found: Collection[str], known: Collection[str]) -> set[str]:
    every = {
        spelled
        for text in found
        for plain in (text, unquote(text), unquote_plus(text))
        for spelled in (plain, quote(plain), quote(plain, safe=""), quote_plus(plain), repr(plain))
    }
    return {text for text in every if text.strip("'\"") and text not in known}
