#pragma once

#include "messages/route.hpp"
#include "messages/task.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents {

/// Which candidate is next, when to wait, when to give up. Pure: time comes as
/// an argument. The candidates are tried in the decision's order; when all
/// have failed and waiting helps, there is exactly one second round with those
/// that may do better then.
class attempt_plan {
public:
  /// What to do now.
  struct step {
    enum class kind : uint8_t { attempt, wait, give_up };
    kind what = kind::give_up;
    /// Position in `decision::ranked`, for `attempt`.
    size_t index = 0;
    /// For `wait`.
    caf::timespan delay{0};
  };

  /// `context_of` tells a model's window in tokens, 0 when it is unknown.
  attempt_plan(decision_ptr what, caf::timespan longest_wait,
               std::function<uint64_t(const candidate&)> context_of);

  /// The next step. After a `wait` the caller asks again when it is over.
  step next(instant now, instant deadline);

  /// Takes note that the candidate at `index` failed at `now`.
  void failed(size_t index, const failure& why, instant now);

private:
  struct entry {
    bool tried = false;
    /// Not in this round: something that another one met rules it out.
    bool ruled_out = false;
    std::optional<failure> why;
    /// When the same candidate may do better; unset: it will not soon.
    std::optional<instant> again_at;
  };

  void rule_out(size_t index, failure_class what);

  decision_ptr what_;
  caf::timespan longest_wait_;
  std::function<uint64_t(const candidate&)> context_of_;
  std::vector<entry> entries_;
  int round_ = 1;
};

/// The end of a task that no provider could do: one sentence that names each
/// provider that was tried (and those that were passed over), why it failed,
/// and what to do about it. Its class is that of the failure that passes
/// soonest, else of the preferred provider's.
failure no_answer(const decision& what, const std::vector<attempt>& attempts);

/// Why `winner` answered, in one sentence, the failures before it included:
/// "claude's daily limit is used up, so chatgpt: ...".
std::string reason_of(const decision& what, const candidate& winner,
                      const std::vector<attempt>& before);

/// What a user can do about a failure of `provider`, as a phrase.
std::string remedy_of(failure_class what, const std::string& provider);

/// A span of time for people: `800 ms`, `42 s`, `5 min`, `3 h`.
std::string for_people(caf::timespan x);

} // namespace smart_agents
