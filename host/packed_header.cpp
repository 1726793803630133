#include "host/packed_header.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

static_assert(std::endian::native == std::endian::little, "the blob is little-endian");

// The header as it lies in memory. Fields never move; new ones take reserved bytes.
struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t order;
  std::uint32_t type;
  std::uint32_t keep;
  std::uint32_t group;
  std::uint32_t header_bytes;
  std::int64_t rows;
  std::int64_t cols;
  std::uint64_t total_bytes;
  std::uint8_t reserved[kHeaderBytes - 56];
};
static_assert(sizeof(Header) == kHeaderBytes);

constexpr char kMagic[8] = {'H', 'E', 'D', 'D', 'L', 'E', 'N', 'M'};

Header make_header(const PackedDesc& desc) {
  Header h = {};
  std::memcpy(h.magic, kMagic, sizeof(kMagic));
  h.version = kPackedFormatVersion;
  h.order = static_cast<std::uint32_t>(desc.order);
  h.type = static_cast<std::uint32_t>(desc.type);
  h.keep = static_cast<std::uint32_t>(desc.pattern.keep);
  h.group = static_cast<std::uint32_t>(desc.pattern.group);
  h.header_bytes = kHeaderBytes;
  h.rows = desc.rows;
  h.cols = desc.cols;
  h.total_bytes = blob_bytes(desc);
  return h;
}

Status corrupt(std::string text) { return {StatusCode::corrupt, std::move(text)}; }

// Version, magic and header size: what must hold before any other field can be read.
Status check_envelope(const Header& h) {
  if (std::memcmp(h.magic, kMagic, sizeof(kMagic)) != 0)
    return corrupt("header.magic at byte 0: must be \"HEDDLENM\"");
  if (h.version != kPackedFormatVersion)
    return corrupt(
        message("header.version = ", h.version, " at byte 8: must be ", kPackedFormatVersion));
  if (h.header_bytes != kHeaderBytes)
    return corrupt(
        message("header.header_bytes = ", h.header_bytes, " at byte 28: must be ", kHeaderBytes));
  return {};
}

Status check_device_pattern(const char* name, const PackedDesc& desc) {
  const Pattern p = desc.pattern;
  const bool f32 = desc.type == DataType::f32;
  const bool fits =
      f32 ? p == Pattern{1, 2} : p == Pattern{2, 4} || p == Pattern{1, 2} || p == Pattern{1, 4};
  if (fits) return {};
  return {
      StatusCode::unsupported,
      message(name, " = ", to_string(p), " of ", to_string(desc.type), " in device order: must be ",
              f32 ? "1:2 for f32" : "2:4, 1:2 or 1:4", "; canonical order holds every pattern")};
}

}  // namespace

Status check_desc(const char* name, const PackedDesc& desc) {
  const auto field = [&](const char* what) { return std::string(name) + ".desc" + what; };
  if (desc.order != PackedOrder::canonical && desc.order != PackedOrder::device)
    return {StatusCode::invalid_argument,
            message(field(".order"), " = ", static_cast<std::uint32_t>(desc.order),
                    ": must be canonical (1) or device (2)")};
  // A view of the same shape has the checks of rows, cols and type; its data is not looked at.
  HEDDLE_TRY(check_weights(
      field("").c_str(),
      {name, desc.rows, desc.cols, desc.cols > 0 ? desc.cols : 1, desc.type, Order::row}));
  HEDDLE_TRY(check_pattern(desc.pattern));
  if (desc.order == PackedOrder::device) HEDDLE_TRY(check_device_pattern(field("").c_str(), desc));
  // Values and metadata together take at most 8 bytes per dense entry of the padded shape.
  constexpr double kLimit = 4.0e18;
  const double padded =
      (static_cast<double>(desc.rows) + 64) * (static_cast<double>(desc.cols) + 64);
  if (padded * 8 > kLimit)
    return {StatusCode::invalid_argument,
            message(field(".rows x .cols"), " = ", desc.rows, " x ", desc.cols,
                    ": must pack into less than 2^61 bytes")};
  return {};
}

Status check_packed(const char* name, const ConstPackedView& packed) {
  HEDDLE_TRY(check_desc(name, packed.desc));
  if (packed.data == nullptr)
    return {StatusCode::invalid_argument, message(name, ".data = null: must point to a blob")};
  const std::size_t need = blob_bytes(packed.desc);
  if (packed.bytes < need)
    return {StatusCode::invalid_argument,
            message(name, ".bytes = ", packed.bytes, ": must be >= ", need)};
  return {};
}

CanonicalLayout canonical_parts(const PackedDesc& desc) {
  CanonicalLayout parts;
  parts.compressed_cols = group_count(desc.cols, desc.pattern) * desc.pattern.keep;
  const std::size_t rows = static_cast<std::size_t>(desc.rows);
  const std::size_t entries = static_cast<std::size_t>(parts.compressed_cols);
  const std::size_t bits = static_cast<std::size_t>(position_bits(desc.pattern.group));
  parts.values_offset = kHeaderBytes;
  parts.values_bytes = rows * entries * size_of(desc.type);
  const std::size_t values_end = parts.values_offset + parts.values_bytes;
  parts.metadata_offset = (values_end + kPartAlign - 1) / kPartAlign * kPartAlign;
  parts.metadata_row_bytes = (entries * bits + 7) / 8;
  parts.metadata_bytes = rows * parts.metadata_row_bytes;
  return parts;
}

std::size_t blob_bytes(const PackedDesc& desc) {
  if (desc.order == PackedOrder::canonical) {
    const CanonicalLayout parts = canonical_parts(desc);
    return parts.metadata_offset + parts.metadata_bytes;
  }
  const layout::DeviceGeometry geo = device_geometry(desc);
  return kHeaderBytes +
         static_cast<std::size_t>(geo.row_blocks() * geo.col_blocks() * geo.block_bytes());
}

HeaderBytes header_bytes(const PackedDesc& desc) {
  return std::bit_cast<HeaderBytes>(make_header(desc));
}

void write_header(const PackedView& packed) {
  const Header h = make_header(packed.desc);
  auto* bytes = static_cast<std::byte*>(packed.data);
  std::memcpy(bytes, &h, sizeof(h));
  if (packed.desc.order == PackedOrder::canonical) {
    const CanonicalLayout parts = canonical_parts(packed.desc);
    const std::size_t values_end = parts.values_offset + parts.values_bytes;
    std::memset(bytes + values_end, 0, parts.metadata_offset - values_end);
  }
}

Status check_header(const ConstPackedView& packed) {
  Header have;
  std::memcpy(&have, packed.data, sizeof(have));
  HEDDLE_TRY(check_envelope(have));
  const Header want = make_header(packed.desc);
  const auto field = [](const char* what, auto is, auto must, int at) -> Status {
    if (is == must) return {};
    return corrupt(message("header.", what, " = ", is, " at byte ", at, ": must be ", must));
  };
  HEDDLE_TRY(field("order", have.order, want.order, 12));
  HEDDLE_TRY(field("type", have.type, want.type, 16));
  HEDDLE_TRY(field("keep", have.keep, want.keep, 20));
  HEDDLE_TRY(field("group", have.group, want.group, 24));
  HEDDLE_TRY(field("rows", have.rows, want.rows, 32));
  HEDDLE_TRY(field("cols", have.cols, want.cols, 40));
  HEDDLE_TRY(field("total_bytes", have.total_bytes, want.total_bytes, 48));
  for (std::size_t i = 0; i < sizeof(have.reserved); ++i)
    if (have.reserved[i] != 0)
      return corrupt(message("header.reserved at byte ", 56 + i, ": must be zero"));
  return {};
}

const char* to_string(PackedOrder order) noexcept {
  switch (order) {
    case PackedOrder::canonical: return "canonical";
    case PackedOrder::device: return "device";
  }
  return "invalid";
}

Result<std::size_t> packed_size(const PackedDesc& desc) try {
  if (Status s = check_desc("desc", desc); !s.ok()) return s;
  return blob_bytes(desc);
} catch (...) {
  return caught();
}

Result<CanonicalLayout> canonical_layout(const PackedDesc& desc) try {
  if (Status s = check_desc("desc", desc); !s.ok()) return s;
  if (desc.order != PackedOrder::canonical)
    return Status(StatusCode::unsupported,
                  message("desc.order = ", to_string(desc.order), ": must be canonical"));
  return canonical_parts(desc);
} catch (...) {
  return caught();
}

Result<ConstPackedView> open_packed(const void* data, std::size_t bytes) try {
  if (data == nullptr)
    return Status(StatusCode::invalid_argument, "data = null: must point to a blob");
  if (bytes < kHeaderBytes)
    return Status(StatusCode::corrupt,
                  message("bytes = ", bytes, ": a blob has at least ", kHeaderBytes));
  Header h;
  std::memcpy(&h, data, sizeof(h));
  if (Status s = check_envelope(h); !s.ok()) return s;
  constexpr auto kBig = static_cast<std::uint32_t>(std::numeric_limits<std::uint8_t>::max());
  ConstPackedView view;
  view.data = data;
  view.desc = {h.rows, h.cols,
               Pattern{static_cast<int>(h.keep < kBig ? h.keep : kBig),
                       static_cast<int>(h.group < kBig ? h.group : kBig)},
               static_cast<DataType>(h.type < kBig ? h.type : kBig),
               static_cast<PackedOrder>(h.order)};
  if (Status s = check_desc("header", view.desc); !s.ok())
    return Status(StatusCode::corrupt, s.message());
  view.bytes = blob_bytes(view.desc);
  if (view.bytes > bytes)
    return Status(StatusCode::corrupt,
                  message("bytes = ", bytes, ": the header's matrix takes ", view.bytes));
  if (Status s = check_header(view); !s.ok()) return s;
  return view;
} catch (...) {
  return caught();
}

}  // namespace heddle
