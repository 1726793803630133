#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <new>
#include <utility>

#include "host/guard.hpp"
#include "host/io/output_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/safetensors_header.hpp"
#include "host/io/shard_index.hpp"
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

// The bytes of one file and what its header says of them.
struct Mapped {
  const unsigned char* data = nullptr;
  std::size_t mapped = 0;  // bytes to unmap, 0 if the memory is the caller's
  Header header;

  Mapped() = default;
  Mapped(Mapped&& other) noexcept
      : data(std::exchange(other.data, nullptr)),
        mapped(std::exchange(other.mapped, 0)),
        header(std::move(other.header)) {}
  Mapped& operator=(Mapped&&) = delete;
  ~Mapped() {
    if (mapped > 0) ::munmap(const_cast<unsigned char*>(data), mapped);
  }
};

Result<Mapped> map_file(const std::string& path) {
  const Descriptor descriptor(path);
  if (descriptor.get() < 0) return system_error(path, "opening", errno);
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return system_error(path, "opening", errno);
  if (!S_ISREG(info.st_mode)) {
    return Status(StatusCode::invalid_argument,
                  "input path " + quote_path(path) + ": must be a regular file");
  }
  Mapped file;
  const auto bytes = static_cast<std::size_t>(info.st_size);
  if (bytes > 0) {  // an empty mapping does not exist; parse_header refuses an empty file
    void* const mapping = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
    if (mapping == MAP_FAILED) return system_error(path, "mapping", errno);
    file.data = static_cast<const unsigned char*>(mapping);
    file.mapped = bytes;
  }
  Result<Header> header = parse_header(file.data, bytes);
  if (!header.ok()) {
    const Status& status = header.status();
    return Status(status.code(), quote_path(path) + ": " + status.message());
  }
  file.header = std::move(*header);
  return file;
}

}  // namespace

struct SafetensorsReader::Impl {
  struct Place {
    std::size_t file;
    std::size_t offset;  // from the start of the file
  };
  CheckpointFiles layout;
  std::vector<Mapped> maps;  // their headers' tensors have moved to `tensors`
  std::vector<ShardFile> files;
  std::vector<TensorInfo> tensors;
  std::vector<Place> places;                 // of each tensor
  std::map<std::string, std::size_t> index;  // name -> position in `tensors`
  Metadata metadata;

  Status add(Mapped file, const std::string& name, const std::string& path);
  Status merge(const Metadata& more, const std::string& path);
  Status check_index() const;
  const Place* place_of(const TensorInfo& tensor) const;
};

// The next file's tensors and metadata.
Status SafetensorsReader::Impl::add(Mapped file, const std::string& name, const std::string& path) {
  Header& header = file.header;
  if (Status s = merge(header.metadata, path); !s.ok()) return s;
  const std::size_t number = files.size();
  files.push_back({name, path, std::move(header.metadata), header.file_bytes, tensors.size(),
                   header.tensors.size(),
                   header.offsets.empty() ? header.file_bytes : header.offsets.front()});
  for (std::size_t i = 0; i < header.tensors.size(); ++i) {
    TensorInfo& tensor = header.tensors[i];
    const auto [entry, fresh] = index.emplace(tensor.name, tensors.size());
    if (!fresh) {
      return {StatusCode::corrupt, quote_path(path) + ": tensor " + quote(tensor.name) +
                                       ": is in " + quote(files[places[entry->second].file].name) +
                                       " too"};
    }
    places.push_back({number, header.offsets[i]});
    tensors.push_back(std::move(tensor));
  }
  header = {};
  maps.push_back(std::move(file));
  return {};
}

// Keys of packed matrices must agree; of what else is said differently the first file counts.
Status SafetensorsReader::Impl::merge(const Metadata& more, const std::string& path) {
  for (const auto& [key, value] : more) {
    const auto [entry, fresh] = metadata.emplace(key, value);
    if (fresh || entry->second == value || key.rfind("heddle.", 0) != 0) continue;
    if (key == kRecipeKey || key == kSourceKey) continue;
    return {StatusCode::corrupt, quote_path(path) + ": metadata key " + quote(key) + " = " +
                                     quote(value) + ", in another file " + quote(entry->second)};
  }
  return {};
}

// The index and the shards must say the same.
Status SafetensorsReader::Impl::check_index() const {
  const std::string path = quote_path(path_in(layout.folder, layout.index_name));
  for (const auto& [name, file] : layout.index.tensors) {
    const auto found = index.find(name);
    if (found != index.end() && places[found->second].file == file) continue;
    return {StatusCode::corrupt,
            path + ": weight_map: tensor " + quote(name) + ": is not in " +
                quote(files[file].name) +
                (found != index.end() ? " but in " + quote(files[places[found->second].file].name)
                                      : std::string())};
  }
  for (const auto& [name, at] : index) {
    if (layout.index.tensors.count(name) > 0) continue;
    return {StatusCode::corrupt, path + ": weight_map: tensor " + quote(name) + " of " +
                                     quote(files[places[at].file].name) + " is missing"};
  }
  return {};
}

const SafetensorsReader::Impl::Place* SafetensorsReader::Impl::place_of(
    const TensorInfo& tensor) const {
  const auto entry = index.find(tensor.name);
  if (entry == index.end() || tensors[entry->second].bytes != tensor.bytes) return nullptr;
  return &places[entry->second];
}

SafetensorsReader::SafetensorsReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SafetensorsReader::SafetensorsReader(SafetensorsReader&&) noexcept = default;
SafetensorsReader& SafetensorsReader::operator=(SafetensorsReader&&) noexcept = default;
SafetensorsReader::~SafetensorsReader() = default;

Result<SafetensorsReader> SafetensorsReader::open(const std::string& path) try {
  auto impl = std::make_unique<Impl>();
  Result<Mapped> file = map_file(path);
  if (!file.ok()) return file.status();
  if (Status s = impl->add(std::move(*file), path, path); !s.ok()) return s;
  return SafetensorsReader(std::move(impl));
} catch (...) {
  return caught();
}

Result<SafetensorsReader> SafetensorsReader::open_checkpoint(const std::string& path) try {
  Result<CheckpointFiles> layout = find_checkpoint(path);
  if (!layout.ok()) return layout.status();
  auto impl = std::make_unique<Impl>();
  impl->layout = std::move(*layout);
  const bool sharded = !impl->layout.index_name.empty();
  for (const std::string& name : impl->layout.names) {
    const std::string file_path =
        sharded || impl->layout.is_folder ? path_in(impl->layout.folder, name) : path;
    Result<Mapped> file = map_file(file_path);
    if (!file.ok()) return file.status();
    if (Status s = impl->add(std::move(*file), name, file_path); !s.ok()) return s;
  }
  if (sharded) {
    if (Status s = impl->check_index(); !s.ok()) return s;
  }
  return SafetensorsReader(std::move(impl));
} catch (...) {
  return caught();
}

Result<SafetensorsReader> SafetensorsReader::from_memory(const void* data, std::size_t bytes) try {
  Result<Header> header = parse_header(data, bytes);
  if (!header.ok()) return header.status();
  Mapped file;
  file.data = static_cast<const unsigned char*>(data);
  file.header = std::move(*header);
  auto impl = std::make_unique<Impl>();
  if (Status s = impl->add(std::move(file), "", ""); !s.ok()) return s;
  return SafetensorsReader(std::move(impl));
} catch (...) {
  return caught();
}

const std::vector<TensorInfo>& SafetensorsReader::tensors() const { return impl_->tensors; }

const Metadata& SafetensorsReader::metadata() const { return impl_->metadata; }

const CheckpointFiles& SafetensorsReader::layout() const { return impl_->layout; }

const std::vector<ShardFile>& SafetensorsReader::files() const { return impl_->files; }

std::size_t SafetensorsReader::file_of(const TensorInfo& tensor) const {
  const Impl::Place* const place = impl_->place_of(tensor);
  return place == nullptr ? impl_->files.size() : place->file;
}

const TensorInfo* SafetensorsReader::find(const std::string& name) const {
  const auto entry = impl_->index.find(name);
  return entry == impl_->index.end() ? nullptr : &impl_->tensors[entry->second];
}

const void* SafetensorsReader::data(const TensorInfo& tensor) const {
  const Impl::Place* const place = impl_->place_of(tensor);
  return place == nullptr ? nullptr : impl_->maps[place->file].data + place->offset;
}

const void* SafetensorsReader::header(std::size_t file) const { return impl_->maps[file].data; }

void SafetensorsReader::release(const TensorInfo& tensor, std::size_t offset,
                                std::size_t bytes) const {
  const Impl::Place* const place = impl_->place_of(tensor);
  if (place == nullptr || impl_->maps[place->file].mapped == 0) return;
  if (offset > tensor.bytes || bytes > tensor.bytes - offset) return;
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  // Whole pages, rounded outwards: what a neighbour shares is read again when it is touched.
  const std::size_t begin = (place->offset + offset) / page * page;
  const std::size_t end = place->offset + offset + bytes;
  auto* const data = const_cast<unsigned char*>(impl_->maps[place->file].data);
  static_cast<void>(::madvise(data + begin, end - begin, MADV_DONTNEED));
}

}  // namespace heddle::io
