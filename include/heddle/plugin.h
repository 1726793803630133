#ifndef HEDDLE_PLUGIN_H
#define HEDDLE_PLUGIN_H
/** \file
 * Mask methods of your own for the command: heddle prune --plugin ./mine.so --method mine.
 * Plain C99; needs nothing else of Heddle. The shared object exports heddle_plugin, which the
 * command calls once and which adds its methods.
 *
 *     static int mine(void* user, const float* weight, int64_t rows, int64_t cols, uint8_t* mask);
 *     int heddle_plugin(const heddle_plugin_host* host) {
 *       return host->add(host->context, "mine", 2, 4, 0, mine, 0);
 *     }
 */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */
/** Of this interface. */
#define HEDDLE_PLUGIN_VERSION 1

/** Writes mask [rows, cols] row-major, 1 = kept, for weight [rows, cols] row-major (or the scores
 * that rank instead). Any type of weight arrives as f32, exactly. 0 is success; anything else fails
 * the command and is shown. Calls may come from several threads. */
typedef int (*heddle_mask_function)(void* user, const float* weight, int64_t rows, int64_t cols,
                                    uint8_t* mask);

/** What the command offers a plugin. */
typedef struct heddle_plugin_host {
  int version;   /**< HEDDLE_PLUGIN_VERSION of the command */
  void* context; /**< the first argument of `add` */
  /** Adds a method whose masks keep at most `keep` of every `group` along rows, and along columns
   * too where transposable is not 0. 0 is success; 1 a name or pattern that cannot be, which the
   * command then reports. */
  int (*add)(void* context, const char* name, int keep, int group, int transposable,
             heddle_mask_function function, void* user);
} heddle_plugin_host;
/* NOLINTEND(modernize-use-using) */

/** The plugin's own: 0 is success. */
int heddle_plugin(const heddle_plugin_host* host);

#ifdef __cplusplus
}
#endif
#endif
