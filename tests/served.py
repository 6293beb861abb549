"""A page on this machine that stands for the internet: some files, and what may go wrong with them."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Page:
    """Where the files are; `sent` is how many bytes of each are sent before the connection ends, if not all."""

    url: str
    sent: int | None = None


@contextmanager
def served(files: dict[str, bytes]) -> Iterator[Page]:
    """Serve files by their names; every other one is not found."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            content = files.get(self.path.removeprefix("/"))
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: page.sent])

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    page = Page(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield page
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
