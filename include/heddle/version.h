#ifndef HEDDLE_VERSION_H
#define HEDDLE_VERSION_H
/** \file
 * The library's version (semantic versioning), for C and C++. */

#define HEDDLE_VERSION_MAJOR 0
#define HEDDLE_VERSION_MINOR 1
#define HEDDLE_VERSION_PATCH 0
#define HEDDLE_VERSION "0.1.0"
#endif
