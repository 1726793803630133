#include "bench/gpu/product.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "bench/buffers.hpp"
#include "bench/rounds.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kTrials = 3;
// Random values are made once and repeated; a prime length, so that no two rows are alike.
constexpr std::int64_t kRandomElements = 4'000'037;
constexpr std::int64_t kSkippedForB = 12'347;  // B shall not equal A

std::optional<Weight> kept_weight;

void require(const Status& status, const char* doing) {
  if (!status.ok()) throw std::runtime_error(std::string(doing) + ": " + status.to_string());
}

// tf32 drops the low 13 bits of an f32: data without them, so that nothing depends on how.
void make_exact_in_tf32(std::byte* data, std::int64_t elements) {
  for (std::int64_t i = 0; i < elements; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, data + 4 * i, 4);
    bits &= ~std::uint32_t{0x1fff};
    std::memcpy(data + 4 * i, &bits, 4);
  }
}

// Device memory of random elements, the first `skip` of the sequence left out.
DeviceMemory random_elements(std::int64_t elements, std::int64_t skip, DataType type,
                             const Stream& stream) {
  const auto bytes_of = [&](std::int64_t count) {
    return static_cast<std::size_t>(count) * size_of(type);
  };
  const std::size_t bytes = bytes_of(elements);
  const std::int64_t made = std::min(elements, kRandomElements);
  const Memory host(bytes_of(made + skip));
  fill_normal(host.data(), made + skip, type);
  if (type == DataType::f32) make_exact_in_tf32(host.data(), made + skip);
  DeviceMemory out(bytes);
  upload(out.data(), host.data() + bytes_of(skip), bytes_of(made));
  for (std::size_t done = bytes_of(made); done < bytes;) {
    const std::size_t step = std::min(done, bytes - done);
    copy_by_runtime(out.data() + done, out.data(), step, stream);
    done += step;
  }
  stream.wait();
  return out;
}

}  // namespace

Weight make_weight(const Case& problem, const Stream& stream) {
  Weight made;
  made.problem = problem;
  made.desc = packed_desc(problem, PackedOrder::device);
  const auto size = packed_size(made.desc);
  require(size.status(), "packed_size");
  made.packed_bytes = *size;
  made.packed = DeviceMemory(made.packed_bytes);
  made.dense = random_elements(problem.rows * problem.cols, 0, problem.type, stream);
  const Exec exec = Exec::cuda(stream.get());
  const MatrixView matrix = row_major(made.dense.data(), problem.rows, problem.cols, problem.type);
  const PackedView blob = {made.desc, made.packed.data(), made.packed_bytes};
  require(pack(exec, matrix, blob), "pack");
  require(unpack(exec, blob, matrix), "unpack");
  require(verify(exec, blob), "verify");
  stream.wait();
  return made;
}

const Weight& weight_of(const Case& problem, const Stream& stream) {
  const auto same = [&](const Case& made) {
    return made.rows == problem.rows && made.cols == problem.cols && made.type == problem.type &&
           made.pattern == problem.pattern;
  };
  if (!kept_weight || !same(kept_weight->problem)) {
    kept_weight.reset();
    kept_weight = make_weight(problem, stream);
  }
  return *kept_weight;
}

void forget_weight() { kept_weight.reset(); }

std::int64_t padded_tokens(std::int64_t n) { return (n + 15) / 16 * 16; }

ProductSets::ProductSets(const Weight& weight, const std::byte* a, std::size_t a_bytes,
                         std::int64_t n, std::size_t l2_bytes, const Stream& stream) {
  const Case& problem = weight.problem;
  const auto bytes_of = [&](std::int64_t elements, DataType type) {
    return static_cast<std::size_t>(elements) * size_of(type);
  };
  const DataType out = product_type(problem.type);
  const std::int64_t tokens = padded_tokens(n);
  const std::size_t b_bytes = bytes_of(problem.cols * n, problem.type);
  d_bytes_ = bytes_of(problem.rows * tokens, out);
  turns_ = rotation(a_bytes + b_bytes + bytes_of(problem.rows * n, out), l2_bytes);
  const DeviceMemory source = random_elements(problem.cols * n, kSkippedForB, problem.type, stream);
  for (std::size_t set = 0; set < turns_.sets; ++set) {
    a_.emplace_back(a_bytes);
    b_.emplace_back(bytes_of(problem.cols * tokens, problem.type));
    d_.emplace_back(d_bytes_);
    copy_by_runtime(a_.back().data(), a, a_bytes, stream);
    fill(b_.back().data(), 0, bytes_of(problem.cols * tokens, problem.type));
    copy_by_runtime(b_.back().data(), source.data(), b_bytes, stream);
  }
  stream.wait();
}

void ProductSets::poison() const {
  for (const DeviceMemory& d : d_) fill(d.data(), kPoison, d_bytes_);
}

double quick_seconds(const Stream& stream, const Side& side, std::size_t calls) {
  side.call(0);  // a first launch may load code
  std::vector<double> seconds;
  for (int trial = 0; trial < kTrials; ++trial) {
    Mark begin, end;
    begin.set(stream);
    for (std::size_t i = 0; i < calls; ++i) side.call(i % side.sets().sets());
    end.set(stream);
    stream.wait();
    seconds.push_back(end.seconds_since(begin) / static_cast<double>(calls));
  }
  return quantile(seconds, 0.5);
}

}  // namespace heddle::bench::gpu
