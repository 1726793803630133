#pragma once
// Do batches of matrices share memory?

#include <cstdint>

#include "host/overlap.hpp"

namespace heddle {

// Item i lies i * step bytes after the first. count > 0; a step of 0 is one item, many times.
struct BatchFootprint {
  Footprint item;
  std::int64_t count = 1;
  std::int64_t step = 0;
};

// Bytes from the first of an item to behind its last.
std::int64_t extent_bytes(const Footprint& item);

// Any item of one with any of the other, as exact as overlap() of two footprints. Batches that lie
// within each other's gaps are compared pair by pair, up to some thousands of pairs; what has not
// been found by then is taken for no overlap, so that the time stays bounded.
bool overlap(const BatchFootprint& a, const BatchFootprint& b);

// No two items of one batch share memory.
bool items_apart(const BatchFootprint& batch);

}  // namespace heddle
