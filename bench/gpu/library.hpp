#pragma once
// A vendor's library, found and loaded while the program runs: the build needs none of it.

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::bench::gpu {

/// Where to look for a library.
struct LibrarySearch {
  std::string variable;               // of the environment: a path, or "none"
  std::vector<std::string> names;     // of the file, the newest first
  std::vector<std::string> packages;  // folders of Python wheels below site-packages
};

/// The files to try, in this order: the path of the variable alone; else the names in the wheels'
/// folders of this machine's Pythons, then the names as the loader finds them. Empty for "none".
std::vector<std::string> library_files(const LibrarySearch& search);

class Library {
 public:
  /// Loads the first of the files that can be loaded; throws std::runtime_error with the reasons.
  explicit Library(const LibrarySearch& search);

  const std::string& path() const { return path_; }

  /// Sets `function` to the function of that name; throws where there is none.
  template <class Function>
  void find(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(symbol(name));
  }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  void* symbol(const char* name) const;

  std::unique_ptr<void, Close> handle_;
  std::string path_;
};

}  // namespace heddle::bench::gpu
