#ifndef HEDDLE_C_SELECT_H
#define HEDDLE_C_SELECT_H
/** \file
 * How a product is cut up on a GPU, and how that is chosen (heddle/select.hpp). */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** Which kernel multiplies (heddle::MatmulKernel). */
enum { HEDDLE_KERNEL_MMA = 0, HEDDLE_KERNEL_WGMMA = 1 };

/** A configuration of the sparse GEMM; the fields as heddle::MatmulConfig. */
typedef struct heddle_matmul_config {
  int32_t kernel; /**< HEDDLE_KERNEL_MMA or HEDDLE_KERNEL_WGMMA; decides which fields below count */
  int32_t warps_m;      /**< mma: warps along m */
  int32_t warps_n;      /**< mma: warps along n */
  int32_t warps_k;      /**< mma: warps along k */
  int32_t groups;       /**< wgmma: warpgroups that multiply */
  int32_t row_blocks;   /**< wgmma: of 64 rows for every warpgroup */
  int32_t cluster;      /**< wgmma: blocks that share B; 1, 2 or 4 */
  int32_t staged;       /**< 0 or 1 */
  int32_t tiles;        /**< of 8 tokens for every warp (mma) or warpgroup */
  int32_t stages;       /**< of B in shared memory */
  int32_t raster;       /**< output tiles along m that are walked together */
  int32_t blocks;       /**< of the grid; 0: nothing to do */
  int32_t split_blocks; /**< blocks that share the split tiles */
  int32_t reserved[5];  /**< 0 */
  int64_t split_tiles;  /**< output tiles that are split along k */
} heddle_matmul_config;
/** The defaults of every field. */
HEDDLE_API heddle_status heddle_matmul_config_init(heddle_matmul_config* config);
/** Rows and tokens of an output tile. */
HEDDLE_API heddle_status heddle_matmul_config_tile(const heddle_matmul_config* config,
                                                   int64_t* tile_m, int64_t* tile_n);
/** One line, for example "warps=2x1x4 tiles=1 stages=4 raster=1 blocks=132 split=32/132". */
HEDDLE_API heddle_status heddle_matmul_config_to_string(const heddle_matmul_config* config,
                                                        char* buffer, size_t capacity,
                                                        size_t* length);
/** The configuration of such a line; the message names the field at fault. */
HEDDLE_API heddle_status heddle_parse_matmul_config(const char* text, heddle_matmul_config* config);

/** A configuration for every n up to max_n, beyond those of the entries before it. */
typedef struct heddle_matmul_tuning_entry {
  int64_t max_n;               /**< the largest n it is meant for */
  heddle_matmul_config config; /**< what runs then */
} heddle_matmul_tuning_entry;
/** Room that one line of the following text never exceeds, its end among it. */
#define HEDDLE_TUNING_LINE 512
/** One entry a line: "n<=16 warps=...". This text is what plans take (heddle_matmul_desc) and
 * heddle_tune gives. */
HEDDLE_API heddle_status heddle_matmul_tuning_to_string(const heddle_matmul_tuning_entry* entries,
                                                        size_t entry_count, char* buffer,
                                                        size_t capacity, size_t* length);
/** Up to `capacity` entries of a text; *count gets the number of them in the text, so that null
 * entries with capacity 0 ask for it. */
HEDDLE_API heddle_status heddle_parse_matmul_tuning(const char* text,
                                                    heddle_matmul_tuning_entry* entries,
                                                    size_t capacity, size_t* count);

/** What heddle_select needs to know about a problem (heddle::SelectProblem). */
typedef struct heddle_select_problem {
  size_t size;       /**< bytes of this structure, as the caller was compiled */
  int64_t m;         /**< output features */
  int64_t n;         /**< tokens */
  int64_t k;         /**< input features */
  int64_t batch;     /**< products of one A */
  int32_t a_type;    /**< of the values of A */
  int32_t b_type;    /**< of B */
  int32_t d_type;    /**< of D */
  int32_t b_n_major; /**< 1: B is of order row */
} heddle_select_problem;
/** m = n = k = 0, batch = 1, types f16. size: sizeof(heddle_select_problem). */
HEDDLE_API heddle_status heddle_select_problem_init(heddle_select_problem* problem, size_t size);

/** A device, as the model sees it (heddle::DeviceDescription). */
typedef struct heddle_device_description {
  size_t size;                   /**< bytes of this structure, as the caller was compiled */
  char name[256];                /**< ends in 0; longer ones are cut off */
  int32_t compute_capability;    /**< 10 * major + minor; 80 at least */
  int32_t multiprocessors;       /**< SMs */
  double clock_ghz;              /**< sustained */
  double memory_gbytes_per_s;    /**< copy bandwidth of device memory, 10^9 bytes */
  double l2_gbytes_per_s;        /**< from L2 to the multiprocessors, together */
  size_t l2_bytes;               /**< capacity of L2 */
  size_t shared_bytes_per_block; /**< the most that a block may ask for */
  size_t shared_bytes_per_multiprocessor; /**< for all blocks that are resident */
  double launch_us;                       /**< of an empty kernel in a stream */
  int32_t wgmma;                          /**< 0: mma alone */
  int32_t reserved;                       /**< 0 */
} heddle_device_description;
/** size, here and below: sizeof(heddle_device_description). */
HEDDLE_API heddle_status heddle_device_description_init(heddle_device_description* device,
                                                        size_t size);
/** A known GPU by name ("A100", "H200", "RTX 4090", ...); not_found lists them. */
HEDDLE_API heddle_status heddle_find_device(const char* name, heddle_device_description* device,
                                            size_t size);
/** The current CUDA device; `unavailable` on the CPU. */
HEDDLE_API heddle_status heddle_describe_device(const heddle_exec* exec,
                                                heddle_device_description* device, size_t size);

/** A configuration and what the model thinks of it (heddle::Selection). */
typedef struct heddle_selection {
  heddle_matmul_config config; /**< what would run */
  double predicted_us;         /**< microseconds, as all times here */
  double memory_us;            /**< the bound by device memory, A cold */
  double l2_us;                /**< by traffic between L2 and the multiprocessors */
  double shared_us;            /**< by the shared memory port of the busiest multiprocessor */
  double math_us;              /**< by its sparse mma */
  double wait_us;              /**< by the latency of one load of A after the other */
  double fill_us;              /**< first loads, and starts and ends of output tiles */
  double fixup_us;             /**< sums of split tiles */
  double balance;              /**< steps of the busiest block over those of the average one */
  double reserved[3];          /**< 0 */
} heddle_selection;

/** The configuration with the least predicted time; a pure function. */
HEDDLE_API heddle_status heddle_select(const heddle_select_problem* problem,
                                       const heddle_device_description* device,
                                       heddle_selection* selection);
/** The model's opinion of one configuration. */
HEDDLE_API heddle_status heddle_predict(const heddle_select_problem* problem,
                                        const heddle_device_description* device,
                                        const heddle_matmul_config* config,
                                        heddle_selection* selection);
/** The configurations worth measuring, best prediction first, at most `most`: selections has room
 * for so many, *count gets their number. */
HEDDLE_API heddle_status heddle_candidates(const heddle_select_problem* problem,
                                           const heddle_device_description* device, size_t most,
                                           heddle_selection* selections, size_t* count);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
