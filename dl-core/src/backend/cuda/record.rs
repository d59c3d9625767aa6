//! Recording what a card is asked to do, to ask for all of it again with one call: a CUDA graph. A step of a small network is
//! dozens of short operations, and asking for each of them takes longer than computing it.
//!
//! What differs from one time to the next, a few numbers, stands in memory of the card, where the kernels look it up: see
//! [`Knob`]. All else is the same each time: the same memory is read and written, so the memory of a recording is its own as long
//! as it lives.

use super::array::Array;
use super::card::Card;
use super::failure::check;
use super::launch::{Argument, Grid, Structure};
use crate::error::Result;
use cudarc::driver::sys::{self, CUresult};
use std::cell::{Cell, RefCell};
use std::sync::RwLockWriteGuard;

/// Knobs of a recording, at most.
const MOST: usize = 64;

/// What differs from one time to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knob {
    /// At which place of an order a batch begins.
    Place,
    /// What random decisions follow from.
    Key,
    /// The rate of an optimizer's step, and the share of the weights that goes away.
    Scale,
}

/// The positions of all knobs, as a kernel is handed them.
#[repr(C)]
struct Positions {
    of: [u64; MOST],
    count: u64,
}

// SAFETY: `Positions` in record.cu has the same fields.
unsafe impl Structure for Positions {}

/// What a thread notes while it records.
struct Notes {
    /// The knobs that were met, with the position of each at the time.
    knobs: Vec<(Knob, u64)>,
    /// Memory for their positions.
    positions: Array,
    /// Whether something was asked for that cannot be recorded.
    spoiled: bool,
}

thread_local! {
    /// There while this thread records.
    static NOTES: RefCell<Option<Notes>> = const { RefCell::new(None) };
    /// How often this thread has sent numbers to a card or read some.
    static CROSSINGS: Cell<usize> = const { Cell::new(0) };
}

/// Whether the calling thread records.
pub(super) fn is_recording() -> bool {
    NOTES.with(|notes| notes.borrow().is_some())
}

/// If this thread records: what it asked for cannot be recorded, so that nothing will come of the recording.
pub(super) fn spoil() -> bool {
    NOTES.with(|notes| match &mut *notes.borrow_mut() {
        Some(notes) => {
            notes.spoiled = true;
            true
        }
        None => false,
    })
}

/// Counts numbers that cross between processor and card. While this thread records they do not, which spoils the recording: then
/// it is true.
pub(super) fn count_crossing() -> bool {
    CROSSINGS.with(|crossings| crossings.set(crossings.get() + 1));
    spoil()
}

/// How often the calling thread has sent numbers or read some: a step that does neither can be recorded.
pub(crate) fn crossings() -> usize {
    CROSSINGS.with(Cell::get)
}

/// Where a kernel finds the position of a knob, which now is this one, if this thread records; else it is told itself.
pub(super) fn knob(kind: Knob, position: u64) -> Argument<'static> {
    NOTES.with(|notes| match &mut *notes.borrow_mut() {
        Some(notes) => {
            notes.knobs.push((kind, position));
            notes.spoiled |= notes.knobs.len() > MOST;
            let place = notes.knobs.len().min(MOST) - 1;
            Argument::Bits(notes.positions.pointer() + 8 * place as u64)
        }
        None => Argument::Absent,
    })
}

/// Rate and decay as the position of a knob: two numbers side by side.
pub(crate) fn scale_position(rate: f32, decay: f32) -> u64 {
    u64::from(rate.to_bits()) | u64::from(decay.to_bits()) << 32
}

/// Whether steps on a card may be recorded: not where each kernel is waited for, nor with `HEBB_CUDA_GRAPH=0`.
pub(crate) fn can_record(card: &Card) -> bool {
    !card.checked && std::env::var("HEBB_CUDA_GRAPH").as_deref() != Ok("0")
}

/// Records until it is ended; what is asked of the card meanwhile is not done. If it is dropped before, nothing remains.
pub(crate) struct Recorder {
    card: &'static Card,
    /// Other threads wait until they may ask for something: it would be recorded too.
    alone: Option<RwLockWriteGuard<'static, ()>>,
    ended: bool,
}

impl Recorder {
    /// # Errors
    /// If the driver cannot record.
    pub(crate) fn begin(card: &'static Card) -> Result<Recorder> {
        // A double is as wide as two numbers.
        let positions = Array::stale(card, &[MOST, 2]);
        drop(card.enter());
        let alone = card.alone();
        // SAFETY: the stream is the card's, and nobody else asks anything of it. Relaxed: memory may be asked for meanwhile.
        let told = unsafe {
            sys::cuStreamBeginCapture_v2(
                card.stream(),
                sys::CUstreamCaptureMode_enum::CU_STREAM_CAPTURE_MODE_RELAXED,
            )
        };
        check(told, card.device(), "recording a step")?;
        card.set_memory_aside();
        let notes = Notes {
            knobs: Vec::new(),
            positions,
            spoiled: false,
        };
        NOTES.with(|own| *own.borrow_mut() = Some(notes));
        Ok(Recorder {
            card,
            alone: Some(alone),
            ended: false,
        })
    }

    /// What was recorded.
    ///
    /// # Errors
    /// If something of it cannot be recorded.
    pub(crate) fn end(mut self) -> Result<Recording> {
        let (graph, notes) = self.stop();
        let card = self.card;
        let memory = card.keep_memory_aside();
        let mut program = std::ptr::null_mut();
        let graph = graph.inspect_err(|_| card.release_memory(memory))?;
        // SAFETY: the graph is what was just recorded; it is not needed any more once there is a program of it.
        let told = unsafe {
            let told = sys::cuGraphInstantiateWithFlags(&raw mut program, graph, 0);
            let _ = sys::cuGraphDestroy(graph);
            told
        };
        check(told, card.device(), "preparing a recorded step")
            .inspect_err(|_| card.release_memory(memory))?;
        Ok(Recording {
            card,
            program,
            knobs: notes.knobs,
            positions: notes.positions,
            memory,
        })
    }

    /// Ends the recording, whatever came of it.
    fn stop(&mut self) -> (Result<sys::CUgraph>, Notes) {
        self.ended = true;
        let notes = NOTES
            .with(|notes| notes.borrow_mut().take())
            .expect("this thread records");
        let mut graph = std::ptr::null_mut();
        // SAFETY: the stream is being recorded, by this thread.
        let told = unsafe { sys::cuStreamEndCapture(self.card.stream(), &raw mut graph) };
        self.alone = None;
        let told = match told {
            CUresult::CUDA_SUCCESS if graph.is_null() || notes.spoiled => {
                CUresult::CUDA_ERROR_STREAM_CAPTURE_INVALIDATED
            }
            told => told,
        };
        if told != CUresult::CUDA_SUCCESS && !graph.is_null() {
            // SAFETY: nobody else knows the graph.
            let _ = unsafe { sys::cuGraphDestroy(graph) };
        }
        let graph = check(told, self.card.device(), "recording a step").map(|()| graph);
        (graph, notes)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let (graph, ..) = self.stop();
        let memory = self.card.keep_memory_aside();
        self.card.release_memory(memory);
        if let Ok(graph) = graph {
            // SAFETY: nobody else knows the graph.
            let _ = unsafe { sys::cuGraphDestroy(graph) };
        }
    }
}

/// Something recorded, to be done again and again.
pub(crate) struct Recording {
    card: &'static Card,
    program: sys::CUgraphExec,
    /// With their positions when it was recorded.
    knobs: Vec<(Knob, u64)>,
    positions: Array,
    /// The number under which the card keeps its memory aside.
    memory: u64,
}

// SAFETY: the driver's handle may be used from any thread, by one at a time, as `&mut self` sees to.
unsafe impl Send for Recording {}

impl Recording {
    /// Does it once, as it was asked for when it was recorded.
    ///
    /// # Errors
    /// If the card refuses.
    pub(crate) fn play_as_recorded(&mut self) -> Result<()> {
        let positions = self.knobs.iter().map(|(_, position)| *position).collect();
        self.play_at(positions)
    }

    /// Does it once. `position` is asked for each knob, in the order in which they were met.
    ///
    /// # Panics
    /// With the learner's message, if the card refuses.
    pub(crate) fn play(&mut self, mut position: impl FnMut(Knob) -> u64) {
        let positions = self.knobs.iter().map(|(knob, _)| position(*knob)).collect();
        if let Err(error) = self.play_at(positions) {
            error.raise();
        }
    }

    fn play_at(&mut self, of: Vec<u64>) -> Result<()> {
        let mut positions = Positions {
            of: [0; MOST],
            count: of.len() as u64,
        };
        positions.of[..of.len()].copy_from_slice(&of);
        let arguments = [Argument::Array(&self.positions), Argument::Whole(&positions)];
        self.card.launch("turn_knobs", Grid::blocks(1, 64), &arguments);
        let _entered = self.card.enter();
        // SAFETY: the program is this recording's own; the memory that it uses is kept aside for it.
        let told = unsafe { sys::cuGraphLaunch(self.program, self.card.stream()) };
        check(told, self.card.device(), "a recorded step")
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // It may still run. If the card is lost, there is nothing to be destroyed.
        let entered = self.card.enter();
        if self.card.finish("a recorded step").is_ok() {
            // SAFETY: nobody else knows the program, and it has ended.
            let _ = unsafe { sys::cuGraphExecDestroy(self.program) };
        }
        drop(entered);
        self.card.release_memory(self.memory);
    }
}
