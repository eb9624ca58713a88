#!/usr/bin/env python3
"""Drives `smart-agents mcp --simulate` over stdio in both eras of the protocol.

Every line that the program prints must be a JSON-RPC message. The binary is
named by SMART_AGENTS_BINARY.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BINARY = os.environ.get("SMART_AGENTS_BINARY", "build/dev/smart-agents")
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Server:
    """One server process; `call` returns the reply of a request."""

    def __init__(self):
        self.state = tempfile.TemporaryDirectory()
        env = {"PATH": os.environ["PATH"], "HOME": self.state.name,
               "XDG_STATE_HOME": self.state.name}
        self.process = subprocess.Popen(
            [BINARY, "mcp", "--simulate"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        self.notes = []
        self.last = 0

    def send_line(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def send(self, message):
        self.send_line(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise EOFError("the server closed its stdout")
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0", message
        return message

    def reply(self, id):
        while True:
            message = self.read()
            if message.get("id", "none") == id and "method" not in message:
                return message
            self.notes.append(message)

    def call(self, method, params=None, modern=True, meta=None):
        self.last += 1
        params = dict(params or {})
        extra = {**(META if modern else {}), **(meta or {})}
        if extra:
            params["_meta"] = extra
        self.send({"id": self.last, "method": method, "params": params})
        return self.reply(self.last)

    def tool(self, name, arguments, **kwargs):
        return self.call("tools/call", {"name": name, "arguments": arguments},
                         **kwargs)

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        self.process.stdout.close()
        self.state.cleanup()
        return code


def answers_from_a_file(requests):
    """Runs the program on a file of requests; returns its replies."""
    with tempfile.TemporaryDirectory() as state:
        path = os.path.join(state, "requests.jsonl")
        with open(path, "w") as file:
            file.write("".join(line + "\n" for line in requests))
        with open(path) as file:
            done = subprocess.run(
                [BINARY, "mcp", "--simulate"], stdin=file, capture_output=True,
                timeout=60, env={"PATH": os.environ["PATH"], "HOME": state})
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


class McpStdio(unittest.TestCase):
    def setUp(self):
        self.server = Server()

    def tearDown(self):
        if self.server.process.poll() is None:
            self.assertEqual(self.server.close(), 0)
        else:
            self.server.process.stdout.close()
            self.server.state.cleanup()

    def text(self, reply):
        return reply["result"]["content"][0]["text"]

    def test_discover_is_answered_at_once(self):
        start = time.monotonic()
        result = self.server.call("server/discover")["result"]
        self.assertLess(time.monotonic() - start, 2)
        self.assertEqual(result["resultType"], "complete")
        self.assertIn("2026-07-28", result["supportedVersions"])
        self.assertEqual(
            result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
            "smart-agents")

    def test_modern_tools(self):
        tools = self.server.call("tools/list")["result"]["tools"]
        self.assertEqual([t["name"] for t in tools],
                         ["ask", "orchestrate", "route", "usage", "jobs",
                          "feedback"])
        answer = self.text(self.server.tool("ask", {"prompt": "What is 2+2?"}))
        self.assertIn("4", answer)
        self.assertIn("ollama", answer)
        self.assertIn("simulated", answer.lower())
        self.assertIn("claude", self.text(self.server.tool(
            "route", {"prompt": "x", "type": "code", "complexity": 9})))
        self.assertIn("ollama", self.text(self.server.tool("usage", {})))

    def test_a_skill(self):
        reply = self.server.tool("orchestrate", {
            "skill": "code_review", "input": "int f() { return 1 / 0; }"})
        self.assertFalse(reply["result"].get("isError", False))

    def test_legacy_era(self):
        hello = self.server.call("initialize", {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"}}, modern=False)
        self.assertEqual(hello["result"]["protocolVersion"], "2025-11-25")
        self.server.send({"method": "notifications/initialized"})
        self.assertEqual(self.server.call("ping", modern=False)["result"], {})
        reply = self.server.tool("ask", {"prompt": "What is 2+2?"},
                                 modern=False)
        self.assertIn("4", self.text(reply))
        self.assertNotIn("resultType", reply["result"])

    def test_resources(self):
        for modern in (True, False):
            def result(method, params=None):
                return self.server.call(method, params, modern)["result"]

            listed = [x["uri"] for x in
                      result("resources/list")["resources"]]
            self.assertEqual(len(listed), 5)
            documents = {}
            for uri in listed:
                content = result("resources/read", {"uri": uri})["contents"][0]
                self.assertEqual(content["uri"], uri)
                documents[uri.split("/")[-1]] = json.loads(content["text"])
            self.assertEqual(
                [x["name"] for x in documents["providers"]["providers"]],
                ["chatgpt", "claude", "gemini", "grok", "ollama"])
            self.assertIn("claude", json.dumps(documents["quotas"]))
            self.assertIn("providers", documents["configuration"])
            self.assertGreater(len(documents["models"]["models"]), 20)
            template = result("resources/templates/list")[
                "resourceTemplates"][0]["uriTemplate"]
            values = result("completion/complete", {
                "ref": {"type": "ref/resource", "uri": template},
                "argument": {"name": "name", "value": "grok-"},
            })["completion"]["values"]
            self.assertIn("grok-4.7", values)
            one = result("resources/read", {
                "uri": template.replace("{name}", "grok-4.7")})
            self.assertIn("xai", one["contents"][0]["text"])

    def test_prompts(self):
        self.assertEqual(
            self.server.call("prompts/list")["result"]["prompts"][0]["name"],
            "code_review")
        prompt = self.server.call("prompts/get", {
            "name": "code_review", "arguments": {"input": "int x;"}})
        self.assertIn("int x;", json.dumps(prompt["result"]["messages"]))

    def test_log_messages_come_when_asked_for(self):
        self.server.tool("ask", {"prompt": "What is 2+2?"}, meta={
            "io.modelcontextprotocol/logLevel": "info"})
        self.assertIn("notifications/message",
                      [n["method"] for n in self.server.notes])
        self.server.notes = []
        self.server.tool("ask", {"prompt": "What is 2+2?"})
        self.assertEqual(self.server.notes, [])

    def test_progress_grows(self):
        self.server.tool("ask", {"prompt": "write 500 tokens"},
                         meta={"progressToken": "p"})
        steps = [n["params"]["progress"] for n in self.server.notes
                 if n["method"] == "notifications/progress"]
        self.assertGreater(len(steps), 0)
        self.assertEqual(steps, sorted(set(steps)))

    def test_mistakes_are_named(self):
        def code(reply):
            return reply["error"]["code"]

        self.assertEqual(code(self.server.call("no/such")), -32601)
        self.assertEqual(code(self.server.tool("no_such", {})), -32602)
        self.assertEqual(code(self.server.call(
            "tools/list", meta={
                "io.modelcontextprotocol/protocolVersion": "1999-01-01"})),
            -32022)
        self.server.send_line(b"{nonsense")
        self.assertEqual(code(self.server.reply(None)), -32700)
        self.server.send_line(b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]')
        self.assertEqual(code(self.server.reply(None)), -32600)
        for arguments in ({}, {"prompt": 1}, {"prompt": "x", "complexity": 11},
                          {"prompt": "x", "type": "dance"}):
            result = self.server.tool("ask", arguments)["result"]
            self.assertTrue(result["isError"], arguments)
        nul = self.server.tool("ask", {"prompt": "a\0b"})["result"]
        self.assertTrue(nul["isError"])
        unknown = self.server.tool("ask", {"prompt": "x", "modle": "y"})
        self.assertIn("modle", self.text(unknown))

    def test_huge_and_broken_lines(self):
        big = self.server.tool("ask", {"prompt": "x" * (50 << 20)})["result"]
        self.assertTrue(big["isError"])
        self.server.send_line(b'{"jsonrpc":"2.0","id":7,"method":"\xff\xfe"}')
        self.server.send({"id": 8, "method": "ping", "params": {}})
        self.assertEqual(self.server.reply(8)["result"], {})
        self.server.send_line(b"x" * (65 << 20))
        error = self.server.reply(None)["error"]
        self.assertEqual(error["code"], -32700)
        self.assertIn("longer than", error["message"])

    def test_cancelled_requests_stay_silent(self):
        self.server.send({"id": "c", "method": "tools/call", "params": {
            "name": "ask", "arguments": {"prompt": "write 100000 tokens"},
            "_meta": META}})
        self.server.send({"method": "notifications/cancelled",
                          "params": {"requestId": "c"}})
        self.assertIn("result", self.server.call("tools/list"))
        self.assertNotIn("c", [n.get("id") for n in self.server.notes])

    def test_many_calls_in_parallel(self):
        for i in range(50):
            self.server.send({"id": f"q{i}", "method": "tools/call", "params": {
                "name": "ask", "arguments": {"prompt": f"What is {i}+2?"},
                "_meta": META}})
        seen = set()
        while len(seen) < 50:
            message = self.server.read()
            if str(message.get("id", "")).startswith("q"):
                self.assertIn("result", message)
                seen.add(message["id"])

    def test_end_of_input_ends_the_program(self):
        self.server.call("tools/list")
        self.assertEqual(self.server.close(), 0)

    def test_a_client_that_stops_reading_ends_the_program(self):
        self.server.process.stdout.close()
        self.server.send({"id": 1, "method": "ping"})
        self.assertEqual(self.server.process.wait(20), 0)
        self.server.process.stdin.close()

    def test_a_client_that_never_reads_does_not_keep_the_program(self):
        # More than a pipe holds, so that the writer waits.
        self.server.send_line(b"\n".join(
            b'{"jsonrpc":"2.0","id":%d,"method":"ping"}' % i
            for i in range(5000)))
        self.server.process.stdin.close()
        self.assertEqual(self.server.process.wait(20), 0)
        self.server.process.stdout.close()

    def test_a_signal_ends_the_program(self):
        self.server.tool("route", {"prompt": "x"})
        self.server.process.send_signal(signal.SIGINT)
        self.assertEqual(self.server.process.wait(20), 0)
        self.server.process.stdin.close()
        self.server.process.stdout.close()


class McpFromAFile(unittest.TestCase):
    """Requests by `< FILE` are all answered before the program ends."""

    def test_every_request_is_answered(self):
        replies = answers_from_a_file(json.dumps({
            "jsonrpc": "2.0", "id": i, "method": "tools/call",
            "params": {"name": "ask", "_meta": META,
                       "arguments": {"prompt": f"{i}+2?"}}})
            for i in range(3))
        self.assertEqual(sorted(r["id"] for r in replies), [0, 1, 2])
        for reply in replies:
            self.assertIn("ollama", reply["result"]["content"][0]["text"])


class McpDocumentation(unittest.TestCase):
    """docs/MCP.md says what the program does."""

    def setUp(self):
        path = os.path.join(os.path.dirname(__file__), "../../docs/MCP.md")
        with open(path) as file:
            self.text = file.read()

    def test_it_names_all_that_is_offered(self):
        server = Server()
        try:
            tools = server.call("tools/list")["result"]["tools"]
            addresses = [x["uri"] for x in server.call("resources/list")[
                "result"]["resources"]]
            addresses += [x["uriTemplate"] for x in server.call(
                "resources/templates/list")["result"]["resourceTemplates"]]
        finally:
            server.close()
        described = {}
        for row in re.findall(r"^\| `(\w+)` \| ([^|]*) \|", self.text, re.M):
            described[row[0]] = set(re.findall(r"`(\w+)`", row[1]))
        self.assertEqual(described, {
            t["name"]: set(t["inputSchema"]["properties"]) for t in tools})
        self.assertEqual(
            set(re.findall(r"^\| `(smart-agents://[^`]*)`", self.text, re.M)),
            set(addresses))

    def test_its_example_is_what_is_printed(self):
        request = re.search(r'^\{"jsonrpc".*', self.text, re.M).group(0)
        expected = re.search(r"^\[simulated (?:.*\n)+?(?=```)", self.text,
                             re.M).group(0)
        printed = answers_from_a_file([request])[0]
        printed = printed["result"]["content"][0]["text"]

        def timeless(text):
            return re.sub(r"(time|request) .*", r"\1", text).strip()

        self.assertEqual(timeless(printed), timeless(expected))


if __name__ == "__main__":
    unittest.main(verbosity=1)
