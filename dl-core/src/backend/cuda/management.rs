//! What NVIDIA's management library, which comes with the driver, tells of a card without using it: how full and how busy it
//! is. Nothing depends on it: where it is missing, nothing is told.

use super::table::MANAGEMENT;
use libloading::{Library, Symbol};
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};

/// How a card is at this moment, for all processes together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct State {
    /// Bytes of memory.
    pub(super) all: u64,
    pub(super) free: u64,
    /// The share of the last moment in which something was computed, in percent; not every card tells.
    pub(super) busy: Option<u32>,
}

type Handle = *mut c_void;

#[repr(C)]
#[derive(Default)]
struct Memory {
    total: u64,
    free: u64,
    used: u64,
}

#[repr(C)]
#[derive(Default)]
struct Utilization {
    gpu: c_uint,
    memory: c_uint,
}

/// # Safety
/// The text ends with 0, and there is room for a handle.
type Find = unsafe extern "C" fn(*const c_char, *mut Handle) -> c_int;
/// # Safety
/// The handle is one that was found, and there is room for the numbers.
type MemoryOf = unsafe extern "C" fn(Handle, *mut Memory) -> c_int;
/// # Safety
/// As above.
type BusyOf = unsafe extern "C" fn(Handle, *mut Utilization) -> c_int;

fn library() -> Option<&'static Library> {
    MANAGEMENT
        .get_or_init(|| {
            // SAFETY: NVIDIA's own library, whose initialisers may run at any time.
            let library = unsafe { Library::new("libnvidia-ml.so.1") }.ok()?;
            // SAFETY: the signature is that of NVIDIA's documentation.
            let begin: Symbol<unsafe extern "C" fn() -> c_int> =
                unsafe { library.get(b"nvmlInit_v2\0") }.ok()?;
            // SAFETY: as above; it may be called any number of times.
            let told = unsafe { begin() };
            (told == 0).then_some(library)
        })
        .as_ref()
}

/// How the card at this place on the bus is.
pub(super) fn state(bus: &CStr) -> Option<State> {
    let library = library()?;
    let (mut handle, mut memory, mut busy) =
        (std::ptr::null_mut(), Memory::default(), Utilization::default());
    // SAFETY: 1. the signatures are those of NVIDIA's documentation; 2. the library is initialised; 3. each call writes to
    // one place, which has the layout that it expects.
    unsafe {
        let find: Symbol<Find> = library.get(b"nvmlDeviceGetHandleByPciBusId_v2\0").ok()?;
        let memory_of: Symbol<MemoryOf> = library.get(b"nvmlDeviceGetMemoryInfo\0").ok()?;
        let busy_of: Symbol<BusyOf> = library.get(b"nvmlDeviceGetUtilizationRates\0").ok()?;
        if find(bus.as_ptr(), &raw mut handle) != 0 || memory_of(handle, &raw mut memory) != 0 {
            return None;
        }
        let told = busy_of(handle, &raw mut busy) == 0;
        Some(State {
            all: memory.total,
            free: memory.free,
            busy: told.then_some(busy.gpu),
        })
    }
}
