#!/usr/bin/env python3
"""Skills on real input through five simulated providers: a summary of 2 MB of
text, a code review of a file of this repository while one provider dies in the
middle, and how good the estimates of the time left are.

    tests/e2e/skills_work.py

Exit code 0: passed; else failed. The last line says which.
"""

import json
import os
import random
import sys
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import jobs_chaos

WORDS = ("quota", "router", "ledger", "harbour", "engine", "window", "winter",
         "signal", "copper", "garden", "bridge", "paper", "letter", "mountain")


def fail(message):
    print(f"FAILED: {message}")
    sys.exit(1)


def check(condition, message):
    if not condition:
        fail(message)


def simulator(setting):
    """The address at which every provider's simulator can be spoken to."""
    url = setting.config["providers"]["ollama"]["base_url"]
    return url.split("/v1")[0].rstrip("/")


def behave(setting, provider, **how):
    """By ollama's address: a provider that is down hears nothing itself."""
    urllib.request.urlopen(urllib.request.Request(
        f"{simulator(setting)}/_sim/behaviour?provider={provider}",
        json.dumps(how).encode(), method="PUT"), timeout=10)


def running(setting, provider):
    with urllib.request.urlopen(
            f"{simulator(setting)}/_sim/stats?provider={provider}",
            timeout=10) as answer:
        stats = json.load(answer)
        return stats.get("total", stats)["running"]


def over(service, job, each=lambda x: None, seconds=240):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = service.call("GET", "/v1/tasks/" + job)[1]
        each(state)
        if state["state"] in ("completed", "failed", "cancelled"):
            return state
        time.sleep(0.05)
    fail(f"{job} is not over after {seconds} s: {state}")


def summarize(setting, service):
    chance = random.Random(3)
    text = ""
    while len(text) < 2_000_000:
        text += " ".join(chance.choice(WORDS) for _ in range(60)) + ".\n\n"
    path = os.path.join(setting.home, "long.txt")
    with open(path, "w") as out:
        out.write(text)
    begun = time.monotonic()
    done = setting.command("--json", "orchestrate", "summarize", path)
    answer = json.loads(done.stdout)
    check(answer["text"] if "text" in answer else answer, "a summary")
    calls = len(answer["attempts"])
    check(calls > 10, f"only {calls} calls for 2 MB")
    print(f"summarize: {len(text)} bytes, {calls} calls, "
          f"{time.monotonic() - begun:.1f} s")
    job = service.call("POST", "/v1/tasks", {"skill": "summarize",
                                             "input": text})[1]
    shares = []
    state = over(service, job["id"], lambda x: shares.append(x["progress"]))
    check(state["state"] == "completed", f"{state}")
    check(shares == sorted(shares), "progress never falls")
    print(f"summarize as a job: {len(state['steps'])} steps, progress rose "
          f"{len(set(shares))} times")


def review(setting, service):
    source = os.path.join(jobs_chaos.TOP, "actors", "jobs", "job_queue.cpp")
    with open(source) as text:
        code = text.read()
    for name in jobs_chaos.NAMES:
        behave(setting, name, latency_ms=500)
    job = service.call("POST", "/v1/tasks", {
        "skill": "code_review", "input": code, "notify": "verbose"})[1]["id"]
    dead = []

    def kill_one(state):
        if dead:
            return
        # One that is at work; ollama carries the simulator's controls.
        for name in jobs_chaos.NAMES[1:]:
            if running(setting, name) > 0:
                dead.append(name)
                behave(setting, name, down=True)
                return

    state = over(service, job, kill_one)
    check(state["state"] == "completed", f"{state}")
    check(dead, "a provider was at work and died")
    used = {x["provider"] for x in state["steps"] if "provider" in x}
    print(f"code_review of {os.path.basename(source)} ({len(code)} bytes) "
          f"with {dead[0]} dying: {state['state']}, "
          f"{len(state['steps'])} steps by {', '.join(sorted(used))}")
    behave(setting, dead[0], down=False)


def estimates(setting, service):
    for name in jobs_chaos.NAMES:
        behave(setting, name, latency_ms=1500)
    took = []
    errors = []
    for n in range(6):
        begun = time.monotonic()
        guess = []

        def look(state):
            if not guess and took and "seconds_left" in state:
                spent = time.monotonic() - begun
                if spent >= took[-1] / 4:
                    guess.append((spent, state["seconds_left"]))

        job = service.call("POST", "/v1/tasks", {
            "skill": "consensus", "input": f"Question {n}?",
            "notify": "verbose"})[1]["id"]
        over(service, job, look)
        total = time.monotonic() - begun
        took.append(total)
        if guess:
            spent, left = guess[0]
            real = total - spent
            errors.append(abs(left - real) / real)
    for name in jobs_chaos.NAMES:
        behave(setting, name, latency_ms=0)
    check(errors, "no estimate was seen")
    worst = max(errors)
    print(f"estimates after a quarter: {len(errors)} runs of {took[-1]:.1f} s, "
          f"off by at most {worst * 100:.0f} %")
    check(worst <= 0.5, f"an estimate was off by {worst * 100:.0f} %")


def main():
    setting = jobs_chaos.Setting()
    try:
        service = setting.serve()
        summarize(setting, service)
        review(setting, service)
        estimates(setting, service)
    finally:
        setting.close()
    print("Skills did their work on real input.")


if __name__ == "__main__":
    main()
