#ifndef HEDDLE_EXPORT_H
#define HEDDLE_EXPORT_H
/** \file
 * HEDDLE_API marks what the shared library exports; everything else in it is hidden. */
/** Marks a declaration of the public API. */
#define HEDDLE_API __attribute__((visibility("default")))
#endif
