// The switch between stacks: what the calling convention asks a function to preserve is pushed, the stack pointer
// exchanged, and the rest popped from the other stack. ucontext would do a system call at each switch.
#include "fiber.h"

#include <sys/mman.h>

#include <cstdint>

#include "settings.h"

// void software_gpu_switch(void** save_here, void* go_there)
extern "C" void software_gpu_switch(void** save, void* target);

#if defined(__x86_64__)
asm(R"(
.text
.globl software_gpu_switch
.hidden software_gpu_switch
.type software_gpu_switch, @function
software_gpu_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size software_gpu_switch, .-software_gpu_switch
)");
#elif defined(__aarch64__)
asm(R"(
.text
.globl software_gpu_switch
.hidden software_gpu_switch
.type software_gpu_switch, %function
software_gpu_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size software_gpu_switch, .-software_gpu_switch
)");
#else
#error "the software GPU switches stacks on x86-64 and 64-bit Arm only"
#endif

namespace software_gpu {
namespace {

constexpr std::size_t page = 4096;
// A CUDA thread has 1 kB of stack by default; ours must also hold what the host's functions take.
constexpr std::size_t stack_bytes = 128 << 10;

}  // namespace

Fiber::Fiber(void (*run)()) : run_(run) {
    void* memory =
        mmap(nullptr, page + stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) refuse("no memory for the stack of a thread");
    memory_ = static_cast<char*>(memory);
    mprotect(memory_, page, PROT_NONE);
    restart();
}

Fiber::~Fiber() { munmap(memory_, page + stack_bytes); }

void Fiber::restart() {
    auto* top = reinterpret_cast<void**>(memory_ + page + stack_bytes);
#if defined(__x86_64__)
    // Six registers, the address to return to, and one word so that the stack is aligned as after a call.
    top -= 8;
    top[6] = reinterpret_cast<void*>(run_);
    top[7] = nullptr;
    for (int place = 0; place < 6; place++) top[place] = nullptr;
#else
    top -= 20;
    for (int place = 0; place < 20; place++) top[place] = nullptr;
    top[11] = reinterpret_cast<void*>(run_);
#endif
    stack_ = top;
}

void Fiber::enter() { software_gpu_switch(&outside_, stack_); }

void Fiber::leave() { software_gpu_switch(&stack_, outside_); }

bool Fiber::holds(const void* address) const {
    return address >= memory_ + page && address < memory_ + page + stack_bytes;
}

bool Fiber::overflowed_at(const void* address) const {
    return address >= memory_ && address < memory_ + page;
}

}  // namespace software_gpu
