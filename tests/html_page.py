"""A page as its tests read it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "use", "rect", "line", "circle"}


class Page(HTMLParser):
    """What stands in a page, and whether its elements close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.texts: list[str] = []
        self.text = text
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            if name == "id":
                self.ids.append(str(value))
            if name in ("href", "src"):
                self.references.append(str(value))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def check(self) -> None:
        """It has no script, and all that it refers to, once; each colour for light and dark."""
        assert "script" not in self.names
        assert "link" not in self.names
        assert len(set(self.ids)) == len(self.ids)
        assert [r for r in self.references if r[0] != "#" or r[1:] not in self.ids] == []
        assert re.findall(r"url\((?!#)|@import|https?:", self.text) == []
        clips = set(re.findall(r"url\(#(\w+)\)", self.text))
        assert bool(clips) == ("svg" in self.names)
        assert clips <= set(self.ids)
        named = set(re.findall(r"var\((--[\w-]+)\)", self.text)) - {"--of"}
        blocks = re.findall(r":root \{(.*?)\}", self.text, re.DOTALL)[:2]
        light, dark = (set(re.findall(r"(--[\w-]+):", block)) for block in blocks)
        assert named <= light == dark
        assert not re.findall(r"#0[0-9]0[0-9]0[0-9]\b", self.text)
