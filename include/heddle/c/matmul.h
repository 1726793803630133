#ifndef HEDDLE_C_MATMUL_H
#define HEDDLE_C_MATMUL_H
/** \file
 * D = activation(alpha * scale_m * scale_n * (A * B) + beta * C + bias), A packed: what
 * heddle/matmul.hpp says holds here, types and orders, what may overlap, what a plan is. */
#include "heddle/c/base.h"
#include "heddle/c/select.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** Applied to every element of the result (heddle::Activation). */
enum {
  HEDDLE_ACTIVATION_NONE = 0,
  HEDDLE_ACTIVATION_RELU = 1,
  HEDDLE_ACTIVATION_GELU_ERF = 2,
  HEDDLE_ACTIVATION_GELU_TANH = 3,
  HEDDLE_ACTIVATION_SILU = 4
};

/** What happens around the product. All pointers may be null: then there is none. */
typedef struct heddle_matmul_options {
  size_t size;                  /**< bytes of this structure, as the caller was compiled */
  float alpha;                  /**< factor of the product */
  float beta;                   /**< 0: C is not read, not even for NaN */
  const heddle_matrix* c;       /**< [m, n], the type of D; null means D itself */
  const heddle_vector* bias;    /**< [m]: f32, f16 or bf16 */
  const heddle_vector* scale_m; /**< [m] f32 */
  const heddle_vector* scale_n; /**< [n] f32 */
  int32_t activation;           /**< HEDDLE_ACTIVATION_NONE, ... */
  int32_t reserved;             /**< 0 */
} heddle_matmul_options;
/** alpha 1, beta 0, nothing else. size: sizeof(heddle_matmul_options). */
HEDDLE_API heddle_status heddle_matmul_options_init(heddle_matmul_options* options, size_t size);

/** Products of one A with `count` matrices B; matrix i of B, C and D lies i * stride elements after
 * the first. */
typedef struct heddle_matmul_batch {
  int64_t count;    /**< 0: nothing to do */
  int64_t b_stride; /**< elements from one B to the next; 0: one B for all */
  int64_t c_stride; /**< the same of C; not looked at where C is D itself */
  int64_t d_stride; /**< elements from one D to the next */
} heddle_matmul_batch;

/** options may be null: the defaults; batch may be null: one matrix. */
HEDDLE_API heddle_status heddle_matmul(const heddle_exec* exec, const heddle_packed* a,
                                       const heddle_matrix* b, const heddle_matrix* d,
                                       const heddle_matmul_options* options,
                                       const heddle_matmul_batch* batch);

/** Y = activation(X * W^T ...): x [n, k], weight [m, k], y [n, m], all in any order; options->c is
 * [n, m], bias and scale_m per output feature, scale_n per token. options may be null. */
HEDDLE_API heddle_status heddle_linear(const heddle_exec* exec, const heddle_matrix* x,
                                       const heddle_packed* weight, const heddle_matrix* y,
                                       const heddle_matmul_options* options);

/* ---- plans ----------------------------------------------------------------------------------- */

/** heddle_matmul_desc's bias where there is none. */
#define HEDDLE_NO_BIAS (-1)

/** What a plan is made for (heddle::MatmulDesc). */
typedef struct heddle_matmul_desc {
  size_t size;              /**< bytes of this structure, as the caller was compiled */
  heddle_packed_desc a;     /**< what the blob holds */
  int64_t max_n;            /**< any n up to this can be run */
  int64_t max_batch;        /**< any count up to this */
  int32_t b_type;           /**< of B */
  int32_t d_type;           /**< of D, and of C */
  int32_t b_order;          /**< of B [k, n]; HEDDLE_COL is row-major activations [n, k] */
  int32_t c_order;          /**< of a C that is not D itself */
  int32_t d_order;          /**< of D [m, n]; HEDDLE_COL is row-major results [n, m] */
  int32_t bias;             /**< its type, or HEDDLE_NO_BIAS */
  int32_t scale_m;          /**< 1: a factor per output feature is given */
  int32_t scale_n;          /**< 1: a factor per token is given */
  int32_t activation;       /**< HEDDLE_ACTIVATION_NONE, ... */
  int32_t overlap_previous; /**< 1: as heddle::MatmulDesc::overlap_previous */
  const char* tuning;       /**< configurations as heddle_tune gives them; may be null. CUDA only */
} heddle_matmul_desc;
/** An empty canonical A of 2:4 f16, max_n = max_batch = 1, B and D f16, orders col, nothing else.
 * size: sizeof(heddle_matmul_desc). */
HEDDLE_API heddle_status heddle_matmul_desc_init(heddle_matmul_desc* desc, size_t size);

/** The memory of one run (heddle::MatmulBuffers). Matrices and vectors that pointers name are read
 * before the call returns. */
typedef struct heddle_matmul_buffers {
  size_t size;                  /**< bytes of this structure, as the caller was compiled */
  heddle_packed a;              /**< the blob, as the description says */
  heddle_matrix b;              /**< [k, n], n up to max_n */
  heddle_matrix d;              /**< [m, n] */
  float alpha;                  /**< factor of the product */
  float beta;                   /**< 0: C is not read */
  const heddle_matrix* c;       /**< null means D itself */
  const heddle_vector* bias;    /**< [m], where the description has it; else null */
  const heddle_vector* scale_m; /**< [m] f32; else null */
  const heddle_vector* scale_n; /**< [n] f32; else null */
  heddle_matmul_batch batch;    /**< count up to max_batch */
} heddle_matmul_buffers;
/** alpha 1, beta 0, one matrix, nothing else. size: sizeof(heddle_matmul_buffers). */
HEDDLE_API heddle_status heddle_matmul_buffers_init(heddle_matmul_buffers* buffers, size_t size);

/** Scratch memory of the execution, aligned to 256 bytes. Made ready once by
 * heddle_clear_workspace; runs that may overlap in time need one each. */
typedef struct heddle_workspace {
  void* data;   /**< null if bytes is 0 */
  size_t bytes; /**< its capacity */
} heddle_workspace;

/** An immutable plan: run it from many threads and streams at once. */
typedef struct heddle_plan heddle_plan;

/** The answer of heddle_plan_create without making a plan. */
HEDDLE_API heddle_status heddle_check_matmul_desc(const heddle_exec* exec,
                                                  const heddle_matmul_desc* desc);
/** heddle::make_plan. */
HEDDLE_API heddle_status heddle_plan_create(const heddle_exec* exec, const heddle_matmul_desc* desc,
                                            heddle_plan** plan);
/** Takes null. No run of the plan may be under way in another thread; launched ones may be. */
HEDDLE_API void heddle_plan_destroy(heddle_plan* plan);
/** desc->tuning is the plan's own text, valid while the plan lives. size:
 * sizeof(heddle_matmul_desc). */
HEDDLE_API heddle_status heddle_plan_desc(const heddle_plan* plan, heddle_matmul_desc* desc,
                                          size_t size);
/** Bytes that a run with any n up to max_n needs. 0 on the CPU. */
HEDDLE_API heddle_status heddle_plan_workspace_size(const heddle_plan* plan, size_t* bytes);
/** What a run with these sizes would do; `unavailable` on the CPU. */
HEDDLE_API heddle_status heddle_plan_selection(const heddle_plan* plan, int64_t n, int64_t batch,
                                               heddle_selection* selection);

/** Makes a workspace ready for its first use (with CUDA in stream order). */
HEDDLE_API heddle_status heddle_clear_workspace(const heddle_exec* exec,
                                                const heddle_workspace* workspace);
/** The product. With CUDA one kernel launch that a graph can capture: nothing is allocated or waited
 * for. workspace may be null where the plan needs none. */
HEDDLE_API heddle_status heddle_run(const heddle_exec* exec, const heddle_plan* plan,
                                    const heddle_matmul_buffers* buffers,
                                    const heddle_workspace* workspace);

/** Measures the configurations worth trying for these sizes on the caller's buffers, which keep
 * their contents, and gives the best as a text for heddle_matmul_desc: one line of less than
 * HEDDLE_TUNING_LINE bytes. Measures anew on every call, also where the text does not fit. Waits.
 * `unavailable` on the CPU. workspace may be null. */
HEDDLE_API heddle_status heddle_tune(const heddle_exec* exec, const heddle_plan* plan,
                                     const heddle_matmul_buffers* buffers,
                                     const heddle_workspace* workspace, char* buffer,
                                     size_t capacity, size_t* length);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
