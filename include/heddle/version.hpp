#pragma once
/// \file
/// The library's version, the same for C and C++.

#include "heddle/version.h"
