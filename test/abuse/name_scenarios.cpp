// Names of patterns, methods and types.

#include <memory>

#include "heddle/method.hpp"
#include "heddle/pattern.hpp"
#include "test/abuse/stage.hpp"

namespace heddle::abuse {
namespace {

std::string fresh_name(const char* kind) {
  static int count = 0;
  return std::string("a name of these tests, ") + kind + " " + std::to_string(++count);
}

Scenario registering(std::string name, std::function<Act(Stage&)> prepare) {
  Scenario made = scenario(std::move(name), std::move(prepare));
  made.make = [make = made.make] {
    Case run = make();
    run.registers = true;
    return run;
  };
  return made;
}

}  // namespace

std::vector<Scenario> name_scenarios() {
  std::vector<Scenario> list;
  const std::string unknown = "a pattern that nobody has registered";
  list.push_back(scenario(
      "find_pattern", [=](Stage&) -> Act { return [=] { return find_pattern(unknown).status(); }; },
      StatusCode::not_found));
  list.push_back(scenario(
      "find_method",
      [=](Stage&) -> Act {
        const std::string known = "tile-at-most-fast-2:4";
        return [=] {
          if (auto found = find_method(known); !found.ok()) return std::move(found).status();
          return find_method(unknown).status();
        };
      },
      StatusCode::not_found));
  list.push_back(scenario(
      "parse_data_type",
      [=](Stage&) -> Act { return [=] { return parse_data_type(unknown).status(); }; },
      StatusCode::not_found));
  list.push_back(registering("register_pattern", [](Stage&) -> Act {
    const std::string name = fresh_name("pattern");
    return [=] {
      if (Status t = register_pattern(name, {3, 7}); !t.ok()) return t;
      return find_pattern(name).status();
    };
  }));
  list.push_back(registering("register_method", [](Stage&) -> Act {
    const std::string name = fresh_name("method");
    auto const function = std::make_shared<MaskFunction>(
        [](const Exec&, const ConstMatrixView&, Ranking, const MaskView&) { return Status(); });
    return [=] {
      if (Status t = register_method(name, {2, 4}, std::move(*function)); !t.ok()) return t;
      return find_method(name).status();
    };
  }));
  list.push_back(scenario(
      "register_pattern again",
      [](Stage&) -> Act {
        const std::string name = "tile-exact-2:4";
        return [=] { return register_pattern(name, {3, 7}); };
      },
      StatusCode::invalid_argument));
  return list;
}

}  // namespace heddle::abuse
