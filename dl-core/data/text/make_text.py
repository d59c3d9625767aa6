"""Makes alice.txt from the copy in the Canterbury corpus (alice29.txt), which the source package of Brotli ships among its tests.

usage: pip download --no-deps --no-binary :all: Brotli && tar xzf brotli-*.tar.gz
       python3 make_text.py brotli-*/tests/testdata/alice29.txt
"""

import hashlib
import pathlib
import sys

raw = pathlib.Path(sys.argv[1]).read_bytes()
assert hashlib.sha256(raw).hexdigest() == "7467306ee0feed4971260f3c87421154a05be571d944e9cb021a5713700c38f0"
lines = raw.decode("ascii").rstrip("\x1a").splitlines()
# The author's words only: no title page, no note of the edition, no end mark.
lines = lines[next(at for at, line in enumerate(lines) if line.strip() == "CHAPTER I") :]
lines = lines[: next(at for at, line in enumerate(lines) if line.strip() == "THE END")]
text = "\n".join(line.rstrip() for line in lines).strip() + "\n"
(pathlib.Path(__file__).parent / "alice.txt").write_text(text)
