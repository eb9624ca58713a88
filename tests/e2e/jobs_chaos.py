#!/usr/bin/env python3
"""Jobs with random dependencies against a faulty simulator, while the
processes that run them are killed at random: every job must be completed, once,
and none begun before those that it needs were completed.

    tests/e2e/jobs_chaos.py --jobs 10000 --kills 50 --seed 1

The seed decides jobs, dependencies and who is killed; a failure names it.
"""

import argparse
import concurrent.futures
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
NAMES = ("ollama", "gemini", "grok", "chatgpt", "claude")


def binary():
    return os.environ.get("SMART_AGENTS_BINARY",
                          os.path.join(TOP, "build", "dev", "smart-agents"))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Setting:
    """A folder of its own, a simulator, and any number of services that share
    one database."""

    def __init__(self, seed=1, simulator=(), jobs=None, **more):
        self.home = tempfile.mkdtemp(prefix="smart-agents-jobs-")
        self.env = {name: os.environ[name] for name in ("PATH", "LANG")
                    if name in os.environ}
        self.env.update(HOME=self.home,
                        XDG_STATE_HOME=os.path.join(self.home, "state"),
                        XDG_CONFIG_HOME=os.path.join(self.home, "config"))
        self.simulator = subprocess.Popen(
            [binary(), "--json", "simulate", "--seed", str(seed), *simulator],
            env=self.env, stdout=subprocess.PIPE, text=True)
        urls = json.loads(self.simulator.stdout.readline())["base_urls"]
        for name in ("ANTHROPIC", "OPENAI", "GROK", "GOOGLE"):
            self.env[name + "_API_KEY"] = "simulated"
        no_limits = {"requests_per_day": 0, "requests_per_month": 0}
        self.config = {
            "providers": {name: {"base_url": urls[name], "limits": no_limits,
                                 "max_concurrent": 64, "max_queue": 1000}
                          for name in NAMES if name in urls},
            "jobs": {"running": 32, "max_cpu_percent": 0,
                     "max_memory_percent": 0, **(jobs or {})},
            **more}
        self.services = []

    def file(self, **server):
        path = os.path.join(self.home, f"config-{len(self.services)}.json")
        with open(path, "w") as out:
            json.dump({**self.config, "server": server}, out)
        return path

    def command(self, *words, check=True, **more):
        done = subprocess.run([binary(), "--config", self.file(), *words],
                              env=self.env, capture_output=True, text=True,
                              timeout=300, **more)
        if check and done.returncode != 0:
            raise RuntimeError(f"{words}: {done.returncode}: {done.stderr}")
        return done

    def serve(self, port=0, control=0):
        service = Service(self, port or free_port(), control or free_port())
        self.services.append(service)
        return service

    def database(self):
        return os.path.join(self.home, "state", "smart-agents",
                            "smart-agents.db")

    def rows(self, query, *values):
        with contextlib.closing(
                sqlite3.connect(self.database(), timeout=30)) as db:
            return db.execute(query, values).fetchall()

    def close(self):
        for service in self.services:
            service.stop()
        self.simulator.terminate()
        self.simulator.wait()


class Service:
    # Words before the program's own.
    prefix = []

    def __init__(self, setting, port, control):
        self.setting, self.port = setting, port
        self.config = setting.file(port=port, control_port=control)
        self.log = open(os.path.join(setting.home, f"serve-{port}.log"), "ab")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*self.prefix, binary(), "--config", self.config, "serve"],
            env=self.setting.env, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"serve ended: {self.log.name}")
                time.sleep(0.02)
        raise RuntimeError("serve does not listen")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def call(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=timeout)
        try:
            connection.request(method, path,
                               json.dumps(body) if body is not None else None,
                               headers or {})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()


def submit(setting, what, key, chance):
    """Hands a job in until somebody has taken it: the key makes it one job."""
    while True:
        service = chance.choice(setting.services)
        try:
            status, answer = service.call("POST", "/v1/tasks", what,
                                          {"Idempotency-Key": key})
            if status == 202:
                return answer["id"]
            if status < 429:
                raise RuntimeError(f"refused: {status} {answer}")
        except (OSError, http.client.HTTPException, ValueError):
            pass
        time.sleep(0.05)


# Jobs that are handed in at once; each needs only jobs of earlier groups.
GROUP = 32


def hand_in(setting, jobs, seed):
    """The jobs' ids and what each needs, both as the seed wills."""
    needs, ids = [], []

    def one(n):
        chance = random.Random(f"{seed}-{n}")
        known = n - n % GROUP
        some = sorted({chance.randrange(known) for _ in
                       range(chance.choice((0, 0, 1, 1, 2, 3)))} if known
                      else ())
        what = {"input": f"Say {n}.", "priority": chance.randint(1, 10),
                "after": [ids[i] for i in some], "tries": 100,
                "notify": "silent", "type": "text", "complexity": 1}
        return some, submit(setting, what, f"{seed}-{n}", chance)

    with concurrent.futures.ThreadPoolExecutor(GROUP) as pool:
        for first in range(0, jobs, GROUP):
            for some, job in list(pool.map(
                    one, range(first, min(first + GROUP, jobs)))):
                needs.append(some)
                ids.append(job)
    return ids, needs


def run(jobs, kills, seed, processes=2, out=sys.stdout):
    setting = Setting(seed, simulator=(
        "--latency", "5", "--tokens-per-second", "0", "--server-errors", "0.05",
        "--rate-limited", "0.02", "--resets", "0.02", "--truncated", "0.01"))
    try:
        for _ in range(processes):
            setting.serve()
        begun = time.monotonic()
        killed = 0
        over = threading.Event()
        pauses = random.Random(seed + 1)

        def murder():
            nonlocal killed
            while killed < kills and not over.is_set():
                # Spread over the whole of the work, however fast it is.
                share = killed / kills
                while not over.is_set() and done_share() < share:
                    time.sleep(0.05)
                time.sleep(pauses.uniform(0, 0.3))
                service = pauses.choice(setting.services)
                service.kill()
                killed += 1
                service.start()

        def done_share():
            try:
                return setting.rows("SELECT count(*) FROM jobs WHERE state > 1"
                                    )[0][0] / jobs
            except sqlite3.Error:
                return 0

        killer = threading.Thread(target=murder, daemon=True)
        killer.start()
        ids, needs = hand_in(setting, jobs, seed)
        handed_in = time.monotonic() - begun
        deadline = time.monotonic() + 120 + jobs
        while time.monotonic() < deadline:
            left = setting.rows("SELECT count(*) FROM jobs WHERE state < 2")
            if left[0][0] == 0 and (killed >= kills or not killer.is_alive()):
                break
            time.sleep(0.2)
        over.set()
        killer.join(60)
        took = time.monotonic() - begun
        found = {row[0]: row[1:] for row in setting.rows(
            "SELECT id, state, started_ns, ended_ns, claim, failures "
            "FROM jobs")}
        problems = []
        if len(found) != jobs:
            problems.append(f"{len(found)} jobs instead of {jobs}")
        for n, job in enumerate(ids):
            if job not in found:
                problems.append(f"{job} (number {n}) is lost")
                continue
            state, started, ended, _, _ = found[job]
            if state != 2:
                problems.append(f"{job} (number {n}) has state {state}")
            for i in needs[n]:
                if ids[i] in found and found[ids[i]][2] > started:
                    problems.append(f"{job} began before {ids[i]} had ended")
        # An answered call a job, but for those whose answer was under way when
        # its process was killed: they are asked again, which the ledger shows.
        twice = setting.rows(
            "SELECT count(*) FROM (SELECT 1 FROM ledger WHERE outcome = "
            "'answered' GROUP BY substr(task_id, 1, 30) HAVING count(*) > 1)")
        print(f"seed {seed}: {jobs} jobs, {killed} kills of {processes} "
              f"processes, {took:.1f} s ({handed_in:.1f} s to hand them in); "
              f"{sum(x[3] > 1 for x in found.values())} jobs were begun more "
              f"than once, {sum(x[4] > 0 for x in found.values())} failed and "
              f"were tried again; {twice[0][0]} were answered again because "
              f"the first answer died with its process", file=out)
        return problems
    finally:
        setting.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    problems = run(args.jobs, args.kills, args.seed, args.processes)
    for problem in problems[:20]:
        print(problem)
    print(f"FAILED: {len(problems)} problems, with seed {args.seed}"
          if problems else "passed: every job was completed, once, in order")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
