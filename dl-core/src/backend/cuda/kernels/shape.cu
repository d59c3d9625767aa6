// Moving elements without computing.

// The first two axes change places: x is [first, second, width], y [second, first, width].
extern "C" __global__ void swap(const float *x, float *y, count_t count, count_t first, count_t second, count_t width) {
    FOR_EACH(i, count) {
        Split at = split(i, width);
        Split row = split(at.whole, first);
        y[i] = x[(row.rest * second + row.whole) * width + at.rest];
    }
}

// Runs of `run` elements out of x, one in each of its blocks of `block` elements, from `start` on.
extern "C" __global__ void take(const float *x, float *y, count_t count, count_t run, count_t block, count_t start) {
    FOR_EACH(i, count) {
        Split at = split(i, run);
        y[i] = x[at.whole * block + start + at.rest];
    }
}

// The reverse: the runs of x are laid into the blocks of y.
extern "C" __global__ void lay(const float *x, float *y, count_t count, count_t run, count_t block, count_t start) {
    FOR_EACH(i, count) {
        Split at = split(i, run);
        y[at.whole * block + start + at.rest] = x[i];
    }
}

// y[i] = x[rows[start + i]], rows of `width` elements. In a recorded step the start stands in memory.
extern "C" __global__ void gather(const float *x, const unsigned int *rows, float *y, count_t count, count_t width,
                                  const count_t *knob, count_t start) {
    start = knob ? *knob : start;
    FOR_EACH(i, count) {
        Split at = split(i, width);
        y[i] = x[rows[start + at.whole] * width + at.rest];
    }
}
