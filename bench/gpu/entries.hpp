#pragma once
// Ways of computing one product, each checked before it is timed, timed in the same rounds.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/gpu/product.hpp"
#include "bench/program.hpp"

namespace heddle::bench::gpu {

/// One way: ready to be timed, or the reason why not.
struct Entry {
  std::unique_ptr<Side> side;
  std::unique_ptr<Recording> recording;
  std::string text, name;
  std::vector<double> seconds;  // of one product, a round each
};

using MakeSide = std::function<std::unique_ptr<Side>()>;
/// Made and checked; throws where it cannot be made or is wrong.
Entry make_entry(const SideArgs& args, bool vendor, const MakeSide& make);
/// A vendor's library may be missing, may refuse the case, and may be wrong: it says so.
Entry make_optional(const SideArgs& args, const char* name, const MakeSide& make);
/// D of that set is right, or throws.
void require_right(const Side& side, std::size_t set, const Case& problem, const Weight& weight,
                   bool vendor, const Stream& stream);

/// Times every entry in each round, starting with another one each time; work that is not timed
/// keeps the device busy while the rest is enqueued.
void time_entries(benchmark::State& state, const std::vector<Entry*>& entries,
                  const Stream& stream);
/// Speed of `ours` over `other`, round by round.
Summary compared(const Entry& ours, const Entry& other);

/// The model's opinion of an entry of Heddle, as counters: `prefix` us, and the terms of its time.
void set_model(benchmark::State& state, const std::string& prefix, const Selection& opinion);

}  // namespace heddle::bench::gpu
