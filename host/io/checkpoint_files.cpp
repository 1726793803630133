// From a path to the files of a checkpoint.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "host/io/output_file.hpp"
#include "host/io/shard_index.hpp"
#include "host/io/text.hpp"

namespace heddle::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndexSuffix = ".safetensors.index.json";
constexpr std::string_view kShardSuffix = ".safetensors";
constexpr std::string_view kUsualIndex = "model.safetensors.index.json";
constexpr std::string_view kUsualFile = "model.safetensors";

bool ends_with(const std::string& name, std::string_view suffix) {
  return name.size() > suffix.size() &&
         name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

// A small regular file, whole.
Result<std::string> read_text(const std::string& path) {
  // O_NONBLOCK: a FIFO is refused below, not waited for.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return system_error(path, "opening", errno);
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } const closer{fd};
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_error(path, "opening", errno);
  if (!S_ISREG(info.st_mode)) {
    return Status(StatusCode::invalid_argument,
                  "input path " + quote_path(path) + ": must be a regular file");
  }
  if (static_cast<std::size_t>(info.st_size) > kMaxIndexBytes) {
    return Status(StatusCode::corrupt, quote_path(path) + ": " + std::to_string(info.st_size) +
                                           " bytes, an index has at most " +
                                           std::to_string(kMaxIndexBytes));
  }
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t done = ::read(fd, &text[at], text.size() - at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return system_error(path, "reading", errno);
    if (done == 0) return system_error(path, "reading", EIO);  // it became shorter
    at += static_cast<std::size_t>(done);
  }
  return text;
}

Result<CheckpointFiles> from_index(const std::string& folder, const std::string& name) {
  const std::string path = path_in(folder, name);
  const Result<std::string> text = read_text(path);
  if (!text.ok()) return text.status();
  Result<ShardIndex> index = parse_index(*text);
  if (!index.ok()) {
    return Status(index.status().code(), quote_path(path) + ": " + index.status().message());
  }
  CheckpointFiles files;
  files.folder = folder;
  files.index_name = name;
  files.index = std::move(*index);
  files.names = files.index.files;
  return files;
}

// The names in a folder that end with .safetensors or with the suffix of an index.
Result<std::vector<std::string>> list(const std::string& folder, std::string_view suffix) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.front() != '.' && ends_with(name, suffix)) names.push_back(name);
  }
  if (error) return system_error(folder, "listing", error.value());
  std::sort(names.begin(), names.end());
  return names;
}

// The usual name, or the only one; nothing if there is none.
Result<std::string> pick(const std::string& folder, std::string_view suffix,
                         std::string_view usual) {
  const Result<std::vector<std::string>> names = list(folder, suffix);
  if (!names.ok()) return names.status();
  if (std::find(names->begin(), names->end(), usual) != names->end()) return std::string(usual);
  if (names->size() <= 1) return names->empty() ? std::string() : names->front();
  return Status(StatusCode::invalid_argument,
                "input folder " + quote_path(folder) + ": has " + std::to_string(names->size()) +
                    " files *" + std::string(suffix) + ", among them " + quote(names->at(0)) +
                    " and " + quote(names->at(1)) + "; name one of them");
}

Result<CheckpointFiles> from_folder(const std::string& folder) {
  const Result<std::string> index = pick(folder, kIndexSuffix, kUsualIndex);
  if (!index.ok()) return index.status();
  if (!index->empty()) {
    Result<CheckpointFiles> files = from_index(folder, *index);
    if (files.ok()) files->is_folder = true;
    return files;
  }
  const Result<std::string> file = pick(folder, kShardSuffix, kUsualFile);
  if (!file.ok()) return file.status();
  if (file->empty()) {
    return Status(StatusCode::not_found,
                  "input folder " + quote_path(folder) +
                      ": has no *.safetensors.index.json and no *.safetensors");
  }
  CheckpointFiles files;
  files.folder = folder;
  files.is_folder = true;
  files.names = {*file};
  return files;
}

}  // namespace

Result<CheckpointFiles> find_checkpoint(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return from_folder(path);
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "."
                             : slash == 0               ? "/"
                                                        : path.substr(0, slash);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (ends_with(name, ".index.json")) return from_index(folder, name);
  CheckpointFiles files;
  files.folder = folder;
  files.names = {name};
  return files;
}

}  // namespace heddle::io
