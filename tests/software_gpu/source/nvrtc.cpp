// NVRTC's interface: preprocesses a kernel source and compiles it with the host's compiler, so that mistakes come out here
// as they would; the "machine code" that it hands out is an image (image.h).
//
// Not modelled: that NVRTC knows no header of the host, name expressions (so no kernel templates), and what the options
// for speed do.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "driver_interface.h"
#include "image.h"
#include "settings.h"

enum nvrtcResult : int {
    NVRTC_SUCCESS = 0,
    NVRTC_ERROR_OUT_OF_MEMORY = 1,
    NVRTC_ERROR_PROGRAM_CREATION_FAILURE = 2,
    NVRTC_ERROR_INVALID_INPUT = 3,
    NVRTC_ERROR_INVALID_PROGRAM = 4,
    NVRTC_ERROR_INVALID_OPTION = 5,
    NVRTC_ERROR_COMPILATION = 6,
};

namespace {

using software_gpu::quoted;

struct Program {
    std::string source, name, log, image;
    std::vector<std::pair<std::string, std::string>> headers;
    bool virtual_code = false;
};

struct Options {
    int capability = 52;
    bool virtual_code = true;
    std::string for_preprocessor;
};

constexpr int known_capabilities[] = {50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};

bool is_known(int capability) {
    for (const int known : known_capabilities) {
        if (known == capability) return true;
    }
    return false;
}

bool starts_with(const std::string& text, const char* start, std::string* rest) {
    if (text.rfind(start, 0) != 0) return false;
    *rest = text.substr(std::strlen(start));
    return true;
}

// Empty, or what is wrong with the options.
std::string read_options(int count, const char* const* options, Options* read) {
    for (int place = 0; place < count; place++) {
        const std::string option = options[place];
        std::string rest;
        if (starts_with(option, "--gpu-architecture=", &rest) || starts_with(option, "-arch=", &rest)) {
            std::string number;
            const bool real = starts_with(rest, "sm_", &number);
            if (!real && !starts_with(rest, "compute_", &number)) return "invalid value for " + option;
            read->capability = std::atoi(number.c_str());
            read->virtual_code = !real;
            if (!is_known(read->capability)) return "invalid value for --gpu-architecture (-arch): " + rest;
        } else if (starts_with(option, "--define-macro=", &rest) || starts_with(option, "-D", &rest)) {
            read->for_preprocessor += " -D" + quoted(rest);
        } else if (starts_with(option, "--include-path=", &rest) || starts_with(option, "-I", &rest)) {
            read->for_preprocessor += " -I" + quoted(rest);
        } else if (option.rfind("-", 0) != 0) {
            return "unrecognized option " + option;
        }
    }
    return "";
}

nvrtcResult preprocess(Program& program, const Options& options, std::string* text) {
    const std::string folder = software_gpu::fresh_file_name("");
    mkdir(folder.c_str(), 0700);
    const std::string file = folder + "/" + "kernel";
    std::ofstream(file, std::ios::binary) << "#line 1 \"" << program.name << "\"\n" << program.source;
    for (const auto& [name, content] : program.headers) {
        const std::size_t slash = name.rfind('/');
        if (slash != std::string::npos) {
            std::string made;
            software_gpu::run_command("mkdir -p " + quoted(folder + "/" + name.substr(0, slash)), &made);
        }
        std::ofstream(folder + "/" + name, std::ios::binary) << content;
    }
    const std::string out = folder + "/out";
    const std::string command = "g++ -x c++ -std=c++17 -E -nostdinc -D__CUDACC__ -D__CUDACC_RTC__ -D__NVCC__ -D__CUDA_ARCH__=" +
                                std::to_string(options.capability * 10) + options.for_preprocessor + " -I" +
                                quoted(folder) + " -o " + quoted(out) + " " + quoted(file);
    const int code = software_gpu::run_command(command, &program.log);
    if (code == 0) {
        std::ifstream result(out, std::ios::binary);
        text->assign(std::istreambuf_iterator<char>(result), std::istreambuf_iterator<char>());
    }
    std::string gone;
    software_gpu::run_command("rm -rf " + quoted(folder), &gone);
    return code == 0 ? NVRTC_SUCCESS : NVRTC_ERROR_COMPILATION;
}

nvrtcResult copy_out(const std::string& text, char* place) {
    if (place == nullptr) return NVRTC_ERROR_INVALID_INPUT;
    std::memcpy(place, text.data(), text.size());
    return NVRTC_SUCCESS;
}

}  // namespace

SOFTWARE_GPU_API nvrtcResult nvrtcVersion(int* major, int* minor) {
    if (major == nullptr || minor == nullptr) return NVRTC_ERROR_INVALID_INPUT;
    *major = 13;
    *minor = 0;
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API nvrtcResult nvrtcGetNumSupportedArchs(int* count) {
    *count = sizeof known_capabilities / sizeof known_capabilities[0];
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API nvrtcResult nvrtcGetSupportedArchs(int* capabilities) {
    std::memcpy(capabilities, known_capabilities, sizeof known_capabilities);
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API const char* nvrtcGetErrorString(nvrtcResult result) {
    switch (result) {
        case NVRTC_SUCCESS: return "NVRTC_SUCCESS";
        case NVRTC_ERROR_OUT_OF_MEMORY: return "NVRTC_ERROR_OUT_OF_MEMORY";
        case NVRTC_ERROR_PROGRAM_CREATION_FAILURE: return "NVRTC_ERROR_PROGRAM_CREATION_FAILURE";
        case NVRTC_ERROR_INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
        case NVRTC_ERROR_INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
        case NVRTC_ERROR_INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
        case NVRTC_ERROR_COMPILATION: return "NVRTC_ERROR_COMPILATION";
    }
    return "NVRTC_ERROR unknown";
}

SOFTWARE_GPU_API nvrtcResult nvrtcCreateProgram(Program** program, const char* source, const char* name, int headers,
                                                const char* const* contents, const char* const* names) {
    if (program == nullptr || source == nullptr || headers < 0) return NVRTC_ERROR_INVALID_INPUT;
    auto* made = new Program;
    made->source = source;
    made->name = name == nullptr || *name == '\0' ? "default_program" : name;
    for (int place = 0; place < headers; place++) made->headers.emplace_back(names[place], contents[place]);
    *program = made;
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API nvrtcResult nvrtcDestroyProgram(Program** program) {
    if (program == nullptr || *program == nullptr) return NVRTC_ERROR_INVALID_PROGRAM;
    delete *program;
    *program = nullptr;
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API nvrtcResult nvrtcCompileProgram(Program* program, int count, const char* const* options) {
    if (program == nullptr) return NVRTC_ERROR_INVALID_PROGRAM;
    Options read;
    program->log = read_options(count, options, &read);
    if (!program->log.empty()) {
        program->log = "nvrtc: error: " + program->log + "\n";
        return NVRTC_ERROR_INVALID_OPTION;
    }
    software_gpu::Image image{read.capability, read.virtual_code, program->name, ""};
    const nvrtcResult result = preprocess(*program, read, &image.source);
    if (result != NVRTC_SUCCESS) return result;
    if (software_gpu::compile(image, &program->log).empty()) return NVRTC_ERROR_COMPILATION;
    program->virtual_code = read.virtual_code;
    program->image = software_gpu::pack(image);
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API nvrtcResult nvrtcGetProgramLogSize(const Program* program, size_t* bytes) {
    if (program == nullptr || bytes == nullptr) return NVRTC_ERROR_INVALID_INPUT;
    *bytes = program->log.size() + 1;
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API nvrtcResult nvrtcGetProgramLog(const Program* program, char* log) {
    if (program == nullptr || log == nullptr) return NVRTC_ERROR_INVALID_INPUT;
    std::memcpy(log, program->log.c_str(), program->log.size() + 1);
    return NVRTC_SUCCESS;
}

// Machine code exists for a real architecture only, PTX always; both are the same image here.
SOFTWARE_GPU_API nvrtcResult nvrtcGetCUBINSize(const Program* program, size_t* bytes) {
    if (program == nullptr || bytes == nullptr) return NVRTC_ERROR_INVALID_INPUT;
    *bytes = program->virtual_code ? 0 : program->image.size();
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API nvrtcResult nvrtcGetCUBIN(const Program* program, char* image) {
    if (program == nullptr || program->virtual_code) return NVRTC_ERROR_INVALID_INPUT;
    return copy_out(program->image, image);
}

SOFTWARE_GPU_API nvrtcResult nvrtcGetPTXSize(const Program* program, size_t* bytes) {
    if (program == nullptr || bytes == nullptr) return NVRTC_ERROR_INVALID_INPUT;
    *bytes = program->image.size() + 1;
    return NVRTC_SUCCESS;
}

SOFTWARE_GPU_API nvrtcResult nvrtcGetPTX(const Program* program, char* image) {
    if (program == nullptr || image == nullptr) return NVRTC_ERROR_INVALID_INPUT;
    image[program->image.size()] = '\0';
    return copy_out(program->image, image);
}
