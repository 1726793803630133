#pragma once
/// \file
/// A Sparsifier's state as a safetensors file. In libraries that were built with files
/// (HEDDLE_BUILD_IO).

#include <string>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/sparsifier.hpp"
#include "heddle/status.hpp"

namespace heddle {

/// Writes state() and state_words() to `path`: masks as U8 tensors, dropped values in their own
/// type, words as metadata. Replaces the file in one step. With CUDA this waits.
HEDDLE_API Status save_sparsifier(const Exec& exec, const Sparsifier& sparsifier,
                                  const std::string& path);

/// Fills the masks and dropped values of a Sparsifier with the same parameters from the file and
/// resumes. Everything is checked before anything is written. With CUDA this waits.
HEDDLE_API Status load_sparsifier(const Exec& exec, Sparsifier& sparsifier,
                                  const std::string& path);

}  // namespace heddle
