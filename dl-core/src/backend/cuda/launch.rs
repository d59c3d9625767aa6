//! Starting kernels: how many threads, what they are told, and what is said if the card refuses.

use super::array::Array;
use super::card::Card;
use super::failure::check;
use super::record;
use crate::backend::primitives::on_several;
use cudarc::driver::sys;
use std::ffi::c_void;

/// Threads of a block, for kernels that walk over elements.
const THREADS: u32 = 256;

/// Blocks for each multiprocessor of a card: enough for all of them to be busy, few enough that starting them costs nothing.
const BLOCKS: usize = 32;

/// What a kernel is told, in the order of its parameters.
#[derive(Clone, Copy)]
pub(super) enum Argument<'a> {
    /// A pointer to its first element. The kernel may write there only if the array is nobody else's.
    Array(&'a Array),
    /// A null pointer, where an array may be absent.
    Absent,
    Count(usize),
    Bits(u64),
    Number(f32),
    Choice(i32),
    /// A structure of the kernel's own, by value.
    Whole(&'a dyn Structure),
}

/// A structure that has the same layout here and in the kernel's source.
///
/// # Safety
/// It is `repr(C)`, with the fields of the structure of that name in `kernels/`.
pub(super) unsafe trait Structure {}

/// How many threads, in how many blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    blocks: u32,
    threads: [u32; 2],
}

impl Grid {
    /// One thread for each element, or fewer that take several.
    pub(super) fn over(card: &Card, count: usize) -> Grid {
        let most = card.multiprocessors() * BLOCKS;
        Grid {
            blocks: as_blocks(count.div_ceil(THREADS as usize).min(most)),
            threads: [THREADS, 1],
        }
    }

    /// One block for each row, of as many threads as its width calls for.
    pub(super) fn rows(rows: usize, width: usize) -> Grid {
        let threads = width.clamp(32, THREADS as usize).next_multiple_of(32);
        Grid {
            blocks: as_blocks(rows),
            threads: [u32::try_from(threads).unwrap_or(THREADS), 1],
        }
    }

    /// A warp for each row.
    pub(super) fn warps(rows: usize) -> Grid {
        Grid {
            blocks: as_blocks(rows),
            threads: [32, 1],
        }
    }

    /// Blocks of 32 columns by 8 rows.
    pub(super) fn tiles(tiles: usize) -> Grid {
        Grid {
            blocks: as_blocks(tiles),
            threads: [32, 8],
        }
    }

    /// A number of blocks that the kernel counts on.
    pub(super) fn blocks(blocks: usize, threads: u32) -> Grid {
        Grid {
            blocks: as_blocks(blocks),
            threads: [threads, 1],
        }
    }
}

/// More blocks than a card takes are fewer that take several rows each.
fn as_blocks(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).min(0x7fff_ffff)
}

/// Parameters of the kernel with the most.
const MOST: usize = 16;

impl Card {
    /// Starts a kernel, behind everything that was asked for before. Nothing is started where there is nothing to do.
    ///
    /// Sound as long as the arguments are those that the kernel's source asks for, and the arrays as large as it takes them
    /// to be: each kernel is started in one place, in the file of its family.
    ///
    /// # Panics
    /// With the learner's message if the arrays are on several cards, or if the card refuses.
    #[track_caller]
    pub(super) fn launch(&self, kernel: &str, grid: Grid, arguments: &[Argument]) {
        if grid.blocks == 0 {
            return;
        }
        assert!(arguments.len() <= MOST, "no kernel has that many parameters");
        let mut numbers = [0_u64; MOST];
        let mut pointers = [std::ptr::null_mut::<c_void>(); MOST];
        for ((argument, number), pointer) in arguments.iter().zip(&mut numbers).zip(&mut pointers) {
            *number = match argument {
                Argument::Array(array) => {
                    if !array.is_on(self) {
                        let devices = [self.device().to_string(), array.card().device().to_string()];
                        on_several(kernel, &devices).raise();
                    }
                    array.pointer()
                }
                Argument::Absent | Argument::Whole(_) => 0,
                Argument::Count(count) => *count as u64,
                Argument::Bits(bits) => *bits,
                // Smaller numbers are read from the first bytes, which hold the lowest bits.
                Argument::Number(number) => u64::from(number.to_bits()),
                Argument::Choice(choice) => u64::from(choice.cast_unsigned()),
            };
            *pointer = match argument {
                Argument::Whole(whole) => std::ptr::from_ref(*whole).cast_mut().cast(),
                _ => std::ptr::from_mut(number).cast(),
            };
        }
        let _entered = self.enter();
        // SAFETY: 1. the function is a kernel of this card's; 2. each pointer leads to a value of its parameter's type, see
        // above, which the driver copies before it returns; 3. the arrays are alive, and what uses their memory next stands
        // behind this kernel in the stream.
        let told = unsafe {
            sys::cuLaunchKernel(
                self.kernel(kernel),
                grid.blocks,
                1,
                1,
                grid.threads[0],
                grid.threads[1],
                1,
                0,
                self.stream(),
                pointers.as_mut_ptr(),
                std::ptr::null_mut(),
            )
        };
        let refused = told != sys::CUresult::CUDA_SUCCESS;
        if refused && record::spoil() {
            return;
        }
        if refused || self.checked {
            let doing = format!("kernel {kernel}{}", shapes(arguments));
            let done = check(told, self.device(), &doing).and_then(|()| match self.checked {
                true => self.finish(&doing),
                false => Ok(()),
            });
            if let Err(error) = done {
                error.raise();
            }
        }
    }
}

/// The shapes of the arrays among the arguments.
fn shapes(arguments: &[Argument]) -> String {
    let shapes: Vec<String> = arguments
        .iter()
        .filter_map(|argument| match argument {
            Argument::Array(array) => Some(format!("{:?}", array.shape())),
            _ => None,
        })
        .collect();
    match shapes.is_empty() {
        true => String::new(),
        false => format!(" on {}", shapes.join(", ")),
    }
}
