"""A language server for tests: it behaves as its only argument says, well or badly."""

import json
import os
import re
import signal
import sys

behaviour = sys.argv[1]
document = {}


def read():
    length = 0
    while True:
        line = sys.stdin.buffer.readline()
        if not line:
            sys.exit(0)
        if line == b"\r\n":
            break
        name, value = line.split(b":")
        if name == b"Content-Length":
            length = int(value)
    return json.loads(sys.stdin.buffer.read(length))


def write(**message):
    text = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
    sys.stdout.buffer.flush()


def answer(message, result):
    write(id=message["id"], result=result)


def hang():
    """Reads and says nothing, to the end of the input."""
    while sys.stdin.buffer.read1():
        pass
    sys.exit(0)


if behaviour == "missing":
    print("error: the component is not installed", file=sys.stderr)
    sys.exit(1)
if behaviour == "silent":
    hang()
questions = 0
later = []
while True:
    message = later.pop(0) if later else read()
    method = message.get("method")
    if method == "initialize":
        options = message["params"]["initializationOptions"]
        crate = options["linkedProjects"][0]["crates"][0]
        assert os.path.isfile(crate["root_module"]), "the file is not there"
        wide = {} if behaviour == "wide" else {"positionEncoding": "utf-8"}
        answer(message, {"capabilities": wide})
    elif method == "initialized":
        if behaviour == "asking":
            write(id="a", method="workspace/configuration", params={"items": [{}, {}]})
            reply = read()
            while "result" not in reply:
                later.append(reply)
                reply = read()
            assert reply == {"jsonrpc": "2.0", "id": "a", "result": [None, None]}, reply
            write(method="window/logMessage", params={"type": 3, "message": "hello"})
        if behaviour != "loading":
            write(method="experimental/serverStatus", params={"health": "ok", "quiescent": True})
        if behaviour == "deaf":
            signal.pause()
    elif method == "textDocument/didOpen":
        document["text"] = message["params"]["textDocument"]["text"]
    elif method == "textDocument/didChange":
        document["text"] = message["params"]["contentChanges"][0]["text"]
    elif method in ("textDocument/completion", "textDocument/hover"):
        place = message["params"]["position"]
        line = document["text"].split("\n")[place["line"]]
        encoding, unit = ("utf-16-le", 2) if behaviour == "wide" else ("utf-8", 1)
        before = line.encode(encoding)[: place["character"] * unit].decode(encoding)
        questions += 1
        if questions == 1:
            assert before.endswith(").max()."), before
            answer(message, [])
            continue
        if behaviour == "slow":
            continue
        if behaviour == "dying":
            sys.exit(3)
        if behaviour == "garbage":
            sys.stdout.buffer.write(b"thread 'main' panicked\n\n")
            sys.stdout.buffer.flush()
            hang()
        if behaviour == "refusing":
            write(id=message["id"], error={"code": -32603, "message": "no"})
        elif behaviour == "overtaken" and questions == 2:
            write(id=message["id"], error={"code": -32801, "message": "content modified"})
        elif method == "textDocument/hover":
            answer(message, {"contents": {"kind": "markdown", "value": "```rust\n%s\n```" % before}})
        else:
            word = re.search(r"\w*$", before)[0]
            answer(message, [{"label": before, "kind": 6, "insertText": word + "seen", "detail": before}])
    elif "id" in message:
        answer(message, None)
