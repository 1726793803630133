#include "host/cli/shards.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "heddle/pack.hpp"
#include "heddle/version.hpp"
#include "host/cli/report.hpp"
#include "host/io/output_file.hpp"
#include "host/io/safetensors_header.hpp"
#include "host/io/shard_index.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

Status refuse_output(const std::string& path, const std::string& why) {
  return {StatusCode::invalid_argument, "output " + io::quote_path(path) + ": " + why};
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code unknown;
  return fs::equivalent(a, b, unknown);
}

// The start of the file that a plan comes to, with this metadata.
Result<std::string> planned_start(const FilePlan& plan, const io::Metadata& metadata,
                                  std::size_t& file_bytes) {
  io::Header header;
  std::string start;
  if (Status s = io::format_header(plan.tensors, metadata, header, start); !s.ok()) return s;
  file_bytes = header.file_bytes;
  return start;
}

// A tensor's bytes, of which only few are in memory at a time.
void add_tensor(const io::SafetensorsReader& reader, const io::TensorInfo& tensor,
                io::Digest& digest) {
  constexpr std::size_t kPart = std::size_t{16} << 20;
  const auto* const data = static_cast<const std::byte*>(reader.data(tensor));
  for (std::size_t at = 0; at < tensor.bytes; at += kPart) {
    const std::size_t bytes = std::min(kPart, tensor.bytes - at);
    digest.add(data + at, bytes);
    reader.release(tensor, at, bytes);
  }
}

}  // namespace

std::vector<FilePlan> start_plans(const io::SafetensorsReader& reader) {
  std::vector<FilePlan> plans;
  for (const io::ShardFile& file : reader.files()) {
    plans.push_back({{}, file.metadata});
    plans.back().metadata.erase(io::kRecipeKey);
    plans.back().metadata.erase(io::kSourceKey);
  }
  return plans;
}

Recipe::Recipe(const char* command, const Options& options) : command_(command) {
  add(HEDDLE_VERSION);
  add(std::to_string(kPackedFormatVersion));
  add(command);
  add(to_string(options.pattern));
  add(options.method_name);
  for (const auto* const list : {&options.include, &options.exclude}) {
    digest_.add_number(list->size());
    for (const std::string& text : *list) add(text);
  }
}

Status Recipe::add_contents(const std::string& path) {
  const Result<io::SafetensorsReader> reader = io::SafetensorsReader::open_checkpoint(path);
  if (!reader.ok()) return reader.status();
  for (std::size_t i = 0; i < reader->files().size(); ++i) {
    digest_.add_number(reader->files()[i].header_bytes);
    digest_.add(reader->header(i), reader->files()[i].header_bytes);
  }
  for (const io::TensorInfo& tensor : reader->tensors()) {
    add_tensor(*reader, tensor, digest_);
  }
  return {};
}

bool ShardedOutput::sharded() const { return !reader_->layout().index_name.empty(); }

Result<ShardedOutput> ShardedOutput::make(const Options& options,
                                          const io::SafetensorsReader& reader,
                                          std::vector<FilePlan> plans, Recipe recipe) {
  ShardedOutput output(options, reader);
  Result<std::vector<std::size_t>> work = shard_work(options.shard, reader);
  if (!work.ok()) return work.status();
  output.work_ = std::move(*work);
  output.plans_ = std::move(plans);
  // What any file becomes is part of the recipe of all: the index speaks of all.
  for (std::size_t i = 0; i < output.plans_.size(); ++i) {
    std::size_t bytes = 0;
    const Result<std::string> start =
        planned_start(output.plans_[i], output.plans_[i].metadata, bytes);
    if (!start.ok()) return start.status();
    recipe.add(reader.files()[i].name);
    recipe.add(*start);
  }
  output.recipe_ = recipe.text();
  if (output.sharded() || reader.layout().is_folder) {
    if (Status s = output.prepare_folder(); !s.ok()) return s;
  }
  return output;
}

// The output of a folder is a folder, made if need be, and not the input's: a run that is repeated
// would find its input changed.
Status ShardedOutput::prepare_folder() {
  const std::string& path = options_->output;
  std::error_code error;
  const bool exists = fs::exists(path, error);
  if (exists && !fs::is_directory(path, error)) {
    return refuse_output(path, "must be a folder, for a checkpoint of shards");
  }
  if (!exists && path.size() >= 5 && path.compare(path.size() - 5, 5, ".json") == 0) {
    return refuse_output(path, "must be a folder: the index in it has the name of the input's");
  }
  std::error_code ignored;
  fs::create_directory(path, error);  // of workers that start at once, one makes it
  if (!fs::is_directory(path, ignored)) {
    return io::system_error(path, "creating the folder", error.value());
  }
  if (same_file(path, reader_->layout().folder)) {
    return refuse_output(path, "is the folder of the input");
  }
  output_folder_ = path;
  for (std::size_t i = 0; i < reader_->files().size(); ++i) {
    if (same_file(path_of(i), reader_->files()[i].path)) {
      return refuse_output(path_of(i), "is a file of the input");
    }
  }
  return {};
}

std::string ShardedOutput::path_of(std::size_t file) const {
  if (output_folder_.empty()) return options_->output;
  return io::path_in(output_folder_, reader_->files()[file].name);
}

io::Metadata ShardedOutput::metadata_of(std::size_t file, const std::string& source) const {
  io::Metadata metadata = plans_[file].metadata;
  if (sharded()) {
    metadata[io::kRecipeKey] = recipe_;
    metadata[io::kSourceKey] = source;
  }
  return metadata;
}

// What a shard of the output says it was made of; nothing if it is not the complete work of this
// recipe. A file under its name is always whole: it got the name at the end.
std::optional<std::string> ShardedOutput::source_if_complete(std::size_t file) const {
  std::error_code error;
  if (!fs::is_regular_file(path_of(file), error)) return std::nullopt;
  const Result<io::SafetensorsReader> old = io::SafetensorsReader::open(path_of(file));
  if (!old.ok()) return std::nullopt;
  const auto source = old->metadata().find(io::kSourceKey);
  if (source == old->metadata().end()) return std::nullopt;
  std::size_t bytes = 0;
  const Result<std::string> start =
      planned_start(plans_[file], metadata_of(file, source->second), bytes);
  const io::ShardFile& found = old->files().front();
  const bool same = start.ok() && bytes == found.bytes && start->size() <= found.bytes &&
                    std::memcmp(old->header(0), start->data(), start->size()) == 0;
  return same ? std::optional<std::string>(source->second) : std::nullopt;
}

void ShardedOutput::add_header(std::size_t file, io::Digest& digest) const {
  digest.add(reader_->header(file), reader_->files()[file].header_bytes);
}

std::string ShardedOutput::digest_of_input(std::size_t file) const {
  io::Digest digest;
  add_header(file, digest);
  const io::ShardFile& shard = reader_->files()[file];
  for (std::size_t i = shard.first; i < shard.first + shard.count; ++i) {
    const io::TensorInfo& tensor = reader_->tensors()[i];
    add_tensor(*reader_, tensor, digest);
  }
  return digest.text();
}

Result<bool> ShardedOutput::begin(std::size_t file) {
  if (sharded()) {
    const std::optional<std::string> source = source_if_complete(file);
    if (source && *source == digest_of_input(file)) {
      io::remove_leftovers(path_of(file));
      return false;
    }
    // The index is only ever there for shards that are all of one recipe.
    const std::string index = io::path_in(output_folder_, reader_->layout().index_name);
    if (!std::exchange(touched_, true) && ::unlink(index.c_str()) != 0 && errno != ENOENT) {
      return io::system_error(index, "removing", errno);
    }
  }
  digest_ = {};
  add_header(file, digest_);
  Result<io::SafetensorsWriter> writer = io::SafetensorsWriter::create(
      path_of(file), plans_[file].tensors, metadata_of(file, io::Digest().text()));
  if (!writer.ok()) return writer.status();
  writer_.emplace(std::move(*writer));
  partial_ = std::make_unique<PartialFile>(writer_->temporary_path());
  file_ = file;
  written_.push_back(file);
  return true;
}

void ShardedOutput::done_with(const io::TensorInfo& tensor) {
  reader_->release(tensor);
  if (sharded()) add_tensor(*reader_, tensor, digest_);
}

Status ShardedOutput::end() {
  if (sharded()) {
    const Status status = writer_->change_metadata(metadata_of(file_, digest_.text()));
    if (!status.ok()) return status;
  }
  const Status status = writer_->finish();
  partial_.reset();
  writer_.reset();
  return status;
}

Status ShardedOutput::finish() {
  if (!sharded()) return {};
  std::map<std::string, std::string> weight_map;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    if (source_if_complete(i)) ++complete_;
    for (const io::TensorInfo& tensor : plans_[i].tensors) {
      weight_map[tensor.name] = reader_->files()[i].name;
    }
    io::Header header;
    std::string start;
    if (Status s = io::format_header(plans_[i].tensors, {}, header, start); !s.ok()) return s;
    for (const io::TensorInfo& tensor : header.tensors) total += tensor.bytes;
  }
  if (complete_ < plans_.size()) return {};
  const std::string path = io::path_in(output_folder_, reader_->layout().index_name);
  const std::string text = io::format_index(weight_map, total);
  Result<io::OutputFile> file = io::OutputFile::create(path);
  if (!file.ok()) return file.status();
  const PartialFile partial(file->temporary_path());
  if (Status s = file->write_at(0, text.data(), text.size()); !s.ok()) return s;
  if (Status s = file->commit(); !s.ok()) return s;
  index_written_ = true;
  return {};
}

void ShardedOutput::describe(Outcome& outcome) const {
  if (!sharded()) return;
  Json shards = Json::array();
  for (const std::size_t file : work_) {
    const bool fresh = std::find(written_.begin(), written_.end(), file) != written_.end();
    shards.push_back(
        {{"file", reader_->files()[file].name}, {"state", fresh ? "written" : "already complete"}});
  }
  const std::string index = io::path_in(output_folder_, reader_->layout().index_name);
  outcome.json["shards"] = std::move(shards);
  outcome.json["shards_complete"] = complete_;
  outcome.json["shards_total"] = plans_.size();
  outcome.json["index"] = index_written_ ? Json(index) : Json(nullptr);
  outcome.text += "wrote " + count_words(written_.size(), "shard") + ", " +
                  std::to_string(work_.size() - written_.size()) + " complete already; " +
                  std::to_string(complete_) + " of all " + std::to_string(plans_.size()) +
                  " are complete" + (index_written_ ? ", and so is the index" : "") + "\n";
}

}  // namespace heddle::cli
