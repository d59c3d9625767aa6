//! A card's memory: what was given back is kept for the next request of about that size, because asking the driver takes
//! longer than most operations. A limit for this process lets several share a card.

use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::env;

/// The least that is asked for, in bytes; starts of arrays are multiples of it.
const GRAIN: u64 = 512;

/// What the driver is asked for.
pub(super) trait Source {
    /// `None` if there is not that much.
    ///
    /// # Errors
    /// If the card does not answer.
    fn take(&self, bytes: u64) -> Result<Option<u64>, Error>;
    /// Waits until nothing uses it any more, and gives memory back for good.
    fn give_back(&self, pointers: &[u64]);
    /// Bytes that are free on the card, and all that it has.
    fn free_and_all(&self) -> (u64, u64);
}

#[derive(Debug)]
pub(super) struct Pool {
    /// Bytes that this process may hold, by `HEBB_GPU_MEMORY`.
    limit: Option<u64>,
    /// Whether memory is kept. If not, each request is the driver's, exact and used once, so that tools that watch memory see
    /// every access beyond an array's end or after its time.
    keeps: bool,
    /// Bytes that were got from the driver, and those of them that are in use.
    held: u64,
    used: u64,
    /// By size: where memory is that nobody uses.
    kept: Kept,
    /// Memory of what is recorded just now, and of what was recorded, by a number.
    recorded: Option<Aside>,
    aside: BTreeMap<u64, Aside>,
    recordings: u64,
}

/// By size: where memory is that nobody uses.
type Kept = BTreeMap<u64, Vec<u64>>;

/// Memory that only a recording may use, while and after it is made: what was recorded writes there each time.
#[derive(Debug, Default)]
struct Aside {
    /// Where all of it is.
    all: BTreeSet<u64>,
    /// What nobody uses at the moment.
    kept: Kept,
}

/// Memory on a card, to be given back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) pointer: u64,
    pub(super) bytes: u64,
}

impl Pool {
    pub(super) fn new(limit: Option<u64>, keeps: bool) -> Pool {
        Pool {
            limit,
            keeps,
            held: 0,
            used: 0,
            kept: Kept::new(),
            recorded: None,
            aside: BTreeMap::new(),
            recordings: 0,
        }
    }

    /// At least this many bytes.
    ///
    /// # Errors
    /// If the card or the limit does not give them, also not after everything that is kept has been given back.
    pub(super) fn take(&mut self, bytes: u64, source: &impl Source, device: &str) -> Result<Block, Error> {
        let size = if self.keeps { rounded(bytes) } else { bytes };
        let own = self
            .recorded
            .as_mut()
            .and_then(|aside| fitting(&mut aside.kept, size));
        if let Some(block) = own.or_else(|| fitting(&mut self.kept, size)) {
            self.used += block.bytes;
            self.set_aside(block);
            return Ok(block);
        }
        let within = |held: u64| self.limit.is_none_or(|limit| held.saturating_add(size) <= limit);
        let mut got = match within(self.held) {
            true => source.take(size)?,
            false => None,
        };
        if got.is_none() {
            self.empty(source);
            let within = self
                .limit
                .is_none_or(|limit| self.held.saturating_add(size) <= limit);
            got = if within { source.take(size)? } else { None };
        }
        let Some(pointer) = got else {
            return Err(self.refusal(bytes, source, device));
        };
        self.held += size;
        self.used += size;
        let block = Block { pointer, bytes: size };
        self.set_aside(block);
        Ok(block)
    }

    /// While something is recorded, what is taken belongs to it.
    fn set_aside(&mut self, block: Block) {
        if let Some(aside) = &mut self.recorded {
            aside.all.insert(block.pointer);
        }
    }

    /// From now on memory is taken for what is recorded.
    pub(super) fn begin_recording(&mut self) {
        self.recorded = Some(Aside::default());
    }

    /// The recording ends; its memory stays aside, under this number.
    pub(super) fn end_recording(&mut self) -> u64 {
        self.recordings += 1;
        self.aside
            .insert(self.recordings, self.recorded.take().unwrap_or_default());
        self.recordings
    }

    /// The recording of this number is not played any more: its memory is everybody's again.
    pub(super) fn release(&mut self, number: u64) {
        let aside = self.aside.remove(&number).unwrap_or_default();
        for (size, kept) in aside.kept {
            self.kept.entry(size).or_default().extend(kept);
        }
    }

    pub(super) fn give_back(&mut self, block: Block, source: &impl Source) {
        self.used -= block.bytes;
        let asides = self.recorded.iter_mut().chain(self.aside.values_mut());
        let owner = asides
            .into_iter()
            .find(|aside| aside.all.contains(&block.pointer));
        let kept = owner.map_or(&mut self.kept, |aside| &mut aside.kept);
        kept.entry(block.bytes).or_default().push(block.pointer);
        if !self.keeps {
            self.empty(source);
        }
    }

    /// Gives everything that nobody uses back to the driver.
    pub(super) fn empty(&mut self, source: &impl Source) {
        let kept = std::mem::take(&mut self.kept);
        let pointers: Vec<u64> = kept.values().flatten().copied().collect();
        if pointers.is_empty() {
            return;
        }
        self.held -= kept
            .iter()
            .map(|(size, kept)| size * kept.len() as u64)
            .sum::<u64>();
        source.give_back(&pointers);
    }

    /// Bytes in use, and the limit.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    pub(super) fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Bytes that may still be asked for.
    pub(super) fn left(&self, source: &impl Source) -> u64 {
        let (free, _) = source.free_and_all();
        let on_card = free.saturating_add(self.held - self.used);
        match self.limit {
            Some(limit) => on_card.min(limit.saturating_sub(self.used)),
            None => on_card,
        }
    }

    fn refusal(&self, bytes: u64, source: &impl Source, device: &str) -> Error {
        let (free, all) = source.free_and_all();
        let (of, left) = match self.limit {
            Some(limit) if limit.saturating_sub(self.used) < free => (
                format!("that HEBB_GPU_MEMORY grants of {}", in_words(limit)),
                limit.saturating_sub(self.used),
            ),
            _ => (format!("of the card's {}", in_words(all)), free),
        };
        Error::Device {
            device: device.to_string(),
            why: format!(
                "out of memory: {} were asked for, {} are in use here, and {} are free {of}",
                in_words(bytes),
                in_words(self.used),
                in_words(left)
            ),
            hint: "take a smaller batch_size, or let go of tensors and models that are not needed any more: drop(x)"
                .to_string(),
        }
    }
}

/// The smallest that is large enough, so that each size finds its own again in the next step.
fn fitting(kept: &mut Kept, size: u64) -> Option<Block> {
    let (&bytes, pointers) = kept
        .range_mut(size..=size + size / 2)
        .find(|(_, pointers)| !pointers.is_empty())?;
    let pointer = pointers.pop()?;
    Some(Block { pointer, bytes })
}

/// So that requests of nearly the same size share what is kept: up to an eighth more than asked for.
fn rounded(bytes: u64) -> u64 {
    let step = (bytes.next_power_of_two() / 16).max(GRAIN);
    bytes.max(1).next_multiple_of(step)
}

/// The limit in `HEBB_GPU_MEMORY`: `4GiB`, `500MB`, or plain bytes.
///
/// # Errors
/// If it is no size.
pub(super) fn limit(device: &str) -> Result<Option<u64>, Error> {
    let Ok(text) = env::var("HEBB_GPU_MEMORY") else {
        return Ok(None);
    };
    match bytes_of(&text) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(Error::Device {
            device: device.to_string(),
            why: format!("HEBB_GPU_MEMORY is {text:?}, which is no size"),
            hint: "write it as 4GiB or 500MiB".to_string(),
        }),
    }
}

fn bytes_of(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit.trim().to_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1024.0 * 1024.0,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    (bytes >= 1.0).then_some(bytes as u64)
}

/// A size as people say it.
pub(crate) fn in_words(bytes: u64) -> String {
    const UNITS: [(f64, &str); 3] = [
        (1024.0 * 1024.0 * 1024.0, "GiB"),
        (1024.0 * 1024.0, "MiB"),
        (1024.0, "KiB"),
    ];
    let size = bytes as f64;
    match UNITS.iter().find(|(unit, _)| size >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", size / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// A card of 10,000 bytes.
    #[derive(Default)]
    struct Small {
        taken: RefCell<BTreeMap<u64, u64>>,
        asked: RefCell<u64>,
    }

    impl Source for Small {
        fn take(&self, bytes: u64) -> Result<Option<u64>, Error> {
            let (free, _) = self.free_and_all();
            *self.asked.borrow_mut() += 1;
            let pointer = *self.asked.borrow() * 4096;
            Ok((bytes <= free).then(|| {
                self.taken.borrow_mut().insert(pointer, bytes);
                pointer
            }))
        }
        fn give_back(&self, pointers: &[u64]) {
            for pointer in pointers {
                assert!(
                    self.taken.borrow_mut().remove(pointer).is_some(),
                    "given back once"
                );
            }
        }
        fn free_and_all(&self) -> (u64, u64) {
            (10_000 - self.taken.borrow().values().sum::<u64>(), 10_000)
        }
    }

    #[test]
    fn memory_is_kept_and_found_again() {
        let (source, mut pool) = (Small::default(), Pool::new(None, true));
        let first = pool.take(1000, &source, "cuda:0").unwrap();
        pool.give_back(first, &source);
        assert_eq!(pool.take(900, &source, "cuda:0").unwrap(), first);
        assert_eq!(*source.asked.borrow(), 1);
        assert_eq!(pool.used(), 1024);
    }

    #[test]
    fn what_is_kept_goes_back_before_anyone_is_refused() {
        let (source, mut pool) = (Small::default(), Pool::new(None, true));
        let blocks: Vec<Block> = (0..4)
            .map(|_| pool.take(2048, &source, "cuda:0").unwrap())
            .collect();
        blocks[1..]
            .iter()
            .for_each(|block| pool.give_back(*block, &source));
        let large = pool.take(6000, &source, "cuda:0").unwrap();
        assert_eq!(source.taken.borrow().len(), 2);
        insta::assert_snapshot!(pool.take(6000, &source, "cuda:0").unwrap_err(), @"
        device cuda:0: out of memory: 5.9 KiB were asked for, 8.0 KiB are in use here, and 1.8 KiB are free of the card's 9.8 KiB
        hint: take a smaller batch_size, or let go of tensors and models that are not needed any more: drop(x)
        ");
        pool.give_back(large, &source);
        assert_eq!(pool.left(&source), 10_000 - 2048);
    }

    #[test]
    fn a_limit_holds_for_all_that_is_held() {
        let (source, mut pool) = (Small::default(), Pool::new(Some(4096), true));
        let half = pool.take(2048, &source, "cuda:0").unwrap();
        pool.give_back(half, &source);
        pool.take(4096, &source, "cuda:0").unwrap();
        insta::assert_snapshot!(pool.take(1, &source, "cuda:0").unwrap_err(), @"
        device cuda:0: out of memory: 1 bytes were asked for, 4.0 KiB are in use here, and 0 bytes are free that HEBB_GPU_MEMORY grants of 4.0 KiB
        hint: take a smaller batch_size, or let go of tensors and models that are not needed any more: drop(x)
        ");
    }

    #[test]
    fn the_memory_of_a_recording_is_its_own() {
        let (source, mut pool) = (Small::default(), Pool::new(None, true));
        let before = pool.take(512, &source, "cuda:0").unwrap();
        pool.give_back(before, &source);
        pool.begin_recording();
        let first = pool.take(512, &source, "cuda:0").unwrap();
        assert_eq!(first, before);
        pool.give_back(first, &source);
        let again = pool.take(512, &source, "cuda:0").unwrap();
        assert_eq!(again, first, "a recording uses its memory again");
        let result = pool.take(512, &source, "cuda:0").unwrap();
        pool.give_back(again, &source);
        let number = pool.end_recording();
        // Nobody else gets it, also not what is given back later.
        pool.give_back(result, &source);
        let other = pool.take(512, &source, "cuda:0").unwrap();
        assert!(![first, result].contains(&other));
        pool.release(number);
        let pair = [(); 2].map(|()| pool.take(512, &source, "cuda:0").unwrap());
        assert!(pair.contains(&first) && pair.contains(&result));
    }

    #[test]
    fn a_watched_pool_keeps_nothing() {
        let (source, mut pool) = (Small::default(), Pool::new(None, false));
        let block = pool.take(10, &source, "cuda:0").unwrap();
        assert_eq!(block.bytes, 10);
        pool.give_back(block, &source);
        assert!(source.taken.borrow().is_empty());
    }

    #[test]
    fn limits_are_read_as_people_write_them() {
        let read = ["4GiB", " 500 MB ", "1.5g", "1024", "0", "lots", "4 apples", ""].map(bytes_of);
        let gib = 1024 * 1024 * 1024;
        assert_eq!(
            read,
            [
                Some(4 * gib),
                Some(500_000_000),
                Some(gib / 2 * 3),
                Some(1024),
                None,
                None,
                None,
                None
            ]
        );
    }
}
