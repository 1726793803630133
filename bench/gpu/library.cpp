#include "bench/gpu/library.hpp"

#include <dlfcn.h>
#include <glob.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace heddle::bench::gpu {
namespace {

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

// Files that match a pattern; the last in the alphabet, the newest Python, first.
std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> files;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  std::reverse(files.begin(), files.end());
  return files;
}

std::vector<std::string> site_packages() {
  std::vector<std::string> folders;
  std::istringstream paths(environment("PYTHONPATH"));
  for (std::string path; std::getline(paths, path, ':');)
    if (!path.empty()) folders.push_back(path);
  for (const std::string& root : {environment("VIRTUAL_ENV"), environment("CONDA_PREFIX")})
    if (!root.empty()) folders.push_back(root + "/lib/python3*/site-packages");
  if (const std::string home = environment("HOME"); !home.empty())
    folders.push_back(home + "/.local/lib/python3*/site-packages");
  for (const char* folder :
       {"/usr/local/lib/python3*/dist-packages", "/usr/local/lib/python3*/site-packages",
        "/usr/lib/python3*/dist-packages", "/opt/conda/lib/python3*/site-packages"})
    folders.push_back(folder);
  return folders;
}

}  // namespace

std::vector<std::string> library_files(const LibrarySearch& search) {
  if (const std::string given = environment(search.variable); !given.empty())
    return given == "none" ? std::vector<std::string>{} : std::vector<std::string>{given};
  std::vector<std::string> files;
  for (const std::string& site : site_packages())
    for (const std::string& package : search.packages)
      for (const std::string& name : search.names) {
        std::string pattern = site;
        pattern.append("/").append(package).append("/").append(name);
        for (std::string& file : matches(pattern)) files.push_back(std::move(file));
      }
  files.insert(files.end(), search.names.begin(), search.names.end());
  return files;
}

void Library::Close::operator()(void* handle) const { (void)::dlclose(handle); }

Library::Library(const LibrarySearch& search) {
  std::string reasons;
  for (const std::string& file : library_files(search)) {
    handle_.reset(::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL));
    path_ = file;
    if (handle_) return;
    const char* reason = ::dlerror();
    reasons += (reasons.empty() ? "" : "; ") + std::string(reason == nullptr ? file : reason);
  }
  throw std::runtime_error(reasons.empty() ? search.variable + " = none" : reasons);
}

void* Library::symbol(const char* name) const {
  void* const found = ::dlsym(handle_.get(), name);
  if (found == nullptr) throw std::runtime_error(path_ + ": no function " + name);
  return found;
}

}  // namespace heddle::bench::gpu
