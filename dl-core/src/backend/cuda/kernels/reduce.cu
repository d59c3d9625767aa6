// From many numbers to one: sums and extremes, and their places. Sums are taken in an order that depends on the shape alone,
// so that the same numbers give the same sum each time: there are no atomic additions.

// The first three are those of `Reduction` (a mean is a sum with a divisor).
enum { SUM, MAX, MIN, SQUARES, DIFFERENCE };

__device__ inline double nothing(int kind) { return kind == MAX ? -INFINITE : kind == MIN ? INFINITE : 0.0; }

__device__ inline float join(float a, float b, int kind) {
    return kind == MAX ? larger(a, b) : kind == MIN ? smaller(a, b) : a + b;
}

template <typename T> __device__ T join_block(T value, int kind) {
    switch (kind) {
    case MAX: return across_block<Larger>(value, (T)nothing(MAX));
    case MIN: return across_block<Smaller>(value, (T)nothing(MIN));
    default: return across_block<Add>(value, (T)0);
    }
}

// What is added up of an element: for squares its own, for a difference that of two arrays, squared.
__device__ inline float term(const float *x, const float *other, count_t i, int kind) {
    if (kind == SQUARES) {
        return x[i] * x[i];
    }
    if (kind == DIFFERENCE) {
        float distance = x[i] - other[i];
        return distance * distance;
    }
    return x[i];
}

// Everything at once, by a single block: result = joined / divisor.
extern "C" __global__ void reduce_at_once(const float *x, const float *other, float *result, count_t count, int kind,
                                          float divisor) {
    float own = (float)nothing(kind);
    FOR_EACH(i, count) { own = join(own, term(x, other, i, kind), kind); }
    double all = join_block((double)own, kind);
    if (threadIdx.x == 0) {
        result[0] = (float)(all / divisor);
    }
}

// Everything, by many blocks: each leaves one part.
extern "C" __global__ void reduce_parts(const float *x, const float *other, double *parts, count_t count, int kind) {
    float own = (float)nothing(kind);
    FOR_EACH(i, count) { own = join(own, term(x, other, i, kind), kind); }
    double all = join_block((double)own, kind);
    if (threadIdx.x == 0) {
        parts[blockIdx.x] = all;
    }
}

// The parts, by a single block.
extern "C" __global__ void reduce_end(const double *parts, float *result, count_t count, int kind, float divisor) {
    double own = nothing(kind);
    FOR_EACH(i, count) {
        own = kind == MAX ? larger(own, parts[i]) : kind == MIN ? smaller(own, parts[i]) : own + parts[i];
    }
    double all = join_block(own, kind);
    if (threadIdx.x == 0) {
        result[0] = (float)(all / divisor);
    }
}

// Along the last axis: x is [rows, width], y [rows, parts], each part of `run` elements of a row by one block.
extern "C" __global__ void reduce_rows(const float *x, float *y, count_t rows, count_t width, count_t run, count_t parts,
                                       int kind, float divisor) {
    FOR_EACH_ROW(place, rows * parts) {
        Split at = split(place, parts);
        const float *row = x + at.whole * width;
        count_t from = at.rest * run, to = from + run < width ? from + run : width;
        float own = (float)nothing(kind);
        for (count_t i = from + threadIdx.x; i < to; i += blockDim.x) {
            own = join(own, row[i], kind);
        }
        float all = join_block(own, kind);
        if (threadIdx.x == 0) {
            y[place] = all / divisor;
        }
    }
}

// Along another axis: x is [outer, size, inner], y [outer, parts, inner], each part of `run` of the size. A block is 32
// columns wide and 8 rows high, so that neighbouring threads read neighbouring elements.
extern "C" __global__ void reduce_columns(const float *x, float *y, count_t outer, count_t size, count_t inner, count_t run,
                                          count_t parts, int kind, float divisor) {
    __shared__ float rows[8][32];
    count_t tiles = (inner + 31) / 32;
    FOR_EACH_ROW(place, outer * parts * tiles) {
        Split tile = split(place, tiles);
        Split part = split(tile.whole, parts);
        count_t column = tile.rest * 32 + threadIdx.x;
        count_t from = part.rest * run, to = from + run < size ? from + run : size;
        float own = (float)nothing(kind);
        if (column < inner) {
            for (count_t i = from + threadIdx.y; i < to; i += 8) {
                own = join(own, x[(part.whole * size + i) * inner + column], kind);
            }
        }
        __syncthreads(); // the rows of the tile before have been read
        rows[threadIdx.y][threadIdx.x] = own;
        __syncthreads();
        if (threadIdx.y == 0 && column < inner) {
            for (int row = 1; row < 8; row++) {
                own = join(own, rows[row][threadIdx.x], kind);
            }
            y[(part.whole * parts + part.rest) * inner + column] = own / divisor;
        }
    }
}

// The gradient of what was bent to y, and its sums over the rows in the same walk: g, y and dz are [rows, columns], sums
// [parts, columns], each part of `run` rows. What a layer with a bias and an activation needs.
extern "C" __global__ void unbend_columns(const float *g, const float *y, float *dz, float *sums, count_t rows,
                                          count_t columns, count_t run, count_t parts, int function, float slope) {
    __shared__ float lines[8][32];
    count_t tiles = (columns + 31) / 32;
    FOR_EACH_ROW(place, parts * tiles) {
        Split tile = split(place, tiles);
        count_t column = tile.rest * 32 + threadIdx.x;
        count_t from = tile.whole * run, to = from + run < rows ? from + run : rows;
        float own = 0.0f;
        if (column < columns) {
            for (count_t row = from + threadIdx.y; row < to; row += 8) {
                count_t at = row * columns + column;
                float pull = unbend(g[at], y[at], function, slope);
                dz[at] = pull;
                own += pull;
            }
        }
        __syncthreads(); // the lines of the tile before have been read
        lines[threadIdx.y][threadIdx.x] = own;
        __syncthreads();
        if (threadIdx.y == 0 && column < columns) {
            for (int row = 1; row < 8; row++) {
                own += lines[row][threadIdx.x];
            }
            sums[tile.whole * columns + column] = own;
        }
    }
}

// The place of the largest element: NaN is larger than any number, and of equal ones the first is taken.
struct Best {
    float value;
    count_t place;
};

__device__ inline bool beats(float a, float b) { return a > b || (isnan(a) && !isnan(b)); }

__device__ inline Best better(Best a, Best b) {
    if (beats(a.value, b.value)) {
        return a;
    }
    return beats(b.value, a.value) || b.place < a.place ? b : a;
}

// x is [rows, width]: a warp for each row.
extern "C" __global__ void argmax_rows(const float *x, float *y, count_t rows, count_t width) {
    FOR_EACH_ROW(row, rows) {
        Best own;
        own.place = threadIdx.x < width ? threadIdx.x : 0;
        own.value = x[row * width + own.place];
        for (count_t i = threadIdx.x + 32; i < width; i += 32) {
            Best next = {x[row * width + i], i};
            own = better(own, next);
        }
        for (int distance = 16; distance > 0; distance /= 2) {
            Best other;
            other.value = __shfl_xor_sync(WHOLE_WARP, own.value, distance);
            other.place = __shfl_xor_sync(WHOLE_WARP, own.place, distance);
            own = better(own, other);
        }
        if (threadIdx.x == 0) {
            y[row] = (float)own.place;
        }
    }
}

// x is [outer, size, inner], y [outer, inner]: a thread for each result.
extern "C" __global__ void argmax_columns(const float *x, float *y, count_t outer, count_t size, count_t inner) {
    FOR_EACH(i, outer * inner) {
        Split at = split(i, inner);
        const float *column = x + at.whole * size * inner + at.rest;
        Best best = {column[0], 0};
        for (count_t place = 1; place < size; place++) {
            Best next = {column[place * inner], place};
            best = better(best, next);
        }
        y[i] = (float)best.place;
    }
}
