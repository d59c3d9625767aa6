// One step of a recurrent cell for a batch, after the products: `gates` holds what inputs and states added to each gate,
// and gets the gates after their curves. `count` is batch · units; the gates of a sample stand one after the other.

// state = function(gates)
extern "C" __global__ void simple_step(float *gates, float *state, count_t count, int function, float slope) {
    FOR_EACH(i, count) {
        float bent = bend(gates[i], function, slope);
        gates[i] = bent;
        state[i] = bent;
    }
}

// i, f, c, o = sigmoid, sigmoid, tanh, sigmoid of the gates; cell' = f · cell + i · c; state' = o · tanh(cell').
extern "C" __global__ void lstm_step(float *gates, const float *cell_before, float *cell_after, float *state, count_t count,
                                     count_t units) {
    FOR_EACH(i, count) {
        Split at = split(i, units);
        float *own = gates + at.whole * 4 * units + at.rest;
        float input = sigmoid(own[0]), forget = sigmoid(own[units]);
        float candidate = tanhf(own[2 * units]), output = sigmoid(own[3 * units]);
        own[0] = input;
        own[units] = forget;
        own[2 * units] = candidate;
        own[3 * units] = output;
        float cell = forget * cell_before[i] + input * candidate;
        cell_after[i] = cell;
        state[i] = output * tanhf(cell);
    }
}

// The derivative. `of_state` is that of the state after the step without what came from above, `above`; it is used up.
// `of_cell` is that of the cell's state after the step, and becomes that before it.
extern "C" __global__ void lstm_step_gradient(const float *gates, const float *cell_before, const float *cell_after,
                                              const float *of_state, const float *above, float *of_cell, float *of_gates,
                                              count_t count, count_t units) {
    FOR_EACH(i, count) {
        Split at = split(i, units);
        count_t place = at.whole * 4 * units + at.rest;
        const float *own = gates + place;
        float input = own[0], forget = own[units], candidate = own[2 * units], output = own[3 * units];
        float bent = tanhf(cell_after[i]);
        float pull = of_state[i] + above[i];
        float change = of_cell[i] + pull * output * (1.0f - bent * bent);
        float *result = of_gates + place;
        result[0] = change * candidate * input * (1.0f - input);
        result[units] = change * cell_before[i] * forget * (1.0f - forget);
        result[2 * units] = change * input * (1.0f - candidate * candidate);
        result[3 * units] = pull * bent * output * (1.0f - output);
        of_cell[i] = change * forget;
    }
}

// z, r = sigmoid of gates + inner; c = tanh(gate + r · inner); state' = z · state + (1 - z) · c. `inner` is what the state
// before added, with its own bias; its third part is kept for the derivative.
extern "C" __global__ void gru_step(float *gates, const float *inner, const float *bias, const float *before,
                                    float *kept_inner, float *state, count_t count, count_t units) {
    FOR_EACH(i, count) {
        Split at = split(i, units);
        count_t place = at.whole * 3 * units + at.rest;
        float *own = gates + place;
        float update = sigmoid(own[0] + inner[place] + bias[at.rest]);
        float reset = sigmoid(own[units] + inner[place + units] + bias[units + at.rest]);
        float added = inner[place + 2 * units] + bias[2 * units + at.rest];
        float candidate = tanhf(own[2 * units] + reset * added);
        own[0] = update;
        own[units] = reset;
        own[2 * units] = candidate;
        kept_inner[i] = added;
        state[i] = update * before[i] + (1.0f - update) * candidate;
    }
}

// The derivative. `of_state` with what came from `above` is that of the state after the step, and becomes the part of that
// before it which does not come through the gates.
extern "C" __global__ void gru_step_gradient(const float *gates, const float *kept_inner, const float *before,
                                             const float *above, float *of_state, float *of_gates, float *of_inner,
                                             count_t count, count_t units) {
    FOR_EACH(i, count) {
        Split at = split(i, units);
        count_t place = at.whole * 3 * units + at.rest;
        float update = gates[place], reset = gates[place + units], candidate = gates[place + 2 * units];
        float pull = of_state[i] + above[i];
        float of_update = pull * (before[i] - candidate) * update * (1.0f - update);
        float of_candidate = pull * (1.0f - update) * (1.0f - candidate * candidate);
        float of_reset = of_candidate * kept_inner[i] * reset * (1.0f - reset);
        of_gates[place] = of_inner[place] = of_update;
        of_gates[place + units] = of_inner[place + units] = of_reset;
        of_gates[place + 2 * units] = of_candidate;
        of_inner[place + 2 * units] = of_candidate * reset;
        of_state[i] = pull * update;
    }
}

// of_gates = (of_state + above) · f', told from the state after the step.
extern "C" __global__ void simple_step_gradient(const float *of_state, const float *above, const float *state,
                                                float *of_gates, count_t count, int function, float slope) {
    FOR_EACH(i, count) { of_gates[i] = unbend(of_state[i] + above[i], state[i], function, slope); }
}
