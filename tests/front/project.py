"""What to do where a test lacks a program, and a web server for what is handed out."""

import contextlib
import functools
import os
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest


def missing(words):
    """Skip a test for what is not on this machine; where CI is true, fail."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(words)


@contextlib.contextmanager
def served(folder):
    """The address of a web server with this folder."""
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
