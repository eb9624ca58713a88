"""A model for clients of Anthropic's Messages API that does what a test says."""

import http.server
import json
import threading


class ScriptedModel:
    """A Messages API whose model follows a script: when the conversation holds
    `[NAME]`, it makes the tool calls of script NAME, one turn after the other,
    and then says `done`. `results` keeps what the model was shown."""

    def __init__(self):
        self.scripts = {}
        self.results = {}
        self.tools = {}
        self.mutex = threading.Lock()
        handler = type("Handler", (Handler,), {"model": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def content(self, body):
        """The content blocks that answer a request."""
        text = json.dumps(body["messages"])
        name = next((n for n in self.scripts if f"[{n}]" in text), None)
        if name is None:
            return [{"type": "text", "text": "nothing to do"}]
        blocks = [block for message in body["messages"]
                  if isinstance(message["content"], list)
                  for block in message["content"]]
        with self.mutex:
            self.tools[name] = body.get("tools", [])
            called = {b["id"]: b["name"] for b in blocks
                      if b["type"] == "tool_use"}
            shown = self.results.setdefault(name, {})
            for block in blocks:
                if block["type"] == "tool_result":
                    shown[block["tool_use_id"]] = (
                        called[block["tool_use_id"]], text_of(block["content"]),
                        block.get("is_error", False))
        turns = self.scripts[name]
        # Ids say which turn they are of.
        taken = {id.split("_")[1] for id in called if id.startswith("toolu_")}
        if len(taken) == len(turns):
            return [{"type": "text", "text": f"done {name}"}]
        return [{"type": "tool_use", "id": f"toolu_{len(taken)}_{i}",
                 "name": tool, "input": arguments}
                for i, (tool, arguments) in enumerate(turns[len(taken)])]

    def shown(self, name, tool):
        """Results of a tool as the model saw them, in the order of the calls:
        (text, is_error)."""
        with self.mutex:
            return [(text, bad) for _, (called, text, bad)
                    in sorted(self.results.get(name, {}).items())
                    if called == tool]


def text_of(content):
    if isinstance(content, str):
        return content
    return "\n".join(block.get("text", "") for block in content)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.send(200, "application/json", b"")

    def do_GET(self):
        self.send(404, "application/json", b"{}")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.split("?")[0] == "/v1/messages/count_tokens":
            return self.send(200, "application/json", b'{"input_tokens":9}')
        if self.path.split("?")[0] != "/v1/messages":
            return self.do_GET()
        content = self.model.content(body)
        calls = any(block["type"] == "tool_use" for block in content)
        stop = "tool_use" if calls else "end_turn"
        message = {"id": "msg_1", "type": "message", "role": "assistant",
                   "model": body["model"], "content": content,
                   "stop_reason": stop, "stop_sequence": None,
                   "usage": {"input_tokens": 9, "output_tokens": 9}}
        if not body.get("stream"):
            return self.send(200, "application/json",
                             json.dumps(message).encode())
        events = [("message_start",
                   {"message": {**message, "content": [],
                                "stop_reason": None}})]
        for index, block in enumerate(content):
            if block["type"] == "text":
                first = {"type": "text", "text": ""}
                delta = {"type": "text_delta", "text": block["text"]}
            else:
                first = {**block, "input": {}}
                delta = {"type": "input_json_delta",
                         "partial_json": json.dumps(block["input"])}
            events += [
                ("content_block_start",
                 {"index": index, "content_block": first}),
                ("content_block_delta", {"index": index, "delta": delta}),
                ("content_block_stop", {"index": index})]
        events += [("message_delta",
                    {"delta": {"stop_reason": stop, "stop_sequence": None},
                     "usage": {"output_tokens": 9}}),
                   ("message_stop", {})]
        self.send(200, "text/event-stream", "".join(
            f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"
            for kind, data in events).encode())

    def send(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
