#pragma once

#include "actors/front/mcp_protocol.hpp"
#include "actors/front/mcp_task.hpp"
#include "adapters/sealed_text.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

/// An MCP server without transport and without actors: clients' messages come
/// in, work goes to a host, and what the host says of it goes back to whoever
/// asked. Everything happens on one thread at a time, its owner's.

namespace smart_agents {

/// Where the messages that belong to one request go.
class mcp_link {
public:
  virtual ~mcp_link() = default;

  /// Sends a notification, or a request of ours.
  virtual void tell(std::string message) = 0;

  /// Sends the answer, after which nothing follows for this request.
  virtual void answer(mcp_reply reply) = 0;

  /// Closes the way to a client that can come back for the rest.
  virtual void hang_up() {}
};

using mcp_link_ptr = std::shared_ptr<mcp_link>;

class mcp_server;
class mcp_work;
using mcp_work_ptr = std::shared_ptr<mcp_work>;

/// One client in whose requests no id stands twice: a process on stdio, a
/// legacy HTTP session, or a single modern request.
struct mcp_session {
  /// Who it is, where that is known; what is sealed for one opens for nobody
  /// else.
  std::string principal;
  /// Of a legacy client once it has introduced itself.
  std::string version;
  boost::json::object capabilities;
  std::optional<mcp_level> log_level;
  std::set<std::string> watched;
  /// For what belongs to no request; may be null.
  mcp_link_ptr standing;
  /// What it was asked and has not answered, by our id.
  std::map<std::string, std::pair<mcp_work_ptr, std::string>> asked;
};

using mcp_session_ptr = std::shared_ptr<mcp_session>;

/// A request that its host works on. Ends with `finish`, `refuse`, or `ask`,
/// after which it may begin again with the answers. What is said after its end
/// is dropped.
class mcp_work : public std::enable_shared_from_this<mcp_work> {
public:
  const mcp_call& call() const {
    return call_;
  }

  /// False once it has ended.
  bool open() const {
    return open_;
  }

  /// Who wants it; empty where that is not known.
  const std::string& principal() const {
    return session_->principal;
  }

  /// The task that it became; empty for none.
  std::string task() const {
    return task_ ? task_->id : std::string{};
  }

  /// Tells how far it is, to a client that wants to know: a number that grows,
  /// of a total (0 for unknown). A task keeps the message.
  void progress(double done, std::string_view message, double total = 0);

  /// The same, counting.
  void note(std::string_view message);

  /// Logs for a client that wants it.
  void log(mcp_level level, const boost::json::value& data);

  /// Ends with the fields of a result: `content`, `contents`, `messages`.
  void finish(boost::json::object result);

  /// Ends with a text for the model, or why there is none.
  void finish(std::string_view text, bool is_error);

  /// Ends with an error of the protocol.
  void refuse(int code, std::string_view message,
              const boost::json::object& data = {});

  /// Asks the client: `{"key": {"method": ..., "params": {...}}}`. The work
  /// begins again once there are answers, in `call().answers`, with `state` in
  /// `call().state`. A client that cannot be asked is refused.
  void ask(boost::json::object questions, boost::json::value state = nullptr);

  /// Answers the call with a task, and goes on. The task must be kept safe
  /// already. False when the client does not know tasks, or there are too many.
  bool become(mcp_task task);

  /// Closes the stream of a legacy HTTP client, which comes back for the rest.
  void hang_up();

private:
  friend class mcp_server;

  mcp_server* server_ = nullptr;
  mcp_call call_;
  mcp_session_ptr session_;
  mcp_link_ptr link_;
  mcp_task_ptr task_;
  /// Progress that the client was told; it must keep growing.
  double told_ = 0;
  /// Hosts that took it up.
  int hosts_ = 0;
  /// Answers that a legacy client owes.
  size_t owed_ = 0;
  bool open_ = true;
};

/// What does the work.
struct mcp_host {
  /// Begins work, or begins it again with answers.
  std::function<void(const mcp_work_ptr&)> begin;
  /// The client wants it no more; it has ended already.
  std::function<void(const mcp_work_ptr&)> cancel;
  using found = std::function<void(std::optional<mcp_task>)>;
  /// Looks for a task that is not in hand (that of another process, say), for
  /// a principal; may be null.
  std::function<void(const std::string& id, const std::string& who, found)>
    find_task = nullptr;
  /// Cancels such a task; may be null.
  std::function<void(const std::string& id, const std::string& who)>
    cancel_task = nullptr;
};

class mcp_server {
public:
  /// Requests in hand at once; more are refused.
  static constexpr size_t max_works = 256;
  /// Tasks in hand at once; a call beyond is answered when it is done.
  static constexpr size_t max_tasks = 1024;
  /// Subscriptions at once.
  static constexpr size_t max_listeners = 1024;
  /// Hosts that may take up a work: one that ends them all is given up.
  static constexpr int max_hosts = 3;
  /// How long a client may think about a question.
  static constexpr auto patience = std::chrono::minutes{30};

  using clock = std::function<wall_time()>;

  mcp_server(mcp_server_info info, mcp_offer offer,
             clock now = std::chrono::system_clock::now);
  mcp_server(const mcp_server&) = delete;
  mcp_server& operator=(const mcp_server&) = delete;

  /// Takes a host, the first or a successor, which begins what is in hand.
  void serve(mcp_host host);

  /// Takes one message of a session's client.
  void receive(const mcp_session_ptr& from, const mcp_link_ptr& link,
               std::string_view message);
  void receive(const mcp_session_ptr& from, const mcp_link_ptr& link,
               mcp_message message);

  /// Whoever reads a link is gone, and wants nothing of it any more.
  void lost(const mcp_link_ptr& link);

  /// A session is over.
  void leave(const mcp_session_ptr& session);

  /// Everybody is gone.
  void leave_all();

  /// Has other tools and prompts from now on, and says so.
  void change(std::vector<mcp_tool> tools, std::vector<mcp_prompt> prompts);

  /// Tells those who listen.
  void tools_changed();
  void prompts_changed();
  /// Where it has an owner, only those that may read it.
  void resource_changed(const std::string& uri, const std::string& owner = {});

  /// Forgets tasks whose time is over.
  void sweep();

  /// Requests in hand, tasks not counted.
  size_t calls() const {
    return works_.size();
  }

  const mcp_protocol& protocol() const {
    return protocol_;
  }

private:
  friend class mcp_work;

  struct listener {
    mcp_session_ptr session;
    mcp_link_ptr link;
    mcp_listen wish;
  };

  using key = std::pair<const mcp_session*, std::string>;

  static key key_of(const mcp_session& session, const boost::json::value& id);

  void take(const mcp_session_ptr& from, const mcp_link_ptr& link,
            mcp_call call);
  void begin(const mcp_work_ptr& work);
  void cancel(const mcp_session_ptr& from, const boost::json::value& id);
  void resolve(const mcp_session_ptr& from, mcp_response response);
  void listen(const mcp_session_ptr& from, const mcp_link_ptr& link,
              mcp_listen wish);
  void serve_task(const mcp_session& from, const mcp_link_ptr& link,
                  const mcp_task_request& x);
  void update(const mcp_task_ptr& task, const mcp_task_request& x);
  void cancel(const mcp_task_ptr& task);
  void take_hello(const mcp_session_ptr& from, const mcp_link_ptr& link,
                  mcp_hello hello);

  // For works.
  void end(mcp_work& work, mcp_reply reply);
  void end_task(mcp_work& work, mcp_task_status how, boost::json::object what);
  void ask(mcp_work& work, boost::json::object questions,
           boost::json::value state);
  bool adopt(mcp_work& work, mcp_task task);
  void touch(mcp_task& task);
  void drop(mcp_work& work);
  template <class Wants>
  void tell_listeners(std::string_view method, boost::json::object params,
                      Wants wants);
  std::string purpose_of(const mcp_work& work) const;

  mcp_protocol protocol_;
  clock now_;
  text_sealer sealer_;
  mcp_host host_;
  std::map<key, mcp_work_ptr> works_;
  std::list<listener> listeners_;
  /// Legacy sessions that introduced themselves.
  std::vector<std::weak_ptr<mcp_session>> sessions_;
  std::unordered_map<std::string, mcp_task_ptr> tasks_;
  /// Works that go on as tasks, by task.
  std::unordered_map<std::string, mcp_work_ptr> task_works_;
  uint64_t last_question_ = 0;
};

} // namespace smart_agents
