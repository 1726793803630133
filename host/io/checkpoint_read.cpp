#include "host/io/checkpoint_read.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>

#include "host/cuda/runtime.hpp"
#include "host/exec.hpp"
#include "host/io/text.hpp"
#include "host/message.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle::io {
namespace {

// Strips of whole row blocks of the device order, so that each gives a contiguous part of it.
constexpr std::int64_t kBlockRows = 64;
constexpr std::size_t kStripBytes = std::size_t{16} << 20;

std::size_t bytes_of(std::int64_t count) { return static_cast<std::size_t>(count); }

Status check_span(const char* names, std::int64_t begin, std::int64_t end, std::int64_t extent) {
  if (begin >= 0 && begin <= end && end <= extent) return {};
  return {StatusCode::invalid_argument,
          message("slice.", names, "_begin, ", names, "_end = ", begin, ", ", end,
                  ": must be ascending and in [0, ", extent, "]")};
}

Status check_slice(const PackedDesc& desc, const MatrixSlice& slice) {
  HEDDLE_TRY(check_span("row", slice.row_begin, slice.row_end, desc.rows));
  HEDDLE_TRY(check_span("col", slice.col_begin, slice.col_end, desc.cols));
  const int group = desc.pattern.group;
  if (slice.col_begin % group != 0) {
    return {StatusCode::invalid_argument,
            message("slice.col_begin = ", slice.col_begin, ": must be a multiple of ", group)};
  }
  if (slice.col_end % group == 0 || slice.col_end == desc.cols) return {};
  return {StatusCode::invalid_argument,
          message("slice.col_end = ", slice.col_end, ": must be a multiple of ", group, " or ",
                  desc.cols)};
}

Status check_out(const PackedDesc& desc, const MatrixSlice& slice, const PackedView& out) {
  HEDDLE_TRY(check_packed("out", out));
  HEDDLE_TRY(check_shape("out.desc", out.desc.rows, out.desc.cols, slice.row_end - slice.row_begin,
                         slice.col_end - slice.col_begin));
  HEDDLE_TRY(check_type("out.desc", out.desc.type, desc.type));
  if (out.desc.pattern == desc.pattern) return {};
  return {StatusCode::invalid_argument, message("out.desc.pattern = ", to_string(out.desc.pattern),
                                                ": must be ", to_string(desc.pattern))};
}

// The blob as it is filled: memory of the execution.
class Target {
 public:
  Target(const Exec& exec, const PackedView& out) : exec_(exec), out_(out) {}

  Status put(std::size_t offset, const void* data, std::size_t bytes) const {
    if (bytes == 0) return {};
    auto* const to = static_cast<std::byte*>(out_.data) + offset;
    if (on_cuda(exec_)) return cuda::write_out(exec_, to, data, bytes);
    std::memcpy(to, data, bytes);
    return {};
  }

  // The header, and the zeros between the parts of a canonical blob.
  Status start() const {
    const HeaderBytes header = header_bytes(out_.desc);
    HEDDLE_TRY(put(0, &header, kHeaderBytes));
    if (out_.desc.order != PackedOrder::canonical) return {};
    const CanonicalLayout parts = canonical_parts(out_.desc);
    const std::array<std::byte, kPartAlign> zeros{};
    const std::size_t end = parts.values_offset + parts.values_bytes;
    return put(end, zeros.data(), parts.metadata_offset - end);
  }

 private:
  Exec exec_;
  PackedView out_;
};

// A blob in memory that grows with the largest strip.
class Scratch {
 public:
  Result<PackedView> get(const PackedDesc& desc) {
    const Result<std::size_t> bytes = packed_size(desc);
    if (!bytes.ok()) return bytes.status();
    if (*bytes > bytes_) {
      memory_.reset();
      bytes_ = 0;
      memory_.reset(new std::byte[*bytes]);
      bytes_ = *bytes;
    }
    return PackedView{desc, memory_.get(), *bytes};
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t bytes_ = 0;
};

class Reading {
 public:
  Reading(const Exec& exec, const SafetensorsReader& reader, const PackedMatrix& matrix,
          const MatrixSlice& slice, const PackedView& out)
      : cpu_(Exec::cpu(exec.threads())),
        reader_(reader),
        matrix_(matrix),
        slice_(slice),
        out_(out),
        target_(exec, out),
        values_(reader.find(values_name(matrix.name))),
        metadata_(reader.find(metadata_name(matrix.name))) {}

  Status run() {
    if (values_ == nullptr || metadata_ == nullptr) {
      return {StatusCode::invalid_argument,
              message("matrix.name = ", quote(matrix_.name), ": is not in the checkpoint")};
    }
    HEDDLE_TRY(target_.start());
    const CanonicalLayout one = canonical_parts(with_rows(matrix_.desc, 1));
    const std::size_t row = std::max<std::size_t>(one.values_bytes + one.metadata_bytes, 1);
    const auto blocks = static_cast<std::int64_t>(kStripBytes / row) / kBlockRows;
    const std::int64_t rows = std::max<std::int64_t>(blocks, 1) * kBlockRows;
    std::int64_t begin = slice_.row_begin;
    for (; begin < slice_.row_end; begin += std::min(rows, slice_.row_end - begin)) {
      HEDDLE_TRY(strip(begin, std::min(rows, slice_.row_end - begin)));
    }
    return {};
  }

 private:
  static PackedDesc with_rows(PackedDesc desc, std::int64_t rows) {
    desc.rows = rows;
    return desc;
  }

  // Rows [begin, begin + rows) of the file.
  Status strip(std::int64_t begin, std::int64_t rows) {
    Result<PackedView> strip = full_.get(with_rows(matrix_.desc, rows));
    if (!strip.ok()) return strip.status();
    HEDDLE_TRY(load(begin, *strip));
    if (slice_.col_end - slice_.col_begin != matrix_.desc.cols) {
      PackedDesc desc = strip->desc;
      desc.cols = slice_.col_end - slice_.col_begin;
      const Result<PackedView> cut = cut_.get(desc);
      if (!cut.ok()) return cut.status();
      HEDDLE_TRY(slice_cols(cpu_, *strip, slice_.col_begin, slice_.col_end, *cut));
      strip = *cut;
    }
    const std::int64_t row = begin - slice_.row_begin;  // of the blob
    if (out_.desc.order == PackedOrder::device) return put_device(*strip);
    const CanonicalLayout to = canonical_parts(out_.desc), from = canonical_parts(strip->desc);
    const auto* const blob = static_cast<const std::byte*>(strip->data);
    HEDDLE_TRY(target_.put(to.values_offset + bytes_of(row) * (from.values_bytes / bytes_of(rows)),
                           blob + from.values_offset, from.values_bytes));
    return target_.put(to.metadata_offset + bytes_of(row) * to.metadata_row_bytes,
                       blob + from.metadata_offset, from.metadata_bytes);
  }

  // Builds the canonical blob of a strip and verifies it.
  Status load(std::int64_t begin, const PackedView& strip) {
    const CanonicalLayout parts = canonical_parts(strip.desc);
    const auto rows = bytes_of(strip.desc.rows);
    const std::size_t values_at = bytes_of(begin) * (parts.values_bytes / rows);
    const std::size_t metadata_at = bytes_of(begin) * parts.metadata_row_bytes;
    const Status status = assemble(
        cpu_, static_cast<const std::byte*>(reader_.data(*values_)) + values_at, parts.values_bytes,
        static_cast<const std::byte*>(reader_.data(*metadata_)) + metadata_at, parts.metadata_bytes,
        strip);
    reader_.release(*values_, values_at, parts.values_bytes);
    reader_.release(*metadata_, metadata_at, parts.metadata_bytes);
    if (status.code() != StatusCode::corrupt) return status;
    return {status.code(),
            message("packed matrix ", quote(matrix_.name),
                    begin > 0 ? message(", rows counted from row ", begin, " on") : std::string(),
                    ": ", status.message())};
  }

  // The next blocks of rows, behind those of the strips before.
  Status put_device(const PackedView& strip) {
    PackedDesc desc = strip.desc;
    desc.order = PackedOrder::device;
    const Result<PackedView> blob = device_.get(desc);
    if (!blob.ok()) return blob.status();
    HEDDLE_TRY(convert(cpu_, strip, *blob));
    const std::size_t bytes = blob->bytes - kHeaderBytes;
    HEDDLE_TRY(target_.put(kHeaderBytes + device_bytes_,
                           static_cast<const std::byte*>(blob->data) + kHeaderBytes, bytes));
    device_bytes_ += bytes;
    return {};
  }

  Exec cpu_;
  const SafetensorsReader& reader_;
  const PackedMatrix& matrix_;
  MatrixSlice slice_;
  PackedView out_;
  Target target_;
  const TensorInfo* values_;
  const TensorInfo* metadata_;
  Scratch full_, cut_, device_;
  std::size_t device_bytes_ = 0;  // written already, without the header
};

}  // namespace

Status read_slice(const Exec& exec, const SafetensorsReader& reader, const PackedMatrix& matrix,
                  const MatrixSlice& slice, const PackedView& out) {
  HEDDLE_TRY(check_exec(exec));
  HEDDLE_TRY(check_slice(matrix.desc, slice));
  HEDDLE_TRY(check_out(matrix.desc, slice, out));
  return Reading(exec, reader, matrix, slice, out).run();
}

}  // namespace heddle::io
