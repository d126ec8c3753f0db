#!/usr/bin/env python3
"""A handler in Python: reads a Redis stream that Hookstream's worker fills, as a member of a consumer group.

    pip install redis
    python handler.py --redis-url redis://127.0.0.1:6379

Start as many as you like: each entry goes to one of them. An entry is acknowledged once `handle` has returned; if it
raises, or the process dies, the entry is taken up again, by this process or another.
"""

import argparse
import json
import os
import signal
import socket
import sys
import threading

import redis

# Another process' entry is taken over once it has been left alone for so long (ms).
ABANDONED = 60_000
# How long one read waits (ms): this often the stop is looked at, and what failed is tried again.
WAIT = 2_000
# An event that comes twice is handled once, if it comes within this time (seconds).
REMEMBER = 86_400


def handle(event):
    """Your own code. `event` has event_id, event_type, source, endpoint, route, attempt, content_type, trace, body."""
    data = json.loads(event["body"])
    if event["event_type"] != "payment_intent.succeeded":
        return "ignored"
    payment = data["data"]["object"]
    return f"payment {payment['id']} succeeded: ${payment['amount'] / 100:.2f}"


class Consumer:
    """One member of the group."""

    def __init__(self, options):
        # By protocol 2 entries come as lists with every version of redis-py.
        self.redis = redis.Redis.from_url(options.redis_url, decode_responses=True, protocol=2)
        self.stream, self.group = options.stream, options.group
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        try:
            self.redis.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def entries(self, wait):
        """What was left undone, by us or by others, and what is new: one that always fails holds up no other."""
        left = self.redis.xautoclaim(self.stream, self.group, self.name, ABANDONED, count=10)[1]
        left += self.read("0", None)
        return left + self.read(">", None if left else wait)

    def read(self, start, wait):
        read = self.redis.xreadgroup(self.group, self.name, {self.stream: start}, count=10, block=wait)
        return [entry for _, entries in read or [] for entry in entries]

    def take(self, entry, event):
        """Handles one entry. False: it failed, and stays with us."""
        if not event:  # deleted by somebody while it waited
            self.redis.xack(self.stream, self.group, entry)
            return True
        done = f"{self.stream}:done:{event['event_id']}:{event['route']}"
        try:
            if not self.redis.exists(done):
                print(f"{event['event_id']}: {handle(event)}", flush=True)
        except Exception as error:  # whatever your code raises
            print(f"{event['event_id']}: not handled, to be tried again: {error!r}", file=sys.stderr, flush=True)
            return False
        with self.redis.pipeline() as together:
            together.set(done, 1, ex=REMEMBER)
            together.xack(self.stream, self.group, entry)
            # The stream does not grow. Leave this out if other groups read it too.
            together.xdel(self.stream, entry)
            together.execute()
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--redis-url", default=os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))
    parser.add_argument("--stream", default="my:payments", help="as `stream` of the handler in hookstream.toml")
    parser.add_argument("--group", default="payments")
    parser.add_argument("--once", action="store_true", help="handle what is there, then end")
    options = parser.parse_args()

    stop = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: stop.set())
    consumer = Consumer(options)
    while not stop.is_set():
        try:
            entries = consumer.entries(None if options.once else WAIT)
            good = all([consumer.take(entry, event) for entry, event in entries])
        except redis.ConnectionError as error:
            print(f"Redis is away: {error}", file=sys.stderr, flush=True)
            entries, good = [], False
        if options.once and not (entries and good):
            return 0 if good else 1
        if not good:
            stop.wait(WAIT / 1000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
