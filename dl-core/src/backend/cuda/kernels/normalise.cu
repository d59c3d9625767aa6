// Normalising to mean 0 and variance 1: over the rows, column by column (batch normalisation), and over the columns, row by
// row (layer normalisation), and their derivatives.

// Two sums for each column, over a part of the rows: a block is 32 columns wide and 8 rows high. `first` and `second` are
// [parts, columns]; doubles, because the parts are many.
template <typename Term>
__device__ void column_sums(count_t rows, count_t columns, count_t run, count_t parts, double *first, double *second,
                            Term term) {
    __shared__ float sums[2][8][32];
    count_t tiles = (columns + 31) / 32;
    FOR_EACH_ROW(place, parts * tiles) {
        Split tile = split(place, tiles);
        count_t column = tile.rest * 32 + threadIdx.x;
        count_t from = tile.whole * run, to = from + run < rows ? from + run : rows;
        float one = 0.0f, two = 0.0f;
        if (column < columns) {
            for (count_t row = from + threadIdx.y; row < to; row += 8) {
                term(row, column, one, two);
            }
        }
        __syncthreads(); // the sums of the tile before have been read
        sums[0][threadIdx.y][threadIdx.x] = one;
        sums[1][threadIdx.y][threadIdx.x] = two;
        __syncthreads();
        if (threadIdx.y == 0 && column < columns) {
            double all_one = 0.0, all_two = 0.0;
            for (int row = 0; row < 8; row++) {
                all_one += sums[0][row][threadIdx.x];
                all_two += sums[1][row][threadIdx.x];
            }
            first[tile.whole * columns + column] = all_one;
            second[tile.whole * columns + column] = all_two;
        }
    }
}

__device__ inline double over_parts(const double *sums, count_t parts, count_t columns, count_t column) {
    double all = 0.0;
    for (count_t part = 0; part < parts; part++) {
        all += sums[part * columns + column];
    }
    return all;
}

// The distances to the first row and their squares: exact also where all numbers are far from 0.
struct Moments {
    const float *x;
    count_t columns;
    __device__ void operator()(count_t row, count_t column, float &sum, float &squares) const {
        float distance = x[row * columns + column] - x[column];
        sum += distance;
        squares += distance * distance;
    }
};

extern "C" __global__ void column_moments(const float *x, double *sums, double *squares, count_t rows, count_t columns,
                                          count_t run, count_t parts) {
    Moments moments = {x, columns};
    column_sums(rows, columns, run, parts, sums, squares, moments);
}

// Mean and variance (the mean square distance from the mean) of each column, and factor = scale / sqrt(variance + epsilon).
extern "C" __global__ void column_moments_end(const float *x, const double *sums, const double *squares, const float *scale,
                                              float *mean, float *variance, float *factor, count_t rows, count_t columns,
                                              count_t parts, float epsilon) {
    FOR_EACH(column, columns) {
        double sum = over_parts(sums, parts, columns, column), square = over_parts(squares, parts, columns, column);
        double spread = (square - sum * sum / rows) / rows;
        spread = spread < 0.0 ? 0.0 : spread;
        mean[column] = (float)(x[column] + sum / rows);
        variance[column] = (float)spread;
        factor[column] = (float)(scale[column] / sqrt(spread + epsilon));
    }
}

// y = (x - mean) · factor + shift
extern "C" __global__ void normalise_columns(const float *x, const float *mean, const float *factor, const float *shift,
                                             float *y, count_t count, count_t columns) {
    FOR_EACH(i, count) {
        count_t column = split(i, columns).rest;
        y[i] = (x[i] - mean[column]) * factor[column] + shift[column];
    }
}

// g, and g times the distance from the mean.
struct Pulls {
    const float *x, *g, *mean;
    count_t columns;
    __device__ void operator()(count_t row, count_t column, float &pull, float &with_distance) const {
        float own = g[row * columns + column];
        pull += own;
        with_distance += own * (x[row * columns + column] - mean[column]);
    }
};

extern "C" __global__ void column_pulls(const float *x, const float *g, const float *mean, double *pulls,
                                        double *with_distance, count_t rows, count_t columns, count_t run, count_t parts) {
    Pulls all = {x, g, mean, columns};
    column_sums(rows, columns, run, parts, pulls, with_distance, all);
}

// With n = (x - mean) / sqrt(variance + epsilon): dshift = sum g, dscale = sum g n over the rows,
// dx = scale / sqrt(variance + epsilon) · (g - mean g - n · mean(g n)) = g · by_g + (x - mean) · by_distance + rest.
extern "C" __global__ void column_pulls_end(const double *pulls, const double *with_distance, const float *scale,
                                            const float *variance, float *of_scale, float *of_shift, float *by_g,
                                            float *by_distance, float *rest, count_t rows, count_t columns, count_t parts,
                                            float epsilon) {
    FOR_EACH(column, columns) {
        double inverse = 1.0 / sqrt((double)variance[column] + epsilon);
        double shift = over_parts(pulls, parts, columns, column);
        double stretch = over_parts(with_distance, parts, columns, column) * inverse;
        double factor = scale[column] * inverse;
        of_shift[column] = (float)shift;
        of_scale[column] = (float)stretch;
        by_g[column] = (float)factor;
        by_distance[column] = (float)(-factor * inverse * stretch / rows);
        rest[column] = (float)(-factor * shift / rows);
    }
}

extern "C" __global__ void normalise_columns_gradient(const float *x, const float *g, const float *mean, const float *by_g,
                                                      const float *by_distance, const float *rest, float *dx, count_t count,
                                                      count_t columns) {
    FOR_EACH(i, count) {
        count_t column = split(i, columns).rest;
        dx[i] = g[i] * by_g[column] + (x[i] - mean[column]) * by_distance[column] + rest[column];
    }
}

__device__ inline float row_sum(float own) { return across_block<Add>(own, 0.0f); }

// y = (x - mean) / sqrt(variance + epsilon) · scale + shift with the statistics of each row: a block for each.
extern "C" __global__ void normalise_rows(const float *x, const float *scale, const float *shift, float *y, float *mean,
                                          float *variance, count_t rows, count_t width, float epsilon) {
    FOR_EACH_ROW(row, rows) {
        const float *in = x + row * width;
        float own = 0.0f;
        for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
            own += in[i];
        }
        float center = row_sum(own) / width;
        own = 0.0f;
        for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
            own += (in[i] - center) * (in[i] - center);
        }
        float spread = row_sum(own) / width;
        float inverse = 1.0f / sqrtf(spread + epsilon);
        for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
            y[row * width + i] = (in[i] - center) * inverse * scale[i] + shift[i];
        }
        if (threadIdx.x == 0) {
            mean[row] = center;
            variance[row] = spread;
        }
    }
}

// dx by the formula of the columns, with s = scale · g in place of g, and means over the columns.
extern "C" __global__ void normalise_rows_gradient(const float *x, const float *g, const float *scale, const float *mean,
                                                   const float *variance, float *dx, count_t rows, count_t width,
                                                   float epsilon) {
    FOR_EACH_ROW(row, rows) {
        float inverse = 1.0f / sqrtf(variance[row] + epsilon);
        float own = 0.0f, own_n = 0.0f;
        for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
            float s = g[row * width + i] * scale[i];
            own += s;
            own_n += s * (x[row * width + i] - mean[row]) * inverse;
        }
        float mean_g = row_sum(own) / width, mean_gn = row_sum(own_n) / width;
        for (count_t i = threadIdx.x; i < width; i += blockDim.x) {
            float n = (x[row * width + i] - mean[row]) * inverse;
            dx[row * width + i] = inverse * (g[row * width + i] * scale[i] - mean_g - n * mean_gn);
        }
    }
}

// g, and g n with the statistics of the row.
struct RowPulls {
    const float *x, *g, *mean, *variance;
    count_t columns;
    float epsilon;
    __device__ void operator()(count_t row, count_t column, float &pull, float &with_n) const {
        float own = g[row * columns + column];
        pull += own;
        with_n += own * (x[row * columns + column] - mean[row]) / sqrtf(variance[row] + epsilon);
    }
};

extern "C" __global__ void row_pulls(const float *x, const float *g, const float *mean, const float *variance,
                                     double *pulls, double *with_n, count_t rows, count_t columns, count_t run,
                                     count_t parts, float epsilon) {
    RowPulls all = {x, g, mean, variance, columns, epsilon};
    column_sums(rows, columns, run, parts, pulls, with_n, all);
}

extern "C" __global__ void row_pulls_end(const double *pulls, const double *with_n, float *of_scale, float *of_shift,
                                         count_t columns, count_t parts) {
    FOR_EACH(column, columns) {
        of_shift[column] = (float)over_parts(pulls, parts, columns, column);
        of_scale[column] = (float)over_parts(with_n, parts, columns, column);
    }
}
