#pragma once
/// \file
/// The library's version (semantic versioning).

#define HEDDLE_VERSION_MAJOR 0
#define HEDDLE_VERSION_MINOR 1
#define HEDDLE_VERSION_PATCH 0
#define HEDDLE_VERSION "0.1.0"
