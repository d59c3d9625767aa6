// Compiles images with the host's compiler. Shared by the driver and NVRTC libraries, each with its own copy.
#include "image.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "settings.h"
#include "translate.h"

namespace software_gpu {
namespace {

// All of it text, because PTX is handed around as a C string.
constexpr const char* head_format = "SOFTWAREGPUIMG01%016zx%016zx%04d%d%016zx";
constexpr std::size_t head_bytes = 16 + 16 + 16 + 4 + 1 + 16;

// FNV-1a.
std::uint64_t sum_of(const std::string& text, std::uint64_t sum = 14695981039346656037u) {
    for (const char letter : text) sum = (sum ^ static_cast<unsigned char>(letter)) * 1099511628211u;
    return sum;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) refuse("cannot read " + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The folder of the headers, beside the library that this code is part of.
const std::string& device_folder() {
    static const std::string folder = [] {
        Dl_info library;
        if (dladdr(reinterpret_cast<const void*>(&device_folder), &library) == 0) refuse("cannot find its own library");
        const std::string path = library.dli_fname;
        return path.substr(0, path.rfind('/') + 1) + "device";
    }();
    return folder;
}

const std::string& headers() {
    static const std::string all = [] {
        std::string text;
        for (const char* name : {"interface", "language", "mathematics", "together", "module"}) {
            text += read_file(device_folder() + "/" + name + ".h");
        }
        return text;
    }();
    return all;
}

std::string flags() {
    // One source line of a kernel may be reached from several places of code; the line table serves the reports.
    std::string flags =
        " -x c++ -std=c++17 -c -fPIC -O2 -g1 -w -fno-exceptions -fno-rtti -fno-math-errno -fno-strict-aliasing"
        " -fwrapv -fvisibility=hidden -fsanitize=bounds,alignment -fno-sanitize-recover=all";
    if (settings().checked) {
        flags += " -DSOFTWARE_GPU_CHECKED -fsanitize=thread --param tsan-instrument-func-entry-exit=0";
    }
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) flags += " -mavx2 -mfma";
#endif
    return flags;
}

}  // namespace

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char letter : text) result += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    return result + "'";
}

std::string fresh_file_name(const std::string& ending) {
    static std::atomic<int> count{0};
    const std::string& folder = settings().cache;
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) refuse("cannot make the folder " + folder);
    return folder + "/" + std::to_string(getpid()) + "-" + std::to_string(count++) + ending;
}

int run_command(const std::string& command, std::string* output) {
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) refuse("cannot run " + command);
    char piece[4096];
    std::size_t count;
    while ((count = std::fread(piece, 1, sizeof piece, pipe)) > 0) output->append(piece, count);
    return pclose(pipe);
}

std::string pack(const Image& image) {
    const std::string body = image.name + image.source;
    char head[head_bytes + 1];
    std::snprintf(head, sizeof head, head_format, body.size(), std::size_t(sum_of(body)), image.capability,
                  int(image.virtual_code), image.name.size());
    return head + body;
}

Unpacked unpack(const void* bytes, Image* image) {
    // A foreign image may be shorter than our head; its first bytes tell.
    if (bytes == nullptr || std::strncmp(static_cast<const char*>(bytes), head_format, 16) != 0) {
        return Unpacked::foreign;
    }
    const std::string head(static_cast<const char*>(bytes), head_bytes);
    std::size_t body_bytes, sum, name_bytes;
    int virtual_code;
    if (std::sscanf(head.c_str() + 16, "%16zx%16zx%4d%1d%16zx", &body_bytes, &sum, &image->capability, &virtual_code,
                    &name_bytes) != 5 ||
        body_bytes > (64u << 20) || name_bytes > body_bytes) {
        return Unpacked::damaged;
    }
    const std::string body(static_cast<const char*>(bytes) + head_bytes, body_bytes);
    if (sum_of(body) != sum) return Unpacked::damaged;
    image->virtual_code = virtual_code != 0;
    image->name = body.substr(0, name_bytes);
    image->source = body.substr(name_bytes);
    return Unpacked::whole;
}

std::string compile(const Image& image, std::string* log) {
    std::string text;
    try {
        text = "#include \"module.h\"\n" + translate(image.source);
    } catch (const std::runtime_error& error) {
        *log = image.name + ": error: " + error.what() + "\n";
        return "";
    }
    char key[40];
    std::snprintf(key, sizeof key, "%016zx%016zx", std::size_t(sum_of(text)),
                  std::size_t(sum_of(flags(), sum_of(headers(), text.size()))));
    const std::string path = settings().cache + "/" + key + ".so";
    struct stat status;
    if (stat(path.c_str(), &status) == 0) return path;
    const std::string source = fresh_file_name(".cpp");
    const std::string object = fresh_file_name(".so");
    std::ofstream(source, std::ios::binary) << text;
    const char* compiler = std::getenv("CXX");
    const std::string name = compiler != nullptr && *compiler != '\0' ? compiler : "g++";
    const std::string unlinked = object + ".o";
    // Linked apart, because otherwise the sanitizers' own libraries would come along: the module answers in their place.
    const int code = run_command("{ " + name + flags() + " -I" + quoted(device_folder()) + " -o " + quoted(unlinked) + " " +
                                     quoted(source) + " && " + name + " -shared -Wl,-z,defs -o " + quoted(object) + " " +
                                     quoted(unlinked) + " -lm; }",
                                 log);
    unlink(source.c_str());
    unlink(unlinked.c_str());
    if (code != 0) {
        unlink(object.c_str());
        return "";
    }
    // In one step, so that another process sees no half file.
    if (std::rename(object.c_str(), path.c_str()) != 0) refuse("cannot write " + path);
    return path;
}

}  // namespace software_gpu
