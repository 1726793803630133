#include "host/known_devices.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "host/guard.hpp"
#include "host/message.hpp"

namespace heddle {
namespace {

constexpr double kCopyShare = 0.9;  // of the data sheet's bandwidth, in a copy: assumed

// Sources and assumptions are in docs/kernels/selection.md.
struct KnownDevice {
  const char* name;
  const char* words[3];  // the driver's name has all of these
  int capability, multiprocessors;
  double clock_ghz;
  double memory_gbytes_per_s;  // data sheet
  int l2_mib;
};

constexpr KnownDevice kKnown[] = {
    {"A100", {"A100-SXM4-80GB"}, 80, 108, 1.41, 2039, 40},
    {"A100 PCIe", {"A100", "80GB", "PCIe"}, 80, 108, 1.41, 1935, 40},
    {"H100", {"H100", "80GB", "HBM3"}, 90, 132, 1.755, 3350, 50},
    {"H100 PCIe", {"H100", "PCIe"}, 90, 114, 1.395, 2000, 50},
    {"H200", {"H200"}, 90, 132, 1.755, 4800, 50},
    {"B200", {"B200"}, 100, 148, 1.85, 8000, 126},
    {"RTX 3090", {"RTX", "3090"}, 86, 82, 1.695, 936, 6},
    {"RTX 4090", {"RTX", "4090"}, 89, 128, 2.52, 1008, 72},
    {"RTX 5080", {"RTX", "5080"}, 120, 84, 2.617, 960, 64},
    {"RTX 5090", {"RTX", "5090"}, 120, 170, 2.407, 1792, 96},
};

bool is_data_center(int capability) {
  return capability == 80 || (capability >= 90 && capability < 120);
}

// Bytes per clock and multiprocessor that L2 supplies: assumed per generation.
double l2_bytes_per_clock(int capability) { return is_data_center(capability) ? 30 : 16; }

struct SharedMemory {
  std::size_t per_block, per_multiprocessor;
};
SharedMemory shared_memory(int capability) {
  constexpr std::size_t kib = 1024;
  if (capability == 80) return {163 * kib, 164 * kib};
  if (is_data_center(capability)) return {227 * kib, 228 * kib};
  return {99 * kib, 100 * kib};
}

DeviceDescription describe_known(const KnownDevice& known) {
  DeviceDescription d;
  d.name = known.name;
  d.compute_capability = known.capability;
  d.multiprocessors = known.multiprocessors;
  d.clock_ghz = known.clock_ghz;
  d.memory_gbytes_per_s = kCopyShare * known.memory_gbytes_per_s;
  d.l2_gbytes_per_s =
      l2_bytes_per_clock(known.capability) * known.multiprocessors * known.clock_ghz;
  d.l2_bytes = static_cast<std::size_t>(known.l2_mib) << 20;
  const SharedMemory shared = shared_memory(known.capability);
  d.shared_bytes_per_block = shared.per_block;
  d.shared_bytes_per_multiprocessor = shared.per_multiprocessor;
  return d;
}

// Whether `word` stands in `text` between spaces or at an end: "GH200" has no word "H200".
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' ')) return true;
  }
  return false;
}

// The count tells whole devices from laptop variants and from slices (MIG).
bool is_same(const KnownDevice& known, const cuda::Device& device) {
  const std::string_view name = device.name;
  return known.capability == device.capability && known.multiprocessors == device.multiprocessors &&
         std::all_of(std::begin(known.words), std::end(known.words),
                     [&](const char* word) { return word == nullptr || has_word(name, word); });
}

}  // namespace

Result<DeviceDescription> find_device(const std::string& name) try {
  std::string names;
  for (const KnownDevice& known : kKnown) {
    if (name == known.name) return describe_known(known);
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return Status(StatusCode::not_found,
                message("device '", name, "' is not known; known are ", names));
} catch (...) {
  return caught();
}

DeviceDescription describe(const cuda::Device& device) {
  DeviceDescription d;
  const KnownDevice* known =
      std::find_if(std::begin(kKnown), std::end(kKnown),
                   [&](const KnownDevice& one) { return is_same(one, device); });
  if (known != std::end(kKnown)) {
    d = describe_known(*known);
  } else {
    d.compute_capability = device.capability;
    d.multiprocessors = std::max(1, device.multiprocessors);
    d.clock_ghz = device.clock_khz > 0 ? device.clock_khz * 1e-6 : 1.0;
    // Both edges of the memory clock carry data. Without one: what an SM of a modest GPU has.
    const double peak = 2e3 * device.memory_clock_khz * device.memory_bus_bits / 8 * 1e-9;
    d.memory_gbytes_per_s = peak > 0 ? kCopyShare * peak : 8.0 * d.multiprocessors;
    d.l2_gbytes_per_s = l2_bytes_per_clock(device.capability) * d.multiprocessors * d.clock_ghz;
  }
  d.name = device.name;
  d.l2_bytes = device.l2_bytes;
  d.shared_bytes_per_block = device.shared_per_block;
  d.shared_bytes_per_multiprocessor = device.shared_per_multiprocessor;
  return d;
}

Result<DeviceDescription> describe_device(const Exec& exec) try {
  if (exec.kind() != Exec::Kind::cuda)
    return Status(StatusCode::unavailable, "exec = cpu: must be cuda, whose device it is about");
  const Result<cuda::Device> device = cuda::current_device();
  if (!device.ok()) return device.status();
  return describe(*device);
} catch (...) {
  return caught();
}

}  // namespace heddle
