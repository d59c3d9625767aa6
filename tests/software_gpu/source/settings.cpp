// Reads the environment. A setting that makes no sense ends the process: a test must not pass by a spelling mistake.
#include "settings.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>
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
std::size_t amount_of(const char* name, const std::string& value) {
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

std::size_t amount(const char* name, const char* otherwise) { return amount_of(name, text(name, otherwise)); }

std::vector<std::string> parts_of(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream stream(list);
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    return parts;
}

// As CUDA_VISIBLE_DEVICES asks: numbers in any order, up to the first that does not exist.
std::vector<int> visible_devices(int count) {
    std::vector<int> devices;
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    if (visible == nullptr) {
        for (int device = 0; device < count; device++) devices.push_back(device);
        return devices;
    }
    for (const std::string& part : parts_of(visible)) {
        char* end = nullptr;
        const long device = std::strtol(part.c_str(), &end, 10);
        if (end == part.c_str() || device < 0 || device >= count) break;
        devices.push_back(int(device));
    }
    return devices;
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
    settings.devices = visible_devices(int(amount("SOFTWARE_GPU_DEVICES", "1")));
    settings.memory = amount("SOFTWARE_GPU_MEMORY", "4G");
    for (const std::string& part : parts_of(text("SOFTWARE_GPU_TAKEN", ""))) {
        settings.taken.push_back(amount_of("SOFTWARE_GPU_TAKEN", part));
    }
    settings.busy = int(amount("SOFTWARE_GPU_BUSY", "0"));
    settings.driver_version = int(amount("SOFTWARE_GPU_DRIVER", "13000"));
    settings.capability = int(amount("SOFTWARE_GPU_CAPABILITY", "86"));
    settings.order = Order(choice("SOFTWARE_GPU_ORDER", {"forward", "reverse", "shuffle"}));
    settings.seed = amount("SOFTWARE_GPU_SEED", "1");
    settings.abort_on_fault = choice("SOFTWARE_GPU_FAULT", {"abort", "error"}) == 0;
    settings.guard_before = choice("SOFTWARE_GPU_GUARD", {"behind", "before"}) == 1;
    settings.deferred = choice("SOFTWARE_GPU_WORK", {"eager", "deferred"}) == 1;
    settings.checked = choice("SOFTWARE_GPU_CHECK", {"fast", "every-access"}) == 1;
    settings.broken = text("SOFTWARE_GPU_BREAK", "");
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

std::size_t Settings::memory_of(int device) const {
    const auto number = std::size_t(devices[std::size_t(device)]);
    const std::size_t others = number < taken.size() ? taken[number] : 0;
    return memory > others ? memory - others : 0;
}

const Settings& settings() {
    static const Settings settings = read();
    return settings;
}

}  // namespace software_gpu
