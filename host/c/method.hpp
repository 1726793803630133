#pragma once
// The opaque method of the C ABI, and functions of C callers as mask functions.

#include <string>

#include "heddle/c/method.h"
#include "heddle/method.hpp"

// Immutable once it is made.
struct heddle_method {
  heddle::MaskMethod value;
};

namespace heddle::c {

// `user` must outlive the function.
MaskFunction mask_function(heddle_mask_callback function, void* user);

}  // namespace heddle::c
