// The search for permutations, and permuting.

#include "heddle/permute.hpp"

#include "test/abuse/stage.hpp"

namespace heddle::abuse {

std::vector<Scenario> permute_scenarios() {
  std::vector<Scenario> list;
  const struct {
    const char* name;
    PermutationSearch search;
    std::int64_t cols;
  } searches[] = {{"automatic", PermutationSearch::automatic, 24},
                  {"identity", PermutationSearch::identity, 24},
                  {"exhaustive", PermutationSearch::exhaustive, 10},
                  {"matching", PermutationSearch::matching, 24},
                  {"swap", PermutationSearch::swap, 24},
                  {"stripes_8", PermutationSearch::stripes_8, 16}};
  for (const auto& kind : searches)
    list.push_back(scenario(std::string("search ") + kind.name, [kind](Stage& s) -> Act {
      const MatrixView m = s.matrix(8, kind.cols);
      PermutationOptions options;
      options.search = kind.search;
      options.escapes = 1;
      s.numbers.resize(static_cast<std::size_t>(kind.cols));
      return [=, &s] {
        auto found = find_permutation(Exec::cpu(1), m, options);
        if (!found.ok()) return std::move(found).status();
        for (std::size_t i = 0; i < s.numbers.size(); ++i)
          s.numbers[i] = static_cast<std::uint64_t>(found->permutation[i]);
        return Status();
      };
    }));
  list.push_back(scenario(
      "a callback that throws",
      [](Stage& s) -> Act {
        const MatrixView m = s.matrix(100, 24);
        PermutationOptions options;
        options.progress = [](const PermutationProgress&) -> bool { throw 1; };
        return [=] { return find_permutation(threads(), m, options).status(); };
      },
      StatusCode::invalid_argument));
  const Permutation turned = {3, 2, 1, 0, 7, 6, 5, 4};
  list.push_back(scenario(
      "permute",
      [=](Stage& s) -> Act {
        const MatrixView m = s.matrix(8, 8), out = s.zeros(8, 8), twice = s.zeros(8, 8);
        return [=] {
          if (Status t = permute_columns(threads(), m, turned, out); !t.ok()) return t;
          if (Status t = permute_rows(threads(), out, turned, twice); !t.ok()) return t;
          return permuted_magnitude(threads(), m, turned, {2, 4}).status();
        };
      },
      StatusCode::ok, false));
  list.push_back(scenario("inverse and repeat", [=](Stage&) -> Act {
    return [=] {
      auto back = inverse(turned);
      if (!back.ok()) return std::move(back).status();
      return repeat(*back, 5).status();
    };
  }));
  list.push_back(scenario(
      "inverse of none",
      [](Stage&) -> Act {
        const Permutation twice = {0, 0};
        return [=] { return inverse(twice).status(); };
      },
      StatusCode::invalid_argument));
  return list;
}

}  // namespace heddle::abuse
