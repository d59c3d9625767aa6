// Windows over images [n, height, width, channels]: what a convolution multiplies, and pooling. A window that reaches over
// the border of an image sees zeros there (convolution) or is cut off (pooling).

struct Reach {
    place_t height, width, channels; // of the images
    place_t rows, columns;           // of pixels under the window
    place_t stride;
    place_t above, left;             // pixels that the first place reaches over the image
    place_t down, across;            // places of the window
};

// Where an element of images is.
struct Pixel {
    count_t image;
    place_t y, x, channel;
};

__device__ inline Pixel pixel_at(count_t i, place_t height, place_t width, place_t channels) {
    Split channel = split(i, channels);
    Split x = split(channel.whole, width);
    Split y = split(x.whole, height);
    Pixel pixel = {y.whole, (place_t)y.rest, (place_t)x.rest, (place_t)channel.rest};
    return pixel;
}

// Each place of the window becomes a row of all that is under it: result is [images · down · across, rows · columns ·
// channels], so that a convolution is a product of matrices.
extern "C" __global__ void unfold(const float *x, float *result, count_t count, Reach reach) {
    count_t taps = reach.rows * reach.columns * reach.channels;
    FOR_EACH(i, count) {
        Split at = split(i, taps);
        Split tap = split(at.rest, reach.columns * reach.channels);
        Split across = split(tap.rest, reach.channels);
        Split down = split(at.whole, reach.across);
        Split image = split(down.whole, reach.down);
        place_t py = (place_t)image.rest * reach.stride - reach.above + (place_t)tap.whole;
        place_t px = (place_t)down.rest * reach.stride - reach.left + (place_t)across.whole;
        bool inside = py >= 0 && py < reach.height && px >= 0 && px < reach.width;
        result[i] = inside
            ? x[((image.whole * reach.height + py) * reach.width + px) * reach.channels + across.rest]
            : 0.0f;
    }
}

// The reverse: each pixel gathers what stands for it in the rows of all places that see it, then
// result = function(sum + bias), where `bias` may be absent.
extern "C" __global__ void fold(const float *rows, const float *bias, float *result, count_t count, Reach reach,
                                int function, float slope) {
    count_t taps = reach.rows * reach.columns * reach.channels;
    FOR_EACH(i, count) {
        Pixel pixel = pixel_at(i, reach.height, reach.width, reach.channels);
        float sum = 0.0f;
        place_t y = pixel.y + reach.above, x = pixel.x + reach.left;
        for (place_t row = y % reach.stride; row < reach.rows && row <= y; row += reach.stride) {
            place_t down = (y - row) / reach.stride;
            if (down >= reach.down) {
                continue;
            }
            for (place_t column = x % reach.stride; column < reach.columns && column <= x; column += reach.stride) {
                place_t across = (x - column) / reach.stride;
                if (across >= reach.across) {
                    continue;
                }
                count_t place = (pixel.image * reach.down + down) * reach.across + across;
                sum += rows[place * taps + (row * reach.columns + column) * reach.channels + pixel.channel];
            }
        }
        result[i] = bend(bias ? sum + bias[pixel.channel] : sum, function, slope);
    }
}

// The pixels under a window at one place, cut off at the border.
struct Under {
    place_t top, bottom, left, right;
};

__device__ inline place_t least(place_t a, place_t b) { return a < b ? a : b; }
__device__ inline place_t most_of(place_t a, place_t b) { return a > b ? a : b; }

__device__ inline Under under(const Reach &reach, place_t down, place_t across) {
    place_t y = down * reach.stride - reach.above, x = across * reach.stride - reach.left;
    Under result = {most_of(y, 0), least(y + reach.rows, reach.height), most_of(x, 0),
                    least(x + reach.columns, reach.width)};
    return result;
}

// The first and the last place, of so many, whose window of `size` covers a position. `before`: how far the first place
// reaches over the border.
struct Span {
    place_t first, last;
};

__device__ inline Span seen_from(place_t position, place_t before, place_t size, place_t stride, place_t places) {
    place_t shifted = position + before;
    Span span = {shifted < size ? 0 : (shifted - size) / stride + 1, least(shifted / stride, places - 1)};
    return span;
}

// The largest number of each window and channel, and which of its pixels that is: the first of the largest, counted row by
// row inside the image.
extern "C" __global__ void max_pool(const float *x, float *most, float *winners, count_t count, Reach reach) {
    FOR_EACH(i, count) {
        Pixel place = pixel_at(i, reach.down, reach.across, reach.channels);
        Under window = under(reach, place.y, place.x);
        float best = -INFINITE;
        int winner = 0, number = 0;
        for (place_t row = window.top; row < window.bottom; row++) {
            for (place_t column = window.left; column < window.right; column++) {
                float here =
                    x[((place.image * reach.height + row) * reach.width + column) * reach.channels + place.channel];
                if (here > best || isnan(here)) {
                    best = here;
                    winner = number;
                }
                number++;
            }
        }
        most[i] = best;
        winners[i] = (float)winner;
    }
}

// The gradient goes to the pixel that was the largest: each pixel asks all windows that see it.
extern "C" __global__ void max_pool_gradient(const float *g, const float *winners, float *result, count_t count,
                                             Reach reach) {
    FOR_EACH(i, count) {
        Pixel pixel = pixel_at(i, reach.height, reach.width, reach.channels);
        Span rows = seen_from(pixel.y, reach.above, reach.rows, reach.stride, reach.down);
        Span columns = seen_from(pixel.x, reach.left, reach.columns, reach.stride, reach.across);
        float sum = 0.0f;
        for (place_t down = rows.first; down <= rows.last; down++) {
            for (place_t across = columns.first; across <= columns.last; across++) {
                Under window = under(reach, down, across);
                place_t number = (pixel.y - window.top) * (window.right - window.left) + pixel.x - window.left;
                count_t place =
                    ((pixel.image * reach.down + down) * reach.across + across) * reach.channels + pixel.channel;
                if (winners[place] == (float)number) {
                    sum += g[place];
                }
            }
        }
        result[i] = sum;
    }
}

// The mean of each window, of what lies inside the image.
extern "C" __global__ void avg_pool(const float *x, float *y, count_t count, Reach reach) {
    FOR_EACH(i, count) {
        Pixel place = pixel_at(i, reach.down, reach.across, reach.channels);
        Under window = under(reach, place.y, place.x);
        float sum = 0.0f;
        for (place_t row = window.top; row < window.bottom; row++) {
            for (place_t column = window.left; column < window.right; column++) {
                sum += x[((place.image * reach.height + row) * reach.width + column) * reach.channels + place.channel];
            }
        }
        y[i] = sum / (float)((window.bottom - window.top) * (window.right - window.left));
    }
}

// The gradient is shared equally by all pixels of the window.
extern "C" __global__ void avg_pool_gradient(const float *g, float *result, count_t count, Reach reach) {
    FOR_EACH(i, count) {
        Pixel pixel = pixel_at(i, reach.height, reach.width, reach.channels);
        Span rows = seen_from(pixel.y, reach.above, reach.rows, reach.stride, reach.down);
        Span columns = seen_from(pixel.x, reach.left, reach.columns, reach.stride, reach.across);
        float sum = 0.0f;
        for (place_t down = rows.first; down <= rows.last; down++) {
            for (place_t across = columns.first; across <= columns.last; across++) {
                Under window = under(reach, down, across);
                count_t place =
                    ((pixel.image * reach.down + down) * reach.across + across) * reach.channels + pixel.channel;
                sum += g[place] / (float)((window.bottom - window.top) * (window.right - window.left));
            }
        }
        result[i] = sum;
    }
}
