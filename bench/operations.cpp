#include "bench/operations.hpp"

#include <algorithm>
#include <thread>

namespace heddle::bench {
namespace {

constexpr PackedOrder kCanonical = PackedOrder::canonical;
constexpr PackedOrder kDevice = PackedOrder::device;

// ---- runs

Status run_best_mask(const Exec& exec, const Buffers& b) {
  return best_mask(exec, b.matrix(b.dense), b.problem.pattern, b.mask_view(b.mask_out));
}

Status run_apply_mask(const Exec& exec, const Buffers& b) {
  return apply_mask(exec, b.matrix(b.dense), b.mask_view(b.mask), b.matrix(b.matrix_out));
}

Status run_check(const Exec& exec, const Buffers& b) {
  const auto report = check(exec, b.matrix(b.pruned), b.problem.pattern);
  if (!report) return report.status();
  if (!report->compliant()) return {StatusCode::not_compliant, "check finds violations"};
  return {};
}

template <PackedOrder order>
Status run_prune_pack(const Exec& exec, const Buffers& b) {
  return pack(exec, b.matrix(b.dense), b.blob(b.blob_out, order));
}

template <PackedOrder order>
Status run_pack_mask(const Exec& exec, const Buffers& b) {
  return pack(exec, b.matrix(b.dense), b.mask_view(b.mask), b.blob(b.blob_out, order));
}

template <PackedOrder order>
const Memory& expected_blob(const Buffers& b) {
  return order == kCanonical ? b.packed : b.fragmented;
}

template <PackedOrder order>
Status run_unpack(const Exec& exec, const Buffers& b) {
  return unpack(exec, b.blob(expected_blob<order>(b), order), b.matrix(b.matrix_out));
}

template <PackedOrder order>
Status run_verify(const Exec& exec, const Buffers& b) {
  return verify(exec, b.blob(expected_blob<order>(b), order));
}

template <PackedOrder from, PackedOrder to>
Status run_convert(const Exec& exec, const Buffers& b) {
  return convert(exec, b.blob(expected_blob<from>(b), from), b.blob(b.blob_out, to));
}

// ---- verdicts

std::string compare(const char* what, const Memory& got, const Memory& want) {
  const auto bytes = static_cast<std::ptrdiff_t>(want.bytes());
  const auto bad = std::mismatch(want.data(), want.data() + bytes, got.data());
  if (bad.first == want.data() + bytes) return {};
  return std::string(what) + ": byte " + std::to_string(bad.first - want.data()) + " differs";
}

std::string verify_mask(const Buffers& b) { return compare("mask", b.mask_out, b.mask); }
std::string verify_pruned(const Buffers& b) { return compare("matrix", b.matrix_out, b.pruned); }
std::string verify_nothing(const Buffers&) { return {}; }  // the run itself is a verdict

// The blob is legal, equals the one packed from the mask, and unpacks to the pruned matrix.
template <PackedOrder order>
std::string verify_blob(const Buffers& b) {
  const PackedView blob = b.blob(b.blob_out, order);
  if (Status status = verify(Exec::cpu(), blob); !status.ok()) return status.to_string();
  if (std::string wrong = compare("blob", b.blob_out, expected_blob<order>(b)); !wrong.empty())
    return wrong;
  const Status status = unpack(Exec::cpu(), blob, b.matrix(b.matrix_out));
  return status.ok() ? verify_pruned(b) : status.to_string();
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"best_mask", false, run_best_mask, verify_mask},
      {"prune_pack_canonical", false, run_prune_pack<kCanonical>, verify_blob<kCanonical>},
      {"prune_pack_device", true, run_prune_pack<kDevice>, verify_blob<kDevice>},
      {"pack_mask_canonical", false, run_pack_mask<kCanonical>, verify_blob<kCanonical>},
      {"pack_mask_device", true, run_pack_mask<kDevice>, verify_blob<kDevice>},
      {"unpack_canonical", false, run_unpack<kCanonical>, verify_pruned},
      {"unpack_device", true, run_unpack<kDevice>, verify_pruned},
      {"check", false, run_check, verify_nothing},
      {"apply_mask", false, run_apply_mask, verify_pruned},
      {"verify_canonical", false, run_verify<kCanonical>, verify_nothing},
      {"verify_device", true, run_verify<kDevice>, verify_nothing},
      {"to_device", true, run_convert<kCanonical, kDevice>, verify_blob<kDevice>},
      {"to_canonical", true, run_convert<kDevice, kCanonical>, verify_blob<kCanonical>},
  };
  return all;
}

void copy_dense(const Buffers& buffers, int threads) {
  const std::size_t bytes = buffers.dense.bytes();
  if (threads == 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::size_t share = bytes / static_cast<std::size_t>(threads) + 1;
  const auto copy = [&](std::size_t begin) {
    if (begin >= bytes) return;
    std::memcpy(buffers.matrix_out.data() + begin, buffers.dense.data() + begin,
                std::min(share, bytes - begin));
  };
  std::vector<std::thread> helpers;
  for (int t = 1; t < threads; ++t) helpers.emplace_back(copy, share * static_cast<std::size_t>(t));
  copy(0);
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace heddle::bench
