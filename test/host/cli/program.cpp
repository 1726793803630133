#include "test/host/cli/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>

#include "host/io/dtype.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

// Only what may follow a fork in a program with threads: no allocation.
[[noreturn]] void become(char* const* arguments, const char* out, const char* err) {
  const int out_fd = ::open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_fd = ::open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (out_fd >= 0) ::dup2(out_fd, STDOUT_FILENO);
  if (err_fd >= 0) ::dup2(err_fd, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

pid_t start(std::vector<std::string> arguments, const std::string& out, const std::string& err) {
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) become(raw.data(), out.c_str(), err.c_str());
  EXPECT_GT(child, 0);
  return child;
}

Ran run(const std::vector<std::string>& arguments) {
  const TempDir dir;
  const pid_t child = start(arguments, dir / "out", dir / "err");
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  Ran result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_file(dir / "out");
  result.err = read_file(dir / "err");
  return result;
}

std::vector<std::string> with_program(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {HEDDLE_PROGRAM};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

// The rank of an element by magnitude, written from the bit patterns of the types.
std::uint32_t magnitude_rank(const unsigned char* element, DataType type) {
  const auto rank = [](std::uint32_t bits, std::uint32_t sign, std::uint32_t infinity) {
    const std::uint32_t magnitude = bits & ~sign;
    return magnitude > infinity ? ~std::uint32_t{0} : magnitude;
  };
  std::uint32_t bits = 0;
  std::memcpy(&bits, element, size_of(type));
  switch (type) {
    case DataType::f32: return rank(bits, 0x80000000u, 0x7f800000u);
    case DataType::f16: return rank(bits, 0x8000u, 0x7c00u);
    case DataType::bf16: return rank(bits, 0x8000u, 0x7f80u);
    case DataType::f8e4m3: return rank(bits, 0x80u, 0x7eu);  // no infinity: 0x7e is 448
    case DataType::f8e5m2: return rank(bits, 0x80u, 0x7cu);
    case DataType::i8: return bits < 128 ? bits : 256 - bits;
    case DataType::i32: break;
  }
  ADD_FAILURE() << "no type to prune";
  return 0;
}

}  // namespace

nlohmann::json Ran::json() const {
  const nlohmann::json parsed = nlohmann::json::parse(out, nullptr, false);
  EXPECT_TRUE(parsed.is_object()) << "stdout: " << out;
  return parsed;
}

Ran heddle_run(const std::vector<std::string>& arguments) { return run(with_program(arguments)); }

pid_t heddle_start(const std::vector<std::string>& arguments) {
  return start(with_program(arguments), "/dev/null", "/dev/null");
}

Ran shell_run(const std::string& script) {
  return run({"/bin/sh", "-c", "HEDDLE='" HEDDLE_PROGRAM "'\n" + script});
}

Tensor random_tensor(const std::string& name, const std::string& dtype,
                     const std::vector<std::int64_t>& shape) {
  Tensor tensor{name, dtype, shape, {}};
  tensor.bytes.resize(*io::tensor_bytes(dtype, shape));
  std::mt19937 random(static_cast<unsigned>(std::hash<std::string>()(name + dtype)));
  for (char& byte : tensor.bytes) byte = static_cast<char>(random());
  // Zeros of both signs and repeated values, which random bytes hardly ever have.
  const std::size_t width = static_cast<std::size_t>(io::dtype_bits(dtype)) / 8;
  for (std::size_t at = 0; width > 0 && at + 2 * width <= tensor.bytes.size(); at += width) {
    switch (random() % 8) {
      case 0: std::memset(&tensor.bytes[at], 0, width); break;
      case 1:
        std::memset(&tensor.bytes[at], 0, width);
        if (dtype[0] != 'I') tensor.bytes[at + width - 1] = '\x80';
        break;
      case 2: std::memcpy(&tensor.bytes[at + width], &tensor.bytes[at], width); break;
      default: break;
    }
  }
  return tensor;
}

void write_tensors(const std::string& path, const std::vector<Tensor>& tensors,
                   const io::Metadata& metadata) {
  std::vector<io::TensorInfo> infos;
  for (const Tensor& tensor : tensors) {
    infos.push_back({tensor.name, tensor.dtype, tensor.shape, 0});
  }
  auto writer = io::SafetensorsWriter::create(path, infos, metadata);
  ASSERT_TRUE(writer.ok()) << writer.status().to_string();
  for (const Tensor& tensor : tensors) {
    ASSERT_TRUE(writer->write(tensor.bytes.data(), tensor.bytes.size()).ok());
  }
  ASSERT_TRUE(writer->finish().ok());
}

Tensor read_tensor(const std::string& path, const std::string& name) {
  const auto reader = io::SafetensorsReader::open(path);
  if (!reader.ok()) {
    ADD_FAILURE() << reader.status().to_string();
    return {};
  }
  const io::TensorInfo* const info = reader->find(name);
  if (info == nullptr) {
    ADD_FAILURE() << path << " has no tensor " << name;
    return {};
  }
  return {name, info->dtype, info->shape,
          std::string(static_cast<const char*>(reader->data(*info)), info->bytes)};
}

std::vector<std::string> tensor_names(const std::string& path) {
  const auto reader = io::SafetensorsReader::open(path);
  std::vector<std::string> names;
  if (!reader.ok()) {
    ADD_FAILURE() << reader.status().to_string();
    return names;
  }
  for (const io::TensorInfo& tensor : reader->tensors()) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  return names;
}

Tensor pruned(const Tensor& tensor, int keep, int group) {
  Tensor result = tensor;
  const DataType type = *io::data_type_of(tensor.dtype);
  const std::size_t width = size_of(type);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(tensor.bytes.data());
  const std::int64_t rows = tensor.shape[0], cols = tensor.shape[1];
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t first = 0; first < cols; first += group) {
      std::vector<std::int64_t> order(
          static_cast<std::size_t>(std::min<std::int64_t>(group, cols - first)));
      std::iota(order.begin(), order.end(), row * cols + first);
      std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return magnitude_rank(bytes + static_cast<std::size_t>(a) * width, type) >
               magnitude_rank(bytes + static_cast<std::size_t>(b) * width, type);
      });
      for (std::size_t i = static_cast<std::size_t>(keep); i < order.size(); ++i) {
        std::memset(&result.bytes[static_cast<std::size_t>(order[i]) * width], 0, width);
      }
    }
  }
  return result;
}

}  // namespace heddle::test
