"""A node's door as small as can be, over real TLS on loopback."""

import http.server
import socket
import threading
from types import SimpleNamespace


class Door(http.server.ThreadingHTTPServer):
    """A node's door as small as can be: answers from a table, remembers who asked what."""

    daemon_threads = True

    def __init__(self, context):
        super().__init__(("127.0.0.1", 0), Handler)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.answers, self.seen = {}, []
        self.url = f"https://localhost:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, request, client_address):
        """Refused handshakes are what some tests want."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        size = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append(
            SimpleNamespace(
                path=self.path,
                body=self.rfile.read(size),
                certificate=self.connection.getpeercert(binary_form=True),
                version=self.connection.version(),
            )
        )
        answer = self.server.answers[self.path.split("?")[0]]
        status, body = answer(self.server.seen[-1]) if callable(answer) else answer
        if status == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET  # noqa: N815 - the names that the base class calls
