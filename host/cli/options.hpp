#pragma once
// What a command line asks for.

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/method.hpp"
#include "heddle/pattern.hpp"

namespace heddle::cli {

/// Every command's options; each command reads those it declares.
struct Options {
  std::string input;
  std::string output;
  Pattern pattern{2, 4};  // along rows; of --method, its own
  bool pattern_given = false;
  MaskMethod method;          // what --method, --transposable and --pattern come to
  std::string method_name;    // as it was named, or how find_method names it
  bool method_given = false;  // by --method or --transposable
  bool transposable = false;
  std::vector<std::string> plugins;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  int threads = 0;
  bool json = false;
  std::string score;                 // prune --score
  std::vector<std::string> permute;  // prune --permute
  bool permutation = false;          // inspect, report --permutation
  double budget = 10;                // seconds of each search; 0 is no limit
  std::uint64_t seed = 0;            // of each search
  bool prune = false;                // pack --prune
  std::string tensor;                // inspect --tensor
  std::string image;                 // inspect --image
  std::string shape;                 // bench --shape
  std::string where = "auto";        // bench --exec
  int rounds = 11;                   // bench --rounds
  std::string shard;                 // --shard i/n
  std::string mask;                  // pack --mask
  std::string to = "dense";          // unpack --to
  std::string rows;                  // slice --rows
  std::string cols;                  // slice --cols
  std::int64_t align = 0;            // slice --align; 0 is the default

  Exec exec() const { return Exec::cpu(threads); }
};

}  // namespace heddle::cli
