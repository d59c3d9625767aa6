// Runs launches block after block, and turns what goes wrong on the device into a report with kernel, block and thread.
//
// A fault ends the process by default. With SOFTWARE_GPU_FAULT=error it ends the launch only and leaves the error behind,
// as a real device does; the report on standard error stays.
#include "device_code.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>

#include "access.h"
#include "block.h"
#include "memory.h"
#include "module.h"
#include "settings.h"
#include "shared_memory.h"

namespace software_gpu {
namespace {

// The device code that runs now; guarded by the device lock.
struct Running {
    bool active = false;
    pthread_t processor_thread;
    const char* what = "";
    const Launch* launch = nullptr;
    sigjmp_buf leave;
    CUresult error = CUDA_SUCCESS;
};

Running& running() {
    static Running* running = new Running;
    return *running;
}

struct sigaction earlier_actions[NSIG];

std::string triple(const Index3& index) {
    return "(" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " + std::to_string(index.z) + ")";
}

// The source line of an instruction, if the tools say; for reports only.
std::string source_line(const void* code) {
    Dl_info module;
    if (code == nullptr || dladdr(code, &module) == 0) return "";
    char command[1024];
    std::snprintf(command, sizeof command, "addr2line -s -e '%s' 0x%zx 2>/dev/null",
                  lasting_path(module.dli_fname).c_str(), std::size_t(code) - std::size_t(module.dli_fbase));
    FILE* pipe = popen(command, "r");
    if (pipe == nullptr) return "";
    char line[512] = "";
    if (std::fgets(line, sizeof line, pipe) == nullptr) line[0] = '\0';
    pclose(pipe);
    line[std::strcspn(line, "\n")] = '\0';
    return line[0] == '\0' || line[0] == '?' ? "" : line;
}

// What follows a report.
std::string at_line(const void* code) {
    const std::string line = source_line(code);
    return line.empty() ? line : ", at " + line;
}

void on_fault(int number, siginfo_t* information, void* context) {
    Running& now = running();
    if (!now.active || !pthread_equal(pthread_self(), now.processor_thread)) {
        // Not ours: whoever handled this signal before handles it when the instruction is tried again.
        sigaction(number, &earlier_actions[number], nullptr);
        return;
    }
    const auto* machine = static_cast<const ucontext_t*>(context);
#if defined(__x86_64__)
    const void* code = reinterpret_cast<const void*>(machine->uc_mcontext.gregs[REG_RIP]);
#else
    const void* code = reinterpret_cast<const void*>(machine->uc_mcontext.pc);
#endif
    const std::string line = at_line(code);
    char text[96];
    if (number == SIGFPE) fail_device_code(CUDA_ERROR_LAUNCH_FAILED, "a whole number is divided by zero" + line);
    if (number == SIGILL) fail_device_code(CUDA_ERROR_LAUNCH_FAILED, "an impossible place is reached" + line);
    const void* address = information->si_addr;
    if (block().stack_overflowed_at(address)) {
        fail_device_code(CUDA_ERROR_LAUNCH_FAILED, "a thread needs more stack than there is" + line);
    }
    std::string words;
    bool inside = false;
    if (!is_shared_address(address, &words, &inside)) words = describe_address(std::uintptr_t(address));
    std::snprintf(text, sizeof text, "illegal access to address 0x%zx: ", std::size_t(address));
    fail_device_code(CUDA_ERROR_ILLEGAL_ADDRESS, text + words + line);
}

void catch_faults() {
    static const bool done = [] {
        struct sigaction action {};
        action.sa_sigaction = on_fault;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
            sigaction(number, &action, &earlier_actions[number]);
        }
        return true;
    }();
    (void)done;
}

void run_blocks(void* argument) {
    Launch& launch = *static_cast<Launch*>(argument);
    Position& position = *launch.position;
    position.block_size = launch.block;
    position.grid_size = launch.grid;
    const std::size_t count = std::size_t(launch.grid.x) * launch.grid.y * launch.grid.z;
    static std::mt19937_64 chance(settings().seed);
    static std::vector<std::size_t>* order = new std::vector<std::size_t>;
    if (settings().order == Order::shuffle) {
        order->resize(count);
        std::iota(order->begin(), order->end(), std::size_t(0));
        std::shuffle(order->begin(), order->end(), chance);
    }
    for (std::size_t turn = 0; turn < count; turn++) {
        std::size_t place = turn;
        if (settings().order == Order::reverse) place = count - 1 - turn;
        if (settings().order == Order::shuffle) place = (*order)[turn];
        position.block = {unsigned(place % launch.grid.x), unsigned(place / launch.grid.x % launch.grid.y),
                          unsigned(place / launch.grid.x / launch.grid.y)};
        spoil_shared();
        begin_block(place);
        block().run(launch);
    }
}

int call_barrier(BarrierKind kind, int predicate, int line) { return block().barrier(kind, predicate, line); }

unsigned long long call_warp(WarpKind kind, unsigned mask, unsigned long long value, int lane, int width, int line) {
    return block().warp(kind, mask, value, lane, width, line);
}

unsigned call_active_mask() { return block().active_mask(); }

void* call_shared(const void* key, unsigned long bytes) { return static_shared(key, bytes); }

void call_trap(const char* what, const char* file, int line) {
    const CUresult error = std::strncmp(what, "assert", 6) == 0         ? CUDA_ERROR_ASSERT
                           : std::strstr(what, "misaligned") != nullptr ? CUDA_ERROR_MISALIGNED_ADDRESS
                                                                        : CUDA_ERROR_LAUNCH_FAILED;
    fail_device_code(error, std::string(what) + ", at " + file + ":" + std::to_string(line));
}

void call_access(const void* address, unsigned long bytes, AccessKind kind, const void* code) {
    const void* earlier = nullptr;
    std::string complaint = look_at_access(address, bytes, kind, code, &earlier);
    if (complaint.empty()) return;
    // The instruction that calls us stands before the place that we return to.
    if (earlier != nullptr) complaint += " (" + source_line(static_cast<const char*>(earlier) - 1) + ")";
    fail_device_code(CUDA_ERROR_ILLEGAL_ADDRESS, complaint + at_line(static_cast<const char*>(code) - 1));
}

}  // namespace

const Runtime* runtime() {
    static const Runtime runtime = {call_barrier, call_warp, call_active_mask,
                                    dynamic_shared, call_shared, call_trap, call_access};
    return &runtime;
}

bool Launch::owns(const void* address) const {
    const auto* at = static_cast<const char*>(address);
    const auto is_in = [=](const void* start, std::size_t bytes) {
        return at >= static_cast<const char*>(start) && at < static_cast<const char*>(start) + bytes;
    };
    return is_in(module_start, std::size_t(module_end - module_start)) || is_in(values.data(), values.size()) ||
           is_in(parameters.data(), parameters.size() * sizeof(void*)) || is_in(runtime(), sizeof(Runtime));
}

std::string where(bool with_thread) {
    const Running& now = running();
    if (now.launch == nullptr) return std::string("in ") + now.what;
    std::string words = std::string("in kernel ") + now.what + ", block " + triple(now.launch->position->block) + " of " +
                        triple(now.launch->grid);
    if (with_thread) {
        words += ", thread " + triple(now.launch->position->thread) + " of " + triple(now.launch->block);
    }
    return words;
}

void fail_device_code(CUresult error, const std::string& why, bool with_thread) {
    Running& now = running();
    std::fprintf(stderr, "software GPU: %s: %s\n", where(with_thread).c_str(), why.c_str());
    if (!now.active || settings().abort_on_fault) std::abort();
    now.error = error;
    siglongjmp(now.leave, 1);
}

CUresult run_guarded(const char* what, void (*body)(void*), void* argument) {
    Running& now = running();
    catch_faults();
    // A fault may be an overflow of the stack it happens on, so the handler has one of its own.
    static char* handler_stack = new char[256 << 10];
    stack_t ours{}, earlier{};
    ours.ss_sp = handler_stack;
    ours.ss_size = 256 << 10;
    sigaltstack(&ours, &earlier);
    now.what = what;
    now.processor_thread = pthread_self();
    now.error = CUDA_SUCCESS;
    now.active = true;
    if (sigsetjmp(now.leave, 1) == 0) body(argument);
    now.active = false;
    sigaltstack(&earlier, nullptr);
    return now.error;
}

CUresult run_launch(Launch& launch) {
    running().launch = &launch;
    begin_shared(launch);
    begin_launch(launch);
    const CUresult result = run_guarded(launch.kernel->name, run_blocks, &launch);
    running().launch = nullptr;
    if (result != CUDA_SUCCESS) block().abandon();
    return result;
}

}  // namespace software_gpu
