#include "test/simt/shadow.hpp"

#include <algorithm>
#include <cstring>

namespace heddle::simt {

Clocks::Clocks(unsigned threads) : own_(threads, 1), floor_(threads, 0), views_(threads) {}

bool Clocks::ordered(unsigned earlier, std::uint32_t clock, unsigned later) const {
  if (earlier == later || clock <= floor_[earlier]) return true;
  const View& view = views_[later];
  return view && clock <= (*view)[earlier];
}

void Clocks::merge(std::vector<std::uint32_t>& into, const View& from) const {
  if (!from) return;
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = std::max(into[i], (*from)[i]);
}

void Clocks::release(unsigned thread, View& into) {
  // Views are immutable once acquired; a barrier that is still filling owns its own.
  if (!into) into = std::make_shared<std::vector<std::uint32_t>>(own_.size(), 0);
  merge(*into, views_[thread]);
  (*into)[thread] = own_[thread]++;
}

void Clocks::acquire(unsigned thread, const View& from) {
  View& mine = views_[thread];
  const bool within = !mine || std::equal(mine->begin(), mine->end(), from->begin(),
                                          [](auto a, auto b) { return a <= b; });
  if (within) {
    mine = from;
    return;
  }
  auto joined = std::make_shared<std::vector<std::uint32_t>>(*from);
  merge(*joined, mine);
  mine = std::move(joined);
}

void Clocks::synchronise_all() {
  floor_ = own_;
  for (std::uint32_t& clock : own_) ++clock;
  std::fill(views_.begin(), views_.end(), nullptr);
}

std::shared_ptr<const std::vector<std::uint32_t>> Clocks::seen(unsigned thread) {
  auto all = std::make_shared<std::vector<std::uint32_t>>(floor_);
  merge(*all, views_[thread]);
  (*all)[thread] = own_[thread]++;
  return all;
}

void Shadow::attach(char* base, std::size_t size) {
  forget();
  base_ = base;
  size_ = size;
  pages_.resize(std::max(pages_.size(), (size + page - 1) / page));
}

Shadow::Byte& Shadow::at(std::size_t i) {
  auto& entry = pages_[i / page];
  if (!entry) {
    entry = std::make_unique<Byte[]>(page);
    touched_.push_back(i / page);
  }
  return entry[i % page];
}

void Shadow::forget() {
  for (const std::size_t i : touched_) pages_[i].reset();
  touched_.clear();
}

Shadow::Conflict Shadow::access(const Clocks& clocks, unsigned thread, void* address,
                                std::size_t bytes, Access kind, const void* site) {
  Conflict conflict;
  const Party me{site, clocks.now(thread), static_cast<std::uint16_t>(thread),
                 kind == Access::atomic};
  const auto unordered = [&](const Party& other) {
    return other.clock && !clocks.ordered(other.thread, other.clock, thread);
  };
  const auto race = [&](const Party& other) {
    if (!conflict.race) conflict.with = other;
    conflict.race = true;
  };
  const std::size_t first = offset(address);
  for (std::size_t i = first; i < std::min(first + bytes, size_); ++i) {
    Byte& byte = at(i);
    if (byte.copy_in) conflict.copy_in = byte.copy_in;
    if (kind != Access::write && !byte.writer.clock && !byte.copy_in) {
      conflict.uninitialised = true;
      base_[i] = static_cast<char>(0xFF);
    }
    if (!(byte.writer.atomic && me.atomic) && unordered(byte.writer)) race(byte.writer);
    if (kind == Access::read) {
      // Keep two readers that nothing orders, of different warps when there is a choice.
      Party& a = byte.readers[0];
      Party& b = byte.readers[1];
      if (!unordered(a)) {
        a = me;
      } else if (!unordered(b) || b.thread / 32 == a.thread / 32) {
        b = me;
      }
      continue;
    }
    if (byte.copy_out) conflict.copy_out = byte.copy_out;
    for (const Party& reader : byte.readers) {
      if (unordered(reader)) race(reader);
    }
    byte.writer = me;
  }
  return conflict;
}

void Shadow::copy_issued(void* to, std::size_t bytes, std::uint32_t id) {
  const std::size_t first = offset(to);
  std::memset(to, 0xFF, bytes);
  for (std::size_t i = first; i < first + bytes; ++i) at(i).copy_in = id;
}

void Shadow::copy_landed(const Clocks& clocks, unsigned thread, void* to, std::size_t bytes,
                         const void* site) {
  const std::size_t first = offset(to);
  for (std::size_t i = first; i < first + bytes; ++i) {
    Byte& byte = at(i);
    byte.copy_in = 0;
    byte.writer = {site, clocks.now(thread), static_cast<std::uint16_t>(thread), false};
  }
}

void Shadow::source_held(const void* from, std::size_t bytes, std::uint32_t id) {
  const std::size_t first = offset(from);
  for (std::size_t i = first; i < first + bytes; ++i) at(i).copy_out = id;
}

}  // namespace heddle::simt
