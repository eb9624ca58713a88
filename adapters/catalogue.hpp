#pragma once

#include "messages/chat.hpp"
#include "messages/dialect.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// US dollars per million tokens.
struct price {
  double input = 0;
  double output = 0;
  double cache_read = 0;
  double cache_write = 0;
};

/// What is known of one model.
struct model_info {
  /// Vendor as the catalogue names it: `anthropic`, `openai`, `xai`, ...
  std::string vendor;
  std::string name;
  price base;
  /// Above this total input the whole request costs `price`; ascending.
  struct tier {
    uint64_t above_input = 0;
    price cost;
  };
  std::vector<tier> tiers;
  /// Total window and largest output, in tokens; 0 is unknown.
  uint64_t context = 0;
  uint64_t max_output = 0;
  bool vision = false;
  bool audio = false;
  bool video = false;
  bool tools = false;
  bool reasoning = false;
  /// False: temperature and top_p must not be sent.
  bool sampling_params = true;
  /// False: prices are a guess, because the model is not in the catalogue.
  bool known = true;
};

/// Models with prices and limits, read from a data file that ships with the
/// program and can be updated without it.
class catalogue {
public:
  /// The file built into the program.
  static const catalogue& built_in();

  /// Parses a catalogue file. Fails with `ec::bad_config`, naming the entry.
  static caf::expected<catalogue> parse(std::string_view json);

  /// The model of that vendor, or of any when `vendor` is empty. An exact name
  /// wins; else a dated snapshot (`NAME-2026-10-01`) finds its model; vendor
  /// `ollama` knows every model, free of charge. Unknown ones come back with
  /// `known == false` and no price.
  model_info find(std::string_view vendor, std::string_view name) const;

  const std::vector<model_info>& models() const {
    return models_;
  }

  /// Date of the data, `YYYY-MM-DD`.
  const std::string& date() const {
    return date_;
  }

private:
  std::vector<model_info> models_;
  /// Places in `models_` by name, in their order.
  std::map<std::string, std::vector<size_t>, std::less<>> by_name_;
  std::string date_;
};

/// The cost of a call, tiers and cache included.
double cost_usd(const model_info& model, const usage& tokens);

} // namespace smart_agents
