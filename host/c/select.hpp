#pragma once
// Configurations and selections through the C ABI.

#include "heddle/c/select.h"
#include "heddle/select.hpp"
#include "host/c/abi.hpp"

namespace heddle::c {

Status read(const char* name, const heddle_matmul_config* config, MatmulConfig& out);
heddle_matmul_config write(const MatmulConfig& config);
heddle_selection write(const Selection& selection);

}  // namespace heddle::c
