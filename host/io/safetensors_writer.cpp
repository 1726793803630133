#include <new>
#include <utility>

#include "host/guard.hpp"
#include "host/io/output_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/safetensors_header.hpp"
#include "host/io/text.hpp"

namespace heddle::io {

struct SafetensorsWriter::Impl {
  struct Declared {
    std::string name;
    std::size_t bytes;
    std::size_t offset;
  };
  OutputFile file;
  std::vector<Declared> tensors;  // in declared order
  std::size_t written = 0;        // how many of them
  std::vector<TensorInfo> infos;
  std::size_t start_bytes = 0;  // of the header with its length
};

SafetensorsWriter::SafetensorsWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SafetensorsWriter::SafetensorsWriter(SafetensorsWriter&&) noexcept = default;
SafetensorsWriter& SafetensorsWriter::operator=(SafetensorsWriter&&) noexcept = default;
SafetensorsWriter::~SafetensorsWriter() = default;

Result<SafetensorsWriter> SafetensorsWriter::create(const std::string& path,
                                                    std::vector<TensorInfo> tensors,
                                                    const Metadata& metadata) try {
  Header header;
  std::string start;
  if (Status status = format_header(tensors, metadata, header, start); !status.ok()) return status;
  Result<OutputFile> file = OutputFile::create(path);
  if (!file.ok()) return file.status();
  if (Status status = file->reserve(header.file_bytes); !status.ok()) return status;
  if (Status status = file->write_at(0, start.data(), start.size()); !status.ok()) return status;

  auto impl = std::make_unique<Impl>(Impl{std::move(*file), {}, 0, {}, start.size()});
  for (const TensorInfo& tensor : tensors) {
    const std::size_t at = header.index.at(tensor.name);
    impl->tensors.push_back({tensor.name, header.tensors[at].bytes, header.offsets[at]});
  }
  impl->infos = std::move(tensors);
  return SafetensorsWriter(std::move(impl));
} catch (...) {
  return caught();
}

Status SafetensorsWriter::write(const void* data, std::size_t bytes) try {
  if (impl_->written == impl_->tensors.size()) {
    impl_->file.discard();
    return {StatusCode::invalid_argument, "write: every declared tensor (" +
                                              std::to_string(impl_->tensors.size()) +
                                              ") is written already"};
  }
  const Impl::Declared& tensor = impl_->tensors[impl_->written];
  if (bytes != tensor.bytes) {
    impl_->file.discard();
    return {StatusCode::invalid_argument, "write: bytes = " + std::to_string(bytes) + ", tensor " +
                                              quote(tensor.name) + " takes " +
                                              std::to_string(tensor.bytes)};
  }
  if (data == nullptr && bytes > 0) {
    impl_->file.discard();
    return {StatusCode::invalid_argument,
            "write: data of tensor " + quote(tensor.name) + " is null"};
  }
  ++impl_->written;
  return impl_->file.write_at(tensor.offset, data, bytes);
} catch (...) {
  return caught();
}

Status SafetensorsWriter::write_part(std::size_t skip, std::size_t offset, const void* data,
                                     std::size_t bytes) try {
  const std::size_t left = impl_->tensors.size() - impl_->written;
  if (skip >= left || offset > impl_->tensors[impl_->written + skip].bytes ||
      bytes > impl_->tensors[impl_->written + skip].bytes - offset ||
      (data == nullptr && bytes > 0)) {
    impl_->file.discard();
    return {StatusCode::invalid_argument, "write_part: must lie inside a tensor to be written"};
  }
  return impl_->file.write_at(impl_->tensors[impl_->written + skip].offset + offset, data, bytes);
} catch (...) {
  return caught();
}

Status SafetensorsWriter::parts_done(std::size_t count) try {
  if (count > impl_->tensors.size() - impl_->written) {
    impl_->file.discard();
    return {StatusCode::invalid_argument, "parts_done: more than the tensors to be written"};
  }
  impl_->written += count;
  return {};
} catch (...) {
  return caught();
}

Status SafetensorsWriter::change_metadata(const Metadata& metadata) try {
  Header header;
  std::string start;
  Status status = format_header(impl_->infos, metadata, header, start);
  if (status.ok() && start.size() != impl_->start_bytes) {
    status = {StatusCode::invalid_argument,
              "change_metadata: the header takes " + std::to_string(start.size()) +
                  " bytes, must take " + std::to_string(impl_->start_bytes) + " as before"};
  }
  if (status.ok()) return impl_->file.write_at(0, start.data(), start.size());
  impl_->file.discard();
  return status;
} catch (...) {
  return caught();
}

Status SafetensorsWriter::finish() try {
  if (impl_->written != impl_->tensors.size()) {
    impl_->file.discard();
    return {StatusCode::invalid_argument, "finish: tensor " +
                                              quote(impl_->tensors[impl_->written].name) +
                                              " is declared but not written"};
  }
  return impl_->file.commit();
} catch (...) {
  return caught();
}

const std::string& SafetensorsWriter::temporary_path() const {
  return impl_->file.temporary_path();
}

}  // namespace heddle::io
