// Softmax along rows, and its cross-entropy with the gradient: a block for each row.

__device__ inline float row_largest(const float *row, count_t width) {
    float own = -INFINITE;
    for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
        own = larger(own, row[i]);
    }
    return across_block<Larger>(own, -INFINITE);
}

// The sum of exp(z - largest).
__device__ inline float row_total(const float *row, count_t width, float largest) {
    float own = 0.0f;
    for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
        own += expf(row[i] - largest);
    }
    return across_block<Add>(own, 0.0f);
}

// p = exp(z) / sum of exp(z), with the largest z taken out so that nothing overflows.
extern "C" __global__ void softmax(const float *x, float *y, count_t rows, count_t width) {
    FOR_EACH_ROW(row, rows) {
        const float *z = x + row * width;
        float largest = row_largest(z, width);
        float total = row_total(z, width, largest);
        for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
            y[row * width + i] = expf(z[i] - largest) / total;
        }
    }
}

// Whether a target is the number of a class.
__device__ inline bool is_class(float label, count_t width) {
    return label >= 0.0f && label < (float)width && label == floorf(label);
}

// ln(sum of exp(z)) - sum of y z for each row, and, unless `gradient` is absent, (softmax(z) · sum of y - y) / rows, which is
// the gradient of the mean. The targets are class numbers, [rows], or probabilities, [rows, width]; a number that is no class
// gives NaN.
extern "C" __global__ void softmax_cross_entropy(const float *logits, const float *targets, float *losses, float *gradient,
                                                 count_t rows, count_t width, int classes) {
    FOR_EACH_ROW(row, rows) {
        const float *z = logits + row * width;
        const float *y = classes ? targets + row : targets + row * width;
        float largest = row_largest(z, width);
        float total = row_total(z, width, largest);
        float normaliser = logf(total), weight = 1.0f, loss;
        if (classes) {
            loss = is_class(y[0], width) ? normaliser - (z[(count_t)y[0]] - largest) : NOT_A_NUMBER;
        } else {
            // Targets need not sum to 1, so the normaliser is weighted, too.
            float own = 0.0f, own_weight = 0.0f;
            for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
                own += y[i] * (normaliser - (z[i] - largest));
                own_weight += y[i];
            }
            loss = across_block<Add>(own, 0.0f);
            weight = across_block<Add>(own_weight, 0.0f);
        }
        if (threadIdx.x == 0) {
            losses[row] = loss;
        }
        if (gradient) {
            float share = 1.0f / (float)rows;
            for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
                float target = !classes ? y[i] : (float)i == y[0] ? 1.0f : 0.0f;
                gradient[row * width + i] = (expf(z[i] - largest) / total * weight - target) * share;
            }
        }
    }
}

// 2 (a - b) · g · number / count, where g is one number, or absent.
extern "C" __global__ void squared_error_gradient(const float *a, const float *b, const float *g, float number,
                                                  float *result, count_t count) {
    float scale = 2.0f * number * (g ? g[0] : 1.0f) / (float)count;
    FOR_EACH(i, count) { result[i] = (a[i] - b[i]) * scale; }
}
