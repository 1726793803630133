#pragma once
// The boundary that no exception crosses. Every public function that can allocate is written as
//   Status f(...) try {
//     ...
//   } catch (...) {
//     return caught();
//   }

#include "heddle/status.hpp"

namespace heddle {

// The status of the exception being handled. Its message fits a string's own buffer: nothing is
// allocated. Only callers' functions throw anything but what running out of memory does.
Status caught() noexcept;

}  // namespace heddle
