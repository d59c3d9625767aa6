// One optimizer step for many tensors of weights with a single launch: each block takes one piece of one tensor.

// Numbered as in `StepRule`.
enum { SGD, ADAM, RMSPROP, ADAGRAD, ADADELTA };

struct Weights {
    float *weights;
    const float *gradient;
    float *memory[3];
    // What else the gradient is multiplied by, so that it is not too long; absent without a limit.
    const float *shrink;
    count_t length;
    // The gradient is multiplied by `factor`, then brought within `limit` of 0; `decay` of each weight goes away.
    float rate, decay, factor, limit;
};

struct Batch {
    Weights of[32];
    // The number of the first block for each of them, and one after the last.
    unsigned int first_block[33];
    unsigned int count;
};

struct Rule {
    int kind;
    // Momentum; the betas and epsilon; rho, momentum and epsilon.
    float a, b, c;
    int nesterov, centered;
};

// What goes off a weight; the memory moves on. The formulas stand at the optimizers.
__device__ inline float change(const Rule &rule, const Weights &of, count_t i, float g, float rate) {
    switch (rule.kind) {
    case SGD: {
        if (rule.a == 0.0f) {
            return rate * g;
        }
        float *velocity = of.memory[0];
        float v = rule.a * velocity[i] - rate * g;
        velocity[i] = v;
        return rule.nesterov ? rate * g - rule.a * v : -v;
    }
    case ADAM: {
        float m = of.memory[0][i], v = of.memory[1][i];
        m += (g - m) * (1.0f - rule.a);
        v += (g * g - v) * (1.0f - rule.b);
        of.memory[0][i] = m;
        of.memory[1][i] = v;
        return rate * m / (sqrtf(v) + rule.c);
    }
    case RMSPROP: {
        float v = rule.a * of.memory[0][i] + (1.0f - rule.a) * (g * g);
        of.memory[0][i] = v;
        float mean = 0.0f;
        if (rule.centered) {
            mean = rule.a * of.memory[1][i] + (1.0f - rule.a) * g;
            of.memory[1][i] = mean;
        }
        // The variance is never negative, but its rounding error may be.
        float spread = v - mean * mean;
        spread = spread < 0.0f ? 0.0f : spread;
        float move = rate * g / sqrtf(spread + rule.c);
        if (rule.b != 0.0f) {
            float *speed = of.memory[rule.centered ? 2 : 1];
            move = rule.b * speed[i] + move;
            speed[i] = move;
        }
        return move;
    }
    case ADAGRAD: {
        float sum = of.memory[0][i] + g * g;
        of.memory[0][i] = sum;
        return rate * g / sqrtf(sum + rule.c);
    }
    default: {
        float v = rule.a * of.memory[0][i] + (1.0f - rule.a) * (g * g);
        float d = of.memory[1][i];
        float move = g * (sqrtf(d + rule.c) / sqrtf(v + rule.c));
        of.memory[0][i] = v;
        of.memory[1][i] = rule.a * d + (1.0f - rule.a) * (move * move);
        return rate * move;
    }
    }
}

// w ← w - decay w - change(g) for each weight. A block takes `piece` of them. In a recorded step rate and decay stand in memory.
extern "C" __global__ void optimizer_step(Batch batch, Rule rule, count_t piece, const float *knob) {
    int tensor = 0;
    while (batch.first_block[tensor + 1] <= blockIdx.x) {
        tensor++;
    }
    const Weights &of = batch.of[tensor];
    float rate = knob ? knob[0] : of.rate, decay = knob ? knob[1] : of.decay;
    float factor = of.shrink ? of.factor * *of.shrink : of.factor;
    count_t from = (blockIdx.x - batch.first_block[tensor]) * piece;
    count_t to = from + piece < of.length ? from + piece : of.length;
    for (count_t i = from + threadIdx.x; i < to; i += blockDim.x) {
        float g = of.gradient[i] * factor;
        // Spelled out, because minima and maxima would lose a NaN.
        g = g > of.limit ? of.limit : g;
        g = g < -of.limit ? -of.limit : g;
        float w = of.weights[i];
        of.weights[i] = w - (change(rule, of, i, g, rate) + decay * w);
    }
}

// The factor that brings the length of gradients down to `limit`, from the sums of their squares; 1 if they are shorter.
extern "C" __global__ void shrink(const float *squares, count_t count, float limit, float *result) {
    double all = 0.0;
    for (count_t i = 0; i < count; i++) {
        all += squares[i];
    }
    double length = sqrt(all);
    if (threadIdx.x == 0) {
        result[0] = length > limit ? (float)(limit / length) : 1.0f;
    }
}
