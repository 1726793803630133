// Files: a target is the old file or the whole new one, and nothing is left beside it.

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "heddle/checkpoint.hpp"
#include "heddle/sparsifier_file.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "test/abuse/stage.hpp"
#include "test/abuse/training.hpp"

namespace heddle::abuse {
namespace {

// A folder of this process, gone with it.
struct Folder {
  Folder() {
    if (mkdtemp(path.data()) == nullptr) throw std::logic_error("no folder for files");
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path = "/tmp/heddle-abuse-XXXXXX";
};
const std::string& folder() {
  static const Folder made;
  return made.path;
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Names and bytes of everything in the folder.
std::uint64_t folder_digest() {
  std::vector<std::string> names;
  DIR* const listing = opendir(folder().c_str());
  if (listing == nullptr) return 0;
  while (const dirent* entry = readdir(listing)) names.emplace_back(entry->d_name);
  closedir(listing);
  std::sort(names.begin(), names.end());
  std::uint64_t hash = 5;
  for (const std::string& name : names) {
    std::string path = folder();
    path.append("/").append(name);
    hash = hash * 1099511628211u ^ std::hash<std::string>()(name + contents(path));
  }
  return hash;
}

// `old` is what the folder's one file holds before the run.
Scenario writing(std::string name,
                 const std::function<Act(Stage&, const std::string& path)>& prepare) {
  const std::string path = folder() + "/target.safetensors";
  Scenario made = scenario(std::move(name), [=](Stage& s) -> Act { return prepare(s, path); });
  made.make = [make = made.make, path] {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << "the old file";
    Case run = make();
    run.digest = [] { return folder_digest(); };
    return run;
  };
  return made;
}

// A checkpoint with a packed matrix, written once.
std::string checkpoint_file() {
  static const std::string path = [] {
    std::string made = folder() + "/checkpoint.safetensors";
    Stage s;
    const io::PackedMatrix matrix = {"layer.0.weight", {200, 192, {2, 4}, DataType::f32}};
    const PackedView blob = s.packed(s.matrix(200, 192));
    io::Metadata words;
    io::describe_packed(matrix, words);
    auto tensors = *io::packed_tensors(matrix);
    auto writer = io::SafetensorsWriter::create(made, {tensors.begin(), tensors.end()}, words);
    require_ok(writer.status());
    require_ok(io::write_packed(*writer, blob));
    require_ok(writer->finish());
    return made;
  }();
  return path;
}

void add_sparsifier(std::vector<Scenario>& list) {
  list.push_back(writing("save_sparsifier", [](Stage& s, const std::string& path) -> Act {
    const auto made = std::make_shared<Trained>(s);
    require_ok(made->sparsifier.compute_masks(Exec::cpu(1)));
    return [=] { return save_sparsifier(threads(), made->sparsifier, path); };
  }));
  list.push_back(scenario("load_sparsifier", [](Stage& s) -> Act {
    static const std::string path = [] {
      std::string saved = folder() + "/saved.safetensors";
      Stage other;
      Trained t(other);
      require_ok(t.sparsifier.compute_masks(Exec::cpu(1)));
      require_ok(save_sparsifier(Exec::cpu(1), t.sparsifier, saved));
      return saved;
    }();
    const auto made = std::make_shared<Trained>(s);
    made->note_state(s);
    return [=, &s] {
      Status status = load_sparsifier(threads(), made->sparsifier, path);
      made->note_state(s);
      return status;
    };
  }));
}

void add_checkpoints(std::vector<Scenario>& list) {
  list.push_back(scenario(
      "Checkpoint::open and read",
      [](Stage& s) -> Act {
        const std::string path = checkpoint_file(), name = "layer.0.weight";
        const PackedView out = s.blob({200, 192, {2, 4}, DataType::f32, PackedOrder::canonical});
        return [=] {
          auto opened = Checkpoint::open(path);
          if (!opened.ok()) return std::move(opened).status();
          const StoredMatrix* const matrix = opened->find_matrix(name);
          if (matrix == nullptr) return Status(StatusCode::not_found, "no matrix");
          return opened->read(threads(), *matrix, out);
        };
      },
      StatusCode::ok, false));
  list.push_back(scenario(
      "Checkpoint::read of a slice",
      [](Stage& s) -> Act {
        const std::string path = checkpoint_file(), name = "layer.0.weight";
        const PackedView out = s.blob({64, 64, {2, 4}, DataType::f32, PackedOrder::canonical});
        return [=] {
          auto opened = Checkpoint::open(path);
          if (!opened.ok()) return std::move(opened).status();
          const StoredMatrix* const matrix = opened->find_matrix(name);
          if (matrix == nullptr) return Status(StatusCode::not_found, "no matrix");
          return opened->read(threads(), *matrix, {64, 128, 64, 128}, out);
        };
      },
      StatusCode::ok, false));
  list.push_back(scenario(
      "Checkpoint::open of none",
      [](Stage&) -> Act {
        const std::string path = "/nowhere/at/all/model.safetensors";
        return [=] { return Checkpoint::open(path).status(); };
      },
      StatusCode::io_error));
}

}  // namespace

std::vector<Scenario> file_scenarios() {
  std::vector<Scenario> list;
  checkpoint_file();  // of every digest of the folder
  list.push_back(writing("SafetensorsWriter", [](Stage& s, const std::string& path) -> Act {
    const MatrixView m = s.matrix(50, 20);
    const std::vector<io::TensorInfo> infos = {{"a tensor with a long name", "F32", {50, 20}, 0}};
    const io::Metadata words = {{"a key of the metadata", "and its value"}};
    const auto given = std::make_shared<std::vector<io::TensorInfo>>(infos);
    return [=] {
      auto file = io::SafetensorsWriter::create(path, std::move(*given), words);
      if (!file.ok()) return std::move(file).status();
      if (Status t = file->write(m.data, 50 * 20 * 4); !t.ok()) return t;
      return file->finish();
    };
  }));
  add_sparsifier(list);
  add_checkpoints(list);
  return list;
}

}  // namespace heddle::abuse
