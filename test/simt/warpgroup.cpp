#include "test/simt/warpgroup.hpp"

#include <algorithm>
#include <cstring>

#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

constexpr unsigned kThreads = models::kWarpgroup;
constexpr std::size_t kWord = 4;

// Per word of a stack: written since the last fence, and what a product under way forbids.
enum : std::uint8_t { kWritten = 1, kNoWrite = 2, kNoRead = 4 };

std::size_t d_bytes(const models::WarpgroupForm& f) {
  return static_cast<std::size_t>(f.n) / 2 * 4;
}
constexpr std::size_t kABytes = 16;

bool inside(const void* address, const void* begin, std::size_t bytes) {
  return static_cast<std::size_t>(static_cast<const char*>(address) -
                                  static_cast<const char*>(begin)) < bytes;
}

}  // namespace

struct Warpgroups::Flight {
  std::uint32_t group;
  std::shared_ptr<Product> product;
  WgmmaCall call;
  Place place;
};

struct Warpgroups::Watch {
  const char* stack;
  std::vector<std::uint8_t> words;
  std::size_t low = 0, high = 0;  // of the written ones
  std::uint32_t group = 0;        // the open one
  bool fenced = false;
  std::deque<Flight> flights;

  // The words of an object, as far as it lies on the stack.
  std::pair<std::size_t, std::size_t> span(const void* object, std::size_t bytes) const {
    const auto at = static_cast<std::size_t>(static_cast<const char*>(object) - stack);
    if (at >= words.size() * kWord) return {0, 0};
    return {at / kWord, std::min(words.size(), (at + bytes + kWord - 1) / kWord)};
  }
};

struct Warpgroups::Sums {
  std::array<void*, kThreads> d;
  int n;
  std::vector<std::uint32_t> values;              // 64 x n
  std::array<std::uint16_t, kThreads> flights{};  // of each thread
};

struct Warpgroups::Product {
  std::array<WgmmaCall, kThreads> calls;
  std::shared_ptr<Sums> sums;
  std::vector<models::SharedRange> ranges;
  Place place;
  View seen;  // its reads of shared memory, that a wait is behind
  bool done = false;
};

struct Warpgroups::Group {
  unsigned arrived = 0;
  std::array<const WgmmaCall*, kThreads> calls{};
  std::deque<std::shared_ptr<Product>> waiting;  // for their wait, in the order of issue
  std::vector<std::weak_ptr<Sums>> sums;
};

Warpgroups& Block::warpgroups() {
  if (!warpgroups_) warpgroups_ = std::make_unique<Warpgroups>(*this);
  return *warpgroups_;
}

void Block::registers_written(const void* registers, std::size_t bytes, const void* site) {
  if (warpgroups_) warpgroups_->stack_access(registers, bytes, true, site);
}

Warpgroups::Warpgroups(Block& block)
    : block_(block),
      watches_(block.threads_.size()),
      groups_((block.threads_.size() + kThreads - 1) / kThreads) {}

Warpgroups::~Warpgroups() = default;

unsigned Warpgroups::in_group() const { return block_.current_ % kThreads; }

Warpgroups::Watch& Warpgroups::watch() {
  auto& mine = watches_[block_.current_];
  if (!mine) {
    mine = std::make_unique<Watch>();
    mine->stack = block_.threads_[block_.current_].stack_low;
    mine->words.resize(Worker::stack_bytes / kWord);
  }
  return *mine;
}

Warpgroups::Group& Warpgroups::group() {
  auto& mine = groups_[block_.current_ / kThreads];
  if (!mine) mine = std::make_unique<Group>();
  return *mine;
}

void Warpgroups::fence() {
  Watch& w = watch();
  w.fenced = true;
  for (std::size_t i = w.low; i < w.high; ++i) w.words[i] &= static_cast<std::uint8_t>(~kWritten);
  w.low = w.high = 0;
}

void Warpgroups::commit() { ++watch().group; }

void Warpgroups::stack_access(const void* address, std::size_t bytes, bool write,
                              const void* site) {
  if (!watches_[block_.current_]) return;
  Watch& w = *watches_[block_.current_];
  const auto [first, last] = w.span(address, bytes);
  std::uint8_t rules = 0;
  for (std::size_t i = first; i < last; ++i) {
    rules |= w.words[i];
    if (write) w.words[i] |= kWritten;
  }
  if (write && first < last) {
    w.low = w.low == w.high ? first : std::min(w.low, first);
    w.high = std::max(w.high, last);
  }
  if (!(rules & (write ? kNoWrite : kNoRead))) return;
  for (const Flight& flight : w.flights) {
    const WgmmaCall& call = flight.call;
    const char* what = nullptr;
    const auto meets = [&](const void* registers, std::size_t size, const char* name) {
      if (registers && (inside(address, registers, size) || inside(registers, address, bytes))) {
        what = name;
      }
    };
    if (write) meets(call.metadata, kWord, "the metadata");
    if (write) meets(call.a, kABytes, "the A registers");
    meets(call.d, d_bytes(call.form), "the accumulators");
    if (!what) continue;
    block_.find(Kind::early_register_access,
                std::string(write ? "write" : "read") + " of " + what +
                    " of a wgmma before the wait that covers it",
                {nullptr, 0, site}, block_.where(block_.current_, flight.place));
    return;
  }
}

void Warpgroups::set_rules(Watch& w, const Flight& flight, bool hold) {
  const auto apply = [&](const void* registers, std::size_t bytes, unsigned rules) {
    const auto [first, last] = registers ? w.span(registers, bytes) : std::pair(0ul, 0ul);
    for (std::size_t i = first; i < last; ++i) {
      const unsigned now = hold ? w.words[i] | rules : w.words[i] & ~rules;
      w.words[i] = static_cast<std::uint8_t>(now);
    }
  };
  apply(flight.call.d, d_bytes(flight.call.form), kNoRead | kNoWrite);
  apply(flight.call.a, kABytes, kNoWrite);
  apply(flight.call.metadata, kWord, kNoWrite);
}

bool Warpgroups::touches(const Watch& w, const void* registers, std::size_t bytes,
                         unsigned rule) const {
  const auto [first, last] = registers ? w.span(registers, bytes) : std::pair(0ul, 0ul);
  return std::any_of(w.words.begin() + static_cast<std::ptrdiff_t>(first),
                     w.words.begin() + static_cast<std::ptrdiff_t>(last),
                     [&](std::uint8_t word) { return word & rule; });
}

// What the running thread brings to a product.
void Warpgroups::check_registers(const WgmmaCall& call, Place place) {
  const Watch& w = watch();
  if (!w.fenced) {
    block_.find(Kind::instruction, "wgmma without a wgmma.fence before it", place);
  } else if (touches(w, call.d, d_bytes(call.form), kWritten)) {
    block_.find(Kind::instruction,
                "wgmma: its accumulators were written and no wgmma.fence came after", place);
  } else if (touches(w, call.a, kABytes, kWritten)) {
    block_.find(Kind::instruction,
                "wgmma: its A registers were written and no wgmma.fence came after", place);
  }
  if (touches(w, call.a, kABytes, kNoRead) || touches(w, call.metadata, kWord, kNoRead)) {
    block_.find(Kind::early_register_access,
                "wgmma: its A or metadata are accumulators of another one under way", place);
  }
  if (!call.metadata) return;
  models::WarpgroupLane lane{{}, *call.metadata};
  const auto refused = models::refused_metadata(call.form, static_cast<int>(in_group()), lane);
  if (refused.row >= 0) {
    block_.find(Kind::instruction, "wgmma.mma_async.sp: " + models::explain(refused), place);
  }
}

void Warpgroups::issue(const WgmmaCall& call, Place place) {
  const unsigned first = block_.current_ - in_group();
  if (first + kThreads > block_.size_) {
    block_.stop(Kind::instruction,
                "wgmma needs 128 threads from a multiple of 128 on; the block has " +
                    std::to_string(block_.size_),
                place);
  }
  for (unsigned i = first; i < first + kThreads; ++i) {
    if (block_.threads_[i].state != Thread::State::done) continue;
    block_.stop(Kind::exit_at_barrier, "waits at wgmma for a thread that has returned", place,
                block_.waiting(i));
  }
  check_registers(call, place);
  Group& g = group();
  g.calls[in_group()] = &call;
  block_.block_on(Thread::State::at_wgmma, "wgmma", place);
  if (++g.arrived == kThreads) {
    g.arrived = 0;
    begin(g, place);
    for (unsigned i = first; i < first + kThreads; ++i) block_.wake(i);
  }
  block_.suspend();
}

void Warpgroups::check_agreement(const Group& g, Place place) {
  const WgmmaCall& mine = *g.calls[in_group()];
  for (unsigned i = 0; i < kThreads; ++i) {
    const WgmmaCall& call = *g.calls[i];
    const char* what = nullptr;
    if (call.form != mine.form) {
      what = "types, shape, selector or order";
    } else if (call.b_descriptor != mine.b_descriptor || !call.a != !mine.a ||
               (!call.a && call.a_descriptor != mine.a_descriptor)) {
      what = "descriptors";
    } else if (call.accumulate != mine.accumulate) {
      what = "whether to accumulate";
    }
    if (!what) continue;
    block_.stop(Kind::instruction, std::string("wgmma: threads disagree on ") + what, place,
                block_.waiting(block_.current_ - in_group() + i));
  }
}

// The bytes of shared memory that a product reads.
std::vector<models::SharedRange> Warpgroups::operands(const WgmmaCall& call, Place place) {
  if (!shared_) {
    block_.stop(Kind::instruction, "wgmma: no descriptor was made of dynamic shared memory", place);
  }
  std::vector<models::SharedRange> ranges;
  std::vector<std::uint32_t> chunks;
  const auto add = [&](const char* name, std::uint64_t bits, const models::SharedOperand& operand,
                       bool sparse_b) {
    const std::string why = models::refusal(bits, operand, sparse_b);
    if (!why.empty()) {
      block_.stop(Kind::instruction, std::string("wgmma: descriptor of ") + name + ": " + why,
                  place);
    }
    models::chunk_addresses(bits, operand, chunks);
    const std::uint32_t last = *std::max_element(chunks.begin(), chunks.end());
    if (last + 16 > block_.launch.dynamic_shared) {
      block_.stop(Kind::out_of_bounds,
                  std::string("wgmma: descriptor of ") + name + ": reads up to byte " +
                      std::to_string(last + 16) + " of " +
                      std::to_string(block_.launch.dynamic_shared) + " of dynamic shared memory",
                  place);
    }
    const auto more = models::shared_ranges(chunks);
    ranges.insert(ranges.end(), more.begin(), more.end());
  };
  if (!call.a) add("A", call.a_descriptor, models::a_operand(call.form), false);
  add("B", call.b_descriptor, models::b_operand(call.form), call.form.sparse);
  return ranges;
}

// The accumulators of a product that begins, with the values of threads that had none under way.
std::shared_ptr<Warpgroups::Sums> Warpgroups::sums_of(Group& g, Place place) {
  const unsigned first = block_.current_ - in_group();
  const int n = g.calls[0]->form.n;
  std::erase_if(g.sums, [](const auto& sums) { return sums.expired(); });
  std::shared_ptr<Sums> sums;
  for (const auto& known : g.sums) {
    const auto s = known.lock();
    bool same = s->n == n;
    for (unsigned i = 0; i < kThreads && same; ++i) same = s->d[i] == g.calls[i]->d;
    if (same) sums = s;
  }
  if (!sums) {
    sums = std::make_shared<Sums>();
    sums->n = n;
    for (unsigned i = 0; i < kThreads; ++i) sums->d[i] = g.calls[i]->d;
    sums->values.resize(static_cast<std::size_t>(models::kWarpgroupRows * n));
    g.sums.push_back(sums);
  }
  for (unsigned i = 0; i < kThreads; ++i) {
    if (sums->flights[i]) continue;
    const WgmmaCall& call = *g.calls[i];
    if (touches(*watches_[first + i], call.d, d_bytes(call.form), kNoRead)) {
      block_.find(Kind::early_register_access,
                  "wgmma: its accumulators are in part those of another one under way, of another "
                  "shape or place",
                  place, block_.waiting(first + i));
    }
    for (int r = 0; r < n / 2; ++r) {
      const models::Cell cell = models::accumulator_cell(static_cast<int>(i), r);
      std::memcpy(&sums->values[static_cast<std::size_t>(cell.row * n + cell.column)],
                  static_cast<const char*>(call.d) + kWord * static_cast<std::size_t>(r), kWord);
    }
    std::memset(call.d, 0xFF, d_bytes(call.form));
  }
  return sums;
}

void Warpgroups::begin(Group& g, Place place) {
  check_agreement(g, place);
  const unsigned first = block_.current_ - in_group();
  auto product = std::make_shared<Product>();
  product->ranges = operands(*g.calls[0], place);
  product->sums = sums_of(g, place);
  product->place = place;
  for (unsigned i = 0; i < kThreads; ++i) {
    product->calls[i] = *g.calls[i];
    ++product->sums->flights[i];
    Watch& w = *watches_[first + i];
    w.flights.push_back({w.group, product, *g.calls[i], block_.threads_[first + i].place});
    set_rules(w, w.flights.back(), true);
  }
  read_shared(*product);
  block_.traffic_.count_wgmma();
  g.waiting.push_back(std::move(product));
}

void Warpgroups::read_shared(Product& product) {
  for (const models::SharedRange& range : product.ranges) {
    block_.async_read(shared_ + range.begin, range.end - range.begin, product.place.address);
  }
  block_.clocks_.release(block_.self(), product.seen);
}

void Warpgroups::multiply(Product& product) {
  read_shared(product);
  const WgmmaCall& call = product.calls[0];
  thread_local std::vector<models::WarpgroupLane> lanes(kThreads);
  for (unsigned i = 0; i < kThreads; ++i) {
    if (call.a) std::memcpy(lanes[i].a, product.calls[i].a, kABytes);
    if (call.metadata) std::memcpy(&lanes[i].metadata, product.calls[i].metadata, kWord);
  }
  models::wgmma(call.form, lanes.data(), reinterpret_cast<const unsigned char*>(shared_),
                call.a ? nullptr : &call.a_descriptor, call.b_descriptor, call.accumulate,
                product.sums->values.data());
  product.done = true;
}

void Warpgroups::wait(unsigned groups_left_open) {
  Watch& w = watch();
  const std::uint32_t covered = w.group - std::min(w.group, groups_left_open);
  std::deque<Flight> over;
  while (!w.flights.empty() && w.flights.front().group < covered) {
    over.push_back(std::move(w.flights.front()));
    w.flights.pop_front();
  }
  if (over.empty()) return;
  Group& g = group();
  while (!over.back().product->done) {
    multiply(*g.waiting.front());
    g.waiting.pop_front();
  }
  for (const Flight& flight : over) set_rules(w, flight, false);
  for (const Flight& flight : w.flights) set_rules(w, flight, true);
  for (const Flight& flight : over) {
    block_.clocks_.acquire(block_.self(), flight.product->seen);
    Sums& sums = *flight.product->sums;
    if (--sums.flights[in_group()]) continue;
    for (int r = 0; r < sums.n / 2; ++r) {
      const models::Cell cell = models::accumulator_cell(static_cast<int>(in_group()), r);
      std::memcpy(static_cast<char*>(flight.call.d) + kWord * static_cast<std::size_t>(r),
                  &sums.values[static_cast<std::size_t>(cell.row * sums.n + cell.column)], kWord);
    }
  }
}

std::uint32_t Warpgroups::shared_offset(const void* shared, Place place) {
  for (const Worker::Dynamic& d : block_.worker_.dynamic) {
    if (shared < d.begin || shared >= d.end) continue;
    shared_ = d.begin;
    const auto offset = static_cast<std::uint32_t>(static_cast<const char*>(shared) - d.begin);
    if (offset % 16) {
      block_.find(Kind::misaligned,
                  "a matrix descriptor of byte " + std::to_string(offset) +
                      " of dynamic shared memory: must be a multiple of 16",
                  place);
    }
    return offset;
  }
  block_.stop(Kind::instruction, "a matrix descriptor of what is not dynamic shared memory", place);
}

void Warpgroups::exited() {
  const auto& mine = watches_[block_.current_];
  if (mine && !mine->flights.empty()) {
    block_.find(Kind::instruction, "returned with a wgmma under way", {},
                block_.where(block_.current_, mine->flights.front().place));
  }
  const auto& g = groups_[block_.current_ / kThreads];
  if (!g || !g->arrived) return;
  const unsigned first = block_.current_ - in_group();
  for (unsigned i = first; i < first + kThreads; ++i) {
    if (block_.threads_[i].state != Thread::State::at_wgmma) continue;
    block_.stop(Kind::exit_at_barrier, "returned while its warpgroup waits at wgmma", {},
                block_.waiting(i));
  }
}

}  // namespace heddle::simt
