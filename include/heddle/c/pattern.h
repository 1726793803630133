#ifndef HEDDLE_C_PATTERN_H
#define HEDDLE_C_PATTERN_H
/** \file
 * N:M patterns by name (heddle/pattern.hpp). */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** The pattern of a registered name, of "keep:group" or of "m<group>n<keep>_1d"; not_found lists
 * the names. */
HEDDLE_API heddle_status heddle_find_pattern(const char* name, heddle_pattern* pattern);

/** Adds a name for the whole process. */
HEDDLE_API heddle_status heddle_register_pattern(const char* name, const heddle_pattern* pattern);

/** How many names there are; there are never fewer later. */
HEDDLE_API heddle_status heddle_registered_patterns(size_t* count);
/** Name (a text) and pattern (may be null) number `index`, in order of registration. */
HEDDLE_API heddle_status heddle_registered_pattern(size_t index, char* name, size_t capacity,
                                                   size_t* length, heddle_pattern* pattern);

/** "keep:group", a text. */
HEDDLE_API heddle_status heddle_pattern_name(const heddle_pattern* pattern, char* name,
                                             size_t capacity, size_t* length);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
