#include "test/simt/traffic.hpp"

#include <algorithm>
#include <utility>

namespace heddle::simt {

Traffic sectors(const Instruction& instruction) {
  constexpr std::uintptr_t sector = 32;
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> ranges;
  for (unsigned lane = 0; lane < 32; ++lane) {
    const std::uintptr_t a = instruction.address[lane];
    const std::uint32_t bytes = instruction.bytes[lane];
    if (instruction.mask >> lane & 1 && bytes) ranges.emplace_back(a, a + bytes);
  }
  if (ranges.empty()) return {};
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t moved = 0, bytes = 0;
  std::uintptr_t end = 0, next_sector = 0;
  for (const auto& [from, to] : ranges) {
    if (to > end) bytes += to - std::max(from, end);
    end = std::max(end, to);
    const std::uintptr_t first = std::max(from / sector, next_sector);
    const std::uintptr_t last = (to - 1) / sector;
    if (last >= first) moved += last - first + 1;
    next_sector = std::max(next_sector, last + 1);
  }
  return {1, moved, (bytes + sector - 1) / sector};
}

Traffic wavefronts(const Instruction& instruction) {
  unsigned widest = 4;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (instruction.mask >> lane & 1) widest = std::max(widest, instruction.bytes[lane]);
  }
  const unsigned lanes = std::min(32u, 128u / widest);
  Traffic cost{1, 0, 0};
  for (unsigned first = 0; first < 32; first += lanes) {
    std::vector<std::uintptr_t> words;
    for (unsigned lane = first; lane < first + lanes; ++lane) {
      if (!(instruction.mask >> lane & 1)) continue;
      const std::uintptr_t a = instruction.address[lane];
      const std::uintptr_t last = (a + instruction.bytes[lane] - 1) / 4;
      for (std::uintptr_t w = a / 4; w <= last; ++w) words.push_back(w);
    }
    if (words.empty()) continue;
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    std::array<unsigned, 32> bank{};
    for (const std::uintptr_t w : words) ++bank[w % 32];
    cost.units += *std::max_element(bank.begin(), bank.end());
    cost.ideal += 1;
  }
  return cost;
}

void TrafficLog::note(unsigned warp, unsigned lane, const void* site, Space space,
                      const void* address, std::size_t bytes) {
  Site& entry = sites_[warp][{site, space}];
  const std::uint32_t visit = entry.visits[lane]++ - entry.first;
  if (entry.open.size() <= visit) entry.open.resize(visit + 1);
  Instruction& instruction = entry.open[visit];
  instruction.mask |= 1u << lane;
  instruction.bytes[lane] = static_cast<std::uint32_t>(bytes);
  instruction.address[lane] = reinterpret_cast<std::uintptr_t>(address);
  while (!entry.open.empty() && entry.open.front().mask == ~0u) {
    count(space, entry.open.front());
    entry.open.pop_front();
    ++entry.first;
  }
}

void TrafficLog::count(Space space, const Instruction& instruction) {
  switch (space) {
    case Space::global_load: counters_.global_load += sectors(instruction); break;
    case Space::global_store: counters_.global_store += sectors(instruction); break;
    case Space::shared_load: counters_.shared_load += wavefronts(instruction); break;
    case Space::shared_store: counters_.shared_store += wavefronts(instruction); break;
    case Space::async_store: counters_.async_store += wavefronts(instruction); break;
  }
}

void TrafficLog::count_copy(Space space, const Traffic& traffic) {
  (space == Space::global_load ? counters_.global_load : counters_.global_store) += traffic;
}

Counters TrafficLog::finish() {
  for (auto& warp : sites_) {
    for (auto& [key, site] : warp) {
      for (const Instruction& instruction : site.open) count(key.space, instruction);
    }
    warp.clear();
  }
  return counters_;
}

}  // namespace heddle::simt
