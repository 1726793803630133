#ifndef HEDDLE_C_METHOD_H
#define HEDDLE_C_METHOD_H
/** \file
 * Mask methods by name (heddle/method.hpp): rows, tiles, and the caller's own functions. Whatever
 * takes a method takes any of them. */
#include "heddle/c/base.h"
#include "heddle/c/tile.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** A way to make a mask. Immutable; shared between threads at will. */
typedef struct heddle_method heddle_method;

/** A mask function of the caller's: writes the mask of `matrix` [m, k], neither empty, as
 * heddle_best_mask would. With HEDDLE_CUDA both are device memory, and it only launches. May be
 * called from several threads at once. Returns HEDDLE_OK or a failure, whose sentence heddle_fail
 * may set; a failure reaches the caller with the method's name in front. What it gets is valid
 * until it returns. */
typedef heddle_status (*heddle_mask_callback)(void* user, const heddle_exec* exec,
                                              const heddle_matrix* matrix, int32_t ranking,
                                              const heddle_mask* mask);

/** Adds a function under a name for the whole process, for which `user` must live. Its masks obey
 * `pattern` along rows, and with transposable = 1 along columns too: on the CPU not_compliant where
 * one does not. */
HEDDLE_API heddle_status heddle_register_method(const char* name, const heddle_pattern* pattern,
                                                heddle_mask_callback function, void* user,
                                                int32_t transposable);

/** The method of a name: a pattern's, a tile pattern's or a registered function's; not_found lists
 * them. */
HEDDLE_API heddle_status heddle_find_method(const char* name, heddle_method** method);
/** The method of a function, unregistered; `user` must outlive it and whatever was made with it.
 * name: for messages, may be null. */
HEDDLE_API heddle_status heddle_method_create(const char* name, const heddle_pattern* pattern,
                                              heddle_mask_callback function, void* user,
                                              int32_t transposable, heddle_method** method);
/** Also of heddle_find_method's. */
HEDDLE_API void heddle_method_destroy(heddle_method* method);

/** heddle::MaskMethod::Kind */
enum { HEDDLE_METHOD_ROWS = 0, HEDDLE_METHOD_TILES = 1, HEDDLE_METHOD_FUNCTION = 2 };
/** What a method is. */
typedef struct heddle_method_info {
  size_t size;                 /**< bytes of this structure, as the caller was compiled */
  int32_t kind;                /**< HEDDLE_METHOD_ROWS, ... */
  int32_t transposable;        /**< 1: its masks obey the pattern along columns too */
  heddle_tile_pattern pattern; /**< rule and solver mean something for HEDDLE_METHOD_TILES only */
} heddle_method_info;
/** Writes the fields that info->size covers; the caller sets `size`. */
HEDDLE_API heddle_status heddle_method_describe(const heddle_method* method,
                                                heddle_method_info* info);

/** How many names there are that are not just a form. */
HEDDLE_API heddle_status heddle_registered_methods(size_t* count);
/** Name number `index`, a text. Registering a pattern moves the numbers of what follows it. */
HEDDLE_API heddle_status heddle_registered_method(size_t index, char* name, size_t capacity,
                                                  size_t* length);

/** The mask of matrix [m, k] by any method. */
HEDDLE_API heddle_status heddle_best_mask_method(const heddle_exec* exec,
                                                 const heddle_matrix* matrix,
                                                 const heddle_method* method,
                                                 const heddle_mask* mask, int32_t ranking);
/** The mask of a weight of any rank by any method. */
HEDDLE_API heddle_status heddle_best_mask_tensor_method(const heddle_exec* exec,
                                                        const heddle_tensor* weight,
                                                        const heddle_method* method,
                                                        const heddle_tensor_mask* mask,
                                                        int32_t ranking);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
