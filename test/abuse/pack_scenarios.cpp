// Packed blobs.

#include "heddle/pack.hpp"

#include <cstring>

#include "heddle/tile.hpp"
#include "test/abuse/stage.hpp"

namespace heddle::abuse {
namespace {

constexpr std::int64_t kRows = 200, kCols = 192;

PackedDesc desc(PackedOrder order, Pattern pattern = {2, 4}) {
  return {kRows, kCols, pattern, DataType::bf16, order};
}
PackedDesc desc32(PackedOrder order) { return {kRows, kCols, {1, 2}, DataType::f32, order}; }

// f32 goes into device order as 1:2.
void add_order(std::vector<Scenario>& list, PackedOrder order, PackedOrder other) {
  const std::string in = std::string(" ") + to_string(order);
  list.push_back(scenario("pack" + in, [=](Stage& s) -> Act {
    const MatrixView m = s.matrix(kRows, kCols);
    const PackedView out = s.blob(desc32(order));
    return [=] { return pack(threads(), m, out); };
  }));
  list.push_back(scenario("pack of a mask" + in, [=](Stage& s) -> Act {
    MatrixView m = s.zeros(kRows, kCols, DataType::bf16);
    const MaskView mask = s.kept_mask(kRows, kCols);
    const PackedView out = s.blob(desc(order));
    std::memset(m.data, 0x3f, kRows * kCols * 2);
    return [=] { return pack(threads(), m, mask, out); };
  }));
  list.push_back(scenario(
      "pack with a report" + in,
      [=](Stage& s) -> Act {
        MatrixView m = s.zeros(kRows, kCols, DataType::bf16);
        const MaskView mask = s.kept_mask(kRows, kCols);
        const PackedView out = s.blob(desc(order));
        auto* const report = reinterpret_cast<CheckReport*>(s.take(sizeof(CheckReport)));
        std::memset(m.data, 0x3f, kRows * kCols * 2);
        return [=] { return pack(threads(), m, mask, out, report); };
      },
      StatusCode::ok, false));
  list.push_back(scenario(
      "pack refuses" + in,
      [=](Stage& s) -> Act {
        MatrixView m = s.zeros(kRows, kCols, DataType::bf16);
        const MaskView mask = s.kept_mask(kRows, kCols);
        for (std::int64_t c = 0; c < 4; ++c) mask.data[(kRows - 1) * mask.ld + kCols - 1 - c] = 1;
        const PackedView out = s.blob(desc(order));
        return [=] { return pack(threads(), m, mask, out); };
      },
      StatusCode::not_compliant, false));
  list.push_back(scenario("unpack" + in, [=](Stage& s) -> Act {
    const PackedView from = s.packed(s.matrix(kRows, kCols), order, {1, 2});
    const MatrixView out = s.zeros(kRows, kCols);
    return [=] { return unpack(threads(), from, out); };
  }));
  list.push_back(scenario(
      "verify" + in,
      [=](Stage& s) -> Act {
        const PackedView from = s.packed(s.matrix(kRows, kCols), order, {1, 2});
        auto* const report = reinterpret_cast<VerifyReport*>(s.take(sizeof(VerifyReport)));
        return [=] {
          if (Status t = verify(threads(), from); !t.ok()) return t;
          return verify(threads(), from, report);
        };
      },
      StatusCode::ok, false));
  list.push_back(scenario(
      "verify refuses" + in,
      [=](Stage& s) -> Act {
        const PackedView from = s.packed(s.matrix(kRows, kCols), order, {1, 2});
        static_cast<std::byte*>(from.data)[0] ^= std::byte{1};
        return [=] { return verify(threads(), from); };
      },
      StatusCode::corrupt));
  list.push_back(scenario("convert" + in, [=](Stage& s) -> Act {
    const PackedView from = s.packed(s.matrix(kRows, kCols), order, {1, 2});
    const PackedView out = s.blob(desc32(other));
    return [=] { return convert(threads(), from, out); };
  }));
  list.push_back(scenario(
      "slices" + in,
      [=](Stage& s) -> Act {
        const PackedView from = s.packed(s.matrix(kRows, kCols), order, {1, 2});
        PackedDesc rows = from.desc, cols = from.desc;
        rows.rows = 64;
        cols.cols = 64;
        const PackedView top = s.blob(rows), left = s.blob(cols);
        return [=] {
          if (Status t = slice_rows(threads(), from, 64, 128, top); !t.ok()) return t;
          return slice_cols(threads(), from, 64, 128, left);
        };
      },
      StatusCode::ok, false));
}

}  // namespace

std::vector<Scenario> pack_scenarios() {
  std::vector<Scenario> list;
  add_order(list, PackedOrder::canonical, PackedOrder::device);
  add_order(list, PackedOrder::device, PackedOrder::canonical);
  list.push_back(scenario("open_packed", [](Stage& s) -> Act {
    const PackedView from = s.packed(s.matrix(kRows, kCols));
    return [=] {
      auto opened = open_packed(from.data, from.bytes);
      if (!opened.ok()) return std::move(opened).status();
      if (auto size = packed_size(opened->desc); !size.ok()) return std::move(size).status();
      return canonical_layout(opened->desc).status();
    };
  }));
  list.push_back(scenario(
      "open_packed refuses",
      [](Stage& s) -> Act {
        const PackedView from = s.packed(s.matrix(kRows, kCols));
        return [=] { return open_packed(from.data, from.bytes - 1).status(); };
      },
      StatusCode::corrupt));
  list.push_back(scenario(
      "assemble",
      [](Stage& s) -> Act {
        const PackedView from = s.packed(s.matrix(kRows, kCols)), out = s.blob(from.desc);
        const CanonicalLayout parts = *canonical_layout(from.desc);
        const auto* const data = static_cast<const std::byte*>(from.data);
        return [=] {
          return assemble(threads(), data + parts.values_offset, parts.values_bytes,
                          data + parts.metadata_offset, parts.metadata_bytes, out);
        };
      },
      StatusCode::ok, false));
  list.push_back(scenario(
      "pack_tiles",
      [](Stage& s) -> Act {
        const MatrixView m = s.zeros(kRows, kCols, DataType::bf16);
        std::memset(m.data, 0x3f, kRows * kCols * 2);
        const PackedView out = s.blob(desc(PackedOrder::device));
        PackedDesc turned = out.desc;
        std::swap(turned.rows, turned.cols);
        const PackedView out_t = s.blob(turned);
        const MaskView mask = s.mask(kRows, kCols);
        return [=] { return pack_tiles(threads(), m, TilePattern{}, out, out_t, mask); };
      },
      StatusCode::ok, false));
  list.push_back(scenario(
      "pack_tiles of a mask",
      [](Stage& s) -> Act {
        const MatrixView m = s.zeros(kRows, kCols, DataType::bf16);
        std::memset(m.data, 0x3f, kRows * kCols * 2);
        const PackedView out = s.blob(desc(PackedOrder::canonical));
        PackedDesc turned = out.desc;
        std::swap(turned.rows, turned.cols);
        const PackedView out_t = s.blob(turned);
        const MaskView mask = s.mask(kRows, kCols);
        for (std::int64_t r = 0; r < kRows; ++r)
          for (std::int64_t c = 0; c < kCols; ++c) mask.data[r * mask.ld + c] = (r + c) % 4 < 2;
        return [=] { return pack_tiles(threads(), m, mask, out, out_t); };
      },
      StatusCode::ok, false));
  return list;
}

}  // namespace heddle::abuse
