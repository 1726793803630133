// Arbitrary bytes as a packed blob, and good blobs spoiled in a few places: open, verify, unpack,
// convert and slice must neither read nor write out of bounds, whatever the metadata say.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "heddle/heddle.hpp"
#include "test/fuzz/input.hpp"

namespace {

using namespace heddle;
using fuzz::Input;
using fuzz::require;

constexpr std::int64_t kMaxEntries = 1 << 16;

// Rewrites the blob in `desc`'s form with `operation`, into memory of exactly the right size.
template <class Operation>
void rewrite(const PackedDesc& desc, bool must_succeed, Operation operation) {
  const auto bytes = packed_size(desc);
  if (!bytes.ok()) return;
  std::vector<std::byte> out(*bytes);
  const Status status = operation(PackedView{desc, out.data(), out.size()});
  require(!must_succeed || status.ok(), "a verified blob can be rewritten");
  if (!must_succeed) return;
  const auto opened = open_packed(out.data(), out.size());
  require(opened.ok() && verify(Exec::cpu(1), *opened).ok(), "and what comes out is one too");
}

// Everything that reads a blob whose header is good.
void use(const ConstPackedView& packed) {
  const PackedDesc& desc = packed.desc;
  if (desc.rows > kMaxEntries || desc.cols > kMaxEntries || desc.rows * desc.cols > kMaxEntries) {
    return;
  }
  const Exec exec = Exec::cpu(1);
  const bool good = verify(exec, packed).ok();
  std::vector<std::byte> dense(static_cast<std::size_t>(desc.rows * desc.cols) *
                               size_of(desc.type));
  const MatrixView out = row_major(dense.data(), desc.rows, desc.cols, desc.type);
  require(unpack(exec, packed, out).ok(), "unpack skips what is illegal");
  // An entry lands in its own group or nowhere: canonical order allows no more than `keep` of them
  // even where the metadata are wrong.
  if (good || desc.order == PackedOrder::canonical) {
    const auto report = check(exec, out, desc.pattern);
    require(report.ok() && report->compliant(), "a blob unpacks to a compliant matrix");
  }

  PackedDesc other = desc;
  other.order = desc.order == PackedOrder::canonical ? PackedOrder::device : PackedOrder::canonical;
  rewrite(other, good, [&](const PackedView& to) { return convert(exec, packed, to); });
  const std::int64_t begin = desc.rows / 3, end = desc.rows - desc.rows / 4;
  PackedDesc rows = desc;
  rows.rows = end - begin;
  rewrite(rows, good,
          [&](const PackedView& to) { return slice_rows(exec, packed, begin, end, to); });
  const std::int64_t first = desc.cols / desc.pattern.group / 2 * desc.pattern.group;
  PackedDesc cols = desc;
  cols.cols = desc.cols - first;
  rewrite(cols, good,
          [&](const PackedView& to) { return slice_cols(exec, packed, first, desc.cols, to); });
}

void try_blob(const void* data, std::size_t bytes) {
  // A copy of exactly this size, so that one byte too far is seen.
  std::vector<std::uint8_t> copy(bytes);
  if (bytes > 0) std::memcpy(copy.data(), data, bytes);
  const auto opened = open_packed(copy.data(), copy.size());
  if (opened.ok()) use(*opened);
}

// A blob made by `pack` from a matrix that the input describes, then spoiled where it says.
void try_spoiled(Input input) {
  static constexpr Pattern kPatterns[] = {{2, 4}, {1, 2}, {1, 4},   {4, 8},  {3, 5},
                                          {1, 1}, {7, 7}, {16, 32}, {1, 32}, {31, 32}};
  PackedDesc desc;
  desc.pattern = kPatterns[input.byte() % std::size(kPatterns)];
  desc.type = static_cast<DataType>(input.byte() % 6);
  desc.order = input.byte() % 2 == 0 ? PackedOrder::canonical : PackedOrder::device;
  desc.rows = input.byte() % 130;
  desc.cols = input.byte() % 130;
  const auto bytes = packed_size(desc);
  if (!bytes.ok()) return;
  std::vector<std::uint8_t> dense(static_cast<std::size_t>(desc.rows * desc.cols) *
                                  size_of(desc.type));
  unsigned seed = input.word();
  for (std::uint8_t& byte : dense) {
    seed = seed * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(seed >> 24);
  }
  std::vector<std::uint8_t> blob(*bytes);
  const ConstMatrixView matrix =
      row_major(static_cast<const void*>(dense.data()), desc.rows, desc.cols, desc.type);
  require(pack(Exec::cpu(1), matrix, {desc, blob.data(), blob.size()}).ok(), "pack works");
  require(verify(Exec::cpu(1), {desc, blob.data(), blob.size()}).ok(), "a fresh blob verifies");
  use({desc, blob.data(), blob.size()});
  bool spoiled = false;
  while (!input.empty()) {
    // Counted from the end, where the metadata of a canonical blob lie.
    const std::size_t at = input.word() % blob.size();
    blob[blob.size() - 1 - at] ^= input.byte();
    spoiled = true;
  }
  if (spoiled) try_blob(blob.data(), blob.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try_blob(data, size);
  try_spoiled(Input(data, size));
  return 0;
}
