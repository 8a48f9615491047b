"""A receiver of webhooks on a real socket."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener:
    """Answers by script, of which the last repeats, and keeps what it heard."""

    def __init__(self, *script: int) -> None:
        self.script = list(script)
        self.heard: list[dict] = []
        self.delay = 0.0
        self.location = ""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append(json.loads(content))
                time.sleep(listener.delay)
                script = listener.script
                self.send_response(script.pop(0) if len(script) > 1 else script[0])
                if listener.location:
                    self.send_header("Location", listener.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.address}/hooks/a-secret/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
