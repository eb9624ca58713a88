#pragma once

#include "messages/dialect.hpp"
#include "messages/storage.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smart_agents {

/// What is known of a model from its own answers.
struct learned_of_model {
  /// Seconds to the first content, and tokens a second after it; 0 while
  /// nothing was measured.
  double first_byte = 0;
  double tokens_per_second = 0;
  /// Share of its calls that did not fail, the latest counting most.
  double health = 1;
  /// Calls that these rest on.
  uint64_t calls = 0;
  /// How much better than expected it does tasks of the type, in shares of its
  /// quality: -0.3 to 0.05. One person's verdict moves it by 0.05 at most.
  double quality_shift = 0;
  /// How much evidence that rests on; a rating counts 4, a failure 1, an answer
  /// 0.2, and all of it fades.
  double evidence = 0;
};

/// Learns from every attempt how fast, how reliable and how good each model is:
/// moving means, and a Beta posterior by task type. See docs/ROUTING.md, 6.
/// Thread-safe: one object is shared by those who route and those who report.
class model_experience {
public:
  /// Pairs of model and type that are remembered; names come from clients.
  static constexpr size_t max_models = 1024;
  /// Conversations whose last model is remembered.
  static constexpr size_t max_conversations = 4096;
  /// Answers that can be rated.
  static constexpr size_t max_answers = 1000;
  /// A prompt cache is expected to hold a conversation for so long.
  static constexpr caf::timespan cache_holds = std::chrono::minutes{5};

  /// Learns from one attempt. `conversation` may be empty.
  void learn(const ledger_row& row, const std::string& conversation = {},
             instant now = {});

  /// Who judges an answer: a person, whose word counts 4, or a model that was
  /// asked to check it, which counts 1.
  enum class rater : uint8_t { person, check };

  /// Learns what somebody thinks of an answer.
  void rate(const std::string& provider, const std::string& model,
            const std::string& type, bool good, rater who = rater::person);

  /// Learns what a person thinks of the answer to a request, and says whose it
  /// was: provider, model and type. Of a request with steps, each step has an
  /// equal share. Saying the same again changes nothing. Fails with
  /// `ec::not_found` for an answer that is not among the last `max_answers`,
  /// `ec::bad_input` when learning is off.
  caf::expected<std::string> rate_answer(const std::string& request, bool good);

  /// Takes note of an answer that another process gave, so that it can be
  /// rated.
  void add_answer(const ledger_row& row);

  /// What is known; nothing while nothing was learned or learning is off.
  learned_of_model of(std::string_view provider, std::string_view model,
                      std::string_view type) const;

  /// Input tokens that the model's prompt cache is expected to hold of that
  /// conversation.
  uint64_t cached(std::string_view provider, std::string_view model,
                  const std::string& conversation, instant now) const;

  /// When off, nothing is learned and nothing that was learned counts.
  void enable(bool on);

  /// Takes what earlier runs learned. A file that is not there is no error; one
  /// that cannot be read fails with `ec::storage_failed`.
  caf::error load(const std::string& path);

  /// Adds what was learned here since the last time to what the file has, which
  /// other processes may have written since, and takes over their part. Fails
  /// with `ec::storage_failed`.
  caf::error sync(const std::string& path);

private:
  /// Learned of one model in tasks of one type.
  struct entry {
    double first_byte = 0;
    double tokens_per_second = 0;
    double failing = 0;
    uint64_t calls = 0;
    double good = 0;
    double bad = 0;
    bool operator==(const entry&) const = default;
  };

  /// By `PROVIDER/MODEL`, then by type; type "" is all of them.
  using table = std::map<std::string, std::map<std::string, entry, std::less<>>,
                         std::less<>>;

  struct talk {
    std::string conversation;
    std::string who;
    uint64_t tokens = 0;
    instant at{};
  };

  /// One thing learned, so that it can be learned again over what a file has.
  struct lesson {
    std::string who;
    std::string type;
    double weight = 0;
    bool good = false;
    /// False for a rating.
    bool call = true;
    double first_byte = 0;
    double tokens_per_second = 0;
  };

  /// Whose answer a task got.
  struct given {
    std::string task_id;
    std::string who;
    std::string type;
    /// 1 rated good, -1 bad, 0 not rated.
    int8_t rated = 0;
  };

  static void apply(table& to, const lesson& x);
  static caf::error read(const std::string& path, table& out,
                         std::deque<given>& answers);
  static lesson rating(const std::string& who, const std::string& type,
                       bool good, double weight);
  void remember(given x);
  void remember(talk x);
  /// Puts what the file has before our own answers.
  void merge(std::deque<given> others);
  void note(lesson x);

  mutable std::mutex mutex_;
  bool on_ = true;
  table all_;
  /// Not in the file yet; bounded.
  std::vector<lesson> fresh_;
  /// The latest first; each is found by its conversation.
  std::list<talk> talks_;
  std::unordered_map<std::string_view, std::list<talk>::iterator> talk_of_;
  /// The oldest first.
  std::deque<given> answers_;
};

} // namespace smart_agents
