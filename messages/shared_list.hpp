#pragma once

#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace smart_agents {

/// A list whose copies share their elements until one of them is changed:
/// conversations are long, and a request is copied for each attempt at it.
/// A value as `std::vector` is; copies may be used by different threads.
template <class T>
class shared_list {
public:
  using value_type = T;
  using const_iterator = typename std::vector<T>::const_iterator;
  using iterator = const_iterator;

  shared_list() = default;
  shared_list(std::initializer_list<T> all)
    : shared_list{std::vector<T>(all)} {}
  explicit shared_list(std::vector<T> all)
    : all_{std::make_shared<std::vector<T>>(std::move(all))} {}

  bool empty() const {
    return size() == 0;
  }
  size_t size() const {
    return all_ ? all_->size() : 0;
  }
  const_iterator begin() const {
    return get().begin();
  }
  const_iterator end() const {
    return get().end();
  }
  auto rbegin() const {
    return get().rbegin();
  }
  auto rend() const {
    return get().rend();
  }
  const T& operator[](size_t index) const {
    return (*all_)[index];
  }
  const T& front() const {
    return all_->front();
  }
  const T& back() const {
    return all_->back();
  }

  /// The elements, to be changed; they are no other list's from then on. Not
  /// to be kept: a later copy shares them again.
  std::vector<T>& edit() {
    if (!all_)
      all_ = std::make_shared<std::vector<T>>();
    else if (all_.use_count() > 1)
      all_ = std::make_shared<std::vector<T>>(*all_);
    else // What the last other holder read is read before we write.
      std::atomic_thread_fence(std::memory_order_acquire);
    return *all_;
  }

  void push_back(T x) {
    edit().push_back(std::move(x));
  }

  bool operator==(const shared_list& other) const {
    return all_ == other.all_ || get() == other.get();
  }

private:
  const std::vector<T>& get() const {
    static const std::vector<T> none;
    return all_ ? *all_ : none;
  }

  std::shared_ptr<std::vector<T>> all_;
};

} // namespace smart_agents
