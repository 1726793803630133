/* A plugin that does what $HEDDLE_TEST_PLUGIN says. */
#include <stdlib.h>
#include <string.h>

#include "heddle/plugin.h"

/* NOLINTNEXTLINE(readability-non-const-parameter): heddle_mask_function */
static int fails(void* user, const float* weight, int64_t rows, int64_t cols, uint8_t* mask) {
  (void)user, (void)weight, (void)rows, (void)cols, (void)mask;
  return 42;
}

static int keeps_all(void* user, const float* weight, int64_t rows, int64_t cols, uint8_t* mask) {
  (void)user, (void)weight;
  memset(mask, 1, (size_t)(rows * cols));
  return 0;
}

/* 2:4 along rows, and nothing along columns. */
static int keeps_left(void* user, const float* weight, int64_t rows, int64_t cols, uint8_t* mask) {
  (void)user, (void)weight;
  for (int64_t i = 0; i < rows * cols; ++i) mask[i] = i % cols % 4 < 2;
  return 0;
}

int heddle_plugin(const heddle_plugin_host* host) {
  const char* const what = getenv("HEDDLE_TEST_PLUGIN");
  if (what == NULL || strcmp(what, "nothing") == 0) return 0;
  if (strcmp(what, "refuses") == 0) return 3;
  if (strcmp(what, "pattern") == 0) host->add(host->context, "bad", 5, 4, 0, keeps_all, NULL);
  if (strcmp(what, "taken") == 0) host->add(host->context, "2:4", 2, 4, 0, keeps_all, NULL);
  if (strcmp(what, "null") == 0) host->add(host->context, NULL, 2, 4, 0, NULL, NULL);
  if (strcmp(what, "methods") == 0) {
    host->add(host->context, "fails", 2, 4, 0, fails, NULL);
    host->add(host->context, "keeps-all", 2, 4, 0, keeps_all, NULL);
    host->add(host->context, "left", 2, 4, 0, keeps_left, NULL);
    host->add(host->context, "left-both", 2, 4, 1, keeps_left, NULL);
  }
  return 0;
}
