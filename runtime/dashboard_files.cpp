#include "runtime/dashboard.hpp"

#include <algorithm>
#include <array>

namespace smart_agents {

namespace embedded {

extern const std::string_view dashboard_html;
extern const std::string_view dashboard_css;
extern const std::string_view dashboard_main_js;
extern const std::string_view dashboard_dom_js;
extern const std::string_view dashboard_live_js;
extern const std::string_view dashboard_plots_js;
extern const std::string_view dashboard_views_js;

} // namespace embedded

const dashboard_file* find_dashboard_file(std::string_view path) {
  constexpr const char* script = "text/javascript; charset=utf-8";
  static const std::array files{
    dashboard_file{"/", "text/html; charset=utf-8", embedded::dashboard_html},
    dashboard_file{"/dashboard/page.css", "text/css; charset=utf-8",
                   embedded::dashboard_css},
    dashboard_file{"/dashboard/main.js", script, embedded::dashboard_main_js},
    dashboard_file{"/dashboard/dom.js", script, embedded::dashboard_dom_js},
    dashboard_file{"/dashboard/live.js", script, embedded::dashboard_live_js},
    dashboard_file{"/dashboard/plots.js", script, embedded::dashboard_plots_js},
    dashboard_file{"/dashboard/views.js", script, embedded::dashboard_views_js},
  };
  const auto* found = std::find_if(files.begin(), files.end(),
                                   [&](auto& x) { return x.path == path; });
  return found == files.end() ? nullptr : found;
}

} // namespace smart_agents
