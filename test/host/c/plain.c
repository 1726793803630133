/* The C ABI from plain C99 with nothing but its header: prune, pack, verify, unpack, and a failure. */
#include <heddle/heddle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                       \
  do {                                                                                          \
    if (!(condition)) {                                                                         \
      fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, heddle_last_error()); \
      return 1;                                                                                 \
    }                                                                                           \
  } while (0)

/* Keeps the last `keep` of every group, whatever the values. */
static heddle_status keep_last(void* user, const heddle_exec* exec, const heddle_matrix* matrix,
                               int32_t ranking, const heddle_mask* mask) {
  int64_t r, c;
  (void)exec;
  (void)ranking;
  ++*(int*)user;
  if (mask->order != HEDDLE_ROW) return heddle_fail(HEDDLE_UNSUPPORTED, "row order only");
  for (r = 0; r < matrix->rows; ++r)
    for (c = 0; c < matrix->cols; ++c) mask->data[r * mask->ld + c] = c % 4 >= 2;
  return HEDDLE_OK;
}

static int methods(const heddle_exec* exec, const heddle_matrix* dense, const heddle_mask* mask) {
  const heddle_pattern two_four = {2, 4};
  heddle_method_info info = {sizeof info, 0, 0, {{0, 0}, 0, 0}};
  heddle_method* method = NULL;
  heddle_mask turned = *mask;
  int calls = 0;
  EXPECT(heddle_register_method("keep-last", &two_four, keep_last, &calls, 0) == HEDDLE_OK);
  EXPECT(heddle_find_method("keep-last", &method) == HEDDLE_OK);
  EXPECT(heddle_method_describe(method, &info) == HEDDLE_OK);
  EXPECT(info.kind == HEDDLE_METHOD_FUNCTION && info.pattern.pattern.group == 4);
  EXPECT(heddle_best_mask_method(exec, dense, method, mask, HEDDLE_MAGNITUDE) == HEDDLE_OK);
  EXPECT(calls == 1 && mask->data[0] == 0 && mask->data[3] == 1);
  turned.order = HEDDLE_COL;
  turned.ld = turned.rows;
  EXPECT(heddle_best_mask_method(exec, dense, method, &turned, 0) == HEDDLE_UNSUPPORTED);
  EXPECT(strstr(heddle_last_error(), "keep-last") && strstr(heddle_last_error(), "row order only"));
  heddle_method_destroy(method);
  heddle_method_destroy(NULL);
  return 0;
}

int main(void) {
  enum { kRows = 6, kCols = 20 };
  float weight[kRows * kCols], pruned[kRows * kCols], back[kRows * kCols];
  uint8_t kept[kRows * kCols];
  const heddle_pattern two_four = {2, 4};
  const heddle_matrix dense = {weight, kRows, kCols, kCols, HEDDLE_F32, HEDDLE_ROW};
  const heddle_matrix masked = {pruned, kRows, kCols, kCols, HEDDLE_F32, HEDDLE_ROW};
  const heddle_matrix unpacked = {back, kRows, kCols, kCols, HEDDLE_F32, HEDDLE_ROW};
  const heddle_mask mask = {kept, kRows, kCols, kCols, HEDDLE_ROW, 0};
  heddle_packed blob = {{kRows, kCols, {2, 4}, HEDDLE_F32, HEDDLE_CANONICAL}, NULL, 0};
  heddle_check_report report;
  heddle_exec cpu;
  int i;

  EXPECT(heddle_abi_version() == HEDDLE_ABI_VERSION);
  EXPECT(heddle_exec_init(&cpu, sizeof cpu) == HEDDLE_OK);
  for (i = 0; i < kRows * kCols; ++i) weight[i] = (float)((i * 7919) % 101 - 50);

  EXPECT(heddle_best_mask(&cpu, &dense, &two_four, &mask, HEDDLE_MAGNITUDE) == HEDDLE_OK);
  EXPECT(heddle_apply_mask(&cpu, &dense, &mask, &masked) == HEDDLE_OK);
  EXPECT(heddle_check(&cpu, &masked, &two_four, &report) == HEDDLE_OK);
  EXPECT(report.violations == 0 && report.row == -1);

  EXPECT(heddle_packed_size(&blob.desc, &blob.bytes) == HEDDLE_OK);
  blob.data = malloc(blob.bytes);
  EXPECT(blob.data != NULL);
  EXPECT(heddle_pack(&cpu, &dense, &blob) == HEDDLE_OK);
  EXPECT(heddle_verify(&cpu, &blob) == HEDDLE_OK);
  EXPECT(heddle_unpack(&cpu, &blob, &unpacked) == HEDDLE_OK);
  for (i = 0; i < kRows * kCols; ++i) EXPECT(back[i] == pruned[i]);

  ((unsigned char*)blob.data)[0] ^= 1;
  EXPECT(heddle_verify(&cpu, &blob) == HEDDLE_CORRUPT);
  EXPECT(strstr(heddle_last_error(), "magic") != NULL);
  EXPECT(heddle_verify(&cpu, NULL) == HEDDLE_INVALID_ARGUMENT);
  EXPECT(methods(&cpu, &dense, &mask) == 0);
  free(blob.data);
  return 0;
}
