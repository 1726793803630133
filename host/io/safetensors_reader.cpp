#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

#include "host/io/output_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/safetensors_header.hpp"
#include "host/io/text.hpp"

namespace heddle::io {
namespace {

// Closes on every way out; the mapping outlives the descriptor.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      // O_NONBLOCK: a FIFO is refused below, not waited for.
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

struct SafetensorsReader::Impl {
  const unsigned char* file = nullptr;
  std::size_t mapped = 0;  // bytes to unmap, 0 if the memory is the caller's
  Header header;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (mapped > 0) ::munmap(const_cast<unsigned char*>(file), mapped);
  }
};

SafetensorsReader::SafetensorsReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SafetensorsReader::SafetensorsReader(SafetensorsReader&&) noexcept = default;
SafetensorsReader& SafetensorsReader::operator=(SafetensorsReader&&) noexcept = default;
SafetensorsReader::~SafetensorsReader() = default;

Result<SafetensorsReader> SafetensorsReader::open(const std::string& path) {
  const Descriptor descriptor(path);
  if (descriptor.get() < 0) return system_error(path, "opening", errno);
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return system_error(path, "opening", errno);
  if (!S_ISREG(info.st_mode)) {
    return Status(StatusCode::invalid_argument,
                  "input path " + quote_path(path) + ": must be a regular file");
  }

  auto impl = std::make_unique<Impl>();
  const auto bytes = static_cast<std::size_t>(info.st_size);
  if (bytes > 0) {  // an empty mapping does not exist; parse_header refuses an empty file
    void* const mapping = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
    if (mapping == MAP_FAILED) return system_error(path, "mapping", errno);
    impl->file = static_cast<const unsigned char*>(mapping);
    impl->mapped = bytes;
  }
  Result<Header> header = parse_header(impl->file, bytes);
  if (!header.ok()) {
    const Status status = header.status();
    return Status(status.code(), quote_path(path) + ": " + status.message());
  }
  impl->header = std::move(*header);
  return SafetensorsReader(std::move(impl));
}

Result<SafetensorsReader> SafetensorsReader::from_memory(const void* data, std::size_t bytes) {
  Result<Header> header = parse_header(data, bytes);
  if (!header.ok()) return header.status();
  auto impl = std::make_unique<Impl>();
  impl->file = static_cast<const unsigned char*>(data);
  impl->header = std::move(*header);
  return SafetensorsReader(std::move(impl));
}

const std::vector<TensorInfo>& SafetensorsReader::tensors() const { return impl_->header.tensors; }

const Metadata& SafetensorsReader::metadata() const { return impl_->header.metadata; }

const TensorInfo* SafetensorsReader::find(const std::string& name) const {
  const auto entry = impl_->header.index.find(name);
  return entry == impl_->header.index.end() ? nullptr : &impl_->header.tensors[entry->second];
}

const void* SafetensorsReader::data(const TensorInfo& tensor) const {
  const auto entry = impl_->header.index.find(tensor.name);
  if (entry == impl_->header.index.end()) return nullptr;
  if (impl_->header.tensors[entry->second].bytes != tensor.bytes) return nullptr;
  return impl_->file + impl_->header.offsets[entry->second];
}

}  // namespace heddle::io
