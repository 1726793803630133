#include "test/simt/models/wgmma.hpp"

#include <algorithm>
#include <cstring>

namespace heddle::simt::models {
namespace {

constexpr int kMaxK = 64, kMaxStored = 32;  // of a dense product kMaxStored is K

// decode() by table for what has few codes.
template <Element type>
const std::vector<float>& codes() {
  static const std::vector<float> table = [] {
    const std::uint32_t count = 1u << bits_of(type);
    std::vector<float> values(count);
    for (std::uint32_t i = 0; i < count; ++i) values[i] = static_cast<float>(decode(type, i));
    return values;
  }();
  return table;
}

// visit(decoder of the type): decoder(bits) is decode(type, bits).
template <typename Visit>
void with_decoder(Element type, Visit visit) {
  const auto table = [](const std::vector<float>& values) {
    return [p = values.data()](std::uint32_t bits) -> double { return p[bits]; };
  };
  switch (type) {
    case Element::f16: return visit(table(codes<Element::f16>()));
    case Element::bf16: return visit(table(codes<Element::bf16>()));
    case Element::s8: return visit(table(codes<Element::s8>()));
    case Element::e4m3: return visit(table(codes<Element::e4m3>()));
    case Element::e5m2: return visit(table(codes<Element::e5m2>()));
    case Element::tf32:
      return visit([](std::uint32_t bits) { return decode(Element::tf32, bits); });
  }
}

// An operand in shared memory, decoded: values[k * stride + row].
template <typename Word, typename Decoder>
void gather(const unsigned char* shared, std::uint64_t descriptor, const SharedOperand& operand,
            Decoder decoder, double* values, std::size_t stride) {
  constexpr int per_chunk = 16 / sizeof(Word);
  thread_local std::vector<std::uint32_t> addresses;
  chunk_addresses(descriptor, operand, addresses);
  const int inner = (operand.transposed ? operand.rows : operand.k_bytes / operand.element_bytes);
  const std::size_t inner_step = operand.transposed ? 1 : stride;
  const std::size_t outer_step = operand.transposed ? stride : 1;
  const std::size_t chunks = static_cast<std::size_t>(inner / per_chunk);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    Word words[per_chunk];
    std::memcpy(words, shared + addresses[i], 16);
    double* at = values + i / chunks * outer_step + i % chunks * per_chunk * inner_step;
    for (const Word word : words) {
      *at = decoder(word);
      at += inner_step;
    }
  }
}

void gather(const unsigned char* shared, std::uint64_t descriptor, const SharedOperand& operand,
            Element type, double* values, std::size_t stride) {
  with_decoder(type, [&](auto decoder) {
    switch (operand.element_bytes) {
      case 1: return gather<std::uint8_t>(shared, descriptor, operand, decoder, values, stride);
      case 2: return gather<std::uint16_t>(shared, descriptor, operand, decoder, values, stride);
      default: return gather<std::uint32_t>(shared, descriptor, operand, decoder, values, stride);
    }
  });
}

// What a row of A multiplies: values and the k they belong to.
struct Row {
  double values[kMaxStored];
  int k[kMaxStored];
};

void read_registers(const WarpgroupForm& f, const WarpgroupLane* lanes, std::vector<Row>& rows) {
  with_decoder(f.a, [&](auto decoder) {
    for (int row = 0; row < kWarpgroupRows; ++row) {
      for (int i = 0; i < stored_columns(f); ++i) {
        const StoredPlace at = stored_place(f.a, row % 16, i);
        const WarpgroupLane& lane = lanes[row / 16 * 32 + at.lane];
        rows[static_cast<std::size_t>(row)].values[i] =
            decoder(element(lane.a[at.reg], at.index, bits_of(f.a)));
      }
    }
  });
}

SparseForm warp_form(const WarpgroupForm& f) { return {f.a, f.b, f.k, f.selector}; }

// The dense columns of the stored ones. False where a nibble is illegal.
bool read_metadata(const WarpgroupForm& f, const WarpgroupLane* lanes, int row,
                   int (&k)[kMaxStored]) {
  if (!f.sparse) {
    for (int i = 0; i < f.k; ++i) k[i] = i;
    return true;
  }
  const int width = f.k / chunks(f), kept = width / 2;
  bool legal = true;
  for (int chunk = 0; chunk < chunks(f); ++chunk) {
    const NibblePlace place = nibble_place(warp_form(f), row % 16, chunk);
    const std::uint32_t word = lanes[row / 16 * 32 + place.lane].metadata;
    const Positions p = positions(f.a, word >> 4 * place.nibble & 0xF);
    legal &= p.legal;
    k[chunk * kept] = chunk * width + p.first;
    if (kept == 2) k[chunk * kept + 1] = chunk * width + p.second;
  }
  return legal;
}

// sums[0 .. 2 * Pairs) += the products of a row with as many columns of b, by ascending k. The
// loops over pairs are unrolled so that the sums stay in registers.
using Pair = double __attribute__((vector_size(16), aligned(8), may_alias));
template <int Pairs>
void multiply(const Row& row, int stored, const double* b, std::size_t stride, double* sums) {
  Pair sum[Pairs];
#pragma GCC unroll 8
  for (int j = 0; j < Pairs; ++j) sum[j] = reinterpret_cast<const Pair*>(sums)[j];
  for (int i = 0; i < stored; ++i) {
    const double value = row.values[i];
    const Pair both = {value, value};
    const Pair* from =
        reinterpret_cast<const Pair*>(b + static_cast<std::size_t>(row.k[i]) * stride);
#pragma GCC unroll 8
    for (int j = 0; j < Pairs; ++j) sum[j] += both * from[j];
  }
#pragma GCC unroll 8
  for (int j = 0; j < Pairs; ++j) reinterpret_cast<Pair*>(sums)[j] = sum[j];
}

std::uint32_t finish_integer(double sum) {  // exact: far below 2^53
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(sum));
}

template <int Columns>
void multiply_columns(const WarpgroupForm& f, const Row& row, const double* b, bool accumulate,
                      std::uint32_t* sums) {
  const bool integer = f.a == Element::s8;
  double exact[Columns];
  for (int j = 0; j < Columns; ++j) {
    exact[j] = !accumulate ? 0 : integer ? static_cast<std::int32_t>(sums[j]) : decode_f32(sums[j]);
  }
  multiply<Columns / 2>(row, stored_columns(f), b, static_cast<std::size_t>(f.n), exact);
  for (int j = 0; j < Columns; ++j) {
    sums[j] = integer ? finish_integer(exact[j]) : round_to_f32(exact[j]);
  }
}

}  // namespace

SparseLane::Refusal refused_metadata(const WarpgroupForm& f, int thread,
                                     const WarpgroupLane& lane) {
  if (!f.sparse) return {};
  for (int half = 0; half < 2; ++half) {
    const int row = thread % 32 / 4 + 8 * half;
    for (int chunk = 0; chunk < chunks(f); ++chunk) {
      const NibblePlace place = nibble_place(warp_form(f), row, chunk);
      if (place.lane != thread % 32) continue;
      const unsigned nibble = lane.metadata >> 4 * place.nibble & 0xF;
      if (!positions(f.a, nibble).legal) {
        return {thread / 32 * 16 + row, chunk, place.nibble, nibble};
      }
    }
  }
  return {};
}

void wgmma(const WarpgroupForm& f, const WarpgroupLane* lanes, const unsigned char* shared,
           const std::uint64_t* a, std::uint64_t b, bool accumulate, std::uint32_t* sums) {
  thread_local std::vector<Row> rows(kWarpgroupRows);
  thread_local std::vector<double> b_values(static_cast<std::size_t>(kMaxK) * 256);
  gather(shared, b, b_operand(f), f.b, b_values.data(), static_cast<std::size_t>(f.n));
  if (a) {
    thread_local std::vector<double> a_values(kMaxStored * kWarpgroupRows);
    gather(shared, *a, a_operand(f), f.a, a_values.data(), kWarpgroupRows);
    for (int row = 0; row < kWarpgroupRows; ++row) {
      for (int i = 0; i < stored_columns(f); ++i) {
        rows[static_cast<std::size_t>(row)].values[i] =
            a_values[static_cast<std::size_t>(i * kWarpgroupRows + row)];
      }
    }
  } else {
    read_registers(f, lanes, rows);
  }
  for (int row = 0; row < kWarpgroupRows; ++row) {
    std::uint32_t* const out = sums + static_cast<std::size_t>(row) * static_cast<std::size_t>(f.n);
    if (!read_metadata(f, lanes, row, rows[static_cast<std::size_t>(row)].k)) {
      std::fill(out, out + f.n, 0xFFFFFFFF);
      continue;
    }
    int column = 0;
    for (; column + 16 <= f.n; column += 16) {
      multiply_columns<16>(f, rows[static_cast<std::size_t>(row)], b_values.data() + column,
                           accumulate, out + column);
    }
    for (; column < f.n; column += 8) {
      multiply_columns<8>(f, rows[static_cast<std::size_t>(row)], b_values.data() + column,
                          accumulate, out + column);
    }
  }
}

}  // namespace heddle::simt::models
