"""A service in a process of its own that is 50 ms away, and always still rendering."""

from __future__ import annotations

import asyncio
import json
import sys

LATENCY = 0.05
ANSWER = json.dumps(
    {
        "task": {
            "task_id": "t",
            "status": "TASK_STATUS_PROCESSING",
            "reason": "",
            "eta": 3,
            "progress_percent": 40,
        },
        "videos": [],
    }
).encode()


class Service:
    def __init__(self) -> None:
        self.asked = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET /asked "):
                    body = str(self.asked).encode()
                else:
                    self.asked += 1
                    await asyncio.sleep(LATENCY)
                    body = ANSWER
                length = str(len(body)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                    + length
                    + b"\r\n\r\n"
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def main() -> None:
    server = await asyncio.start_server(Service().talk, "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
