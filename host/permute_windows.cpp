// Descent over windows of a few groups: every window's best regrouping out of a list, the best
// windows first, none twice; then only windows with a changed group are looked at again.

#include <algorithm>
#include <map>
#include <numeric>

#include "host/permute_strategies.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kSetsAtOnce = 1 << 17;

// Ways to cut a window's columns, numbered group after group, into groups of given sizes. Every
// distinct group is a subset that is evaluated once.
class Regroupings {
 public:
  explicit Regroupings(std::vector<int> sizes) : sizes_(std::move(sizes)) {
    columns_ = std::accumulate(sizes_.begin(), sizes_.end(), 0);
    current_.resize(static_cast<std::size_t>(columns_));
    std::iota(current_.begin(), current_.end(), 0);
    add();  // number 0: as it stands
  }

  void add_swaps() {  // of two groups
    for (int i = 0; i < sizes_[0]; ++i)
      for (int j = sizes_[0]; j < columns_; ++j) {
        std::swap(current_[static_cast<std::size_t>(i)], current_[static_cast<std::size_t>(j)]);
        add();
        std::swap(current_[static_cast<std::size_t>(i)], current_[static_cast<std::size_t>(j)]);
      }
  }

  void add_all() {
    std::vector<int> free(current_);
    // A last group of another size first: the others are interchangeable, it is not.
    if (sizes_.back() != sizes_[0])
      choose_last(free, {}, 0);
    else
      choose(free, 0);
  }

  const std::vector<int>& sizes() const { return sizes_; }
  int columns() const { return columns_; }
  std::int64_t count() const { return static_cast<std::int64_t>(parts_.size() / sizes_.size()); }
  // Subsets of one size.
  struct Kind {
    int size;
    std::vector<int> members;  // [subsets, size]
    std::int64_t subsets() const { return static_cast<std::int64_t>(members.size()) / size; }
  };
  const std::vector<Kind>& kinds() const { return kinds_; }
  // The subset that is group g of a regrouping, numbered through all kinds.
  std::int32_t part(std::int64_t regrouping, std::size_t g) const {
    return parts_[static_cast<std::size_t>(regrouping) * sizes_.size() + g];
  }
  const int* members(std::int64_t regrouping, std::size_t g) const {
    std::int64_t number = part(regrouping, g);
    const Kind* kind = kinds_.data();
    for (; number >= kind->subsets(); ++kind) number -= kind->subsets();
    return kind->members.data() + number * kind->size;
  }

  // Call once, after the last add: numbers run through the kinds.
  void finish() {
    for (std::size_t i = 0; i < parts_.size(); ++i)
      if (kinds_.size() == 2 && i % sizes_.size() == sizes_.size() - 1)
        parts_[i] += static_cast<std::int32_t>(kinds_[0].subsets());
  }

 private:
  void choose_last(const std::vector<int>& free, std::vector<int> taken, std::size_t from) {
    if (static_cast<int>(taken.size()) == sizes_.back()) {
      std::copy(taken.begin(), taken.end(), current_.end() - sizes_.back());
      std::vector<int> rest;
      std::set_difference(free.begin(), free.end(), taken.begin(), taken.end(),
                          std::back_inserter(rest));
      return choose(rest, 0);
    }
    for (std::size_t i = from; i < free.size(); ++i) {
      taken.push_back(free[i]);
      choose_last(free, taken, i + 1);
      taken.pop_back();
    }
  }

  // Fills group g with the lowest free column and every choice of others.
  void choose(const std::vector<int>& free, int at) {
    if (free.empty()) return add();
    std::vector<int> rest(free.begin() + 1, free.end());
    current_[static_cast<std::size_t>(at)] = free[0];
    choose_others(rest, at + 1, sizes_[0] - 1, 0);
  }
  void choose_others(const std::vector<int>& free, int at, int more, std::size_t from) {
    if (more == 0) return choose(free, at);
    for (std::size_t i = from; i < free.size(); ++i) {
      std::vector<int> rest(free);
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      current_[static_cast<std::size_t>(at)] = free[i];
      choose_others(rest, at + 1, more - 1, i);
    }
  }

  void add() {
    const int* at = current_.data();
    for (const int size : sizes_) {
      std::vector<int> subset(at, at + size);
      std::sort(subset.begin(), subset.end());
      at += size;
      auto kind = std::find_if(kinds_.begin(), kinds_.end(),
                               [size](const Kind& k) { return k.size == size; });
      if (kind == kinds_.end()) kind = kinds_.insert(kinds_.end(), Kind{size, {}});
      const auto [known, added] =
          number_.emplace(subset, static_cast<std::int32_t>(kind->subsets()));
      if (added) kind->members.insert(kind->members.end(), subset.begin(), subset.end());
      parts_.push_back(known->second);
    }
  }

  std::vector<int> sizes_;
  int columns_ = 0;
  std::vector<int> current_;
  std::vector<Kind> kinds_;
  std::vector<std::int32_t> parts_;  // [regroupings, groups]
  std::map<std::vector<int>, std::int32_t> number_;
};

class Windows {
 public:
  Windows(PermuteState& state, int arity, bool swaps)
      : state_(state),
        arity_(static_cast<std::size_t>(arity)),
        full_(std::vector<int>(arity_, state.pattern.group)),
        partial_(sizes_with_rest()),
        splits_(!swaps && arity == 2 && state.pattern == Pattern{2, 4}) {
    for (Regroupings* list : {&full_, &partial_}) {
      swaps ? list->add_swaps() : list->add_all();
      list->finish();
    }
    list_windows();
  }

  Status evaluate_all() {
    std::vector<std::int64_t> all(gain_.size());
    std::iota(all.begin(), all.end(), 0);
    return evaluate(all);
  }

  // Applies gains until there are none.
  Status descend() {
    while (!state_.spent()) {
      std::vector<std::int64_t> better;
      for (std::size_t w = 0; w < gain_.size(); ++w)
        if (gain_[w] > 0) better.push_back(static_cast<std::int64_t>(w));
      if (better.empty()) break;
      std::stable_sort(better.begin(), better.end(), [&](std::int64_t a, std::int64_t b) {
        return gain_[index(a)] > gain_[index(b)];
      });
      std::vector<char> changed(state_.value.size());
      for (const std::int64_t w : better) {
        const std::int32_t* groups = window(w);
        if (std::any_of(groups, groups + arity_, [&](std::int32_t g) { return changed[index(g)]; }))
          continue;
        apply(w);
        for (std::size_t i = 0; i < arity_; ++i) changed[index(groups[i])] = 1;
      }
      HEDDLE_TRY(refresh(changed));
    }
    return {};
  }

  // Moves a random column each around a circle of more groups than a window has, so that no single
  // window undoes it, and descends; a loss is taken back.
  Status escape() {
    const std::vector<std::int32_t> order = state_.order;
    const std::vector<std::int64_t> value = state_.value, gain = gain_, choice = choice_;
    const std::int64_t kept = state_.kept;
    std::vector<std::int32_t> circle(state_.value.size());
    std::iota(circle.begin(), circle.end(), 0);
    const auto length =
        std::min<std::int64_t>(std::ssize(circle), static_cast<std::int64_t>(arity_) + 2);
    std::vector<char> changed(circle.size());
    std::int32_t* before = nullptr;
    for (std::int64_t i = 0; i < length; ++i) {
      std::swap(circle[index(i)], circle[index(i + state_.random.below(std::ssize(circle) - i))]);
      const std::int32_t group = circle[index(i)];
      std::int32_t* column = state_.members(group) + state_.random.below(state_.size(group));
      if (before != nullptr) std::swap(*before, *column);
      before = column;
      changed[index(group)] = 1;
    }
    HEDDLE_TRY(refresh(changed));
    HEDDLE_TRY(descend());
    if (state_.kept >= kept) return {};
    state_.order = order;
    state_.value = value;
    state_.kept = kept;
    gain_ = gain;
    choice_ = choice;
    return {};
  }

 private:
  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
  const std::int32_t* window(std::int64_t w) const { return groups_.data() + index(w) * arity_; }
  std::vector<int> sizes_with_rest() const {
    std::vector<int> sizes(arity_, state_.pattern.group);
    if (state_.rest != 0) sizes.back() = state_.rest;
    return sizes;
  }
  bool is_partial(std::int64_t w) const {
    return state_.rest != 0 && window(w)[arity_ - 1] + 1 == state_.groups();
  }

  void list_windows() {
    std::vector<std::int32_t> at(arity_);
    std::iota(at.begin(), at.end(), 0);
    const auto arity = static_cast<std::int32_t>(arity_);
    for (;;) {
      groups_.insert(groups_.end(), at.begin(), at.end());
      std::int32_t i = arity - 1;
      while (i >= 0 && at[index(i)] == state_.groups() - arity + i) --i;
      if (i < 0) break;
      ++at[index(i)];
      for (++i; i < arity; ++i) at[index(i)] = at[index(i - 1)] + 1;
    }
    gain_.resize(groups_.size() / arity_);
    choice_.resize(gain_.size());
  }

  // Columns of a window, group after group.
  void columns_of(std::int64_t w, std::vector<std::int32_t>& out) const {
    for (std::size_t i = 0; i < arity_; ++i) {
      const std::int32_t g = window(w)[i];
      out.insert(out.end(), state_.members(g), state_.members(g) + state_.size(g));
    }
  }

  void apply(std::int64_t w) {
    const Regroupings& list = is_partial(w) ? partial_ : full_;
    std::vector<std::int32_t> columns;
    columns_of(w, columns);
    if (splits_ && !is_partial(w)) {
      constexpr Splits kTable = make_splits();
      for (int i = 0; i < 8; ++i)
        state_.members(window(w)[i / 4])[i % 4] =
            columns[index(kTable.member[choice_[index(w)]][i])];
      return;
    }
    for (std::size_t g = 0; g < arity_; ++g) {
      const int* members = list.members(choice_[index(w)], g);
      for (int i = 0; i < list.sizes()[g]; ++i)
        state_.members(window(w)[g])[i] = columns[index(members[i])];
    }
  }

  Status refresh(const std::vector<char>& changed) {
    std::vector<std::int32_t> groups;
    for (std::size_t g = 0; g < changed.size(); ++g)
      if (changed[g]) groups.push_back(static_cast<std::int32_t>(g));
    HEDDLE_TRY(state_.evaluate(groups));
    state_.note_best();
    std::vector<std::int64_t> touched;
    for (std::size_t w = 0; w < gain_.size(); ++w) {
      const std::int32_t* at = window(static_cast<std::int64_t>(w));
      if (std::any_of(at, at + arity_, [&](std::int32_t g) { return changed[index(g)]; }))
        touched.push_back(static_cast<std::int64_t>(w));
    }
    return evaluate(touched);
  }

  // In pieces, so that a limit of time is seen. What is left out gains nothing.
  Status evaluate(const std::vector<std::int64_t>& which) {
    for (const std::int64_t w : which) gain_[index(w)] = 0;
    std::vector<std::int64_t> piece;
    for (const bool partial : {false, true}) {
      const Regroupings& list = partial ? partial_ : full_;
      std::int64_t sets = 0;
      for (const Regroupings::Kind& kind : list.kinds()) sets += kind.subsets();
      const std::int64_t most = std::max<std::int64_t>(1, kSetsAtOnce / sets);
      for (std::size_t i = 0; i <= which.size(); ++i) {
        if (i < which.size() && is_partial(which[i]) == partial) piece.push_back(which[i]);
        if (piece.empty() || (i < which.size() && std::ssize(piece) < most)) continue;
        if (state_.spent()) return {};
        HEDDLE_TRY(splits_ && !partial ? evaluate_splits(piece) : evaluate_piece(piece, list));
        state_.budget.add_steps(std::ssize(piece) * (list.count() - 1));
        piece.clear();
      }
    }
    return {};
  }

  Status evaluate_splits(const std::vector<std::int64_t>& piece) {
    std::vector<std::int32_t> columns;
    for (const std::int64_t w : piece) columns_of(w, columns);
    std::vector<SplitChoice> best(piece.size());
    HEDDLE_TRY(state_.evaluator.best_splits(columns.data(), std::ssize(piece), best.data()));
    for (std::size_t i = 0; i < piece.size(); ++i) {
      gain_[index(piece[i])] = best[i].gain;
      choice_[index(piece[i])] = best[i].split;
    }
    return {};
  }

  Status evaluate_piece(const std::vector<std::int64_t>& piece, const Regroupings& list) {
    std::vector<std::int32_t> columns;
    for (const std::int64_t w : piece) columns_of(w, columns);
    std::vector<std::vector<std::int64_t>> kind_values;
    for (const Regroupings::Kind& kind : list.kinds()) {
      std::vector<std::int32_t> sets;
      sets.reserve(piece.size() * kind.members.size());
      for (std::size_t i = 0; i < piece.size(); ++i)
        for (const int m : kind.members)
          sets.push_back(columns[i * index(list.columns()) + index(m)]);
      std::vector<std::int64_t>& values =
          kind_values.emplace_back(piece.size() * index(kind.subsets()));
      HEDDLE_TRY(state_.evaluator.values(sets.data(), std::ssize(values), kind.size, state_.keep(),
                                         values.data()));
    }
    std::vector<std::int64_t> values;  // of one window's subsets
    for (std::size_t i = 0; i < piece.size(); ++i) {
      values.clear();
      for (std::size_t k = 0; k < kind_values.size(); ++k) {
        const auto from =
            kind_values[k].begin() + static_cast<std::ptrdiff_t>(i) * list.kinds()[k].subsets();
        values.insert(values.end(), from, from + list.kinds()[k].subsets());
      }
      choose_best(piece[i], list, values);
    }
    return {};
  }

  void choose_best(std::int64_t w, const Regroupings& list,
                   const std::vector<std::int64_t>& values) {
    std::int64_t now = 0, most = 0, choice = 0;
    for (std::int64_t r = 0; r < list.count(); ++r) {
      std::int64_t sum = 0;
      for (std::size_t g = 0; g < arity_; ++g) sum += values[index(list.part(r, g))];
      if (r == 0) now = most = sum;
      if (sum > most) most = sum, choice = r;
    }
    gain_[index(w)] = most - now;
    choice_[index(w)] = choice;
  }

  PermuteState& state_;
  std::size_t arity_;
  Regroupings full_, partial_;
  bool splits_;                       // the evaluator knows the best of full windows
  std::vector<std::int32_t> groups_;  // [windows, arity]
  std::vector<std::int64_t> gain_, choice_;
};

Status descend_and_escape(PermuteState& state, Windows windows, std::int64_t escapes) {
  HEDDLE_TRY(windows.evaluate_all());
  HEDDLE_TRY(windows.descend());
  for (std::int64_t i = 0; i < escapes && !state.spent(); ++i) HEDDLE_TRY(windows.escape());
  return {};
}

}  // namespace

Status search_swaps(PermuteState& state, std::int64_t escapes) {
  if (state.groups() < 2) return {};
  return descend_and_escape(state, Windows(state, 2, true), escapes);
}

Status search_windows(PermuteState& state, int count, std::int64_t escapes) {
  count = std::min(count, state.groups());
  if (count < 2) return {};
  return descend_and_escape(state, Windows(state, count, false), escapes);
}

}  // namespace heddle
