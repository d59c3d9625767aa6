//! Which graphics cards the tests run on: every one that there is, or those that `HEBB_TEST_DEVICES` names (`cuda:0,cuda:1`).
//! Without one the tests say that they skip what they are about. Products are exact here: how TF32 rounds is the card's.

use dl_core::Device;
use std::sync::OnceLock;

/// The cards to test on, asked for once.
///
/// # Panics
/// If one is named that cannot be used.
pub fn cards() -> &'static [Device] {
    static CARDS: OnceLock<Vec<Device>> = OnceLock::new();
    CARDS.get_or_init(|| {
        dl_core::allow_tf32(false);
        match std::env::var("HEBB_TEST_DEVICES") {
            Ok(names) => named(&names),
            Err(_) => there(),
        }
    })
}

fn named(names: &str) -> Vec<Device> {
    let names = names
        .split(',')
        .map(str::trim)
        .filter(|name| !["", "cpu"].contains(name));
    let device = |name: &str| {
        let number = name.strip_prefix("cuda:").and_then(|number| number.parse().ok());
        let number = number.unwrap_or_else(|| panic!("HEBB_TEST_DEVICES: {name:?} is no device"));
        Device::cuda(number).unwrap_or_else(|error| panic!("HEBB_TEST_DEVICES: {error}"))
    };
    names.map(device).collect()
}

fn there() -> Vec<Device> {
    let mut cards = Vec::new();
    loop {
        match Device::cuda(cards.len()) {
            Ok(card) => cards.push(card),
            Err(error) if cards.is_empty() => {
                println!("skipped on graphics cards: {error}");
                return cards;
            }
            Err(_) => return cards,
        }
    }
}
