// Modules: an image becomes a shared object of the host, its kernels functions.
#include "module.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "context.h"
#include "device_code.h"
#include "image.h"
#include "settings.h"

using namespace software_gpu;

namespace {

// Machine code runs on its own major capability from its minor one on; PTX on everything from its own on.
bool fits(const Image& image) {
    const int device = settings().capability;
    if (image.virtual_code) return image.capability <= device;
    return image.capability / 10 == device / 10 && image.capability <= device;
}

// A module loaded twice must have its variables twice, but the loader knows a file only once: so each load has a copy.
void load_copy(Module* module) {
    module->loaded_as = fresh_file_name(".so");
    {
        std::ifstream from(module->path, std::ios::binary);
        std::ofstream(module->loaded_as, std::ios::binary) << from.rdbuf();
    }
    module->library = dlopen(module->loaded_as.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module->library == nullptr) refuse(std::string("cannot load a compiled kernel: ") + dlerror());
    unlink(module->loaded_as.c_str());
}

int find_range(dl_phdr_info* information, std::size_t, void* argument) {
    auto* module = static_cast<Module*>(argument);
    if (module->loaded_as != information->dlpi_name) return 0;
    module->start = reinterpret_cast<const char*>(information->dlpi_addr);
    for (int part = 0; part < information->dlpi_phnum; part++) {
        const auto& header = information->dlpi_phdr[part];
        if (header.p_type == PT_LOAD) module->end = std::max(module->end, module->start + header.p_vaddr + header.p_memsz);
    }
    return 1;
}

}  // namespace

std::string software_gpu::lasting_path(const std::string& loaded_as) {
    for (const Module* module : living<Module>()) {
        if (module->loaded_as == loaded_as) return module->path;
    }
    return loaded_as;
}

SOFTWARE_GPU_API CUresult cuModuleLoadData(CUmodule* module, const void* bytes) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    const CUresult captured = call.refuse_in_capture();
    if (captured != CUDA_SUCCESS) return captured;
    Image image;
    if (module == nullptr || unpack(bytes, &image) != Unpacked::whole) return CUDA_ERROR_INVALID_IMAGE;
    if (!fits(image)) return CUDA_ERROR_NO_BINARY_FOR_GPU;
    std::string log;
    auto* made = new Module;
    made->path = compile(image, &log);
    if (made->path.empty()) refuse("a kernel that compiled once does not compile: " + log);
    load_copy(made);
    dl_iterate_phdr(find_range, made);
    made->table = static_cast<const ModuleTable*>(dlsym(made->library, "software_gpu_module"));
    if (made->table == nullptr) refuse("a compiled kernel without its table");
    *made->table->runtime = runtime();
    for (unsigned place = 0; place < made->table->kernel_count; place++) {
        const KernelRecord* kernel = &made->table->kernels[place];
        Function& function = made->functions[kernel->name];
        function.module = made;
        function.kernel = kernel;
        living<Function>().insert(&function);
    }
    living<Module>().insert(made);
    *module = made;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, int*, void**) {
    return cuModuleLoadData(module, image);
}

SOFTWARE_GPU_API CUresult cuModuleLoad(CUmodule* module, const char* path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return CUDA_ERROR_FILE_NOT_FOUND;
    std::ostringstream text;
    text << file.rdbuf();
    return cuModuleLoadData(module, text.str().c_str());
}

SOFTWARE_GPU_API CUresult cuModuleUnload(CUmodule module) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(module)) return CUDA_ERROR_INVALID_HANDLE;
    if (call.context != nullptr) finish_work(call.context);
    for (const auto& [name, function] : module->functions) living<Function>().erase(&function);
    living<Module>().erase(module);
    dlclose(module->library);
    delete module;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(module)) return CUDA_ERROR_INVALID_HANDLE;
    const auto found = module->functions.find(name);
    if (found == module->functions.end()) return CUDA_ERROR_NOT_FOUND;
    *function = &found->second;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuModuleGetGlobal_v2(CUdeviceptr* pointer, size_t* bytes, CUmodule module, const char* name) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(module)) return CUDA_ERROR_INVALID_HANDLE;
    for (unsigned place = 0; place < module->table->global_count; place++) {
        const GlobalRecord& global = module->table->globals[place];
        if (std::string(global.name) != name) continue;
        if (pointer != nullptr) *pointer = reinterpret_cast<std::uintptr_t>(global.address);
        if (bytes != nullptr) *bytes = global.bytes;
        return CUDA_SUCCESS;
    }
    return CUDA_ERROR_NOT_FOUND;
}
