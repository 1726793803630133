//! Prunes, packs, plans and multiplies once through the C ABI, declared by hand.
use std::ffi::{c_char, c_void, CStr};
use std::ptr::{null, null_mut};

const F32: i32 = 0;
const ROW: i32 = 0;
const CANONICAL: i32 = 1;
const INVALID_ARGUMENT: i32 = 1;

#[repr(C)]
struct Exec {
    size: usize,
    kind: i32,
    threads: i32,
    stream: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Pattern {
    keep: i32,
    group: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Matrix {
    data: *mut c_void,
    rows: i64,
    cols: i64,
    ld: i64,
    dtype: i32,
    order: i32,
}

#[repr(C)]
struct Mask {
    data: *mut u8,
    rows: i64,
    cols: i64,
    ld: i64,
    order: i32,
    reserved: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct PackedDesc {
    rows: i64,
    cols: i64,
    pattern: Pattern,
    dtype: i32,
    order: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Packed {
    desc: PackedDesc,
    data: *mut c_void,
    bytes: usize,
}

#[repr(C)]
struct MatmulDesc {
    size: usize,
    a: PackedDesc,
    max_n: i64,
    max_batch: i64,
    b_type: i32,
    d_type: i32,
    b_order: i32,
    c_order: i32,
    d_order: i32,
    bias: i32,
    scale_m: i32,
    scale_n: i32,
    activation: i32,
    overlap_previous: i32,
    tuning: *const c_char,
}

#[repr(C)]
struct MatmulBuffers {
    size: usize,
    a: Packed,
    b: Matrix,
    d: Matrix,
    alpha: f32,
    beta: f32,
    c: *const Matrix,
    bias: *const c_void,
    scale_m: *const c_void,
    scale_n: *const c_void,
    batch: [i64; 4],
}

#[repr(C)]
struct Plan {
    opaque: [u8; 0],
}

extern "C" {
    fn heddle_last_error() -> *const c_char;
    fn heddle_abi_version() -> i32;
    fn heddle_exec_init(exec: *mut Exec, size: usize) -> i32;
    fn heddle_best_mask(
        exec: *const Exec,
        matrix: *const Matrix,
        pattern: *const Pattern,
        mask: *const Mask,
        ranking: i32,
    ) -> i32;
    fn heddle_apply_mask(
        exec: *const Exec,
        matrix: *const Matrix,
        mask: *const Mask,
        out: *const Matrix,
    ) -> i32;
    fn heddle_packed_size(desc: *const PackedDesc, bytes: *mut usize) -> i32;
    fn heddle_pack(exec: *const Exec, matrix: *const Matrix, out: *const Packed) -> i32;
    fn heddle_verify(exec: *const Exec, packed: *const Packed) -> i32;
    fn heddle_matmul_desc_init(desc: *mut MatmulDesc, size: usize) -> i32;
    fn heddle_matmul_buffers_init(buffers: *mut MatmulBuffers, size: usize) -> i32;
    fn heddle_plan_create(exec: *const Exec, desc: *const MatmulDesc, plan: *mut *mut Plan) -> i32;
    fn heddle_plan_destroy(plan: *mut Plan);
    fn heddle_run(
        exec: *const Exec,
        plan: *const Plan,
        buffers: *const MatmulBuffers,
        workspace: *const c_void,
    ) -> i32;
}

/// The library's sentence is the error.
fn check(status: i32) -> Result<(), String> {
    if status == 0 {
        return Ok(());
    }
    let message = unsafe { CStr::from_ptr(heddle_last_error()) };
    Err(format!("status {status}: {}", message.to_string_lossy()))
}

fn matrix(data: &mut [f32], rows: usize, cols: usize) -> Matrix {
    assert_eq!(data.len(), rows * cols);
    Matrix {
        data: data.as_mut_ptr().cast(),
        rows: rows as i64,
        cols: cols as i64,
        ld: cols as i64,
        dtype: F32,
        order: ROW,
    }
}

fn multiply(exec: &Exec, a: Packed, b: Matrix, d: Matrix) -> Result<(), String> {
    let mut desc = std::mem::MaybeUninit::<MatmulDesc>::uninit();
    let mut buffers = std::mem::MaybeUninit::<MatmulBuffers>::uninit();
    let mut plan: *mut Plan = null_mut();
    unsafe {
        check(heddle_matmul_desc_init(desc.as_mut_ptr(), size_of::<MatmulDesc>()))?;
        check(heddle_matmul_buffers_init(buffers.as_mut_ptr(), size_of::<MatmulBuffers>()))?;
        let (mut desc, mut buffers) = (desc.assume_init(), buffers.assume_init());
        desc.a = a.desc;
        desc.max_n = b.cols;
        (desc.b_type, desc.d_type) = (F32, F32);
        (desc.b_order, desc.d_order) = (ROW, ROW);
        check(heddle_plan_create(exec, &desc, &mut plan))?;
        (buffers.a, buffers.b, buffers.d) = (a, b, d);
        let outcome = check(heddle_run(exec, plan, &buffers, null()));
        heddle_plan_destroy(plan);
        outcome
    }
}

fn main() -> Result<(), String> {
    let (m, k, n) = (24, 40, 3);
    // Small integers: every sum is exact. No two magnitudes of a group are equal.
    let mut weight: Vec<f32> = (0..m * k).map(|i| ((i * 5 + i / k) % 9) as f32 - 4.25).collect();
    let mut tokens: Vec<f32> = (0..k * n).map(|i| (i % 7) as f32 - 3.0).collect();
    let mut result = vec![f32::NAN; m * n];
    let mut bits = vec![2u8; m * k];
    let pattern = Pattern { keep: 2, group: 4 };
    let mut exec = Exec { size: 0, kind: -1, threads: -1, stream: null_mut() };
    let (w, b, d) = (matrix(&mut weight, m, k), matrix(&mut tokens, k, n), matrix(&mut result, m, n));
    let mask = Mask {
        data: bits.as_mut_ptr(),
        rows: m as i64,
        cols: k as i64,
        ld: k as i64,
        order: ROW,
        reserved: 0,
    };
    let (rows, cols) = (m as i64, k as i64);
    let desc = PackedDesc { rows, cols, pattern, dtype: F32, order: CANONICAL };
    let mut bytes = 0;
    unsafe {
        assert_eq!(heddle_abi_version(), 0);
        check(heddle_exec_init(&mut exec, size_of::<Exec>()))?;
        check(heddle_best_mask(&exec, &w, &pattern, &mask, 0))?;
        check(heddle_apply_mask(&exec, &w, &mask, &w))?;
        check(heddle_packed_size(&desc, &mut bytes))?;
        let mut blob = vec![0u8; bytes];
        let packed = Packed { desc, data: blob.as_mut_ptr().cast(), bytes };
        check(heddle_pack(&exec, &w, &packed))?;
        check(heddle_verify(&exec, &packed))?;
        multiply(&exec, packed, b, d)?;
        assert_eq!(heddle_packed_size(null(), &mut bytes), INVALID_ARGUMENT);
    }
    for group in bits.chunks(4) {
        assert_eq!(group.iter().map(|&bit| u32::from(bit)).sum::<u32>(), 2);
    }
    for (i, &value) in result.iter().enumerate() {
        let (row, token) = (i / n, i % n);
        let sum: f32 = (0..k).map(|j| weight[row * k + j] * tokens[j * n + token]).sum();
        assert_eq!(value, sum, "row {row}, token {token}");
    }
    println!("{} results, all exact", result.len());
    Ok(())
}
