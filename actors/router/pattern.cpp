#include "actors/router/pattern.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace smart_agents {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_';
}

} // namespace

/// Reads a pattern by recursive descent. Every part comes to steps that lead
/// behind themselves, so that parts are put together by appending them.
class pattern_parser {
public:
  explicit pattern_parser(std::string_view text) : text_{text} {}

  caf::expected<pattern> run() {
    if (text_.size() > pattern::max_text)
      fail("is longer than " + std::to_string(pattern::max_text)
           + " characters");
    auto all = alternatives();
    if (at_ < text_.size())
      fail("a ) too many");
    if (all.size() >= pattern::max_steps)
      too_large();
    if (!wrong_.empty())
      return make_error(ec::bad_config, "\"" + std::string{text_.substr(0, 100)}
                                          + "\" is no pattern: " + wrong_);
    all.emplace_back();
    result_.steps_ = std::move(all);
    find_first();
    return std::move(result_);
  }

private:
  using op = pattern::op;
  using step = pattern::step;
  using byte_set = pattern::byte_set;
  using steps = std::vector<step>;

  void fail(const std::string& why) {
    if (wrong_.empty())
      wrong_ = why + " (at character " + std::to_string(at_ + 1) + ")";
  }

  bool more() const {
    return wrong_.empty() && at_ < text_.size();
  }

  bool take(char c) {
    if (!more() || text_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  steps alternatives() {
    auto result = sequence();
    while (take('|')) {
      auto other = sequence();
      result.insert(result.begin(), split(1, size_of(result) + 2));
      result.push_back(jump(size_of(other) + 1));
      append(result, other);
    }
    return result;
  }

  steps sequence() {
    steps result;
    while (more() && text_[at_] != '|' && text_[at_] != ')')
      append(result, repeated(single()));
    return result;
  }

  steps single() {
    auto c = text_[at_++];
    switch (c) {
    case '(': return group();
    case '[': return bytes(classed());
    case '.': {
      byte_set any;
      any.set();
      any.reset('\n');
      return bytes(any);
    }
    case '^': return {{op::begin}};
    case '$': return {{op::end}};
    case '\\': return escaped();
    case '*':
    case '+':
    case '?':
    case '{':
      --at_;
      fail("nothing stands before this repeat");
      return {};
    default: return bytes(of_byte(c));
    }
  }

  steps group() {
    if (take('?') && !take(':'))
      fail("only (?: ) is taken of the groups with a ?");
    if (++depth_ > 50)
      fail("more than 50 groups in each other");
    auto result = wrong_.empty() ? alternatives() : steps{};
    --depth_;
    if (!take(')'))
      fail("a ( is not closed");
    return result;
  }

  steps escaped() {
    if (!more()) {
      fail("ends in a \\");
      return {};
    }
    auto c = text_[at_++];
    if (c == 'b')
      return {{op::word}};
    if (c == 'B')
      return {{op::no_word}};
    if (auto known = named(c))
      return bytes(*known);
    return bytes(of_byte(c));
  }

  /// What `\d` and the like, or an escaped sign, stand for.
  std::optional<byte_set> named(char c) {
    byte_set result;
    auto where = [&result](auto holds) {
      for (int i = 0; i < 128; ++i)
        result.set(static_cast<size_t>(i), holds(static_cast<char>(i)));
    };
    auto lower = static_cast<char>(c | 0x20);
    if (lower == 'd')
      where(is_digit);
    else if (lower == 'w')
      where(is_word);
    else if (lower == 's')
      where([](char x) { return x == ' ' || (x >= '\t' && x <= '\r'); });
    else if (c == 'n' || c == 'r' || c == 't')
      result.set(c == 'n' ? '\n' : c == 'r' ? '\r' : '\t');
    else if (is_letter(c) || is_digit(c)) {
      fail(std::string{"\\"} + c + " is not known here");
      return std::nullopt;
    } else {
      return std::nullopt;
    }
    return c == 'D' || c == 'W' || c == 'S' ? ~result : result;
  }

  byte_set classed() {
    byte_set result;
    auto negative = take('^');
    for (bool first = true; more() && (first || text_[at_] != ']');
         first = false) {
      auto c = text_[at_++];
      if (static_cast<unsigned char>(c) >= 128)
        fail("a [ ] takes ASCII only; write (ä|ö)");
      auto ranges = true;
      if (c == '\\') {
        if (!more())
          break;
        c = text_[at_++];
        if (auto known = named(c)) {
          result |= *known;
          ranges = false;
        }
      }
      if (!ranges)
        continue;
      auto last = c;
      if (at_ + 1 < text_.size() && text_[at_] == '-'
          && text_[at_ + 1] != ']') {
        last = text_[at_ + 1];
        at_ += 2;
        if (last < c || last == '\\' || static_cast<unsigned char>(last) >= 128)
          fail("this range runs backwards or is none");
      }
      for (int i = static_cast<unsigned char>(c); wrong_.empty() && i <= last;
           ++i)
        result |= of_byte(static_cast<char>(i));
    }
    if (!take(']'))
      fail("a [ is not closed");
    return negative ? ~result : result;
  }

  steps repeated(steps what) {
    for (;;) {
      if (take('*'))
        what = any_number(what);
      else if (take('+'))
        what = times(what, 1, std::nullopt);
      else if (take('?'))
        what = times(what, 0, 1);
      else if (more() && text_[at_] == '{')
        what = counted(what);
      else
        return what;
      // Lazy or not, found is found.
      take('?');
    }
  }

  steps counted(const steps& what) {
    ++at_;
    auto least = number();
    auto most = std::optional{least};
    if (take(','))
      most =
        more() && text_[at_] != '}' ? std::optional{number()} : std::nullopt;
    if (!take('}') || (most && *most < least))
      fail("a repeat is written {2}, {2,} or {2,5}");
    return times(what, least, most);
  }

  size_t number() {
    if (!more() || !is_digit(text_[at_]))
      fail("a repeat is written {2}, {2,} or {2,5}");
    size_t result = 0;
    for (; more() && is_digit(text_[at_]); ++at_)
      if (result = 10 * result + static_cast<size_t>(text_[at_] - '0');
          result > pattern::max_steps)
        too_large();
    return result;
  }

  /// At most `max_steps` copies are ever made: `append` stops.
  steps times(const steps& what, size_t least, std::optional<size_t> most) {
    steps result;
    for (size_t i = 0; i < least && wrong_.empty(); ++i)
      append(result, what);
    if (!most)
      append(result, any_number(what));
    for (auto i = least; most && i < *most && wrong_.empty(); ++i) {
      append(result, {split(1, size_of(what) + 1)});
      append(result, what);
    }
    return result;
  }

  steps any_number(const steps& what) {
    steps result{split(1, size_of(what) + 2)};
    append(result, what);
    result.push_back(jump(-size_of(what) - 1));
    return result;
  }

  void append(steps& to, const steps& what) {
    if (to.size() + what.size() >= pattern::max_steps)
      return too_large();
    to.insert(to.end(), what.begin(), what.end());
  }

  void too_large() {
    fail("comes to more than " + std::to_string(pattern::max_steps) + " steps");
  }

  static int size_of(const steps& x) {
    return static_cast<int>(x.size());
  }

  static step split(int one, int other) {
    return {op::split, 0, static_cast<int16_t>(one),
            static_cast<int16_t>(other)};
  }

  static step jump(int to) {
    return {op::jump, 0, static_cast<int16_t>(to), 0};
  }

  static byte_set of_byte(char c) {
    byte_set result;
    result.set(static_cast<unsigned char>(c));
    if (is_letter(c))
      result.set(static_cast<unsigned char>(c ^ 0x20));
    return result;
  }

  steps bytes(const byte_set& what) {
    auto& sets = result_.sets_;
    auto i = std::find(sets.begin(), sets.end(), what);
    auto place = static_cast<uint16_t>(i - sets.begin());
    if (i == sets.end())
      sets.push_back(what);
    return {{op::byte, place}};
  }

  void find_first() {
    const auto& all = result_.steps_;
    std::vector<bool> seen(all.size());
    std::vector<size_t> left{0};
    while (!left.empty()) {
      auto i = left.back();
      left.pop_back();
      if (seen[i])
        continue;
      seen[i] = true;
      const auto& x = all[i];
      if (x.what == op::match)
        result_.first_.set();
      else if (x.what == op::byte)
        result_.first_ |= result_.sets_[x.set];
      else
        left.push_back(i + static_cast<size_t>(x.next));
      if (x.what == op::split)
        left.push_back(i + static_cast<size_t>(x.other));
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string wrong_;
  pattern result_;
};

/// Follows all ways through the pattern at once. The ways that wait at a byte
/// are a set: each is entered once for each byte of the text.
class pattern::search {
public:
  search(const pattern& what, std::string_view text)
    : steps_{what.steps_}, what_{what}, text_{text} {}

  bool run() {
    for (size_t i = 0;; ++i) {
      if (here_.count == 0 && skip(i))
        ++turn_;
      // One more way begins here.
      if (enter(here_, 0, i))
        return true;
      if (i >= text_.size())
        return false;
      next_.count = 0;
      ++turn_;
      for (size_t k = 0; k < here_.count; ++k) {
        auto at = here_.list[k];
        if (what_.sets_[steps_[at].set][byte_at(i)]
            && enter(next_, at + size_t{1}, i + 1))
          return true;
      }
      std::swap(here_, next_);
    }
  }

private:
  struct ways {
    std::array<uint16_t, max_steps> list;
    size_t count = 0;
  };

  size_t byte_at(size_t i) const {
    return static_cast<unsigned char>(text_[i]);
  }

  /// Goes on to where a match may begin; true when that is elsewhere.
  bool skip(size_t& i) const {
    auto from = i;
    while (i < text_.size() && !what_.first_[byte_at(i)])
      ++i;
    return i != from;
  }

  bool word_edge(size_t i) const {
    auto before = i > 0 && is_word(text_[i - 1]);
    auto after = i < text_.size() && is_word(text_[i]);
    return before != after;
  }

  /// Adds a way, and all that it leads to without a byte; true at the end of
  /// the pattern.
  bool enter(ways& into, size_t first, size_t i) {
    size_t left = 0;
    stack_[left++] = static_cast<uint16_t>(first);
    while (left > 0) {
      size_t at = stack_[--left];
      if (entered_[at] == turn_)
        continue;
      entered_[at] = turn_;
      const auto& x = steps_[at];
      auto go = [&](int by) {
        stack_[left++] = static_cast<uint16_t>(static_cast<int>(at) + by);
      };
      switch (x.what) {
      case op::match: return true;
      case op::byte: into.list[into.count++] = static_cast<uint16_t>(at); break;
      case op::split:
        go(x.other);
        go(x.next);
        break;
      case op::jump: go(x.next); break;
      case op::begin:
        if (i == 0)
          go(1);
        break;
      case op::end:
        if (i == text_.size())
          go(1);
        break;
      case op::word:
        if (word_edge(i))
          go(1);
        break;
      case op::no_word:
        if (!word_edge(i))
          go(1);
        break;
      }
    }
    return false;
  }

  const std::vector<step>& steps_;
  const pattern& what_;
  std::string_view text_;
  ways here_;
  ways next_;
  /// By step: the turn in which it was entered last.
  std::array<uint32_t, max_steps> entered_{};
  uint32_t turn_ = 1;
  /// A step is entered once a turn and leaves two behind at most.
  std::array<uint16_t, 2 * max_steps + 1> stack_;
};

caf::expected<pattern> pattern::compile(std::string_view text) {
  return pattern_parser{text}.run();
}

bool pattern::found_in(std::string_view text) const {
  return search{*this, text}.run();
}

} // namespace smart_agents
