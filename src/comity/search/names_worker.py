"""`python -m comity.search.names_worker --home DIR`: compares names for the search of one node.

Reads questions on standard input and writes replies on standard output, one after the other. It ends
when its input ends, so it never outlives the search that started it.
"""

import argparse
import gc
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from comity.index.planning import plan_query
from comity.kernel.clock import SystemClock
from comity.kernel.codes import FailureReason
from comity.kernel.errors import ComityError
from comity.node.home import NodeHome
from comity.search import logs
from comity.search.copy_index import CopyIndex
from comity.search.names_wire import LENGTH_BYTES, NamesQuestion, framed, read_question
from comity.search.sources import Reply


def main() -> int:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser(prog="comity.search.names_worker", description="Compare names.")
    parser.add_argument("--home", type=Path, required=True, help="data directory of the node")
    arguments = parser.parse_args()
    logs.set_up()
    # Whoever stops the search from a terminal also signals this process; the end of input is its word.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    index = CopyIndex(NodeHome.open(arguments.home))
    index.warm_up(SystemClock().now(), names=True)
    gc.collect()
    gc.freeze()
    _serve(index, sys.stdin.buffer, sys.stdout.buffer)
    index.close()
    return 0


def _serve(index: CopyIndex, questions: BinaryIO, replies: BinaryIO) -> None:
    _send(replies, Reply())
    while head := questions.read(LENGTH_BYTES):
        body = questions.read(int.from_bytes(head, "big"))
        _send(replies, _answer(index, read_question(body)))


def _answer(index: CopyIndex, question: NamesQuestion) -> Reply:
    try:
        plan = plan_query(question.query, question.at)
        return index.look(plan, question.viewer, question.at)
    except ComityError as error:
        logs.fault("names", error)
    except Exception as error:  # noqa: BLE001 - the edge of the process: one odd question must not end it
        logs.fault("names", error)
    return Reply(reason=FailureReason.GARBLED)


def _send(replies: BinaryIO, reply: Reply) -> None:
    replies.write(framed(reply))
    replies.flush()


if __name__ == "__main__":
    sys.exit(main())
