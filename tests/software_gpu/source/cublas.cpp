// cuBLAS: matrix products in f32, column after column as in Fortran. With TF32 asked for, the factors are rounded to its
// 10 bits of mantissa first, as the tensor cores do; sums are in f32, in another order than theirs.
//
// Modelled: handles, streams, pointer and math modes, Sgemm, GemmEx and their strided batches, with the checks of arguments
// and of the matrices' bounds. Not modelled: f16 and bf16, f64, workspaces, and everything else.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "library_call.h"

enum cublasStatus : int {
    CUBLAS_SUCCESS = 0,
    CUBLAS_NOT_INITIALIZED = 1,
    CUBLAS_INVALID_VALUE = 7,
    CUBLAS_EXECUTION_FAILED = 13,
    CUBLAS_NOT_SUPPORTED = 15,
};

namespace {

constexpr int data_f32 = 0;
constexpr int compute_f32 = 68, compute_f32_pedantic = 69, compute_f32_fast_tf32 = 77;
constexpr int math_tf32 = 3;

struct Handle {
    CUstream stream = nullptr;
    int pointer_mode = 0;
    int math_mode = 0;
};

struct Product {
    bool transpose_a, transpose_b;
    int m, n, k;
    float alpha, beta;
    // Set if the factors lie in device memory, and are read at the product's turn.
    const float* alpha_pointer;
    const float* beta_pointer;
    const float* a;
    int lda;
    long long stride_a;
    const float* b;
    int ldb;
    long long stride_b;
    float* c;
    int ldc;
    long long stride_c;
    int batches;
    bool tf32;
};

float rounded_to_tf32(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    if ((bits & 0x7f800000u) == 0x7f800000u) return value;
    // To the nearest, ties away from zero.
    bits = (bits + 0x1000u) & 0xffffe000u;
    std::memcpy(&value, &bits, 4);
    return value;
}

// op(X) as a dense matrix of `rows` x `columns`, column after column.
std::vector<float> dense(const float* x, int ld, bool transpose, int rows, int columns, bool tf32) {
    std::vector<float> result(std::size_t(rows) * columns);
    for (int column = 0; column < columns; column++) {
        for (int row = 0; row < rows; row++) {
            const float value = transpose ? x[std::size_t(row) * ld + column] : x[std::size_t(column) * ld + row];
            result[std::size_t(column) * rows + row] = tf32 ? rounded_to_tf32(value) : value;
        }
    }
    return result;
}

// In a variant for wide registers where there are some: products take most of a test's time.
#if defined(__x86_64__)
__attribute__((target_clones("default", "avx2"), optimize("O3")))
#endif
void add_scaled(float* sums, const float* from, float factor, int count) {
    for (int place = 0; place < count; place++) sums[place] += factor * from[place];
}

void multiply(const Product& p, const float* a, const float* b, float* c, float alpha, float beta) {
    const std::vector<float> left = dense(a, p.lda, p.transpose_a, p.m, p.k, p.tf32);
    const std::vector<float> right = dense(b, p.ldb, p.transpose_b, p.k, p.n, p.tf32);
    std::vector<float> sums(std::size_t(p.m));
    for (int column = 0; column < p.n; column++) {
        std::fill(sums.begin(), sums.end(), 0.0f);
        for (int inner = 0; inner < p.k; inner++) {
            add_scaled(sums.data(), left.data() + std::size_t(inner) * p.m, right[std::size_t(column) * p.k + inner], p.m);
        }
        float* to = c + std::size_t(column) * p.ldc;
        // With beta 0 the old result is not read: it may be anything, NaN too.
        for (int row = 0; row < p.m; row++) {
            to[row] = alpha * sums[std::size_t(row)] + (beta == 0.0f ? 0.0f : beta * to[row]);
        }
    }
}

// In checked mode: factors must have been written, column by column, because there may be gaps between them.
void demand_written(const Product& p, const float* x, int ld, int rows, int columns) {
    for (int column = 0; column < columns; column++) {
        const auto start = reinterpret_cast<std::uintptr_t>(x + std::size_t(column) * ld);
        if (software_gpu_was_written(start, rows * sizeof(float)) != 0) continue;
        std::fprintf(stderr, "software GPU: cuBLAS: the product %d x %d x %d reads memory that was never written\n", p.m, p.k,
                     p.n);
        std::abort();
    }
}

void run(void* argument) {
    const Product& p = *static_cast<const Product*>(argument);
    const float alpha = p.alpha_pointer != nullptr ? *p.alpha_pointer : p.alpha;
    const float beta = p.beta_pointer != nullptr ? *p.beta_pointer : p.beta;
    for (long long batch = 0; batch < p.batches; batch++) {
        const float *a = p.a + batch * p.stride_a, *b = p.b + batch * p.stride_b;
        float* c = p.c + batch * p.stride_c;
        demand_written(p, a, p.lda, p.transpose_a ? p.k : p.m, p.transpose_a ? p.m : p.k);
        demand_written(p, b, p.ldb, p.transpose_b ? p.n : p.k, p.transpose_b ? p.k : p.n);
        if (beta != 0.0f) demand_written(p, c, p.ldc, p.m, p.n);
        multiply(p, a, b, c, alpha, beta);
        for (int column = 0; column < p.n; column++) {
            software_gpu_note_written(reinterpret_cast<std::uintptr_t>(c + std::size_t(column) * p.ldc),
                                      p.m * sizeof(float));
        }
    }
}

// Whether the matrix of every batch lies in one allocation.
bool is_there(const void* pointer, int rows, int columns, int ld, long long stride, int batches) {
    if (rows == 0 || columns == 0) return true;
    const unsigned long bytes = (std::size_t(columns - 1) * ld + rows) * sizeof(float);
    for (long long batch = 0; batch < batches; batch++) {
        const auto start = reinterpret_cast<std::uintptr_t>(pointer) + std::uintptr_t(batch * stride) * sizeof(float);
        if (software_gpu_is_inside(start, bytes) == 0) return false;
    }
    return true;
}

cublasStatus submit(Handle* handle, Product p, const float* alpha, const float* beta, bool tf32) {
    if (handle == nullptr) return CUBLAS_NOT_INITIALIZED;
    const int rows_a = p.transpose_a ? p.k : p.m, columns_a = p.transpose_a ? p.m : p.k;
    const int rows_b = p.transpose_b ? p.n : p.k, columns_b = p.transpose_b ? p.k : p.n;
    if (p.m < 0 || p.n < 0 || p.k < 0 || p.batches < 0 || alpha == nullptr || beta == nullptr) return CUBLAS_INVALID_VALUE;
    if (p.lda < std::max(1, rows_a) || p.ldb < std::max(1, rows_b) || p.ldc < std::max(1, p.m)) {
        return CUBLAS_INVALID_VALUE;
    }
    if (p.m == 0 || p.n == 0 || p.batches == 0) return CUBLAS_SUCCESS;
    if (!is_there(p.a, rows_a, columns_a, p.lda, p.stride_a, p.batches) ||
        !is_there(p.b, rows_b, columns_b, p.ldb, p.stride_b, p.batches) ||
        !is_there(p.c, p.m, p.n, p.ldc, p.stride_c, p.batches)) {
        std::fprintf(stderr, "software GPU: cuBLAS: a matrix of the product %d x %d x %d is not inside its allocation\n",
                     p.m, p.k, p.n);
        std::abort();
    }
    if (handle->pointer_mode == 0) {
        p.alpha = *alpha;
        p.beta = *beta;
    } else {
        p.alpha_pointer = alpha;
        p.beta_pointer = beta;
    }
    p.tf32 = tf32 || handle->math_mode == math_tf32;
    const CUresult result = software_gpu_submit(handle->stream, "a matrix product of cuBLAS", run, new Product(p),
                                                [](void* gone) { delete static_cast<Product*>(gone); });
    return result == CUDA_SUCCESS ? CUBLAS_SUCCESS : CUBLAS_EXECUTION_FAILED;
}

bool read_transpose(int operation, bool* transpose) {
    // N, T and, for real numbers the same as T, C.
    *transpose = operation != 0;
    return operation >= 0 && operation <= 2;
}

Product product(int m, int n, int k, const void* a, int lda, long long stride_a, const void* b, int ldb,
                long long stride_b, void* c, int ldc, long long stride_c, int batches) {
    return {false, false, m, n, k, 0.0f, 0.0f, nullptr, nullptr, static_cast<const float*>(a), lda, stride_a,
            static_cast<const float*>(b), ldb, stride_b, static_cast<float*>(c), ldc, stride_c, batches, false};
}

}  // namespace

SOFTWARE_GPU_API cublasStatus cublasCreate_v2(Handle** handle) {
    if (handle == nullptr) return CUBLAS_INVALID_VALUE;
    *handle = new Handle;
    return CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasDestroy_v2(Handle* handle) {
    delete handle;
    return CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasGetVersion_v2(Handle*, int* version) {
    *version = 130000;
    return CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasSetStream_v2(Handle* handle, CUstream stream) {
    if (handle == nullptr) return CUBLAS_NOT_INITIALIZED;
    handle->stream = stream;
    return CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasSetWorkspace_v2(Handle* handle, void*, size_t) {
    return handle == nullptr ? CUBLAS_NOT_INITIALIZED : CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasSetPointerMode_v2(Handle* handle, int mode) {
    if (handle == nullptr) return CUBLAS_NOT_INITIALIZED;
    handle->pointer_mode = mode;
    return CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasGetPointerMode_v2(Handle* handle, int* mode) {
    if (handle == nullptr) return CUBLAS_NOT_INITIALIZED;
    *mode = handle->pointer_mode;
    return CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasSetMathMode(Handle* handle, int mode) {
    if (handle == nullptr) return CUBLAS_NOT_INITIALIZED;
    handle->math_mode = mode;
    return CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasGetMathMode(Handle* handle, int* mode) {
    if (handle == nullptr) return CUBLAS_NOT_INITIALIZED;
    *mode = handle->math_mode;
    return CUBLAS_SUCCESS;
}

SOFTWARE_GPU_API cublasStatus cublasSgemmStridedBatched(Handle* handle, int ta, int tb, int m, int n, int k,
                                                        const float* alpha, const float* a, int lda, long long sa,
                                                        const float* b, int ldb, long long sb, const float* beta,
                                                        float* c, int ldc, long long sc, int batches) {
    Product p = product(m, n, k, a, lda, sa, b, ldb, sb, c, ldc, sc, batches);
    if (!read_transpose(ta, &p.transpose_a) || !read_transpose(tb, &p.transpose_b)) return CUBLAS_INVALID_VALUE;
    return submit(handle, p, alpha, beta, false);
}

SOFTWARE_GPU_API cublasStatus cublasSgemm_v2(Handle* handle, int ta, int tb, int m, int n, int k, const float* alpha,
                                             const float* a, int lda, const float* b, int ldb, const float* beta,
                                             float* c, int ldc) {
    return cublasSgemmStridedBatched(handle, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}

// The variant with 64-bit sizes, for sizes that fit 32 bits all the same: more is more than a test computes.
SOFTWARE_GPU_API cublasStatus cublasSgemm_v2_64(Handle* handle, int ta, int tb, long long m, long long n, long long k,
                                                const float* alpha, const float* a, long long lda, const float* b,
                                                long long ldb, const float* beta, float* c, long long ldc) {
    for (const long long size : {m, n, k, lda, ldb, ldc}) {
        if (size > 2147483647) return CUBLAS_NOT_SUPPORTED;
    }
    return cublasSgemm_v2(handle, ta, tb, int(m), int(n), int(k), alpha, a, int(lda), b, int(ldb), beta, c, int(ldc));
}

SOFTWARE_GPU_API cublasStatus cublasGemmStridedBatchedEx(Handle* handle, int ta, int tb, int m, int n, int k,
                                                         const void* alpha, const void* a, int type_a, int lda,
                                                         long long sa, const void* b, int type_b, int ldb, long long sb,
                                                         const void* beta, void* c, int type_c, int ldc, long long sc,
                                                         int batches, int compute, int) {
    if (type_a != data_f32 || type_b != data_f32 || type_c != data_f32) return CUBLAS_NOT_SUPPORTED;
    if (compute != compute_f32 && compute != compute_f32_pedantic && compute != compute_f32_fast_tf32) {
        return CUBLAS_NOT_SUPPORTED;
    }
    Product p = product(m, n, k, a, lda, sa, b, ldb, sb, c, ldc, sc, batches);
    if (!read_transpose(ta, &p.transpose_a) || !read_transpose(tb, &p.transpose_b)) return CUBLAS_INVALID_VALUE;
    return submit(handle, p, static_cast<const float*>(alpha), static_cast<const float*>(beta),
                  compute == compute_f32_fast_tf32);
}

SOFTWARE_GPU_API cublasStatus cublasGemmEx(Handle* handle, int ta, int tb, int m, int n, int k, const void* alpha,
                                           const void* a, int type_a, int lda, const void* b, int type_b, int ldb,
                                           const void* beta, void* c, int type_c, int ldc, int compute, int algorithm) {
    return cublasGemmStridedBatchedEx(handle, ta, tb, m, n, k, alpha, a, type_a, lda, 0, b, type_b, ldb, 0, beta, c,
                                      type_c, ldc, 0, 1, compute, algorithm);
}

SOFTWARE_GPU_API const char* cublasGetStatusName(cublasStatus status) {
    switch (status) {
        case CUBLAS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
        case CUBLAS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case CUBLAS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
        case CUBLAS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
        case CUBLAS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    }
    return "CUBLAS_STATUS_UNKNOWN";
}
