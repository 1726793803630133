// The published recipe for 2:4 weights (Mishra et al. 2021, "Accelerating Sparse Deep Neural
// Networks") on real data, from training to inference through the packed weights.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "host/io/mask_image.hpp"
#include "model_file.hpp"
#include "network.hpp"
#include "permute.hpp"
#include "plot.hpp"
#include "reference.hpp"
#include "report.hpp"
#include "sparse.hpp"

namespace digits {
namespace {

using namespace heddle;

constexpr double kAllowedLoss = 0.02;
constexpr int kTestImages = 360;                              // of 1797
const std::vector<int> kWidths{kPixels, 256, 256, kClasses};  // the last is ragged: no padding

struct Options {
  std::string data = HEDDLE_DIGITS_DATA;
  std::string out = "out";
  int seeds = 5;
  Recipe recipe;
};

// The top of a mask as a picture: kept black, dropped white. Few rows, to see every entry.
Status draw_top(const HalfLayer& layer, const std::string& path) {
  const auto mask = row_major_mask(layer.mask.data(), std::min(layer.outputs, 32), layer.inputs);
  const Result<io::MaskImage> picture = io::draw_mask(mask, kPattern);
  return picture ? io::write_png(path, picture->image) : picture.status();
}

// Steps 4 to 7: from a pruned network to inference with the packed one.
Status deploy(const Network& network, int seed, const Options& options, const Split& split,
              Outcome& outcome) {
  // 4. Round to f16, see that the pattern still holds, and save.
  const std::vector<HalfLayer> layers = round_to_half(network);
  if (Status status = require_compliant(layers, false); !status.ok()) return status;
  const std::string stem = options.out + "/digits.seed" + std::to_string(seed);
  if (Status status = save_dense(stem + ".safetensors", layers); !status.ok()) return status;
  if (Status status = draw_top(layers[0], stem + ".mask.png"); !status.ok()) return status;

  // 5. Pack, save, load back, and see that nothing was lost.
  Result<std::vector<PackedLayer>> packed = pack_layers(layers);
  if (!packed) return packed.status();
  const std::string packed_path = stem + ".packed.safetensors";
  if (Status status = save_packed(packed_path, *packed); !status.ok()) return status;
  packed = load_packed(packed_path);
  if (!packed) return packed.status();
  if (Status status = require_identical(layers, *packed); !status.ok()) return status;

  // 6. Run the packed network, on the CPU: a GPU would want the blobs in device order and in its memory.
  const Result<std::vector<float>> logits = infer(Exec::cpu(), *packed, split.test);
  if (!logits) return logits.status();
  outcome.packed_half = accuracy(*logits, split.test.labels);

  // 7. Compare with the masked dense network.
  const Reference reference = masked_dense_inference(layers, split.test);
  outcome.masked_half = accuracy(
      std::vector<float>(reference.logits.begin(), reference.logits.end()), split.test.labels);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    outcome.dense_bytes += layers[l].weight.size() * sizeof(std::uint16_t);
    outcome.packed_bytes += (*packed)[l].blob.size();
  }
  const Result<Deviation> deviation = compare(*logits, reference);
  if (!deviation) return deviation.status();
  outcome.deviation = deviation->largest;
  outcome.deviation_bound = deviation->largest_bound;
  return {};
}

// Steps 2 and 3, one way; `network` is dense and leaves pruned and trained again.
Result<Variant> prune_and_retrain(Network& network, const Way& way, int seed,
                                  const Options& options, const Split& split) {
  Variant variant;
  const auto test_accuracy = [&] {
    return accuracy(forward(network, split.test), split.test.labels);
  };
  // 2. Prune every weight, once, by magnitude.
  const Result<Pruned> pruned = prune(network, way.method);
  if (!pruned) return pruned.status();
  variant.l1_share = pruned->l1_share;
  variant.pruned = test_accuracy();

  // 3. Train again: the same hyper-parameters, from the pruned weights, the masks frozen.
  const Status status = train(network, split.train, options.recipe, seed,
                              [&] { variant.retrained_epochs.push_back(test_accuracy()); });
  if (!status.ok()) return status;
  variant.retrained = test_accuracy();
  if (Status s = require_compliant(round_to_half(network), way.tiles); !s.ok()) return s;
  return variant;
}

Result<Outcome> run_seed(int seed, const Options& options, const Split& split) {
  // 1. Train the dense network.
  Outcome outcome;
  Network dense = make_network(kWidths, seed);
  const auto test_accuracy = [&] {
    return accuracy(forward(dense, split.test), split.test.labels);
  };
  Status status = train(dense, split.train, options.recipe, seed,
                        [&] { outcome.dense_epochs.push_back(test_accuracy()); });
  if (!status.ok()) return status;
  outcome.dense = test_accuracy();

  // The same function with its hidden units in another order, in which 2:4 keeps more.
  Network reordered = dense;
  status = reorder_units(reordered);
  if (status.ok()) status = require_same_function(dense, reordered, split.test);
  if (!status.ok()) return status;

  for (const Way& way : kWays) {
    Network network = way.reordered ? reordered : dense;
    const Result<Variant> variant = prune_and_retrain(network, way, seed, options, split);
    if (!variant) return variant.status();
    outcome.variants.push_back(*variant);
    if (outcome.variants.size() > 1) continue;
    if (status = deploy(network, seed, options, split, outcome); !status.ok()) return status;
  }
  return outcome;
}

// Pruning must not cost accuracy: the claim of the recipe. Two points are seven of the test images.
Status check_accuracy(const std::vector<Outcome>& outcomes) {
  const double dense = mean_dense(outcomes);
  for (std::size_t way = 0; way < std::size(kWays); ++way) {
    const double retrained = mean_retrained(outcomes, way);
    if (retrained >= dense - kAllowedLoss) continue;
    return {StatusCode::not_compliant,
            std::string(kWays[way].name) + ": accuracy " + std::to_string(retrained) +
                " after training again: must be within " + std::to_string(kAllowedLoss) +
                " of the dense " + std::to_string(dense)};
  }
  return {};
}

Status run(const Options& options) {
  const Result<Split> split = load_digits(options.data, kTestImages);
  if (!split) return split.status();
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) return {StatusCode::io_error, "cannot make '" + options.out + "': " + error.message()};

  std::vector<Outcome> outcomes;
  for (int seed = 1; seed <= options.seeds; ++seed) {
    Result<Outcome> outcome = run_seed(seed, options, *split);
    if (!outcome) return outcome.status();
    outcomes.push_back(std::move(*outcome));
    std::fprintf(stderr, "seed %d of %d done\n", seed, options.seeds);
  }
  std::printf("%d images to train, %d to test; network 64-256-256-10, every weight %s; %d seeds\n",
              split->train.count, split->test.count, to_string(kPattern).c_str(), options.seeds);
  std::printf(
      "packed inference on the CPU; reordered: the same function, checked to rounding\n\n%s\n",
      table(outcomes).c_str());
  const std::string curve = to_svg(accuracy_chart(outcomes));
  if (Status status = write_text(options.out + "/digits.accuracy.svg", curve); !status.ok()) {
    return status;
  }
  std::printf(
      "In %s/: digits.accuracy.svg; of every seed .safetensors, .packed.safetensors, .mask.png\n",
      options.out.c_str());
  return check_accuracy(outcomes);
}

// Between 1 and 1000; 0 for anything else.
int parse_count(const std::string& text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size() && count <= 1000 ? count : 0;
}

Status must_be(const std::string& flag, const std::string& value, const std::string& requirement) {
  return {StatusCode::invalid_argument, flag + " '" + value + "': must be " + requirement};
}

Result<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("--", 0) != 0) {
      options.out = word;
      continue;
    }
    const std::string value = i + 1 < argc ? argv[++i] : "";
    if (word == "--data") {
      options.data = value;
    } else if (word == "--seeds" || word == "--epochs") {
      const int count = parse_count(value);
      if (count < 1) {
        return must_be(word, value, "in 1..1000");
      }
      (word == "--seeds" ? options.seeds : options.recipe.epochs) = count;
    } else {
      return must_be("flag", word, "--seeds, --epochs or --data");
    }
  }
  return options;
}

}  // namespace
}  // namespace digits

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--help") {
    std::printf("heddle_digits [--seeds N] [--epochs N] [--data FILE] [OUT]\n");
    return 0;
  }
  const auto options = digits::parse(argc, argv);
  const heddle::Status status = options ? digits::run(*options) : options.status();
  if (status.ok()) return 0;
  std::fprintf(stderr, "heddle_digits: %s\n", status.to_string().c_str());
  return 1;
}
