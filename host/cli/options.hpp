#pragma once
// What a command line asks for.

#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/pattern.hpp"

namespace heddle::cli {

/// Every command's options; each command reads those it declares.
struct Options {
  std::string input;
  std::string output;
  Pattern pattern{2, 4};
  bool pattern_given = false;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  int threads = 0;
  bool json = false;
  bool prune = false;          // pack --prune
  std::string tensor;          // inspect --tensor
  std::string image;           // inspect --image
  std::string shape;           // bench --shape
  std::string where = "auto";  // bench --exec
  int rounds = 11;             // bench --rounds

  Exec exec() const { return Exec::cpu(threads); }
};

}  // namespace heddle::cli
