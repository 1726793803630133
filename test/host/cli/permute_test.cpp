// prune --permute: the channels move, the network stays.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

Tensor from_floats(const std::string& name, const std::vector<std::int64_t>& shape,
                   const std::vector<float>& values) {
  Tensor tensor{name, "F32", shape, std::string(values.size() * sizeof(float), '\0')};
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

std::vector<float> floats(const Tensor& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

std::vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(static_cast<int>(random() % 2001) - 1000) / 500);
  }
  return values;
}

std::vector<int> numbers(const std::string& text) {
  std::vector<int> list;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) list.push_back(std::stoi(word));
  return list;
}

constexpr std::int64_t kIn = 32, kHidden = 48, kOut = 40;

// fc1 [48, 32] with a bias and the vectors of a norm, and two that read it: fc2 and side.
struct Network {
  std::vector<float> fc1, bias, scale, shift, fc2, side;

  static Network read(const std::string& path) {
    const auto get = [&](const char* name) { return floats(read_tensor(path, name)); };
    return {get("fc1.weight"), get("fc1.bias"),   get("norm.scale"),
            get("norm.shift"), get("fc2.weight"), get("side.weight")};
  }
  void write(const std::string& path) const {
    write_tensors(
        path,
        {from_floats("fc1.weight", {kHidden, kIn}, fc1), from_floats("fc1.bias", {kHidden}, bias),
         from_floats("norm.scale", {kHidden}, scale), from_floats("norm.shift", {kHidden}, shift),
         from_floats("fc2.weight", {kOut, kHidden}, fc2),
         from_floats("side.weight", {kOut, kHidden}, side)},
        {{"format", "pt"}});
  }
  // Both outputs for an input, in double.
  std::vector<double> outputs(const std::vector<float>& x) const {
    std::vector<double> hidden, out;
    for (std::size_t h = 0; h < kHidden; ++h) {
      double sum = bias[h];
      for (std::size_t i = 0; i < kIn; ++i) sum += static_cast<double>(fc1[h * kIn + i]) * x[i];
      hidden.push_back(std::max(sum, 0.0) * scale[h] + shift[h]);
    }
    for (const std::vector<float>* const weight : {&fc2, &side}) {
      for (std::size_t o = 0; o < kOut; ++o) {
        double sum = 0;
        for (std::size_t h = 0; h < kHidden; ++h) sum += (*weight)[o * kHidden + h] * hidden[h];
        out.push_back(sum);
      }
    }
    return out;
  }
};

const std::string kWire = "fc2.weight, side.weight <- fc1.weight,fc1.bias , norm.scale,norm.shift";

// The consumers' first half of the columns is dense, the second is zero: as it stands 2:4 drops half
// of it, and interleaved nothing at all. So the pruned network must be the very same function.
Network network() {
  Network net{random_floats(kHidden * kIn, 1),  random_floats(kHidden, 2),
              random_floats(kHidden, 3),        random_floats(kHidden, 4),
              random_floats(kOut * kHidden, 5), random_floats(kOut * kHidden, 6)};
  for (std::vector<float>* const weight : {&net.fc2, &net.side}) {
    for (std::size_t i = 0; i < weight->size(); ++i) {
      if (i % kHidden >= kHidden / 2) (*weight)[i] = 0;
    }
  }
  return net;
}

TEST(Permute, ALosslessOrderKeepsTheFunction) {
  const TempDir dir;
  const Network net = network();
  net.write(dir / "in");
  const std::vector<std::string> only = {"--include", "fc2|side"};
  std::vector<std::string> arguments = {"prune", dir / "in", dir / "plain", "--json"};
  arguments.insert(arguments.end(), only.begin(), only.end());
  const Ran plain = heddle_run(arguments);
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_LT(plain.json()["tensors"][0]["l1_kept"], 0.9) << "the order matters";

  arguments = {"prune", dir / "in", dir / "out", "--json", "--permute", kWire, "--budget", "0"};
  arguments.insert(arguments.end(), only.begin(), only.end());
  const Ran run = heddle_run(arguments);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json json = run.json();
  for (const auto& entry : json["tensors"]) EXPECT_EQ(entry["l1_kept"], 1.0);
  const auto& permutation = json["permutations"][0];
  EXPECT_EQ(permutation["l1_kept"], 1.0);
  EXPECT_EQ(permutation["channels"], kHidden);
  EXPECT_EQ(permutation["used"], true);

  const Network after = Network::read(dir / "out");
  for (unsigned seed = 10; seed < 20; ++seed) {
    const std::vector<float> x = random_floats(kIn, seed);
    const std::vector<double> a = net.outputs(x), b = after.outputs(x);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-9);
  }
  EXPECT_EQ(heddle_run({"check", dir / "out", "--include", "fc2|side"}).exit_code, 0);

  // What moved is what the metadata says, and nothing else changed.
  const auto reader = io::SafetensorsReader::open(dir / "out");
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->metadata().at("format"), "pt");
  const std::vector<int> order = numbers(reader->metadata().at("heddle.fc2.weight.permutation"));
  EXPECT_EQ(numbers(reader->metadata().at("heddle.side.weight.permutation")), order);
  ASSERT_EQ(order.size(), std::size_t(kHidden));
  for (std::size_t j = 0; j < kHidden; ++j) {
    const auto from = static_cast<std::size_t>(order[j]);
    EXPECT_EQ(after.bias[j], net.bias[from]);
    EXPECT_EQ(after.shift[j], net.shift[from]);
    for (std::size_t i = 0; i < kIn; ++i)
      EXPECT_EQ(after.fc1[j * kIn + i], net.fc1[from * kIn + i]);
    for (std::size_t o = 0; o < kOut; ++o)
      EXPECT_EQ(after.fc2[o * kHidden + j], net.fc2[o * kHidden + from]);
  }
}

TEST(Permute, ARecordOfTwoRunsIsOfTheOriginal) {
  const TempDir dir;
  Network net = network();
  net.fc2 = random_floats(kOut * kHidden, 7);
  net.write(dir / "in");
  const std::vector<std::string> tail = {"--permute", kWire, "--budget", "0", "--include", "fc2"};
  for (const auto& [from, to, pattern] :
       {std::array{"in", "one", "3:4"}, std::array{"one", "two", "2:4"}}) {
    std::vector<std::string> arguments = {"prune", dir / from, dir / to, "--pattern", pattern};
    arguments.insert(arguments.end(), tail.begin(), tail.end());
    const Ran run = heddle_run(arguments);
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  const auto reader = io::SafetensorsReader::open(dir / "two");
  const std::vector<int> order = numbers(reader->metadata().at("heddle.side.weight.permutation"));
  const Network after = Network::read(dir / "two");
  for (std::size_t j = 0; j < kHidden; ++j) {
    EXPECT_EQ(after.bias[j], net.bias[static_cast<std::size_t>(order[j])]) << j;
  }
}

TEST(Permute, ConvolutionsAndScoresMoveAlong) {
  const TempDir dir;
  // conv2 [36, 48, 3] reads conv1 [48, 32, 3, 3]; a norm decides which half of the channels counts.
  const std::vector<float> conv1 = random_floats(kHidden * 32 * 9, 1),
                           conv2 = random_floats(36 * kHidden * 3, 2);
  std::vector<float> norms(kHidden, 0.0f);
  for (std::size_t i = 0; i < kHidden / 2; ++i) norms[i] = 1.0f;
  write_tensors(dir / "in", {from_floats("conv1", {kHidden, 32, 3, 3}, conv1),
                             random_tensor("flags", "I64", {kHidden}),
                             from_floats("conv2", {36, kHidden, 3}, conv2)});
  write_tensors(dir / "scores", {from_floats("conv2.norms", {kHidden}, norms)});
  write_file(dir / "wires.json", R"([{"consumers": ["conv2"], "producers": ["conv1", "flags"]}])");
  const Ran run =
      heddle_run({"prune", dir / "in", dir / "out", "--score", dir / "scores", "--permute",
                  dir / "wires.json", "--include", "conv2", "--budget", "0", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.json()["permutations"][0]["l1_kept"], 1.0) << "every channel that counts is kept";
  const auto reader = io::SafetensorsReader::open(dir / "out");
  const std::vector<int> order = numbers(reader->metadata().at("heddle.conv2.permutation"));
  const std::vector<float> first = floats(read_tensor(dir / "out", "conv1"));
  const std::vector<float> second = floats(read_tensor(dir / "out", "conv2"));
  const std::string flags = read_tensor(dir / "in", "flags").bytes,
                    moved = read_tensor(dir / "out", "flags").bytes;
  ASSERT_EQ(order.size(), std::size_t(kHidden));
  for (std::size_t j = 0; j < kHidden; ++j) {
    const auto from = static_cast<std::size_t>(order[j]);
    EXPECT_EQ(moved.substr(8 * j, 8), flags.substr(8 * from, 8));
    for (std::size_t i = 0; i < 32 * 9; ++i)
      EXPECT_EQ(first[j * 32 * 9 + i], conv1[from * 32 * 9 + i]);
    for (std::size_t k = 0; k < 36; ++k) {
      for (std::size_t tap = 0; tap < 3; ++tap) {
        const float value = conv2[(k * kHidden + from) * 3 + tap];
        EXPECT_EQ(second[(k * kHidden + j) * 3 + tap], from < kHidden / 2 ? value : 0.0f);
      }
    }
  }
}

TEST(Permute, TilesTakeAnOrderOnlyIfItHelps) {
  const TempDir dir;
  network().write(dir / "in");
  const Ran run = heddle_run({"prune", dir / "in", dir / "out", "--transposable", "--permute",
                              kWire, "--budget", "0", "--include", "fc2|side", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Ran plain = heddle_run(
      {"prune", dir / "in", dir / "plain", "--transposable", "--include", "fc2|side", "--json"});
  double with = 0, without = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    with += run.json()["tensors"][i]["l1_kept"].get<double>();
    without += plain.json()["tensors"][i]["l1_kept"].get<double>();
  }
  EXPECT_GE(with, without);
  EXPECT_EQ(heddle_run({"check", dir / "out", "--transposable", "--include", "fc2|side"}).exit_code,
            0);
}

class PermuteErrors : public testing::Test {
 protected:
  void SetUp() override { network().write(dir_ / "in"); }
  void TearDown() override { EXPECT_EQ(dir_.names(), std::vector<std::string>{"in"}); }
  void refused(std::vector<std::string> more, const std::string& part) {
    more.insert(more.begin(), {"prune", dir_ / "in", dir_ / "out"});
    const Ran run = heddle_run(more);
    EXPECT_EQ(run.exit_code, 2) << part;
    EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  }
  TempDir dir_;
};

TEST_F(PermuteErrors, WithoutAWiring) {
  refused({"--permute"}, "does not say which tensors share channels");
  refused({"--permute", "fc2.weight"}, "does not say which tensors share channels");
  refused({"--permute", "yes"}, "breaks the network");
  refused({"--permute", "<-"}, "must be 'CONSUMER[,CONSUMER...] <- ");
  refused({"--permute", "fc2.weight <- "}, "must be 'CONSUMER[,CONSUMER...] <- ");
  refused({"--permute", "fc2.weight <- fc1.weight <- x"}, "must be 'CONSUMER[,CONSUMER...] <- ");
  refused({"--permute", "fc2.weight, <- fc1.weight"}, "must be 'CONSUMER[,CONSUMER...] <- ");
}

TEST_F(PermuteErrors, OneThatDoesNotFit) {
  refused({"--permute", "fc2.weight <- fc3.weight"}, "no tensor 'fc3.weight'");
  refused({"--permute", "fc1.weight <- fc2.weight"},
          "producer 'fc2.weight' has 40 channels: must have the 32 of 'fc1.weight'");
  refused({"--permute", "fc1.bias <- fc1.weight"},
          "consumer 'fc1.bias' is [48]: must have a dimension 1");
  refused({"--permute", "fc2.weight <- fc1.weight", "--permute", "fc2.weight <- fc1.bias"},
          "'fc2.weight' is a consumer twice");
  refused({"--permute", "fc2.weight <- fc1.weight", "--permute", "side.weight <- fc1.weight"},
          "'fc1.weight' is a producer twice");
  refused({"--permute", "fc2.weight <- fc1.weight", "--include", "side"}, "none of the consumers");
  refused({"--permute", dir_ / "absent.json"}, "cannot be read");
  refused({"--permute", kWire, "--budget", "-1"}, "--budget");
}

TEST_F(PermuteErrors, Json) {
  for (const char* text :
       {"", "{}", "[]", "[1]", R"([{"consumers": ["fc2.weight"]}])",
        R"([{"consumers": [], "producers": ["fc1.weight"]}])",
        R"([{"consumers": ["fc2.weight"], "producers": [1]}])",
        R"([{"consumers": ["fc2.weight"], "producers": ["fc1.weight"], "more": 1}])"}) {
    write_file(dir_ / "w.json", text);
    const Ran run = heddle_run({"prune", dir_ / "in", dir_ / "out", "--permute", dir_ / "w.json"});
    EXPECT_EQ(run.exit_code, 2) << text;
    EXPECT_NE(run.err.find("must be a JSON array"), std::string::npos) << run.err;
    std::filesystem::remove(dir_ / "w.json");
  }
}

TEST_F(PermuteErrors, ARecordThatIsNone) {
  for (const char* record : {"0,1", "x", "", "0,0", "1.5"}) {
    std::vector<Tensor> tensors;
    for (const std::string& name : tensor_names(dir_ / "in"))
      tensors.push_back(read_tensor(dir_ / "in", name));
    write_tensors(dir_ / "in", tensors, {{"heddle.fc2.weight.permutation", record}});
    refused({"--permute", kWire, "--budget", "0.05"},
            "metadata key 'heddle.fc2.weight.permutation': must be");
  }
}

}  // namespace
}  // namespace heddle::test
