#pragma once
// The parts of select that plans and benchmarks use too.

#include "heddle/select.hpp"
#include "heddle/status.hpp"

namespace heddle {

// invalid_argument where `config` cannot run: predict's answer, without the prediction.
Status check_config(const SelectProblem& problem, const DeviceDescription& device,
                    const MatmulConfig& config);

// `config` with as many blocks and as much of a split as this problem has work for: a stored
// configuration serves other sizes than those it was made for.
MatmulConfig fit_to(const SelectProblem& problem, MatmulConfig config);

}  // namespace heddle
