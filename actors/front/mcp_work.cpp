#include "actors/front/mcp_server.hpp"

#include <utility>

namespace smart_agents {

namespace json = boost::json;

void mcp_work::progress(double done, std::string_view message, double total) {
  if (!open_)
    return;
  if (task_) {
    task_->message = clean_text(message);
    server_->touch(*task_);
    return;
  }
  told_ = done;
  if (call_.progress_token)
    link_->tell(
      mcp_protocol::progress(*call_.progress_token, done, message, total));
}

void mcp_work::note(std::string_view message) {
  progress(told_ + 1, message);
}

void mcp_work::log(mcp_level level, const json::value& data) {
  auto wanted = call_.modern ? call_.log_level : session_->log_level;
  if (open_ && !task_ && wanted && level >= *wanted)
    link_->tell(mcp_protocol::log(level, data));
}

void mcp_work::finish(json::object result) {
  if (!open_)
    return;
  if (task_)
    return server_->end_task(*this, mcp_task_status::completed,
                             std::move(result));
  server_->end(*this, {server_->protocol_.complete(call_, std::move(result))});
}

void mcp_work::finish(std::string_view text, bool is_error) {
  if (!open_)
    return;
  if (!task_)
    return server_->end(*this,
                        {server_->protocol_.result(call_, text, is_error)});
  json::object result{{"content", json::array{mcp_text(text)}}};
  if (is_error)
    result["isError"] = true;
  finish(std::move(result));
}

void mcp_work::refuse(int code, std::string_view message,
                      const json::object& data) {
  if (!open_)
    return;
  if (!task_)
    return server_->end(
      *this, mcp_protocol::refuse(call_.id, call_.modern, code, message, data));
  json::object error{{"code", code}, {"message", clean_text(message)}};
  if (!data.empty())
    error["data"] = data;
  server_->end_task(*this, mcp_task_status::failed, std::move(error));
}

void mcp_work::ask(json::object questions, json::value state) {
  if (open_)
    server_->ask(*this, std::move(questions), std::move(state));
}

bool mcp_work::become(mcp_task task) {
  return open_ && !task_ && server_->adopt(*this, std::move(task));
}

void mcp_work::hang_up() {
  link_->hang_up();
}

} // namespace smart_agents
