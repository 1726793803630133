#include "test/simt/shadow.hpp"

#include <algorithm>
#include <cstring>

namespace heddle::simt {

Clocks::Clocks(unsigned threads, unsigned copies)
    : threads_(threads),
      own_(threads + copies, 1),
      floor_(threads + copies, 0),
      views_(threads + copies),
      fences_(threads) {}

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
  for (std::size_t i = threads_; i < own_.size(); ++i) {
    for (const View& view : views_) {
      if (view) floor_[i] = std::max(floor_[i], (*view)[i]);
    }
  }
  for (std::size_t i = 0; i < threads_; ++i) floor_[i] = own_[i]++;
  std::fill(views_.begin(), views_.end(), nullptr);
}

bool Clocks::fenced(unsigned thread, std::uint32_t clock, unsigned later) const {
  if (thread >= threads_) return true;
  const auto& fences = fences_[thread];
  const auto next = std::lower_bound(fences.begin(), fences.end(), clock);
  return next != fences.end() && ordered(thread, *next, later);
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

Shadow::Page& Shadow::page_at(std::size_t i) {
  auto& entry = pages_[i / page];
  if (!entry) {
    entry = std::make_unique<Page>();
    touched_.push_back(i / page);
  }
  return *entry;
}

// visit(chunk, first byte in it, end, whether that is all of it)
template <typename Visit>
void Shadow::for_chunks(std::size_t first, std::size_t end, Visit visit) {
  for (std::size_t i = first, next; i < end; i = next) {
    next = std::min(end, (i / chunk + 1) * chunk);
    visit(chunk_at(i), i, next, next - i == chunk);
  }
}

void Shadow::forget() {
  for (const std::size_t i : touched_) pages_[i].reset();
  touched_.clear();
}

namespace {

// Keeps two readers that nothing orders, of different warps when there is a choice.
template <typename Unordered>
void note_reader(Shadow::Party (&readers)[2], const Shadow::Party& me, Unordered unordered) {
  auto& [a, b] = readers;
  if (!unordered(a)) {
    a = me;
  } else if (!unordered(b) || b.thread / 32 == a.thread / 32) {
    b = me;
  }
}

}  // namespace

Shadow::Conflict Shadow::async_read(const Clocks& clocks, unsigned thread, std::size_t first,
                                    std::size_t end, const void* site) {
  Conflict conflict;
  const Party me{site, clocks.now(thread), static_cast<std::uint16_t>(thread), false, false};
  const auto unordered = [&](const Party& other) {
    return other.clock && !clocks.ordered(other.thread, other.clock, thread);
  };
  Party asked;  // neighbours tend to have one writer
  bool raced = false, fenced = true;
  for_chunks(first, end, [&](Chunk& c, std::size_t from, std::size_t to, bool) {
    for (std::size_t i = from; i < (c.even ? from + 1 : to); ++i) {
      const Byte& byte = at(i);
      const Party& writer = byte.writer;
      if (byte.copy_in) conflict.copy_in = byte.copy_in;
      if (!writer.clock) {
        if (byte.copy_in) continue;
        conflict.uninitialised = true;
        std::memset(base_ + i, 0xFF, c.even ? to - i : 1);
        continue;
      }
      if (writer.thread != asked.thread || writer.clock != asked.clock) {
        asked = writer;
        raced = unordered(writer);
        fenced = clocks.fenced(writer.thread, writer.clock, thread);
      }
      if (raced && !conflict.race) {
        conflict.race = true;
        conflict.with = writer;
      }
      if (!writer.async && !fenced && !conflict.unfenced) {
        conflict.unfenced = true;
        conflict.unfenced_writer = writer;
      }
    }
    note_reader(c.readers, me, unordered);
  });
  return conflict;
}

Shadow::Conflict Shadow::access(const Clocks& clocks, unsigned thread, void* address,
                                std::size_t bytes, Access kind, const void* site) {
  Conflict conflict;
  const Party me{site, clocks.now(thread), static_cast<std::uint16_t>(thread),
                 kind == Access::atomic, false};
  const auto unordered = [&](const Party& other) {
    return other.clock && !clocks.ordered(other.thread, other.clock, thread);
  };
  const auto race = [&](const Party& other) {
    if (!conflict.race) conflict.with = other;
    conflict.race = true;
  };
  const std::size_t first = offset(address), end = std::min(first + bytes, size_);
  if (kind == Access::async_read) return async_read(clocks, thread, first, end, site);
  if (kind != Access::read) {
    for_chunks(first, end, [&](Chunk& c, std::size_t, std::size_t, bool whole) {
      for (const Party& reader : c.readers) {
        if (unordered(reader)) race(reader);
      }
      c.even &= whole;
    });
  }
  for (std::size_t i = first; i < end; ++i) {
    Byte& byte = at(i);
    if (byte.copy_in) conflict.copy_in = byte.copy_in;
    if (kind != Access::write && !byte.writer.clock && !byte.copy_in) {
      conflict.uninitialised = true;
      base_[i] = static_cast<char>(0xFF);
    }
    if (!(byte.writer.atomic && me.atomic) && unordered(byte.writer)) race(byte.writer);
    if (kind == Access::read) {
      note_reader(byte.readers, me, unordered);
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
  for_chunks(first, first + bytes,
             [](Chunk& c, std::size_t, std::size_t, bool whole) { c.even &= whole; });
}

void Shadow::copy_landed(const Clocks& clocks, unsigned thread, void* to, std::size_t bytes,
                         const void* site, bool async) {
  const std::size_t first = offset(to);
  for (std::size_t i = first; i < first + bytes; ++i) {
    Byte& byte = at(i);
    byte.copy_in = 0;
    byte.writer = {site, clocks.now(thread), static_cast<std::uint16_t>(thread), false, async};
  }
  for_chunks(first, first + bytes,
             [](Chunk& c, std::size_t, std::size_t, bool whole) { c.even = whole; });
}

void Shadow::source_held(const void* from, std::size_t bytes, std::uint32_t id) {
  const std::size_t first = offset(from);
  for (std::size_t i = first; i < first + bytes; ++i) at(i).copy_out = id;
}

}  // namespace heddle::simt
