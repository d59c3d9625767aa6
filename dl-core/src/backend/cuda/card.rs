//! One opened card: its context, its stream, its kernels and its memory.

use super::compile;
use super::failure::{check, is_watched};
use super::libraries::{self, CUBLAS};
use super::memory::{self, Block, Pool, Source};
use super::product::Products;
use super::record;
use super::table::ENTERED;
use crate::error::{Error, Result};
use cudarc::driver::sys::{self, CUdevice_attribute_enum as Attribute, CUresult};
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How many cards the driver shows this process.
pub(super) fn count(device: &str) -> Result<usize> {
    let mut count = 0;
    // SAFETY: the driver is initialised; the call writes one number.
    let told = unsafe { sys::cuDeviceGetCount(&raw mut count) };
    check(told, device, "counting the cards")?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Where the card of this number is on the bus, as the management library wants to know it.
pub(super) fn bus(number: usize) -> Option<CString> {
    let (mut card, mut text) = (0, [0 as c_char; 32]);
    // SAFETY: the driver is initialised; both calls write to places of the size that they are told.
    let told = unsafe {
        if sys::cuDeviceGet(&raw mut card, i32::try_from(number).ok()?) != CUresult::CUDA_SUCCESS {
            return None;
        }
        sys::cuDeviceGetPCIBusId(text.as_mut_ptr(), 32, card)
    };
    // SAFETY: the driver wrote a text that ends with 0.
    (told == CUresult::CUDA_SUCCESS).then(|| unsafe { CStr::from_ptr(text.as_ptr()) }.to_owned())
}

/// The driver's handle of the card of this number.
fn handle(number: usize, device: &str) -> Result<sys::CUdevice> {
    let (mut card, ordinal) = (0, i32::try_from(number).unwrap_or(i32::MAX));
    // SAFETY: the driver is initialised; the call writes one number.
    let told = unsafe { sys::cuDeviceGet(&raw mut card, ordinal) };
    check(told, device, "looking for it").map(|()| card)
}

/// What NVIDIA calls the card of this number, and the bytes of its memory.
pub(super) fn described(number: usize) -> Result<(String, u64)> {
    let device = format!("cuda:{number}");
    let card = handle(number, &device)?;
    let (mut text, mut bytes) = ([0 as c_char; 256], 0);
    // SAFETY: the driver is initialised; each call writes to a place of the type and size that it is told, and the text ends
    // with 0.
    unsafe {
        check(
            sys::cuDeviceGetName(text.as_mut_ptr(), 256, card),
            &device,
            "asking for its name",
        )?;
        check(
            sys::cuDeviceTotalMem_v2(&raw mut bytes, card),
            &device,
            "asking for its memory",
        )?;
        let title = CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned();
        Ok((title, bytes as u64))
    }
}

/// A card, ready to compute. Two handles of the same card are the same reference.
pub(crate) struct Card {
    number: usize,
    /// `cuda:0`, as errors name it.
    device: String,
    title: String,
    /// Major and minor version of what the card can do: 8.0, 9.0.
    capability: (i32, i32),
    multiprocessors: u32,
    context: sys::CUcontext,
    stream: sys::CUstream,
    kernels: HashMap<String, sys::CUfunction>,
    /// Whether each kernel is waited for.
    pub(super) checked: bool,
    memory: Mutex<Pool>,
    /// Held by whoever records, and shared by all who ask for something.
    gate: RwLock<()>,
    products: Mutex<Option<Products>>,
}

// SAFETY: contexts, streams and functions of the driver may be used from any thread; what is not safe for several at once
// (cuBLAS, the pool) is behind a lock.
unsafe impl Send for Card {}
// SAFETY: as above.
unsafe impl Sync for Card {}

impl Card {
    /// Opens the card with a driver that understands this version of CUDA.
    pub(super) fn open(number: usize, driver: i32) -> Result<Card> {
        let device = format!("cuda:{number}");
        let limit = memory::limit(&device)?;
        let checked = is_watched();
        libraries::companion(CUBLAS, &device, driver)?;
        let (mut context, mut stream) = (std::ptr::null_mut(), std::ptr::null_mut());
        let (title, _) = described(number)?;
        let card = handle(number, &device)?;
        // SAFETY: the driver is initialised, and the number is one of a card; each call writes to one place of the type and
        // size that it is told.
        let (capability, multiprocessors) = unsafe {
            let attribute = |which: Attribute| {
                let mut value = 0;
                let told = sys::cuDeviceGetAttribute(&raw mut value, which, card);
                check(told, &device, "asking what it can do").map(|()| value)
            };
            let major = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
            let minor = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
            let multiprocessors = attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
            check(
                sys::cuDevicePrimaryCtxRetain(&raw mut context, card),
                &device,
                "opening it",
            )?;
            check(sys::cuCtxSetCurrent(context), &device, "opening it")?;
            // 1: it does not wait for other streams.
            check(sys::cuStreamCreate(&raw mut stream, 1), &device, "opening it")?;
            ((major, minor), multiprocessors.max(1).unsigned_abs())
        };
        let kernels = compile::load(&device, driver, capability)?;
        let card = Card {
            number,
            device,
            title,
            capability,
            multiprocessors,
            context,
            stream,
            kernels,
            checked,
            memory: Mutex::new(Pool::new(limit, !checked)),
            gate: RwLock::new(()),
            products: Mutex::new(None),
        };
        drop(card.enter());
        let products = Products::new(&card)?;
        *card.products() = Some(products);
        Ok(card)
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// `cuda:0`
    pub(super) fn device(&self) -> &str {
        &self.device
    }

    pub(crate) fn capability(&self) -> (i32, i32) {
        self.capability
    }

    pub(super) fn multiprocessors(&self) -> usize {
        self.multiprocessors as usize
    }

    pub(super) fn stream(&self) -> sys::CUstream {
        self.stream
    }

    pub(super) fn kernel(&self, name: &str) -> sys::CUfunction {
        *self.kernels.get(name).expect("it stands in a file of kernels")
    }

    pub(super) fn products(&self) -> MutexGuard<'_, Option<Products>> {
        self.products.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the calling thread call the driver for this card, as long as the result is there. It must not be asked for twice at
    /// a time.
    pub(super) fn enter(&self) -> Option<RwLockReadGuard<'_, ()>> {
        // Who records has the gate.
        let shared =
            (!record::is_recording()).then(|| self.gate.read().unwrap_or_else(PoisonError::into_inner));
        ENTERED.with(|entered| {
            if entered.get() != self.number + 1 {
                // SAFETY: the context is the card's own and stays.
                let told = unsafe { sys::cuCtxSetCurrent(self.context) };
                if let Err(error) = check(told, &self.device, "turning to it") {
                    error.raise();
                }
                entered.set(self.number + 1);
            }
        });
        shared
    }

    /// Waits until nobody else asks for anything, and keeps it so.
    pub(super) fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until everything that was asked for is computed, by a thread that has entered.
    pub(super) fn finish(&self, doing: &str) -> Result<()> {
        // SAFETY: the stream is the card's own and stays.
        check(
            unsafe { sys::cuStreamSynchronize(self.stream) },
            &self.device,
            doing,
        )
    }

    /// Room for this many bytes.
    ///
    /// # Panics
    /// With the learner's message, if there is not that much; the session goes on.
    pub(super) fn take(&self, bytes: u64) -> Block {
        let entered = self.enter();
        let taken = self.memory().take(bytes, self, &self.device);
        drop(entered);
        match taken {
            Ok(block) => block,
            Err(error) => error.raise(),
        }
    }

    pub(super) fn give_back(&self, block: Block) {
        let _entered = self.enter();
        self.memory().give_back(block, self);
    }

    /// Bytes in use here, and the limit for this process.
    pub(crate) fn memory_used(&self) -> (u64, Option<u64>) {
        let memory = self.memory();
        (memory.used(), memory.limit())
    }

    /// Bytes that may still be asked for.
    pub(crate) fn memory_left(&self) -> u64 {
        let _entered = self.enter();
        self.memory().left(self)
    }

    /// What is taken from now on belongs to what is recorded.
    pub(super) fn set_memory_aside(&self) {
        self.memory().begin_recording();
    }

    /// Until it is released: the number to release it by.
    pub(super) fn keep_memory_aside(&self) -> u64 {
        self.memory().end_recording()
    }

    pub(super) fn release_memory(&self, number: u64) {
        self.memory().release(number);
    }

    fn memory(&self) -> MutexGuard<'_, Pool> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Card {
    fn take(&self, bytes: u64) -> Result<Option<u64>> {
        let (mut pointer, Ok(size)) = (0, usize::try_from(bytes)) else {
            return Ok(None);
        };
        // SAFETY: the card's context is entered; the call writes one pointer.
        match unsafe { sys::cuMemAlloc_v2(&raw mut pointer, size) } {
            CUresult::CUDA_ERROR_OUT_OF_MEMORY => Ok(None),
            told => check(told, &self.device, "asking for memory").map(|()| Some(pointer)),
        }
    }

    fn give_back(&self, pointers: &[u64]) {
        // If the card is lost, its memory is, too.
        if self.finish("giving memory back").is_err() {
            return;
        }
        for &pointer in pointers {
            // SAFETY: the pool owns this memory, and nothing is running that uses it. An error would come from an earlier
            // operation, which tells it itself.
            let _ = unsafe { sys::cuMemFree_v2(pointer) };
        }
    }

    fn free_and_all(&self) -> (u64, u64) {
        let (mut free, mut all) = (0, 0);
        // SAFETY: the card's context is entered; the call writes two numbers.
        let _ = unsafe { sys::cuMemGetInfo_v2(&raw mut free, &raw mut all) };
        (free as u64, all as u64)
    }
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.device, self.title)
    }
}

/// A refusal of this card, in the learner's words.
pub(super) fn refuse(card: &Card, why: String, hint: &str) -> Error {
    Error::Device {
        device: card.device.clone(),
        why,
        hint: hint.to_string(),
    }
}
