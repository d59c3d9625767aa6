//! Throws damaged bytes at everything that reads what a client sends, before and behind the signature: it must answer or refuse,
//! and never panic, hang or take memory for what has not come.
//!
//! `cargo run --release -p hebb-kernel --example fuzz_wire -- SECONDS [SEED]`. Ends with 1 at the first fault and prints
//! the seed of that input, so that `SECONDS SEED` finds it again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};
use fastrand::Rng;
use hebb_kernel::messages::{Message, Session};
use hebb_kernel::wire::frames::{decode, encode};
use hebb_kernel::wire::signature::Signer;
use hebb_kernel::wire::zmtp::{self, Decoder, LONGEST_REQUEST, Ready, Unit};
use serde_json::json;

/// Bytes that matter to a reader, one or several at a time.
const TELLING: [&[u8]; 12] = [
    b"\x00",
    b"\x01",
    b"\x02",
    b"\x04",
    b"\x06",
    b"\xff",
    b"\x02\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\x03\x00\x00\x00\x00\x08\x00\x00\x00",
    b"<IDS|MSG>",
    b"{\"a\":[[[[",
    b"\\ud800",
    b"1e999",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next().and_then(|text| text.parse().ok());
    let seconds: u64 = number().unwrap_or(60);
    let given: Option<u64> = number();
    // A panic is counted by whoever catches it, and told once.
    std::panic::set_hook(Box::new(|_| {}));
    let signer = Signer::new("key");
    let seeds = seeds(&signer);
    let (begun, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut seed = given.unwrap_or(1);
    let mut counts = Counts::default();
    while counts.inputs == 0 || begun.elapsed() < limit {
        let one = catch_unwind(AssertUnwindSafe(|| check(seed, &seeds, &signer)));
        match one {
            Ok(Ok(found)) => counts.add(&found),
            fault => {
                let what = fault.map_or_else(
                    |_| "it panicked".to_string(),
                    |told| told.err().unwrap_or_default(),
                );
                println!("seed {seed}: {what}");
                return ExitCode::FAILURE;
            }
        }
        seed = seed.wrapping_add(1);
    }
    let each = counts.inputs as f64 / begun.elapsed().as_secs_f64();
    println!(
        "{} inputs, {each:.0} a second: {} units read, {} connections refused, {} messages read, {} refused; no fault",
        counts.inputs, counts.units, counts.refused_streams, counts.messages, counts.refused_messages
    );
    ExitCode::SUCCESS
}

/// What inputs led to: both ways must be taken, or the test tests nothing.
#[derive(Default)]
struct Counts {
    inputs: u64,
    units: u64,
    refused_streams: u64,
    messages: u64,
    refused_messages: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.inputs += 1;
        self.units += other.units;
        self.refused_streams += other.refused_streams;
        self.messages += other.messages;
        self.refused_messages += other.refused_messages;
    }
}

/// Whole streams of clients that mean well.
fn seeds(signer: &Signer) -> Vec<Vec<u8>> {
    let session = Session::default();
    let mut request = session.broadcast(
        "execute_request",
        None,
        json!({ "code": "1 + 1\n\u{e9}", "silent": false }),
    );
    request.header.other.insert("subshell_id".into(), json!("7"));
    let mut comm = session.broadcast(
        "comm_msg",
        Some(&request.header),
        json!({ "comm_id": "c", "data": [1.5, null] }),
    );
    comm.buffers = vec![Bytes::from_static(b"\x00\xff"), Bytes::from(vec![9; 300])];
    let mut dealer = BytesMut::new();
    dealer.put(zmtp::greeting());
    dealer.put(zmtp::ready("DEALER"));
    for message in [&request, &comm] {
        write(&mut dealer, &encode(message, signer));
    }
    let mut subscriber = BytesMut::new();
    subscriber.put(zmtp::greeting());
    subscriber.put(zmtp::ready("SUB"));
    write(&mut subscriber, &[Bytes::from_static(b"\x01kernel.")]);
    subscriber.put(zmtp::write_command("SUBSCRIBE", b"topic"));
    subscriber.put(zmtp::write_command("PING", b"\x00\x01context"));
    vec![dealer.to_vec(), subscriber.to_vec()]
}

fn write(stream: &mut BytesMut, frames: &[Bytes]) {
    for (position, frame) in frames.iter().enumerate() {
        zmtp::write_frame_header(stream, frame.len(), position + 1 < frames.len());
        stream.put_slice(frame);
    }
}

/// One input: a damaged stream through the decoder, in pieces; and damaged parts behind a good signature.
fn check(seed: u64, seeds: &[Vec<u8>], signer: &Signer) -> Result<Counts, String> {
    let mut random = Rng::with_seed(seed);
    let mut counts = Counts::default();
    let mut stream = seeds[random.usize(..seeds.len())].clone();
    // Some stay whole, so that what lies behind the handshake is reached too.
    for _ in 0..random.usize(..4) {
        damage(&mut stream, &mut random);
    }
    let mut decoder = Decoder::new(LONGEST_REQUEST);
    let mut rest = &stream[..];
    'stream: while !rest.is_empty() {
        let (piece, later) = rest.split_at(1 + random.usize(..rest.len()));
        rest = later;
        decoder.room().put_slice(piece);
        loop {
            match decoder.next_unit() {
                Ok(Some(unit)) => {
                    counts.units += 1;
                    read(unit, signer, &mut random, &mut counts)?;
                }
                Ok(None) => break,
                Err(_) => {
                    counts.refused_streams += 1;
                    break 'stream;
                }
            }
        }
        // What has come, a megabyte to read into, and the factor of two by which memory grows.
        if decoder.room().capacity() > 2 * (stream.len() + (1 << 20)) + (8 << 10) {
            return Err(format!(
                "{} bytes of memory for {} received",
                decoder.room().capacity(),
                stream.len()
            ));
        }
    }
    Ok(counts)
}

fn read(unit: Unit, signer: &Signer, random: &mut Rng, counts: &mut Counts) -> Result<(), String> {
    match unit {
        Unit::Greeting => {}
        Unit::Command(_, data) => drop(Ready::parse(data)),
        Unit::Message(frames) => {
            if frames.iter().map(Bytes::len).sum::<usize>() > LONGEST_REQUEST {
                return Err("a message that is too long".to_string());
            }
            note(decode(&frames, signer).ok().as_ref(), signer, counts)?;
            let signed = resigned(&frames, signer, random);
            note(decode(&signed, signer).ok().as_ref(), signer, counts)?;
        }
    }
    Ok(())
}

/// The same message with one damaged part and a signature that fits: what somebody with the key could send.
fn resigned(frames: &[Bytes], signer: &Signer, random: &mut Rng) -> Vec<Bytes> {
    let mut frames = frames.to_vec();
    let Some(parts) = frames
        .iter()
        .position(|frame| frame == "<IDS|MSG>")
        .map(|at| at + 2)
    else {
        return frames;
    };
    if frames.len() < parts + 4 {
        return frames;
    }
    let chosen = parts + random.usize(..4);
    let mut part = frames[chosen].to_vec();
    damage(&mut part, random);
    frames[chosen] = part.into();
    frames[parts - 1] = signer.sign(&frames[parts..parts + 4]).into();
    frames
}

/// What was read must be written and read again as the same message.
fn note(message: Option<&Message>, signer: &Signer, counts: &mut Counts) -> Result<(), String> {
    let Some(message) = message else {
        counts.refused_messages += 1;
        return Ok(());
    };
    counts.messages += 1;
    match decode(&encode(message, signer), signer) {
        Ok(again) if again == *message => Ok(()),
        Ok(again) => Err(format!("{message:?} was read again as {again:?}")),
        Err(error) => Err(format!("{message:?} was not read again: {error}")),
    }
}

fn damage(bytes: &mut Vec<u8>, random: &mut Rng) {
    let place = random.usize(..=bytes.len());
    match random.usize(..6) {
        0 => bytes.truncate(place),
        1 if place < bytes.len() => bytes[place] ^= 1 << random.usize(..8),
        2 if place < bytes.len() => bytes[place] = random.u8(..),
        3 => {
            let telling = TELLING[random.usize(..TELLING.len())];
            bytes.splice(place..place, telling.iter().copied());
        }
        4 => {
            let end = place + random.usize(..=bytes.len() - place);
            let copy = bytes[place..end].to_vec();
            bytes.extend(copy);
        }
        _ => {
            let end = place + random.usize(..(bytes.len() - place + 1).min(40));
            bytes.drain(place..end);
        }
    }
}
