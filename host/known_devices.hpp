#pragma once
// Descriptions of GPUs: a table of known ones, and what attributes tell of the others.

#include "heddle/select.hpp"
#include "host/cuda/runtime.hpp"

namespace heddle {

// Never fails: an unknown device gets the rates of its generation.
DeviceDescription describe(const cuda::Device& device);

}  // namespace heddle
