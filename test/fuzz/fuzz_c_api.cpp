// A random sequence of calls of the C ABI: bad enumerations, nulls, overlapping and misaligned
// views, sizes that overflow, structures of other sizes, handles in any order (but none after its
// end). Views point into memory that is really there, or say something that must be refused.
// The same input gives the same statuses and the same bytes, or the program stops.

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "heddle/heddle.h"
#include "test/fuzz/input.hpp"

namespace {

using heddle::fuzz::Input;
using heddle::fuzz::require;

__extension__ using Wide = __int128;  // products of any two sizes
constexpr std::size_t kBytes = 1 << 14;
constexpr int kMostCalls = 24;

class Run {
 public:
  Run(const std::uint8_t* data, std::size_t size) : in_(data, size) {
    for (std::size_t i = 0; i < kBytes; ++i)
      memory_[i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
  }
  ~Run() {
    heddle_plan_destroy(plan_);
    heddle_sparsifier_destroy(sparsifier_);
    heddle_method_destroy(method_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  std::uint64_t go() {
    for (int i = 0; i < kMostCalls && !in_.empty(); ++i) {
      const heddle_status status = call();
      require(status >= HEDDLE_OK && status <= HEDDLE_DEVICE_ERROR, "a status is one");
      if (status != HEDDLE_OK) require(heddle_last_error()[0] != 0, "a failure has a sentence");
      require(status != HEDDLE_OUT_OF_MEMORY, "what is asked for is small");
      mix(static_cast<std::uint64_t>(status));
    }
    for (const std::uint8_t byte : memory_) mix(byte);
    return digest_;
  }

 private:
  void mix(std::uint64_t word) { digest_ = (digest_ ^ word) * 1099511628211u; }

  // ---- arguments --------------------------------------------------------------------------------

  // Almost always one of the first `count`.
  std::int32_t enumeration(unsigned count) {
    const unsigned value = in_.byte();
    return value < 250 ? static_cast<std::int32_t>(value % count)
                       : static_cast<std::int32_t>(in_.number());
  }
  std::int32_t packed_order() {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(enumeration(2)) + 1);
  }
  bool absent() { return in_.byte() > 250; }
  template <class T>
  const T* maybe(const T& value) {
    return absent() ? nullptr : &value;
  }

  // Somewhere in the memory, often aligned; `left` tells how far its end is.
  std::uint8_t* place(std::size_t& left) {
    std::size_t at = in_.word() % kBytes;
    if (in_.byte() < 200) at = at / 64 * 64;
    left = kBytes - at;
    return memory_.data() + at;
  }

  // What `lines` lines of `width` elements span fits, or no lawful view spans it.
  static bool safe(std::int64_t lines, std::int64_t width, std::int64_t ld, std::int64_t size,
                   std::size_t left) {
    if (lines <= 0 || width <= 0 || ld < width || size == 0) return true;
    const Wide span = (static_cast<Wide>(lines - 1) * ld + width) * size;
    return span <= static_cast<Wide>(left) || span > INT64_MAX;
  }

  // As compiled by a caller with a later header: fields that this library does not know.
  struct LaterExec {
    heddle_exec known;
    std::uint8_t unknown[256 - sizeof(heddle_exec)];
  };
  LaterExec exec() {
    LaterExec later = {};
    heddle_exec& value = later.known;
    static_cast<void>(heddle_exec_init(&value, sizeof value));
    value.threads = absent() ? static_cast<std::int32_t>(in_.number() % 9) : 1;
    value.kind = enumeration(1);
    if (value.kind == HEDDLE_CUDA && heddle_has(HEDDLE_FEATURE_CUDA) != 0) value.kind = HEDDLE_CPU;
    if (absent()) value.size = in_.byte();
    if (absent()) later.unknown[0] = 1;
    return later;
  }
  heddle_pattern pattern() {
    static constexpr heddle_pattern kCommon[] = {{2, 4}, {1, 2}, {1, 4}, {4, 8}, {3, 5}, {16, 32}};
    if (!absent()) return kCommon[in_.choice(6)];
    return {static_cast<std::int32_t>(in_.number()), static_cast<std::int32_t>(in_.number())};
  }
  // Sizes that agree more often than not.
  std::int64_t extent() {
    return in_.byte() < 230 ? std::int64_t{8} << in_.choice(3) : in_.number();
  }

  heddle_matrix matrix() {
    std::size_t left = 0;
    heddle_matrix m = {};
    m.data = place(left);
    m.rows = extent();
    m.cols = extent();
    m.type = enumeration(7);
    m.order = enumeration(2);
    const bool row = m.order == HEDDLE_ROW;
    m.ld = in_.byte() < 220 ? (row ? m.cols : m.rows) : in_.number();
    if (absent() || !safe(row ? m.rows : m.cols, row ? m.cols : m.rows, m.ld,
                          static_cast<std::int64_t>(heddle_size_of(m.type)), left))
      m.data = nullptr;
    return m;
  }
  heddle_mask mask() {
    std::size_t left = 0;
    heddle_mask m = {};
    m.data = place(left);
    m.rows = extent();
    m.cols = extent();
    m.order = enumeration(2);
    m.reserved = absent() ? 1 : 0;
    const bool row = m.order == HEDDLE_ROW;
    m.ld = in_.byte() < 220 ? (row ? m.cols : m.rows) : in_.number();
    if (absent() || !safe(row ? m.rows : m.cols, row ? m.cols : m.rows, m.ld, 1, left))
      m.data = nullptr;
    return m;
  }
  heddle_packed_desc packed_desc() {
    return {extent(), extent(), pattern(), enumeration(6), packed_order()};
  }
  heddle_packed packed() {
    std::size_t left = 0;
    std::uint8_t* const data = place(left);
    heddle_packed p = {packed_desc(), data, left};
    if (absent()) p.data = nullptr;
    return p;
  }
  heddle_vector vector() {
    std::size_t left = 0;
    heddle_vector v = {};
    v.data = place(left);
    v.length = extent();
    v.type = enumeration(6);
    const auto size = static_cast<std::int64_t>(heddle_size_of(v.type));
    if (!safe(1, v.length, v.length, size, left)) v.data = nullptr;
    return v;
  }
  heddle_tensor tensor() {
    std::size_t left = 0;
    heddle_tensor t = {};
    t.data = place(left);
    t.rank = in_.byte() < 240 ? 1 + static_cast<std::int32_t>(in_.choice(5))
                              : static_cast<std::int32_t>(in_.number());
    t.type = enumeration(6);
    constexpr Wide kMost = Wide{1} << 100;
    Wide last = 0;
    std::int64_t step = 1;
    const int rank = std::clamp(t.rank, 0, 5);
    for (int d = rank - 1; d >= 0; --d) {
      t.shape[d] = in_.byte() < 230 ? 1 + in_.choice(8) : in_.number();
      t.stride[d] = in_.byte() < 230 ? step : in_.number();
      if (t.shape[d] > 0 && t.shape[d] < 4096 && step < 4096) step *= t.shape[d];
      // Only what may be lawful counts: strides below 0 are refused.
      if (t.shape[d] > 0 && t.stride[d] > 0)
        last = std::min(last + static_cast<Wide>(t.shape[d] - 1) * t.stride[d], kMost);
    }
    const Wide span = (last + 1) * static_cast<Wide>(heddle_size_of(t.type));
    if (absent() || span > static_cast<Wide>(left)) t.data = nullptr;
    return t;
  }
  heddle_tensor_mask tensor_mask() {
    const heddle_tensor t = tensor();
    heddle_tensor_mask m = {};
    m.data = static_cast<std::uint8_t*>(t.data);
    m.rank = t.rank;
    std::copy(t.shape, t.shape + 5, m.shape);
    std::copy(t.stride, t.stride + 5, m.stride);
    return m;
  }

  // ---- calls ------------------------------------------------------------------------------------

  heddle_status call() {
    const unsigned which = in_.choice(26);
    const LaterExec run = exec();
    const heddle_exec* const on = maybe(run.known);
    if (which < 9) return call_mask(which, on);
    if (which < 17) return call_pack(which, on);
    return which < 22 ? call_matmul(which, on) : call_other(which, on);
  }

  heddle_status call_mask(unsigned which, const heddle_exec* on) {
    const heddle_matrix a = matrix(), b = matrix();
    const heddle_mask m = mask();
    const heddle_pattern p = pattern();
    heddle_check_report report = {};
    heddle_mask_sums stats = {};
    heddle_tile_check_report tiles = {};
    heddle_tile_pattern tile = {p, enumeration(3), enumeration(2)};
    switch (which) {
      case 0: return heddle_best_mask(on, maybe(a), maybe(p), maybe(m), enumeration(2));
      case 1: return heddle_apply_mask(on, maybe(a), maybe(m), maybe(b));
      case 2: return heddle_check(on, maybe(a), maybe(p), &report);
      case 3: return heddle_mask_stats(on, maybe(a), maybe(m), &stats);
      case 4: return heddle_best_tile_mask(on, maybe(a), maybe(tile), maybe(m), enumeration(2));
      case 5: return heddle_check_tiles(on, maybe(a), maybe(p), &tiles);
      case 6: {
        const heddle_tensor t = tensor();
        const heddle_tensor_mask tm = tensor_mask();
        return heddle_best_mask_tensor(on, maybe(t), maybe(p), maybe(tm), enumeration(2));
      }
      case 7: {
        const heddle_vector v = vector();
        return heddle_score(on, maybe(a), enumeration(3), maybe(v), maybe(b));
      }
      default: {
        const std::string name = in_.text(24);
        heddle_method* found = nullptr;
        const heddle_status status = heddle_find_method(name.c_str(), &found);
        if (status == HEDDLE_OK) std::swap(found, method_);
        heddle_method_destroy(found);
        if (method_ == nullptr) return status;
        return heddle_best_mask_method(on, maybe(a), method_, maybe(m), enumeration(2));
      }
    }
  }

  heddle_status call_pack(unsigned which, const heddle_exec* on) {
    const heddle_matrix a = matrix();
    heddle_packed x = packed(), y = packed();
    if (in_.byte() < 200) x.desc.rows = a.rows, x.desc.cols = a.cols, x.desc.type = a.type;
    if (in_.byte() < 128) {
      y.desc = x.desc;
      y.desc.order = packed_order();
    }
    switch (which) {
      case 9: return heddle_pack(on, maybe(a), maybe(x));
      case 10: {
        const heddle_mask m = mask();
        return heddle_pack_mask(on, maybe(a), maybe(m), maybe(x));
      }
      case 11: return heddle_unpack(on, maybe(x), maybe(a));
      case 12: return heddle_verify(on, maybe(x));
      case 13: return heddle_open_packed(x.data, x.bytes, &y);
      case 14: return heddle_convert(on, maybe(x), maybe(y));
      case 15: return heddle_slice_rows(on, maybe(x), in_.number(), in_.number(), maybe(y));
      default: return heddle_slice_cols(on, maybe(x), in_.number(), in_.number(), maybe(y));
    }
  }

  heddle_status call_matmul(unsigned which, const heddle_exec* on) {
    const heddle_packed a = packed();
    heddle_matrix b = matrix(), d = matrix();
    const heddle_matrix c = matrix();
    const heddle_vector bias = vector(), scale = vector();
    if (in_.byte() < 200) b.rows = a.desc.cols, d.rows = a.desc.rows, d.cols = b.cols;
    if (b.data != nullptr && !in_bounds(b)) b.data = nullptr;
    if (d.data != nullptr && !in_bounds(d)) d.data = nullptr;
    const heddle_matmul_batch batch = {in_.byte() < 240 ? 1 : 0, 0, 0, 0};
    if (which < 19) {
      heddle_matmul_options options;
      static_cast<void>(heddle_matmul_options_init(&options, sizeof options));
      options.activation = enumeration(5);
      if (in_.byte() > 200) options.c = &c;
      if (in_.byte() > 200) options.bias = &bias;
      if (in_.byte() > 200) options.scale_n = &scale;
      if (absent()) options.size = in_.byte() % (sizeof options + 1);
      if (which == 17)
        return heddle_matmul(on, maybe(a), maybe(b), maybe(d), maybe(options), &batch);
      return heddle_linear(on, maybe(b), maybe(a), maybe(d), maybe(options));
    }
    if (which == 19) {
      heddle_matmul_desc desc;
      static_cast<void>(heddle_matmul_desc_init(&desc, sizeof desc));
      desc.a = a.desc;
      desc.max_n = in_.number();
      desc.b_type = b.type, desc.d_type = d.type;
      desc.activation = enumeration(5);
      if (absent()) desc.size = in_.byte() % (sizeof desc + 1);
      heddle_plan* made = nullptr;
      const heddle_status status = heddle_plan_create(on, maybe(desc), &made);
      require((status == HEDDLE_OK) == (made != nullptr), "a plan is made or none is");
      if (made != nullptr) std::swap(made, plan_);
      heddle_plan_destroy(made);
      return status;
    }
    heddle_matmul_buffers buffers;
    static_cast<void>(heddle_matmul_buffers_init(&buffers, sizeof buffers));
    buffers.a = a, buffers.b = b, buffers.d = d, buffers.batch = batch;
    return heddle_run(on, plan_, maybe(buffers), nullptr);
  }

  bool in_bounds(const heddle_matrix& m) const {
    const bool row = m.order == HEDDLE_ROW;
    const auto at = static_cast<std::size_t>(static_cast<std::uint8_t*>(m.data) - memory_.data());
    return safe(row ? m.rows : m.cols, row ? m.cols : m.rows, m.ld,
                static_cast<std::int64_t>(heddle_size_of(m.type)), kBytes - at);
  }

  heddle_status call_other(unsigned which, const heddle_exec* on) {
    switch (which) {
      case 22: {
        const std::string name = in_.text(24);
        heddle_pattern found = {};
        return heddle_find_pattern(name.c_str(), &found);
      }
      case 23: {
        heddle_sparsifier_options options;
        static_cast<void>(heddle_sparsifier_options_init(&options, sizeof options));
        if (absent()) options.size = in_.byte() % (sizeof options + 1);
        heddle_sparsifier* made = nullptr;
        const heddle_status status = heddle_sparsifier_create(maybe(options), &made);
        if (made != nullptr) std::swap(made, sparsifier_);
        heddle_sparsifier_destroy(made);
        return status;
      }
      case 24: {
        heddle_sparse_parameter p;
        static_cast<void>(heddle_sparse_parameter_init(&p, sizeof p));
        const std::string name = in_.text(8), method = in_.text(16);
        const heddle_tensor dropped = tensor();
        p.name = maybe(name) != nullptr ? name.c_str() : nullptr;
        p.weight = tensor();
        p.mask = tensor_mask();
        if (in_.byte() > 100) p.dropped = &dropped;
        p.method = method.c_str();
        if (absent()) p.size = in_.byte() % (sizeof p + 1);
        return heddle_sparsifier_add(sparsifier_, maybe(p));
      }
      default:
        if (in_.byte() < 128) return heddle_sparsifier_compute_masks(sparsifier_, on, nullptr, 0);
        return in_.byte() < 128 ? heddle_sparsifier_restore(sparsifier_, on)
                                : heddle_sparsifier_mask_weights(sparsifier_, on);
    }
  }

  Input in_;
  std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(kBytes);
  heddle_plan* plan_ = nullptr;
  heddle_method* method_ = nullptr;
  heddle_sparsifier* sparsifier_ = nullptr;
  std::uint64_t digest_ = 14695981039346656037u;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::uint64_t first = Run(data, size).go(), second = Run(data, size).go();
  require(first == second, "the same calls do the same");
  return 0;
}
