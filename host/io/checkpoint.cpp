#include "heddle/checkpoint.hpp"

#include <algorithm>
#include <utility>

#include "host/guard.hpp"
#include "host/io/checkpoint_read.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/shard_index.hpp"
#include "host/io/text.hpp"
#include "host/message.hpp"
#include "host/validate.hpp"

namespace heddle {

struct Checkpoint::Impl {
  explicit Impl(io::SafetensorsReader opened) : reader(std::move(opened)) {}

  io::SafetensorsReader reader;
  std::vector<std::string> files;
  std::vector<StoredTensor> tensors;
  std::vector<StoredMatrix> matrices;
};

namespace {

// A name ends at a zero byte in every language but this one.
Status check_name(const char* what, const std::string& name) {
  if (name.find('\0') == std::string::npos) return {};
  return {StatusCode::corrupt, message(what, " ", io::quote(name), ": has a zero byte")};
}

}  // namespace

Checkpoint::Checkpoint(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Checkpoint::Checkpoint(Checkpoint&& other) noexcept = default;
Checkpoint& Checkpoint::operator=(Checkpoint&& other) noexcept = default;
Checkpoint::~Checkpoint() = default;

Result<Checkpoint> Checkpoint::open(const std::string& path) try {
  Result<io::SafetensorsReader> reader = io::SafetensorsReader::open_checkpoint(path);
  if (!reader.ok()) return reader.status();
  const Result<std::vector<io::PackedMatrix>> matrices = io::packed_matrices(*reader);
  if (!matrices.ok()) {
    return Status(matrices.status().code(),
                  io::quote_path(path) + ": " + matrices.status().message());
  }
  auto impl = std::make_unique<Impl>(std::move(*reader));
  for (const io::ShardFile& file : impl->reader.files()) impl->files.push_back(file.name);
  for (const io::TensorInfo& tensor : impl->reader.tensors()) {
    HEDDLE_TRY(check_name("tensor", tensor.name));
    impl->tensors.push_back(
        {tensor.name, tensor.dtype, tensor.shape, tensor.bytes, impl->reader.file_of(tensor)});
  }
  for (const auto& [key, value] : impl->reader.metadata()) {
    HEDDLE_TRY(check_name("metadata key", key));
    HEDDLE_TRY(check_name("metadata value", value));
  }
  for (const io::PackedMatrix& matrix : *matrices) {
    const io::TensorInfo* const values = impl->reader.find(io::values_name(matrix.name));
    impl->matrices.push_back({matrix.name, matrix.desc, impl->reader.file_of(*values)});
  }
  return Checkpoint(std::move(impl));
} catch (...) {
  return caught();
}

const std::vector<std::string>& Checkpoint::files() const noexcept { return impl_->files; }

const std::vector<StoredTensor>& Checkpoint::tensors() const noexcept { return impl_->tensors; }

const std::vector<StoredMatrix>& Checkpoint::matrices() const noexcept { return impl_->matrices; }

const std::map<std::string, std::string>& Checkpoint::metadata() const noexcept {
  return impl_->reader.metadata();
}

std::int64_t Checkpoint::stated_bytes() const noexcept {
  return impl_->reader.layout().index.total_bytes;
}

const StoredTensor* Checkpoint::find_tensor(const std::string& name) const noexcept {
  const io::TensorInfo* const info = impl_->reader.find(name);
  if (info == nullptr) return nullptr;
  return &impl_->tensors[static_cast<std::size_t>(info - impl_->reader.tensors().data())];
}

const StoredMatrix* Checkpoint::find_matrix(const std::string& name) const noexcept {
  const auto at = std::lower_bound(
      impl_->matrices.begin(), impl_->matrices.end(), name,
      [](const StoredMatrix& matrix, const std::string& wanted) { return matrix.name < wanted; });
  return at != impl_->matrices.end() && at->name == name ? &*at : nullptr;
}

const void* Checkpoint::data(const StoredTensor& tensor) const noexcept {
  const io::TensorInfo* const info = impl_->reader.find(tensor.name);
  if (info == nullptr || info->bytes == 0 || info->bytes != tensor.bytes) return nullptr;
  return impl_->reader.data(*info);
}

void Checkpoint::release(const StoredTensor& tensor) const noexcept {
  const io::TensorInfo* const info = impl_->reader.find(tensor.name);
  if (info != nullptr) impl_->reader.release(*info);
}

Status Checkpoint::read(const Exec& exec, const StoredMatrix& matrix, const PackedView& out) const {
  return read(exec, matrix, {0, matrix.desc.rows, 0, matrix.desc.cols}, out);
}

Status Checkpoint::read(const Exec& exec, const StoredMatrix& matrix, const MatrixSlice& slice,
                        const PackedView& out) const try {
  const StoredMatrix* const own = find_matrix(matrix.name);
  if (own == nullptr) {
    return {StatusCode::invalid_argument,
            message("matrix.name = ", io::quote(matrix.name), ": is not in the checkpoint")};
  }
  return io::read_slice(exec, impl_->reader, {own->name, own->desc}, slice, out);
} catch (...) {
  return caught();
}

}  // namespace heddle
