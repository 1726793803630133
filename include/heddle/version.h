#ifndef HEDDLE_VERSION_H
#define HEDDLE_VERSION_H
/** \file
 * The library's version (semantic versioning), for C and C++. */

/** Counts breaks of the API from 1 on. */
#define HEDDLE_VERSION_MAJOR 0
/** Counts additions. */
#define HEDDLE_VERSION_MINOR 1
/** Counts repairs. */
#define HEDDLE_VERSION_PATCH 0
/** The three, with dots. */
#define HEDDLE_VERSION "0.1.0"
#endif
