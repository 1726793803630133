/* Prunes, packs, plans and multiplies once through the C ABI, as an engine written in C99 would, and
 * compares with a plain product of the pruned weight. */
#include <heddle/heddle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { M = 24, K = 40, N = 3 };

static int call(heddle_status status, const char* what) {
  if (status != HEDDLE_OK) {
    fprintf(stderr, "%s: %s: %s\n", what, heddle_status_name(status), heddle_last_error());
  }
  return status == HEDDLE_OK;
}
#define TRY(expression)                             \
  do {                                              \
    if (!call((expression), #expression)) return 1; \
  } while (0)

static heddle_matrix row_major(float* data, int64_t rows, int64_t cols) {
  heddle_matrix matrix = {0};
  matrix.data = data;
  matrix.rows = rows;
  matrix.cols = matrix.ld = cols;
  matrix.type = HEDDLE_F32;
  matrix.order = HEDDLE_ROW;
  return matrix;
}

static int multiply(const heddle_exec* cpu, const heddle_packed* packed, const heddle_matrix* b,
                    const heddle_matrix* d) {
  heddle_matmul_desc desc;
  heddle_matmul_buffers buffers;
  heddle_plan* plan = NULL;
  size_t bytes = 1;
  heddle_status status;
  TRY(heddle_matmul_desc_init(&desc, sizeof desc));
  desc.a = packed->desc;
  desc.max_n = N;
  desc.b_type = desc.d_type = HEDDLE_F32;
  desc.b_order = desc.d_order = HEDDLE_ROW;
  TRY(heddle_plan_create(cpu, &desc, &plan));
  TRY(heddle_plan_workspace_size(plan, &bytes));
  TRY(heddle_matmul_buffers_init(&buffers, sizeof buffers));
  buffers.a = *packed;
  buffers.b = *b;
  buffers.d = *d;
  status = heddle_run(cpu, plan, &buffers, NULL);
  heddle_plan_destroy(plan);
  TRY(status);
  return bytes != 0;
}

int main(void) {
  static float weight[M * K], tokens[K * N], result[M * N];
  static uint8_t bits[M * K];
  const heddle_pattern pattern = {2, 4};
  heddle_exec cpu;
  heddle_mask mask = {bits, M, K, K, HEDDLE_ROW, 0};
  heddle_check_report report;
  heddle_packed packed;
  heddle_matrix w = row_major(weight, M, K), b = row_major(tokens, K, N),
                d = row_major(result, M, N);
  heddle_packed_desc desc = {M, K, {2, 4}, HEDDLE_F32, HEDDLE_CANONICAL};
  void* blob;
  int i, j, n, failed = 0;
  if (heddle_abi_version() != HEDDLE_ABI_VERSION) return fputs("another ABI\n", stderr), 2;
  if (strcmp(heddle_version_string(), HEDDLE_VERSION) != 0) return fputs("version\n", stderr), 3;
  /* Small integers: every sum is exact. No two magnitudes of a group are equal. */
  for (i = 0; i < M * K; ++i) weight[i] = (float)((i * 5 + i / K) % 9 - 4) + (i % 4 == 0 ? 8 : 0);
  for (i = 0; i < K * N; ++i) tokens[i] = (float)(i % 7 - 3);

  TRY(heddle_exec_init(&cpu, sizeof cpu));
  TRY(heddle_best_mask(&cpu, &w, &pattern, &mask, HEDDLE_MAGNITUDE));
  TRY(heddle_apply_mask(&cpu, &w, &mask, &w));
  TRY(heddle_check(&cpu, &w, &pattern, &report));
  if (report.violations != 0) return fputs("not compliant\n", stderr), 4;
  packed.desc = desc;
  TRY(heddle_packed_size(&packed.desc, &packed.bytes));
  packed.data = blob = malloc(packed.bytes);
  if (blob == NULL) return 5;
  TRY(heddle_pack_mask(&cpu, &w, &mask, &packed));
  TRY(heddle_verify(&cpu, &packed));
  if (multiply(&cpu, &packed, &b, &d) != 0) return 6;

  for (i = 0; i < M; ++i) {
    for (n = 0; n < N; ++n) {
      float sum = 0;
      for (j = 0; j < K; ++j) sum += weight[i * K + j] * tokens[j * N + n];
      failed += result[i * N + n] != sum;
    }
  }
  free(blob);
  /* A failure says which argument, and crosses as a number. */
  if (heddle_packed_size(NULL, &packed.bytes) != HEDDLE_INVALID_ARGUMENT) return 7;
  if (strstr(heddle_last_error(), "desc") == NULL) return 8;
  printf("heddle %s: %d of %d results differ\n", heddle_version_string(), failed, M * N);
  return failed != 0;
}
