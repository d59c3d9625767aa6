// Rows of a table by number, and the way back: what embeddings do.

__device__ inline bool is_row(float number, count_t rows) {
    return number >= 0.0f && number < (float)rows && number == floorf(number);
}

// y[i] = table[numbers[i]]; a number that is no row gives NaN.
extern "C" __global__ void lookup(const float *table, const float *numbers, float *y, count_t count, count_t rows,
                                  count_t width) {
    FOR_EACH(i, count) {
        Split at = split(i, width);
        float number = numbers[at.whole];
        y[i] = is_row(number, rows) ? table[(count_t)number * width + at.rest] : NOT_A_NUMBER;
    }
}

// result[row] = the sum of those g[i] whose number is this row, in the order in which they stand: a warp for each row looks
// through all numbers, 32 at a time.
extern "C" __global__ void lookup_gradient(const float *g, const float *numbers, float *result, count_t count, count_t rows,
                                           count_t width) {
    count_t warps = blockDim.x / 32, lane = threadIdx.x % 32;
    FOR_EACH_ROW(group, (rows + warps - 1) / warps) {
        count_t row = group * warps + threadIdx.x / 32;
        if (row >= rows) {
            continue; // the whole warp
        }
        for (count_t column = lane; column < width; column += 32) {
            result[row * width + column] = 0.0f;
        }
        for (count_t from = 0; from < count; from += 32) {
            float number = from + lane < count ? numbers[from + lane] : -1.0f;
            unsigned int here = __ballot_sync(WHOLE_WARP, number == (float)row);
            while (here != 0) {
                count_t place = from + __ffs((int)here) - 1;
                here &= here - 1;
                for (count_t column = lane; column < width; column += 32) {
                    result[row * width + column] += g[place * width + column];
                }
            }
        }
    }
}

// A row for each number: 1 at its place, else 0; NaN for a number that is no place.
extern "C" __global__ void one_hot(const float *numbers, float *y, count_t count, count_t width) {
    FOR_EACH(i, count) {
        Split at = split(i, width);
        float number = numbers[at.whole];
        y[i] = !is_row(number, width) ? NOT_A_NUMBER : (count_t)number == at.rest ? 1.0f : 0.0f;
    }
}
