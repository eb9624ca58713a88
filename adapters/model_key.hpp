#pragma once

#include <array>
#include <string>
#include <string_view>

namespace smart_agents {

/// `PROVIDER/MODEL`, put together without taking memory where it is not long.
/// The parts must outlive it only while it is made.
class model_key {
public:
  model_key(std::string_view provider, std::string_view model) {
    size_ = provider.size() + 1 + model.size();
    if (size_ > short_.size())
      long_.reserve(size_);
    else {
      auto at = provider.copy(short_.data(), provider.size());
      short_[at] = '/';
      model.copy(short_.data() + at + 1, model.size());
      return;
    }
    long_.append(provider).append("/").append(model);
  }

  std::string_view view() const {
    return long_.empty() ? std::string_view{short_.data(), size_} : long_;
  }

  std::string str() const {
    return std::string{view()};
  }

private:
  size_t size_ = 0;
  std::array<char, 96> short_;
  std::string long_;
};

} // namespace smart_agents
