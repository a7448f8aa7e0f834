"""A server that answers what it is told to: run as a program, it prints its port.

GET /echo           the request as it came, head and body
... /raw/HEX        these bytes; `?close` closes behind them, `?pause=S` waits S seconds in their middle (at b"|")
GET /connections    how many connections there were
GET /digest         401 until the Authorization is there
"""

from __future__ import annotations

import re
import socketserver
import sys
import threading
import time

connections = 0


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        global connections
        connections += 1
        while self.answer():
            pass

    def answer(self) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return False
            head += line
        body = self.body(head)
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        path, _, query = target.partition("?")
        if path.startswith("/raw/"):
            return self.send_raw(bytes.fromhex(path[5:]), query)
        if path == "/digest" and b"\r\nAuthorization: Digest " not in head:
            challenge = b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nSet-Cookie: seen=1\r\n'
            self.wfile.write(b"HTTP/1.1 401 Unauthorized\r\n" + challenge + b"Content-Length: 2\r\n\r\nno")
            return True
        content = str(connections).encode() if path == "/connections" else head + body
        length = b"" if method == "HEAD" else content
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + length)
        return True

    def body(self, head: bytes) -> bytes:
        if re.search(rb"\r\ntransfer-encoding: chunked", head, re.IGNORECASE):
            body = b""
            while True:
                size = self.rfile.readline()
                chunk = self.rfile.read(int(size, 16) + 2)
                body += size + chunk
                if int(size, 16) == 0:
                    return body
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
        return self.rfile.read(int(length[1])) if length else b""

    def send_raw(self, data: bytes, query: str) -> bool:
        pause = re.search(r"pause=([\d.]+)", query)
        if pause:
            first, data = data.split(b"|", 1)
            self.wfile.write(first)
            time.sleep(float(pause[1]))
        self.wfile.write(data)
        return "close" not in query


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """The client went away."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()
