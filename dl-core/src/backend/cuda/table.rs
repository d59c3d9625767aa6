//! The cards that this process has opened, and what holds for whatever is asked of them. Statics, because a device is named by
//! its number wherever tensors are made, and opening one takes long and is done once; cards stay open until the process ends.

use super::card::Card;
use super::libraries;
use super::management;
use crate::error::{Error, Result};
use libloading::Library;
use std::cell::Cell;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, OnceLock, PoisonError};

/// More cards than one machine has.
const MOST: usize = 64;

static CARDS: [OnceLock<Card>; MOST] = [const { OnceLock::new() }; MOST];
/// Held while a card is opened, so that two threads do not open the same.
static OPENING: Mutex<()> = Mutex::new(());
/// The number that [`emptiest`] chose first: a session stays on its card.
static CHOSEN: OnceLock<Option<usize>> = OnceLock::new();

/// Whether products may use TF32.
pub(super) static TF32: AtomicBool = AtomicBool::new(true);
/// The library that tells how full and how busy cards are; kept open, as asking anew takes long.
pub(super) static MANAGEMENT: OnceLock<Option<Library>> = OnceLock::new();

thread_local! {
    /// The card in whose context this thread calls the driver: 1 more than its number, 0 for none yet.
    pub(super) static ENTERED: Cell<usize> = const { Cell::new(0) };
}

/// The card of this number.
///
/// # Errors
/// If a library is missing, if there is no such card, or if it does not answer: the message says what to do.
pub(crate) fn open(number: usize) -> Result<&'static Card> {
    let device = format!("cuda:{number}");
    if let Some(card) = CARDS.get(number).and_then(OnceLock::get) {
        return Ok(card);
    }
    let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    let driver = libraries::driver(&device)?;
    let count = super::card::count(&device)?;
    let Some(place) = CARDS.get(number).filter(|_| number < count) else {
        let (why, hint) = match count {
            1 => (
                "there is only one card, cuda:0".to_string(),
                "cards count from 0: Device::cuda(0)",
            ),
            _ => (
                format!(
                    "there are {count} cards, cuda:0 to cuda:{}",
                    count.saturating_sub(1)
                ),
                "Device::best() chooses the emptiest",
            ),
        };
        return Err(Error::Device {
            device,
            why,
            hint: hint.to_string(),
        });
    };
    if let Some(card) = place.get() {
        return Ok(card);
    }
    let card = Card::open(number, driver)?;
    Ok(place.get_or_init(|| card))
}

/// A card that a device was made of.
pub(crate) fn opened(number: usize) -> &'static Card {
    CARDS[number]
        .get()
        .expect("a device is made when its card is opened")
}

/// The number of the card with the most free memory; `None` if there is none. The first answer stands.
pub(crate) fn emptiest() -> Option<usize> {
    *CHOSEN.get_or_init(|| {
        libraries::driver("cuda").ok()?;
        let count = super::card::count("cuda").ok()?.min(MOST);
        let free = |number: &usize| {
            let state = management::state(&super::card::bus(*number)?)?;
            Some(state.free)
        };
        // The first of equal ones, and the first at all where the driver does not tell.
        (0..count).rev().max_by_key(|number| free(number).unwrap_or(0))
    })
}

/// What can be told of a card without opening it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CardState {
    pub(crate) number: usize,
    pub(crate) title: String,
    /// Bytes of memory.
    pub(crate) all: u64,
    pub(crate) free: Option<u64>,
    /// In percent.
    pub(crate) busy: Option<u32>,
    /// If it is open: bytes that this process uses, and what it may use.
    pub(crate) here: Option<(u64, Option<u64>)>,
}

/// Every card, in order.
///
/// # Errors
/// If there is none that could be used: why.
pub(crate) fn states() -> Result<Vec<CardState>> {
    libraries::driver("cuda:0")?;
    let count = super::card::count("cuda:0")?;
    (0..count)
        .map(|number| {
            let (title, all) = super::card::described(number)?;
            let state = super::card::bus(number).and_then(|bus| management::state(&bus));
            let open = CARDS.get(number).and_then(OnceLock::get);
            Ok(CardState {
                number,
                title,
                all: state.map_or(all, |state| state.all),
                free: state.map(|state| state.free),
                busy: state.and_then(|state| state.busy),
                here: open.map(Card::memory_used),
            })
        })
        .collect()
}
