// Cases about cuBLAS's matrix products.
#include <cmath>

#include "trial.h"

extern "C" {
int cublasCreate_v2(void**);
int cublasDestroy_v2(void*);
int cublasSetStream_v2(void*, CUstream);
int cublasSetMathMode(void*, int);
int cublasSgemm_v2(void*, int, int, int, int, int, const float*, const float*, int, const float*, int, const float*, float*, int);
int cublasSgemmStridedBatched(void*, int, int, int, int, int, const float*, const float*, int, long long, const float*, int,
                              long long, const float*, float*, int, long long, int);
}

namespace {

constexpr int m = 5, n = 4, k = 3, batches = 2;

float at(int place) { return float(place % 7) - 2.5f; }

std::vector<float> filled(int count, float (*value)(int)) {
    std::vector<float> values;
    for (int place = 0; place < count; place++) values.push_back(value(place));
    return values;
}

Case products("products", [] {
    open_device();
    void* handle = nullptr;
    DEMAND(cublasCreate_v2(&handle) == 0);
    const float alpha = 2.0f, beta = 0.5f;
    for (int transposes = 0; transposes < 4; transposes++) {
        const int ta = transposes & 1, tb = transposes >> 1;
        const std::vector<float> a = filled(m * k * batches, at), b = filled(k * n * batches, at);
        const Numbers x(a), y(b), z(std::vector<float>(m * n * batches, 1.0f));
        const auto pointer = [](const Numbers& numbers) { return reinterpret_cast<float*>(numbers.pointer); };
        const int lda = ta ? k : m, ldb = tb ? n : k;
        DEMAND(cublasSgemmStridedBatched(handle, ta, tb, m, n, k, &alpha, pointer(x), lda, m * k, pointer(y), ldb, k * n,
                                         &beta, pointer(z), m, m * n, batches) == 0);
        const std::vector<float> c = z.read();
        for (int batch = 0; batch < batches; batch++) {
            for (int row = 0; row < m; row++) {
                for (int column = 0; column < n; column++) {
                    float sum = 0.0f;
                    for (int inner = 0; inner < k; inner++) {
                        const float left = a[batch * m * k + (ta ? row * k + inner : inner * m + row)];
                        const float right = b[batch * k * n + (tb ? inner * n + column : column * k + inner)];
                        sum += left * right;
                    }
                    DEMAND(c[batch * m * n + column * m + row] == 2.0f * sum + 0.5f);
                }
            }
        }
    }
    DEMAND(cublasDestroy_v2(handle) == 0);
});

// 1 + 2^-12 has too many bits for TF32, and fits f32.
Case tf32("tf32_rounds", [] {
    open_device();
    void* handle = nullptr;
    DEMAND(cublasCreate_v2(&handle) == 0);
    const float one = 1.0f, none = 0.0f, fine = 1.0f + std::ldexp(1.0f, -12);
    for (const int mode : {0, 3}) {
        DEMAND(cublasSetMathMode(handle, mode) == 0);
        const Numbers x({fine}), y({1.0f}), z(fresh, 1);
        DEMAND(cublasSgemm_v2(handle, 0, 0, 1, 1, 1, &one, reinterpret_cast<float*>(x.pointer), 1,
                              reinterpret_cast<float*>(y.pointer), 1, &none, reinterpret_cast<float*>(z.pointer), 1) == 0);
        DEMAND(z.read()[0] == (mode == 0 ? fine : 1.0f));
    }
});

Case outside("product_outside_its_matrix", [] {
    open_device();
    void* handle = nullptr;
    DEMAND(cublasCreate_v2(&handle) == 0);
    const float one = 1.0f;
    const Numbers x(fresh, 4);
    auto* pointer = reinterpret_cast<float*>(x.pointer);
    cublasSgemm_v2(handle, 0, 0, 2, 2, 3, &one, pointer, 2, pointer, 3, &one, pointer, 2);
});

}  // namespace
