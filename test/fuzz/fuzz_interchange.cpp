// Arbitrary bytes as the arrays of other formats: the sm80 order of metadata, bitmasks of 2:4 and
// of any sparsity. Nothing is read or written out of bounds; what is accepted makes a good blob.

#include <cstring>
#include <vector>

#include "heddle/interchange.hpp"
#include "test/fuzz/input.hpp"

namespace {

using namespace heddle;
using fuzz::Input;
using fuzz::require;

// Exactly as many bytes as the layout says, the first ones from the input.
std::vector<std::byte> bytes_of(Input& input, std::size_t count) {
  std::vector<std::byte> out(count);
  for (std::byte& byte : out) byte = static_cast<std::byte>(input.byte());
  return out;
}

template <class Layout, class From, class To>
void round_trip(Input& input, const PackedDesc& desc, Layout layout_of, From from, To to) {
  const auto layout = layout_of(desc);
  const auto blob_bytes = packed_size(desc);
  if (!layout.ok() || !blob_bytes.ok()) return;
  const std::vector<std::byte> metadata = bytes_of(input, layout->metadata_bytes);
  const std::vector<std::byte> values = bytes_of(input, layout->values_bytes);
  std::vector<std::byte> blob(*blob_bytes);
  const PackedView out = {desc, blob.data(), blob.size()};
  const Status status =
      from(Exec::cpu(1),
           ConstPackedArrays{values.data(), values.size(), metadata.data(), metadata.size()}, out);
  if (!status.ok()) {
    require(!status.message().empty(), "a failure says why");
    return;
  }
  require(verify(Exec::cpu(1), out).ok(), "what was accepted verifies");
  std::vector<std::byte> values_back(values.size()), metadata_back(metadata.size());
  const Status back = to(Exec::cpu(1), out,
                         PackedArrays{values_back.data(), values_back.size(), metadata_back.data(),
                                      metadata_back.size()});
  require(back.ok(), "and goes back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr Pattern kPatterns[] = {{2, 4}, {1, 2}, {1, 4}, {4, 8}};
  static constexpr std::int64_t kRows[] = {0, 1, 32, 64, 33};
  static constexpr std::int64_t kCols[] = {0, 4, 32, 64, 128, 36};
  Input input(data, size);
  PackedDesc desc;
  const unsigned kind = input.choice(2);
  desc.pattern = kPatterns[input.choice(4)];
  desc.type = static_cast<DataType>(input.choice(6));
  desc.rows = kRows[input.choice(5)];
  desc.cols = kCols[input.choice(6)];
  if (kind == 0) round_trip(input, desc, sm80_layout, from_sm80, to_sm80);
  if (kind == 1) round_trip(input, desc, bitmask_layout, from_bitmask, to_bitmask);
  return 0;
}
