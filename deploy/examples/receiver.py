#!/usr/bin/env python3
"""A handler over HTTP, with nothing but Python's own library: checks who sends (Standard Webhooks), and answers 204.

    PAYMENTS_SIGNING_SECRET=… python3 receiver.py --port 8000
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Seconds by which a timestamp may differ from this machine's clock.
TOLERANCE = 300


def key(secret):
    """What follows `whsec_` is base 64; any other secret stands for its own bytes."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()


def is_genuine(headers, body, secret):
    """Is it signed by whoever has the secret, and just now?"""
    identity, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > TOLERANCE:
        return False
    wanted = hmac.new(secret, f"{identity}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    for signature in headers.get("webhook-signature", "").split():
        version, _, given = signature.partition(",")
        try:
            if version == "v1" and hmac.compare_digest(wanted, base64.b64decode(given)):
                return True
        except binascii.Error:
            continue
    return False


class Handler(BaseHTTPRequestHandler):
    secret = b""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        genuine = is_genuine(self.headers, body, self.secret)
        if genuine:
            # Your own code. webhook-id is the same on every attempt: what was done under it before is done.
            names = ("Hookstream-Route", "Hookstream-Event-Type", "Hookstream-Event-Id")
            print(*(self.headers.get(name, "") for name in names), f"{len(body)} bytes", flush=True)
        self.send_response(204 if genuine else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    Handler.secret = key(os.environ.get("PAYMENTS_SIGNING_SECRET", "example_only_signing"))
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
