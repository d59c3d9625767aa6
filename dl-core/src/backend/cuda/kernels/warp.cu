// Images seen through a map of their plane: each pixel of the result is looked up where the map sends it, between the four
// pixels around that place.

// Places farther away than this count as this far: beyond any image, and still whole numbers.
#define FAR_AWAY 1e6f

// Numbered as in `Beyond`.
enum { REFLECT, CONSTANT, WRAP, NEAREST };

__device__ inline float bounded(float place) {
    return isnan(place) ? FAR_AWAY : place < -FAR_AWAY ? -FAR_AWAY : place > FAR_AWAY ? FAR_AWAY : place;
}

// The position on an axis of this size that stands for one beyond it; -1 if none does.
__device__ inline place_t within(float position, place_t size, int beyond) {
    place_t place = (place_t)position;
    if (place >= 0 && place < size) {
        return place;
    }
    switch (beyond) {
    case CONSTANT: return -1;
    case NEAREST: return place < 0 ? 0 : size - 1;
    case WRAP: return ((place % size) + size) % size;
    default: {
        place_t there_and_back = ((place % (2 * size)) + 2 * size) % (2 * size);
        return there_and_back < size ? there_and_back : 2 * size - 1 - there_and_back;
    }
    }
}

// The four pixels that one of the result is made of, and their weights; -1 for a number from beyond the border.
struct Taps {
    place_t from[4];
    float weight[4];
};

__device__ inline Taps taps_of(const float *map, place_t x, place_t y, place_t height, place_t width, int beyond) {
    float depth = map[6] * x + map[7] * y + 1.0f;
    float at_x = bounded((map[0] * x + map[1] * y + map[2]) / depth);
    float at_y = bounded((map[3] * x + map[4] * y + map[5]) / depth);
    float left = floorf(at_x), top = floorf(at_y);
    float right_share = at_x - left, lower_share = at_y - top;
    Taps taps;
    for (int tap = 0; tap < 4; tap++) {
        int lower = tap / 2, right = tap % 2;
        float row_share = lower ? lower_share : 1.0f - lower_share;
        float column_share = right ? right_share : 1.0f - right_share;
        place_t row = within(top + lower, height, beyond), column = within(left + right, width, beyond);
        taps.weight[tap] = row_share * column_share;
        taps.from[tap] = row < 0 || column < 0 ? -1 : row * width + column;
    }
    return taps;
}

// One map of eight numbers for each image; a thread for each pixel of the result.
extern "C" __global__ void warp(const float *images, const float *maps, float *result, count_t pixels, place_t height,
                                place_t width, place_t channels, int beyond, float number) {
    FOR_EACH(i, pixels) {
        Split row = split(i, width);
        Split image = split(row.whole, height);
        Taps taps = taps_of(maps + image.whole * 8, (place_t)row.rest, (place_t)image.rest, height, width, beyond);
        const float *source = images + image.whole * height * width * channels;
        for (place_t channel = 0; channel < channels; channel++) {
            float sum = 0.0f;
            for (int tap = 0; tap < 4; tap++) {
                if (taps.weight[tap] != 0.0f) {
                    float seen = taps.from[tap] < 0 ? number : source[taps.from[tap] * channels + channel];
                    sum += taps.weight[tap] * seen;
                }
            }
            result[i * channels + channel] = sum;
        }
    }
}

// The reverse: what each pixel of the result got goes back to the pixels that it was made of. A thread for each image and
// channel, which nobody else adds to, so that the order of the sums is always the same.
extern "C" __global__ void warp_gradient(const float *g, const float *maps, float *result, count_t planes, place_t height,
                                         place_t width, place_t channels, int beyond) {
    FOR_EACH(plane, planes) {
        Split at = split(plane, channels);
        count_t start = at.whole * height * width * channels + at.rest;
        for (place_t pixel = 0; pixel < height * width; pixel++) {
            result[start + pixel * channels] = 0.0f;
        }
        for (place_t y = 0; y < height; y++) {
            for (place_t x = 0; x < width; x++) {
                Taps taps = taps_of(maps + at.whole * 8, x, y, height, width, beyond);
                float pull = g[start + (y * width + x) * channels];
                for (int tap = 0; tap < 4; tap++) {
                    if (taps.weight[tap] != 0.0f && taps.from[tap] >= 0) {
                        result[start + taps.from[tap] * channels] += taps.weight[tap] * pull;
                    }
                }
            }
        }
    }
}
