// Many random decisions at a time: which numbers a dropout lets through.

// Word i of SplitMix64 (Steele, Lea and Flood, 2014) after i steps from the key.
__device__ inline count_t random_word(count_t key, count_t number) {
    count_t z = key + (number + 1) * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

// 0 with a probability of threshold / 65536, else `kept`: the very decisions of the CPU. There 512 words decide 2048
// numbers together, the lowest 16 bits of each the first 512, and so on.
extern "C" __global__ void mask(float *y, count_t count, const count_t *knob, count_t key, int threshold, float kept) {
    key = knob ? *knob : key; // in a recorded step it stands in memory
    FOR_EACH(i, count) {
        count_t block = i / 2048, within = i % 2048;
        count_t word = random_word(key, block * 512 + within % 512);
        int bits = (int)((word >> (16 * (within / 512))) & 0xffff);
        y[i] = bits >= threshold ? kept : 0.0f;
    }
}
