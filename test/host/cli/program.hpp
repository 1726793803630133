#pragma once
// Runs the command and makes files for it.

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "heddle/types.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::test {

/// What a run of the command left behind.
struct Ran {
  int exit_code = -1;  // 128 + the signal if one ended it
  std::string out;
  std::string err;

  /// stdout as one JSON object; a test failure and null if it is anything else.
  nlohmann::json json() const;
};

/// Runs `heddle` with these arguments and waits for it.
Ran heddle_run(const std::vector<std::string>& arguments);

/// Starts it, output discarded.
pid_t heddle_start(const std::vector<std::string>& arguments);

/// Runs a shell script with $HEDDLE set to the program.
Ran shell_run(const std::string& script);

/// A tensor of a file in memory.
struct Tensor {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::string bytes;
};

/// A tensor of random bytes: every value of the type occurs, NaN, infinities and zeros too.
Tensor random_tensor(const std::string& name, const std::string& dtype,
                     const std::vector<std::int64_t>& shape);

void write_tensors(const std::string& path, const std::vector<Tensor>& tensors,
                   const io::Metadata& metadata = {});

/// The tensor of a file; a test failure and an empty one if it is absent.
Tensor read_tensor(const std::string& path, const std::string& name);
std::vector<std::string> tensor_names(const std::string& path);

/// What pruning must give, by the definition: in every group of a row the `keep` entries of highest
/// |x| stay, NaN above all, ties to the lower position, and the rest becomes +0.
Tensor pruned(const Tensor& tensor, int keep, int group);

}  // namespace heddle::test
