#include "bench/gpu/variants.hpp"

#include <limits>
#include <map>
#include <stdexcept>

#include "bench/experiment.hpp"

namespace heddle::bench::gpu {
namespace {

template <class T>
T required(Result<T> result, const char* doing) {
  if (!result.ok())
    throw std::runtime_error(std::string(doing) + ": " + result.status().to_string());
  return std::move(result).value();
}

std::vector<Selection> all_of(const Case& problem, const DeviceDescription& device) {
  return required(
      candidates(select_problem(problem), device, std::numeric_limits<std::size_t>::max()),
      "candidates");
}

}  // namespace

DeviceDescription this_device() {
  return required(describe_device(Exec::cuda()), "describe_device");
}

MatmulConfig best_of(const Case& problem, MatmulKernel kernel, const DeviceDescription& device) {
  DeviceDescription narrowed = device;
  narrowed.wgmma &= kernel == MatmulKernel::wgmma;
  for (const Selection& found : all_of(problem, narrowed))  // the best comes first
    if (found.config.kernel == kernel) return found.config;
  throw std::runtime_error("there is no such kernel here for " + to_string(problem));
}

std::vector<MatmulConfig> variants(const Case& problem, const DeviceDescription& device) {
  std::vector<MatmulConfig> chosen = {best_of(problem, MatmulKernel::mma, device)};
  std::map<std::string, MatmulConfig> best;
  for (const Selection& found : all_of(problem, device))
    if (found.config.kernel == MatmulKernel::wgmma)
      best.emplace(variant_name(found.config), found.config);
  for (const auto& [name, config] : best) chosen.push_back(config);
  return chosen;
}

std::string variant_name(const MatmulConfig& config) {
  if (config.kernel == MatmulKernel::mma) return "mma";
  std::string text = to_string(config);
  text = text.substr(0, text.find(" stages="));
  for (char& c : text)
    if (c == ' ') c = ',';
  return text;
}

}  // namespace heddle::bench::gpu
