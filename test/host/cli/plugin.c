/* Two neighbouring rows share their mask: in every group of four columns the two with the largest
 * magnitude, both rows together. */
#include "heddle/plugin.h"

#include <math.h>

/* A NaN counts as the largest: to drop it would hide it. */
static float magnitude(float x) { return x != x ? INFINITY : x < 0 ? -x : x; }

/* The rank of column `at` among the `size` of its group: how many are larger, or as large and
 * before it. */
static int rank_of(const float* sum, int size, int at) {
  int rank = 0;
  for (int i = 0; i < size; ++i) rank += sum[i] > sum[at] || (sum[i] == sum[at] && i < at);
  return rank;
}

static int shared(void* user, const float* weight, int64_t rows, int64_t cols, uint8_t* mask) {
  (void)user;
  for (int64_t row = 0; row < rows; row += 2) {
    const int64_t end = row + 2 < rows ? row + 2 : rows;
    for (int64_t first = 0; first < cols; first += 4) {
      const int size = cols - first < 4 ? (int)(cols - first) : 4;
      float sum[4] = {0, 0, 0, 0};
      for (int64_t r = row; r < end; ++r) {
        for (int i = 0; i < size; ++i) sum[i] += magnitude(weight[r * cols + first + i]);
      }
      for (int64_t r = row; r < end; ++r) {
        for (int i = 0; i < size; ++i) mask[r * cols + first + i] = rank_of(sum, size, i) < 2;
      }
    }
  }
  return 0;
}

int heddle_plugin(const heddle_plugin_host* host) {
  if (host->version != HEDDLE_PLUGIN_VERSION) return 1;
  return host->add(host->context, "shared-2:4", 2, 4, 0, shared, 0);
}
