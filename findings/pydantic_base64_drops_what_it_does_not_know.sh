#!/usr/bin/env bash
# Guess: a field of type Base64Bytes refuses a text that is no base64, or gives the bytes of it.
# What happens: letters outside of the alphabet are left out before decoding, so that a text of the
# URL-safe alphabet gives other bytes, or none, and what stands behind the padding is lost; only a
# count of letters that does not fit is an error. There is a type of its own for that alphabet,
# Base64UrlBytes, and Python's b64decode(validate=True) refuses all of these texts.
# Versions: pydantic 2.14.4, Python 3.11; Base64Encoder.decode in pydantic/types.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/texts.py" <<'PYTHON'
import base64

import pydantic


class Model(pydantic.BaseModel):
    data: pydantic.Base64Bytes


print("pydantic", pydantic.VERSION)
content = b"abc\xfb\xef\xbe"
text = base64.urlsafe_b64encode(content).decode()
print(f"{text}, which is {content!r}, becomes {Model(data=text).data!r}")
assert Model(data=text).data == b"abc"
found = [Model(data=text).data for text in ("-_-_", "aGVsbG8=d29ybGQ=", "no base64!")]
print(found)
assert found == [b"", b"hello", base64.b64decode("nobase64")]
for text in ("-_-_", "aGVsbG8=d29ybGQ=", "no base64!"):
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        continue
    raise AssertionError(text)
PYTHON
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "pydantic==2.14.4"
"$folder/venv/bin/python" "$folder/texts.py"
# YWJj----, which is b'abc\xfb\xef\xbe', becomes b'abc'
# [b'', b'hello', b'\x9e\x86\xda\xb1\xee\xb8']
