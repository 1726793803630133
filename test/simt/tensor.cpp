// Copies of boxes of tensors: loads that land on mbarriers, stores in bulk groups.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

// The box, zeros where it is outside of the tensor.
std::vector<char> gather(const std::vector<Copy::Row>& rows, std::size_t box_bytes) {
  std::vector<char> box(box_bytes, 0);
  for (const Copy::Row& row : rows) std::memcpy(box.data() + row.at, row.global, row.bytes);
  return box;
}

// Where byte i of the box lies in shared memory; i is a multiple of 16, and so much stays together.
char* place_of(char* shared, std::size_t i, TensorSwizzle swizzle) {
  const auto at = reinterpret_cast<std::uintptr_t>(shared + i);
  return shared + i + (swizzled(at, swizzle) - at);
}

// All of its global memory, to compare with first.
void bound(const std::vector<Copy::Row>& rows, const char*& from, std::size_t& bytes) {
  const char *low = nullptr, *high = nullptr;
  for (const Copy::Row& row : rows) {
    if (!low || row.global < low) low = row.global;
    if (!high || row.global + row.bytes > high) high = row.global + row.bytes;
  }
  from = low;
  bytes = static_cast<std::size_t>(high - low);
}

}  // namespace

std::optional<TensorMapFields> Block::fields_of(const TensorMap* map, int rank, Place place) {
  if (reinterpret_cast<std::uintptr_t>(map) % 64) {
    stop(Kind::misaligned, "a tensor map that is not 64-byte aligned", place);
  }
  if (worker_.shadow.contains(map)) {
    stop(Kind::instruction, "a tensor map in shared memory", place);
  }
  auto fields = decode(*map);
  if (!fields) stop(Kind::instruction, "not an encoded tensor map", place);
  if (rank && fields->rank != static_cast<unsigned>(rank)) {
    stop(Kind::instruction,
         std::to_string(rank) + " coordinates for a tensor of " + std::to_string(fields->rank) +
             " dimensions",
         place);
  }
  return fields;
}

bool Block::box_fits(const TensorMapFields& fields, const void* shared, Access kind, Place place) {
  const unsigned span = swizzle_bytes(fields.swizzle);
  const bool swizzles = fields.swizzle != TensorSwizzle::none;
  if (swizzles && fields.row_bytes() != span) {
    stop(Kind::instruction,
         "box rows of " + std::to_string(fields.row_bytes()) + " bytes, of " +
             std::to_string(span) + " that the swizzle spans: how they are padded is not modelled",
         place);
  }
  void* const address = const_cast<void*>(shared);
  const std::size_t alignment = swizzles ? 8 * span : 128;
  const Memory memory = check(address, fields.box_bytes(), alignment, kind, place.address);
  if (memory == Memory::invalid) return false;
  if (memory == Memory::shared) return true;
  stop(Kind::out_of_bounds, "a box outside shared memory", place);
}

// The rows of a box that lie inside the tensor, hence should in a buffer.
std::vector<Copy::Row> Block::rows_of(const TensorMapFields& fields, const std::int32_t* at,
                                      Access kind, Place place) {
  std::vector<Copy::Row> rows;
  const auto size = static_cast<std::int64_t>(fields.size[0]);
  const std::int64_t begin = std::max<std::int64_t>(at[0], 0);
  const std::int64_t end = std::min<std::int64_t>(std::int64_t{at[0]} + fields.box[0], size);
  if (begin >= end) return rows;
  const auto bytes = static_cast<std::size_t>(end - begin) * fields.elem_bytes;
  for (std::size_t i = 0; i < fields.box_rows(); ++i) {
    char* global = fields.base + begin * fields.elem_bytes;
    bool inside = true;
    std::size_t left = i;
    for (unsigned d = 1; d < fields.rank; ++d) {
      const auto x = at[d] + static_cast<std::int64_t>(left % fields.box[d]);
      left /= fields.box[d];
      inside = inside && x >= 0 && x < static_cast<std::int64_t>(fields.size[d]);
      if (inside) global += static_cast<std::uint64_t>(x) * fields.stride[d];
    }
    if (!inside || check(global, bytes, 1, kind, place.address) == Memory::invalid) continue;
    rows.push_back(
        {global, bytes,
         i * fields.row_bytes() + static_cast<std::size_t>(begin - at[0]) * fields.elem_bytes});
  }
  return rows;
}

void Block::count_rows(const std::vector<Copy::Row>& rows, Space space) {
  Traffic traffic{1, 0, 0};
  std::size_t bytes = 0;
  for (const Copy::Row& row : rows) {
    const auto first = reinterpret_cast<std::uintptr_t>(row.global);
    traffic.units += (first + row.bytes - 1) / 32 - first / 32 + 1;
    bytes += row.bytes;
  }
  traffic.ideal = (bytes + 31) / 32;
  if (bytes) traffic_.count_copy(space, traffic);
}

void Block::tensor_load(void* shared, const TensorMap* map, const std::int32_t* at, int rank,
                        void* mbarrier, std::optional<std::uint16_t> mask, Place place) {
  const auto fields = *fields_of(map, rank, place);
  if (!box_fits(fields, shared, Access::write, place)) return;
  if (!worker_.shadow.contains(mbarrier)) {
    stop(Kind::instruction, "completes on an mbarrier outside the block's shared memory", place);
  }
  const unsigned to = mask.value_or(static_cast<std::uint16_t>(1u << rank_));
  if (to == 0 || to >> cluster_.blocks()) {
    stop(Kind::instruction,
         "multicast mask " + std::to_string(to) + " in a cluster of " +
             std::to_string(cluster_.blocks()),
         place);
  }
  Copy copy{self(), 0, nullptr, nullptr, fields.box_bytes(), 0, place.address};
  copy.tensor = true;
  copy.swizzle = fields.swizzle;
  copy.rows = rows_of(fields, at, Access::read, place);
  copy.snapshot = gather(copy.rows, copy.bytes);
  bound(copy.rows, copy.from, copy.source_bytes);
  for (const Copy::Row& row : copy.rows) {
    if (!launch.global.valid(row.global, row.bytes)) continue;
    global_access(row.global, row.bytes, Access::read, place.address);
  }
  count_rows(copy.rows, Space::global_load);
  for (unsigned r = 0; r < cluster_.blocks(); ++r) {
    if (!(to >> r & 1)) continue;
    Block& home = cluster_.block(r);
    copy.to = static_cast<char*>(map_shared(shared, r, place));
    copy.mbarrier = map_shared(mbarrier, r, place);
    home_of(copy.to, "a copy", place);
    land_at_wait(home, copy, place);
  }
}

void Block::land_tensor(std::uint32_t id, const Copy& copy, const void* site) {
  const std::vector<char> box = gather(copy.rows, copy.bytes);
  if (box != copy.snapshot) source_overwritten(*this, id, site);
  for (std::size_t i = 0; i < copy.bytes; i += 16) {
    std::memcpy(place_of(copy.to, i, copy.swizzle), box.data() + i, 16);
  }
}

void Block::tensor_store(const TensorMap* map, const std::int32_t* at, int rank, const void* shared,
                         Place place) {
  const auto fields = *fields_of(map, rank, place);
  if (!box_fits(fields, shared, Access::async_read, place)) return;
  Thread& t = threads_[current_];
  Copy copy{self(),
            t.bulk_group,
            nullptr,
            static_cast<const char*>(shared),
            fields.box_bytes(),
            fields.box_bytes(),
            place.address};
  copy.tensor = true;
  copy.swizzle = fields.swizzle;
  copy.rows = rows_of(fields, at, Access::write, place);
  async_read(shared, copy.bytes, place.address);
  const std::uint32_t id = ++next_copy_;
  worker_.shadow.source_held(shared, copy.bytes, id);
  count_rows(copy.rows, Space::global_store);
  copies_.emplace(id, std::move(copy));
  t.bulk.push_back(id);
}

void Block::tensor_prefetch(const TensorMap* map, const std::int32_t*, int rank, Place place) {
  fields_of(map, rank, place);
}

// A store has read its source, at the latest now.
void Block::source_done(std::uint32_t id, const void* site) {
  Copy& copy = copies_.at(id);
  if (copy.source_read) return;
  copy.source_read = true;
  char* const shared = const_cast<char*>(copy.from);
  copy.snapshot.resize(copy.bytes);
  for (std::size_t i = 0; i < copy.bytes; i += 16) {
    std::memcpy(copy.snapshot.data() + i, place_of(shared, i, copy.swizzle), 16);
  }
  worker_.shadow.source_held(shared, copy.bytes, 0);
  worker_.shadow.access(clocks_, self(), shared, copy.bytes, Access::async_read, site);
  copy.from = nullptr;  // writes to it are nobody's business any more
  copy.source_bytes = 0;
}

void Block::stored(std::uint32_t id, const void* site) {
  source_done(id, site);
  const auto found = copies_.find(id);
  const Copy copy = std::move(found->second);
  copies_.erase(found);
  for (const Copy::Row& row : copy.rows) {
    source_written(row.global, row.bytes, copy.site);
    if (launch.global.valid(row.global, row.bytes)) {
      global_access(row.global, row.bytes, Access::write, copy.site);
    }
    std::memcpy(row.global, copy.snapshot.data() + row.at, row.bytes);
  }
}

void Block::bulk_wait(std::uint32_t left_open, bool read, Place place) {
  Thread& t = threads_[current_];
  const std::uint32_t before = t.bulk_group - std::min(t.bulk_group, left_open);
  const auto open = std::find_if(t.bulk.begin(), t.bulk.end(),
                                 [&](std::uint32_t id) { return copies_.at(id).group >= before; });
  for (auto id = t.bulk.begin(); id != open; ++id) {
    if (read) {
      source_done(*id, place.address);
    } else {
      stored(*id, place.address);
    }
  }
  if (!read) t.bulk.erase(t.bulk.begin(), open);
}

// Shared memory goes with the block, which may be now.
void Block::stores_at_exit() {
  for (const std::uint32_t id : std::exchange(threads_[current_].bulk, {})) {
    const Copy& copy = copies_.at(id);
    if (!copy.source_read) {
      find(
          Kind::source_overwritten,
          "returned before a store of " + std::to_string(copy.bytes) + " bytes had read its source",
          {}, issuer(copy));
    }
    stored(id, copy.site);
  }
}

}  // namespace heddle::simt
