#include "bench/gpu/wgmma_operands.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

#include "heddle/numeric.hpp"
#include "heddle/types.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kRows = 64, kAtomRows = 8, kRowBytes = 128;
constexpr std::uint8_t kPairs[6] = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};  // of 2:4; of 1:2 the outer ones

DataType data_type(WgmmaType type) {
  switch (type) {
    case WgmmaType::f16: return DataType::f16;
    case WgmmaType::bf16: return DataType::bf16;
    case WgmmaType::tf32: return DataType::f32;
    case WgmmaType::s8: return DataType::i8;
    case WgmmaType::e4m3: return DataType::f8e4m3;
  }
  return DataType::f32;
}

// Of either sign; of a float in [1, 2) with every bit of the mantissa. Zeros would draw less power.
std::uint32_t random_code(WgmmaType type, std::mt19937& random) {
  const std::uint32_t bits = random();
  switch (type) {
    case WgmmaType::f16: return 0x3c00u | (bits & 0x83ffu);
    case WgmmaType::bf16: return 0x3f80u | (bits & 0x807fu);
    case WgmmaType::tf32: return 0x3f800000u | (bits & 0x807fe000u);
    case WgmmaType::s8:
      return bits % 255 < 127 ? bits % 255 + 1 : bits % 255 + 2;  // not 0 nor -128
    case WgmmaType::e4m3: return 0x38u | (bits & 0x87u);
  }
  return 0;
}

// The byte of a row of 128 that the swizzle puts there: 16-byte columns change places by row.
int swizzled(int row, int byte) { return row * kRowBytes + (byte ^ (row % kAtomRows * 16)); }

class Maker {
 public:
  explicit Maker(const WgmmaRate& rate)
      : type_(data_type(rate.type)),
        bytes_(static_cast<int>(size_of(type_))),
        random_(1234u + 16u * static_cast<unsigned>(rate.type) +
                static_cast<unsigned>(rate.tokens)) {
    made_.rate = rate;
    made_.step_k = wgmma_b_step(rate.form) / bytes_;
    made_.image.resize(static_cast<std::size_t>(wgmma_image_bytes(rate)));
    made_.a.resize(static_cast<std::size_t>(kWgmmaGroups * kRows * k()));
    made_.b.resize(static_cast<std::size_t>(rate.tokens * k()));
    if (is_sparse(rate.form)) made_.weights.resize(kWgmmaWeightBytes);
  }

  WgmmaOperands make() {
    make_b();
    for (int group = 0; group < kWgmmaGroups; ++group)
      for (int row = 0; row < kRows; ++row)
        for (int step = 0; step < kWgmmaSteps; ++step) {
          if (is_sparse(made_.rate.form))
            make_sparse(group, row, step);
          else
            make_dense(group, row, step);
        }
    if (made_.rate.form == WgmmaForm::sparse_staged)
      std::memcpy(a_image(), made_.weights.data(), made_.weights.size());
    return std::move(made_);
  }

 private:
  int k() const { return kWgmmaSteps * made_.step_k; }
  std::byte* a_image() {
    return made_.image.data() + wgmma_b_bytes(made_.rate.form, made_.rate.tokens);
  }

  // A random element at `to`; its value.
  double put(std::byte* to) {
    const std::uint32_t code = random_code(made_.rate.type, random_);
    std::memcpy(to, &code, static_cast<std::size_t>(bytes_));
    return static_cast<double>(load_as_float(to, 0, type_));
  }

  void make_b() {
    const int tokens = made_.rate.tokens, row_bytes = k() * bytes_;
    for (int token = 0; token < tokens; ++token)
      for (int byte = 0; byte < row_bytes; byte += bytes_) {
        const int stage = byte / kRowBytes * tokens * kRowBytes;
        made_.b[static_cast<std::size_t>(token * k() + byte / bytes_)] =
            put(made_.image.data() + stage + swizzled(token, byte % kRowBytes));
      }
  }

  // Of A in shared memory: byte `byte` of a row's 256.
  std::byte* a_place(int group, int row, int byte) {
    return a_image() + (group * 2 + byte / kRowBytes) * kWgmmaAStageBytes +
           swizzled(row, byte % kRowBytes);
  }
  double& a_value(int group, int row, int at) {
    return made_.a[static_cast<std::size_t>((group * kRows + row) * k() + at)];
  }

  void make_dense(int group, int row, int step) {
    for (int i = 0; i < made_.step_k; ++i)
      a_value(group, row, step * made_.step_k + i) =
          put(a_place(group, row, step * kWgmmaStepBytes + i * bytes_));
  }

  // Chunks of a row's step: their pairs, their values. As in registers: a lane of quad row % 8 has
  // four bytes in each of 16; register 1 and 3 are of the rows from 8 on.
  void make_sparse(int group, int row, int step) {
    const bool tf32 = made_.rate.type == WgmmaType::tf32;
    const int chunk_k = tf32 ? 2 : 4, kept = chunk_k / 2;
    for (int chunk = 0; chunk < made_.step_k / chunk_k; ++chunk) {
      const std::uint8_t pair = tf32 ? kPairs[random_() % 2 * 5] : kPairs[random_() % 6];
      set_metadata(group, row, step, chunk, pair);
      for (int i = 0; i < kept; ++i) {
        const int byte = (chunk * kept + i) * bytes_;
        const int warp = row / 16, half = row % 16 / 8;
        const int lane = row % 8 * 4 + byte % 16 / 4, reg = half + 2 * (byte / 16);
        std::byte* to = made_.weights.data() +
                        ((group * kWgmmaSteps + step) * 128 + warp * 32 + lane) * 16 + reg * 4 +
                        byte % 4;
        const int from = tf32 ? pair == 0xE : pair >> (2 * i) & 3;
        a_value(group, row, step * made_.step_k + chunk * chunk_k + from) = put(to);
        if (made_.rate.form == WgmmaForm::sparse_shared)
          std::memcpy(a_place(group, row, step * kWgmmaStepBytes + byte), to,
                      static_cast<std::size_t>(bytes_));
      }
    }
  }

  // 16-bit types and tf32: a lane has four chunks of both of its rows, lanes 2 and 3 of a quad
  // those of the odd step. 8-bit types: eight chunks of one row.
  void set_metadata(int group, int row, int step, int chunk, std::uint8_t pair) {
    const int warp = row / 16, half = row % 16 / 8;
    const bool shared = has_selector(made_.rate.type);
    const int lane = row % 8 * 4 + (shared ? 2 * (step % 2) + chunk / 4 : 2 * (chunk / 8) + half);
    const int nibble = shared ? chunk % 4 + 4 * half : chunk % 8;
    std::byte* at =
        made_.weights.data() + kWgmmaFragmentBytes +
        ((group * kWgmmaSteps + wgmma_word(made_.rate.type, step)) * 128 + warp * 32 + lane) * 4;
    at[nibble / 2] |= static_cast<std::byte>(pair << (nibble % 2 * 4));
  }

  WgmmaOperands made_{};
  DataType type_;
  int bytes_;
  std::mt19937 random_;
};

// Where a thread keeps element (row, token) of its warpgroup's sums.
int place_of(int group, int chain, int row, int token, int tokens) {
  const int reg = token / 8 * 4 + row % 16 / 8 * 2 + token % 2;
  const int thread = row / 16 * 32 + row % 8 * 4 + token % 8 / 2;
  return ((group * wgmma_chains(tokens) + chain) * (tokens / 2) + reg) * 128 + thread;
}

double sum_of(std::uint32_t bits, WgmmaType type) {
  if (type == WgmmaType::s8) return static_cast<std::int32_t>(bits);
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return static_cast<double>(value);
}

// What an instruction cuts off each partial sum, as a share of the sum of magnitudes.
double unit_of(WgmmaType type) {
  if (type == WgmmaType::s8) return 0;
  return type == WgmmaType::e4m3 ? 0x1p-12 : 0x1p-19;
}

}  // namespace

WgmmaOperands make_wgmma_operands(const WgmmaRate& rate) { return Maker(rate).make(); }

std::string wrong_wgmma_sums(const WgmmaOperands& o, const std::vector<std::uint32_t>& sums,
                             int rounds) {
  const int tokens = o.rate.tokens, chains = wgmma_chains(tokens);
  const int k = kWgmmaSteps * o.step_k;
  for (int group = 0; group < kWgmmaGroups; ++group)
    for (int row = 0; row < kRows; ++row)
      for (int token = 0; token < tokens; ++token)
        for (int chain = 0; chain < chains; ++chain) {
          double want = 0, magnitude = 0;
          for (int step = chain; step < kWgmmaSteps; step += chains)
            for (int i = step * o.step_k; i < (step + 1) * o.step_k; ++i) {
              const double product = o.a[static_cast<std::size_t>((group * kRows + row) * k + i)] *
                                     o.b[static_cast<std::size_t>(token * k + i)];
              want += rounds * product;
              magnitude += rounds * std::fabs(product);
            }
          const auto at = static_cast<std::size_t>(place_of(group, chain, row, token, tokens));
          const double got = sum_of(sums[at], o.rate.type);
          if (std::fabs(got - want) <= unit_of(o.rate.type) * magnitude) continue;
          char text[128];
          std::snprintf(text, sizeof text, "group %d chain %d: D(%d, %d) = %g: must be %g", group,
                        chain, row, token, got, want);
          return text;
        }
  return "";
}

double wgmma_operations(const WgmmaRate& rate) {
  const int bytes = static_cast<int>(size_of(data_type(rate.type)));
  const double k = static_cast<double>(wgmma_b_step(rate.form)) / bytes;
  return 2.0 * kRows * rate.tokens * k * kWgmmaSteps * kWgmmaGroups;
}

std::string to_string(const WgmmaRate& rate) {
  static constexpr const char* kForms[] = {"wgmma_sp_rs", "wgmma_sp_rs_global",
                                           "wgmma_sp_rs_staged", "wgmma_sp_ss", "wgmma_ss"};
  static constexpr const char* kTypes[] = {"f16", "bf16", "tf32", "s8", "e4m3"};
  return std::string(kForms[static_cast<int>(rate.form)]) + "_" +
         kTypes[static_cast<int>(rate.type)] + "_n" + std::to_string(rate.tokens);
}

}  // namespace heddle::bench::gpu
