// Reads the environment. A setting that makes no sense ends the process: a test must not pass by a spelling mistake.
#include "settings.h"

#include <cstdio>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace software_gpu {

void refuse(const std::string& what) {
    std::fprintf(stderr, "software GPU: %s\n", what.c_str());
    std::abort();
}

namespace {

std::string text(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

// A whole number, with K, M or G for powers of 1024.
std::size_t amount(const char* name, const char* otherwise) {
    const std::string value = text(name, otherwise);
    char* end = nullptr;
    std::size_t number = std::strtoull(value.c_str(), &end, 10);
    if (end == value.c_str()) refuse(std::string(name) + "=" + value + " is not a number");
    switch (*end) {
        case 'G': number <<= 10; [[fallthrough]];
        case 'M': number <<= 10; [[fallthrough]];
        case 'K': number <<= 10; end++; break;
        default: break;
    }
    if (*end != '\0') refuse(std::string(name) + "=" + value + " is not a number with K, M or G");
    return number;
}

// The place of the value among the choices.
int choice(const char* name, std::initializer_list<const char*> choices) {
    const std::string value = text(name, *choices.begin());
    int place = 0;
    std::string all;
    for (const char* one : choices) {
        if (value == one) return place;
        all += (place++ == 0 ? "" : ", ") + std::string(one);
    }
    refuse(std::string(name) + "=" + value + " is none of " + all);
}

Settings read() {
    Settings settings;
    settings.devices = int(amount("SOFTWARE_GPU_DEVICES", "1"));
    settings.memory = amount("SOFTWARE_GPU_MEMORY", "4G");
    settings.driver_version = int(amount("SOFTWARE_GPU_DRIVER", "13000"));
    settings.capability = int(amount("SOFTWARE_GPU_CAPABILITY", "86"));
    settings.order = Order(choice("SOFTWARE_GPU_ORDER", {"forward", "reverse", "shuffle"}));
    settings.seed = amount("SOFTWARE_GPU_SEED", "1");
    settings.abort_on_fault = choice("SOFTWARE_GPU_FAULT", {"abort", "error"}) == 0;
    settings.guard_before = choice("SOFTWARE_GPU_GUARD", {"behind", "before"}) == 1;
    settings.deferred = choice("SOFTWARE_GPU_WORK", {"eager", "deferred"}) == 1;
    settings.checked = choice("SOFTWARE_GPU_CHECK", {"fast", "every-access"}) == 1;
    const std::string temporary = text("TMPDIR", "/tmp");
    settings.cache =
        text("SOFTWARE_GPU_CACHE", (temporary + "/software-gpu-" + std::to_string(getuid())).c_str());
    return settings;
}

}  // namespace

std::size_t Settings::most_shared() const {
    // The opt-in limits of NVIDIA's table of technical specifications per compute capability.
    switch (capability) {
        case 70: return 96 << 10;
        case 75: return 64 << 10;
        case 80: return 163 << 10;
        case 90: case 100: return 227 << 10;
        default: return 99 << 10;
    }
}

const Settings& settings() {
    static const Settings settings = read();
    return settings;
}

}  // namespace software_gpu
