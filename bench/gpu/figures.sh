# Part of run.sh: the figure that closes a step's row, from the JSON that the benchmark wrote.

# The middle of the samples in a file, and the span.
clocks_figure() {
  sort -t, -k2n "$1" | awk -F', *' '
    $2 > 0 { n++; mhz[n] = $2; if ($1 > most) most = $1 }
    END {
      if (!n) exit
      printf "SM clock %d MHz in the middle, %d to %d; ", mhz[int((n + 1) / 2)], mhz[1], mhz[n]
      printf "highest power %.0f W", most
    }'
}

# Products: how many were measured, failed, and were left out for want of time; the geometric mean
# over cuBLASLt for n up to 64.
gemm_figure() {
  awk -F'"' '
    $2 == "name" { product = $4 ~ /^matmul\//; cases += product
                   split($4, part, /[nk]/); small = part[2] + 0 <= 64 }
    $2 == "error_message" { if ($4 ~ /^not run/) left++; else wrong++ }
    $2 == "x_cublaslt" && product && small { split($3, value, /[:, ]+/); sum += log(value[2]); n++ }
    END {
      printf "%d products, %d failed, %d not run; ", cases, wrong, left
      if (n) printf "n <= 64: %.2f x cuBLASLt, geometric mean of %d\n", exp(sum / n), n
      else print "no dense baseline"
    }' "$1"
}

# What bounds a sparse product of bf16: A in registers against A in shared memory.
rates_figure() {
  awk -F'"' '
    $2 == "name" { split($4, part, "/"); name = part[2]; rates += name ~ /^rate_/ }
    $2 == "error_occurred" && /true/ { wrong++ }
    $2 == "TFLOP/s" || $2 == "GB/s" || $2 == "us" { split($3, value, /[:, ]+/); of[name] = value[2] }
    END {
      printf "launch %.1f us; %d rates, %d failed; ", of["launch"], rates, wrong
      printf "bf16 wgmma n = 256, TFLOP/s: "
      printf "RS %.0f, SS %.0f, dense %.0f\n", of["rate_wgmma_sp_rs_bf16_n256"],
             of["rate_wgmma_sp_ss_bf16_n256"], of["rate_wgmma_ss_bf16_n256"]
    }' "$1"
}

# The best of the wgmma variants over mma.sp, the geometric mean over the products.
variants_figure() {
  awk -F'"' '
    function close_product() {
      if (mma > 0 && best > 0) { sum += log(best / mma); n++ }
      mma = best = 0
    }
    $2 == "name" { close_product(); products += $4 ~ /^variants\// }
    $2 == "error_message" { if ($4 ~ /^not run/) left++; else wrong++ }
    $2 ~ /^x_chosen / {
      split($3, value, /[:, ]+/)
      if ($2 == "x_chosen mma") mma = value[2]
      else if (value[2] > best) best = value[2]
    }
    END {
      close_product()
      printf "%d products, %d failed, %d not run; ", products, wrong, left
      if (n) printf "the best wgmma is %.2f x mma.sp, geometric mean of %d\n", exp(sum / n), n
      else print "no wgmma variant"
    }' "$1"
}

# The lowest share of the copy bandwidth among the cases of the target, and how many cases failed.
bench_figure() {
  awk -F'"' '
    $2 == "name" { name = $4; cases += name ~ /^[a-z_]+\/m/ }
    $2 == "error_occurred" && /true/ { wrong++ }
    $2 == "ratio" && name ~ /^prune_pack_device\/m(8192k8192|16384k16384):2:4:bf16:row\/gpu/ {
      split($3, value, /[:, ]+/)
      if (share == "" || value[2] < share) share = value[2]
    }
    END {
      printf "%d cases, %d failed; ", cases, wrong
      if (share == "") print "target not measured"
      else printf "prune_pack_device bf16: %.3f of the copy\n", share
    }' "$1"
}

# How many experiments came out which way: from the closing lines of the program, which raw has.
experiments_figure() {
  awk '
    /^experiments$/ { in_table = 1; next }
    !in_table || !NF { next }
    / not measured: / { none++; next }
    / confirmed  / { confirmed++ }
    / refuted  / { refuted++ }
    / within noise  / { noise++ }
    END {
      printf "%d confirmed, %d refuted, %d within noise, %d not measured\n", confirmed, refuted,
             noise, none
    }' "${1%.json}.txt"
}
