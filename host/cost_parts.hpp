#pragma once
// What the cost models of both kernels count alike: docs/kernels/selection.md. Pure arithmetic on
// sizes that the caller has checked.

#include <cstdint>

#include "heddle/select.hpp"

namespace heddle::cost {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0); }

// ---- constants: whence they come is in docs/kernels/selection.md --------------------------------

inline constexpr double kMemoryLatencyUs = 0.8;  // a load under load
inline constexpr double kL2LatencyUs = 0.25;
inline constexpr double kMathShare = 0.85;         // of the instruction's rate, without stalls
inline constexpr double kPortBytesPerClock = 128;  // L1 and shared memory of a multiprocessor
inline constexpr double kLoneBytesPerClock = 48;   // L2 to one multiprocessor, the others idle
inline constexpr double kSegmentUs = 0.4;          // start and end of a run of steps: ring, flags
inline constexpr double kSyncUs = 0.8;      // fence, counter, and the last block's look at it
inline constexpr double kSlotUs = 0.05;     // per slot; several are in flight
inline constexpr double kSaturating = 0.9;  // of the multiprocessors use up memory or L2

// The output in tiles, and k in steps. For wgmma, tiles are those of a cluster.
struct Grid {
  std::int64_t along_m, along_n, tiles;  // tiles: of all products of the batch
  std::int64_t units, steps;             // of a tile; steps is at least 1
};
// A step is `step_units` units of k.
Grid grid_of(const SelectProblem& problem, std::int64_t rows, std::int64_t tokens, int step_units);

// Tiles and steps that the kernel's schedule can count.
constexpr bool is_countable(const Grid& grid) {
  constexpr std::int64_t kEnd = std::int64_t{1} << 31;
  return grid.tiles < kEnd && grid.steps < kEnd;
}

// Who works: blocks of the mma kernel, clusters of the wgmma one.
struct Workers {
  std::int64_t count;   // of the grid
  std::int64_t places;  // that run at a time
  std::int64_t split;   // of the first ones, with a range of the split tiles
};
struct Load {
  double steps;         // of worker 0, which has the most
  double place_steps;   // of all workers in the place of worker 0
  double segments;      // of worker 0
  double balance;       // worker 0 over the mean
  std::int64_t rounds;  // one worker in a place after the other
};
Load busiest(const Grid& grid, const Workers& workers, std::int64_t split_tiles);

// Of the rates of memory and L2, for the multiprocessors with a block.
double supply(std::int64_t blocks, const DeviceDescription& device);

// Bytes of A in a row of blocks and a unit: values and metadata.
double unit_bytes(const SelectProblem& problem);

struct Traffic {
  double memory;        // device memory
  double l2;            // L2 to and from the multiprocessors, without slots
  double memory_share;  // of the reads of A
};
// With `at_once` tiles at work at a time.
Traffic traffic_of(const SelectProblem& problem, const Grid& grid, int raster,
                   const DeviceDescription& device, std::int64_t at_once);

// Sums of split tiles.
struct Fixup {
  double slots;         // written, and read again
  double contributors;  // of a tile, at most
};
Fixup fixup_of(const Grid& grid, const Workers& workers, std::int64_t split_tiles);

// The height of a band that makes the tiles at work together read the fewest bytes: `at_once` tiles
// as a rectangle whose sides are equal in bytes. Bands are about equally high.
int raster_for(const Grid& grid, std::int64_t rows, std::int64_t tokens, std::int64_t at_once);

}  // namespace heddle::cost
