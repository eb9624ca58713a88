#!/usr/bin/env python3
"""A thousand WebSocket clients hear of jobs, a hundred of them stalled: do the
others get every event in order, how long do events take, and what does the
service's memory do?

    bench/events_bench.py --clients 1000 --stalled 100 --jobs 300
"""

import argparse
import os
import resource
import selectors
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "tests", "e2e"))
import jobs_chaos
from websocket_client import WebSocket


def memory(process):
    with open(f"/proc/{process.pid}/status") as text:
        for line in text:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--stalled", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=300)
    args = parser.parse_args()
    files = args.clients + 500
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, hard), hard))
    setting = jobs_chaos.Setting()
    try:
        service = setting.serve()
        before = memory(service.process)
        clients = [WebSocket(service.port, "/v1/events",
                             receive_buffer=4096 if n < args.stalled else None)
                   for n in range(args.clients)]
        bad = sum(x.status != 101 for x in clients)
        connected = memory(service.process)
        stalled, readers = clients[:args.stalled], clients[args.stalled:]
        select = selectors.DefaultSelector()
        got = {}
        for x in readers:
            got[x] = []
            x.receive()  # hello
            x.socket.setblocking(True)
            select.register(x.socket, selectors.EVENT_READ, x)
        begun = time.monotonic()
        last = ""
        for n in range(args.jobs):
            last = service.call("POST", "/v1/tasks", {
                "input": f"Say {n}. " + "x" * 200, "notify": "verbose"})[1]["id"]
        peak = connected
        quiet = time.monotonic()
        count = 0
        while time.monotonic() - quiet < 5:
            for key, _ in select.select(0.5):
                x = key.data
                x.more()
                # Whole messages only; the rest waits for the next look.
                while len(x.bytes) >= 2:
                    size = x.bytes[1] & 127
                    head = 2 if size < 126 else 4 if size == 126 else 10
                    if size == 126:
                        size = int.from_bytes(x.bytes[2:4], "big")
                    elif size == 127:
                        size = int.from_bytes(x.bytes[2:10], "big")
                    if len(x.bytes) < head + size:
                        break
                    opcode = x.bytes[0] & 15
                    message = x.bytes[head:head + size]
                    x.bytes = x.bytes[head + size:]
                    if opcode == 9:  # a ping
                        x.send(message, 10)
                    if message.startswith(b'{"type":"event"'):
                        seq = int(message.split(b'"seq":', 1)[1].split(
                            b",", 1)[0])
                        got[x].append(seq)
                        count += 1
                    elif message.startswith(b'{"type":"missed"'):
                        got[x].append(None)
                quiet = time.monotonic()
            peak = max(peak, memory(service.process))
        took = quiet - begun
        lists = list(got.values())
        longest = max(lists, key=len)
        whole = sum(x == longest for x in lists)
        ordered = all(x == sorted(set(x)) for x in lists if None not in x)
        print(f"{args.clients} clients ({bad} refused), {args.stalled} "
              f"stalled, {args.jobs} jobs: {len(longest)} events to each, "
              f"{count} in {took:.1f} s = {count / took:.0f} a second; "
              f"{whole} of {len(readers)} readers got all, "
              f"{'in order' if ordered else 'NOT IN ORDER'}; memory "
              f"{before:.0f} MB at start, {connected:.0f} MB with all "
              f"connected, at most {peak:.0f} MB")
        ok = bad == 0 and whole == len(readers) and ordered
        print("passed" if ok else "FAILED")
        del stalled
        sys.exit(not ok)
    finally:
        setting.close()


if __name__ == "__main__":
    main()
