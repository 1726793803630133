/* A linear layer's way through the C ABI in plain C99: a Sparsifier prunes it, one fused step trains
 * it on, the blob is packed and verified, and a plan multiplies; the result is that of the masked
 * dense weight, summed by hand. Small integers, so that everything is exact. */
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

enum { kOut = 16, kIn = 32, kTokens = 5 };

static float weight[kOut * kIn], gradient[kOut * kIn], dropped[kOut * kIn];
static uint8_t kept[kOut * kIn];
static float x[kTokens * kIn], y[kTokens * kOut], bias[kOut];

static heddle_tensor tensor_of(void* data, int64_t rows, int64_t cols) {
  heddle_tensor t;
  memset(&t, 0, sizeof t);
  t.data = data;
  t.rank = 2;
  t.type = HEDDLE_F32;
  t.shape[0] = rows;
  t.shape[1] = cols;
  (void)heddle_contiguous_strides(2, t.shape, t.stride);
  return t;
}

static heddle_matrix matrix_of(void* data, int64_t rows, int64_t cols, int32_t order) {
  heddle_matrix m;
  m.data = data;
  m.rows = rows;
  m.cols = cols;
  m.ld = order == HEDDLE_ROW ? cols : rows;
  m.type = HEDDLE_F32;
  m.order = order;
  return m;
}

static int prune(const heddle_exec* exec, heddle_sparsifier** sparsifier) {
  heddle_tensor values = tensor_of(dropped, kOut, kIn);
  heddle_sparse_parameter parameter;
  heddle_parameter_report report;
  EXPECT(heddle_sparsifier_create(NULL, sparsifier) == HEDDLE_OK);
  EXPECT(heddle_sparse_parameter_init(&parameter, sizeof parameter) == HEDDLE_OK);
  parameter.name = "fc.weight";
  parameter.weight = tensor_of(weight, kOut, kIn);
  parameter.mask.data = kept;
  parameter.mask.rank = 2;
  memcpy(parameter.mask.shape, parameter.weight.shape, sizeof parameter.mask.shape);
  memcpy(parameter.mask.stride, parameter.weight.stride, sizeof parameter.mask.stride);
  parameter.dropped = &values;
  EXPECT(heddle_sparsifier_add(*sparsifier, &parameter) == HEDDLE_OK);
  EXPECT(heddle_sparsifier_compute_masks(*sparsifier, exec, NULL, 0) == HEDDLE_OK);
  EXPECT(heddle_sparsifier_report(*sparsifier, 0, &report) == HEDDLE_OK);
  EXPECT(report.sparse == 1 && report.fill == 0.5 && report.l1_share > 0.5);
  return 0;
}

/* weight -= gradient where the mask keeps. */
static int train(const heddle_exec* exec, const heddle_sparsifier* sparsifier) {
  heddle_tensor_mask mask;
  heddle_step_tensors item;
  heddle_sgd_options sgd;
  memset(&item, 0, sizeof item);
  EXPECT(heddle_sparsifier_mask(sparsifier, 0, &mask) == HEDDLE_OK);
  EXPECT(mask.rank == 2);
  item.weight = tensor_of(weight, kOut, kIn);
  item.gradient = tensor_of(gradient, kOut, kIn);
  item.mask = &mask;
  EXPECT(heddle_sgd_options_init(&sgd, sizeof sgd) == HEDDLE_OK);
  sgd.learning_rate = 1;
  EXPECT(heddle_sgd_step(exec, &sgd, &item, 1) == HEDDLE_OK);
  return 0;
}

static int multiply(const heddle_exec* exec, const heddle_packed* blob) {
  const heddle_vector bias_view = {bias, kOut, HEDDLE_F32, 0};
  heddle_matmul_desc desc;
  heddle_matmul_buffers buffers;
  heddle_plan* plan = NULL;
  size_t bytes = 1;
  int n, m, k;
  EXPECT(heddle_matmul_desc_init(&desc, sizeof desc) == HEDDLE_OK);
  desc.a = blob->desc;
  desc.max_n = 64;
  desc.b_type = desc.d_type = HEDDLE_F32;
  desc.bias = HEDDLE_F32;
  desc.activation = HEDDLE_ACTIVATION_RELU;
  EXPECT(heddle_plan_create(exec, &desc, &plan) == HEDDLE_OK);
  EXPECT(heddle_plan_workspace_size(plan, &bytes) == HEDDLE_OK);
  EXPECT(bytes == 0);
  EXPECT(heddle_matmul_buffers_init(&buffers, sizeof buffers) == HEDDLE_OK);
  buffers.a = *blob;
  buffers.b = matrix_of(x, kIn, kTokens, HEDDLE_COL); /* row-major activations [tokens, in] */
  buffers.d = matrix_of(y, kOut, kTokens, HEDDLE_COL);
  buffers.bias = &bias_view;
  EXPECT(heddle_run(exec, plan, &buffers, NULL) == HEDDLE_OK);
  for (n = 0; n < kTokens; ++n)
    for (m = 0; m < kOut; ++m) {
      float sum = bias[m];
      for (k = 0; k < kIn; ++k) sum += weight[m * kIn + k] * x[n * kIn + k];
      EXPECT(y[n * kOut + m] == (sum > 0 ? sum : 0));
    }
  heddle_plan_destroy(plan);
  return 0;
}

int main(void) {
  static float original[kOut * kIn], pruned[kOut * kIn];
  static uint8_t was_kept[kOut * kIn];
  const heddle_matrix dense = matrix_of(weight, kOut, kIn, HEDDLE_ROW);
  heddle_packed blob = {{kOut, kIn, {2, 4}, HEDDLE_F32, HEDDLE_CANONICAL}, NULL, 0};
  heddle_exec cpu;
  heddle_sparsifier* sparsifier = NULL;
  int i, zeros = 0;

  for (i = 0; i < kOut * kIn; ++i) {
    weight[i] = (float)((i * 37) % 17 + 4);
    gradient[i] = (float)(i % 3 - 1);
  }
  for (i = 0; i < kTokens * kIn; ++i) x[i] = (float)((i * 5) % 7 - 3);
  for (i = 0; i < kOut; ++i) bias[i] = (float)(i - 8);
  memcpy(original, weight, sizeof weight);

  EXPECT(heddle_exec_init(&cpu, sizeof cpu) == HEDDLE_OK);
  EXPECT(prune(&cpu, &sparsifier) == 0);
  EXPECT(train(&cpu, sparsifier) == 0);
  for (i = 0; i < kOut * kIn; ++i) {
    zeros += weight[i] == 0;
    EXPECT(weight[i] == (kept[i] ? original[i] - gradient[i] : 0));
  }
  EXPECT(zeros == kOut * kIn / 2);

  EXPECT(heddle_packed_size(&blob.desc, &blob.bytes) == HEDDLE_OK);
  blob.data = malloc(blob.bytes);
  EXPECT(blob.data != NULL);
  EXPECT(heddle_pack(&cpu, &dense, &blob) == HEDDLE_OK);
  EXPECT(heddle_verify(&cpu, &blob) == HEDDLE_OK);
  EXPECT(multiply(&cpu, &blob) == 0);

  memcpy(pruned, weight, sizeof pruned);
  memcpy(was_kept, kept, sizeof was_kept);
  EXPECT(heddle_sparsifier_restore(sparsifier, &cpu) == HEDDLE_OK);
  for (i = 0; i < kOut * kIn; ++i)
    EXPECT(weight[i] == (was_kept[i] ? pruned[i] : original[i]) && kept[i] == 1);
  heddle_sparsifier_destroy(sparsifier);
  free(blob.data);
  return 0;
}
