// Functions of each element, and of each pair of elements of two arrays that are broadcast together.

// Numbered as in `Unary`.
enum { NEGATE, EXP, LN, SQRT, ABS, SIGN, SQUARE, POWER, CLAMP, WITHIN };

__device__ inline float unary_of(float x, int function, float a, float b) {
    switch (function) {
    case NEGATE: return -x;
    case EXP: return expf(x);
    case LN: return logf(x);
    case SQRT: return sqrtf(x);
    case ABS: return fabsf(x);
    case SIGN: return x == 0.0f ? 0.0f : isnan(x) ? x : copysignf(1.0f, x);
    case SQUARE: return x * x;
    case POWER: return powf(x, a);
    case CLAMP: return x < a ? a : x > b ? b : x; // NaN stays
    default: return a <= x && x <= b ? 1.0f : 0.0f;
    }
}

// y = function(x), with up to two settings.
extern "C" __global__ void unary(const float *x, float *y, count_t count, int function, float a, float b) {
    FOR_EACH(i, count) { y[i] = unary_of(x[i], function, a, b); }
}

// Numbered as in `Binary`.
enum { ADD, SUBTRACT, MULTIPLY, DIVIDE, EQUAL, SIGMOID_CROSS_ENTROPY };

__device__ inline float binary_of(float a, float b, int function) {
    switch (function) {
    case ADD: return a + b;
    case SUBTRACT: return a - b;
    case MULTIPLY: return a * b;
    case DIVIDE: return a / b;
    case EQUAL: return a == b ? 1.0f : 0.0f;
    // max(z, 0) - z y + ln(1 + exp(-|z|))
    default: return (a > 0.0f ? a : 0.0f) - a * b + log1pf(expf(-fabsf(a)));
    }
}

// Of two arrays of one shape.
extern "C" __global__ void binary(const float *left, const float *right, float *y, count_t count, int function) {
    FOR_EACH(i, count) { y[i] = binary_of(left[i], right[i], function); }
}

// Of an array and a number, which stands on the left if `number_first`.
extern "C" __global__ void binary_number(const float *x, float *y, count_t count, float number, int number_first,
                                         int function) {
    FOR_EACH(i, count) {
        y[i] = number_first ? binary_of(number, x[i], function) : binary_of(x[i], number, function);
    }
}

// The axes of a result, outermost first, and how far apart neighbours on them lie in up to two arrays that are broadcast to
// it: 0 where one element is repeated.
struct Layout {
    count_t rank;
    count_t size[32];
    count_t left[32];
    count_t right[32];
};

extern "C" __global__ void binary_broadcast(const float *left, const float *right, float *y, count_t count, int function,
                                            Layout layout) {
    FOR_EACH(i, count) {
        count_t rest = i, a = 0, b = 0;
        for (int axis = (int)layout.rank - 1; axis >= 0; axis--) {
            Split at = split(rest, layout.size[axis]);
            a += at.rest * layout.left[axis];
            b += at.rest * layout.right[axis];
            rest = at.whole;
        }
        y[i] = binary_of(left[a], right[b], function);
    }
}

extern "C" __global__ void broadcast(const float *x, float *y, count_t count, Layout layout) {
    FOR_EACH(i, count) {
        count_t rest = i, from = 0;
        for (int axis = (int)layout.rank - 1; axis >= 0; axis--) {
            Split at = split(rest, layout.size[axis]);
            from += at.rest * layout.left[axis];
            rest = at.whole;
        }
        y[i] = x[from];
    }
}

// y = function(x)
extern "C" __global__ void nonlinearity(const float *x, float *y, count_t count, int function, float slope) {
    FOR_EACH(i, count) { y[i] = bend(x[i], function, slope); }
}

// The gradient of x, from the gradient g of y = function(x).
extern "C" __global__ void nonlinearity_gradient(const float *g, const float *y, float *result, count_t count, int function,
                                                 float slope) {
    FOR_EACH(i, count) { result[i] = unbend(g[i], y[i], function, slope); }
}

// y = function(y + bias), one bias for each of `width` columns: what follows a product.
extern "C" __global__ void add_bias(float *y, const float *bias, count_t count, count_t width, int function, float slope) {
    FOR_EACH(i, count) { y[i] = bend(y[i] + bias[split(i, width).rest], function, slope); }
}
