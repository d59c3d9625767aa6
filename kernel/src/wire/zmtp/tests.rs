//! Bytes of ZMTP: whole, in pieces, wrong, and too many.

use super::*;

fn feed(decoder: &mut Decoder, bytes: &[u8]) -> Result<Vec<Unit>, ZmtpError> {
    decoder.room().put_slice(bytes);
    let mut units = Vec::new();
    while let Some(unit) = decoder.next_unit()? {
        units.push(unit);
    }
    Ok(units)
}

fn greeted() -> Decoder {
    let mut decoder = Decoder::new(LONGEST_REQUEST);
    assert_eq!(feed(&mut decoder, &greeting()), Ok(vec![Unit::Greeting]));
    decoder
}

fn message(frames: &[&[u8]]) -> Bytes {
    let mut bytes = BytesMut::new();
    for (position, frame) in frames.iter().enumerate() {
        write_frame_header(&mut bytes, frame.len(), position + 1 < frames.len());
        bytes.put_slice(frame);
    }
    bytes.freeze()
}

#[test]
fn units_come_out_however_the_bytes_are_cut() {
    let long = vec![7; 300];
    let stream = [
        greeting(),
        ready("DEALER"),
        message(&[b"a", b"", &long]),
        message(&[b""]),
    ]
    .concat();
    let rows = |units: Vec<Unit>| {
        assert_eq!(units.len(), 4);
        assert_eq!(units[0], Unit::Greeting);
        let Unit::Command(name, data) = units[1].clone() else {
            panic!("{units:?}")
        };
        assert_eq!(name, "READY");
        assert_eq!(Ready::parse(data).unwrap().socket_type, "DEALER");
        let frames: Vec<Bytes> = vec!["a".into(), "".into(), long.clone().into()];
        assert_eq!(units[2], Unit::Message(frames));
        assert_eq!(units[3], Unit::Message(vec![Bytes::new()]));
    };
    rows(feed(&mut Decoder::new(LONGEST_REQUEST), &stream).unwrap());
    let mut decoder = Decoder::new(LONGEST_REQUEST);
    let mut units = Vec::new();
    for byte in stream {
        units.extend(feed(&mut decoder, &[byte]).unwrap());
    }
    rows(units);
}

#[test]
fn what_is_wrong_is_said() {
    let after_greeting = |bytes: &[u8]| feed(&mut greeted(), bytes).unwrap_err().to_string();
    let at_first = |bytes: &[u8]| {
        feed(&mut Decoder::new(LONGEST_REQUEST), bytes)
            .unwrap_err()
            .to_string()
    };
    let mut old = greeting().to_vec();
    old[10] = 1;
    let mut curve = greeting().to_vec();
    curve[12..17].copy_from_slice(b"CURVE");
    insta::assert_snapshot!(at_first(b"GET / HTTP/1.1"), @"it is not ZeroMQ that speaks there");
    insta::assert_snapshot!(at_first(&old), @"ZMTP 1 is spoken there, at least 3 is needed");
    insta::assert_snapshot!(at_first(&curve), @r#"the mechanism "CURVE" is wanted there, only NULL is offered"#);
    insta::assert_snapshot!(after_greeting(b"\xff"), @"a frame begins with 0xff");
    insta::assert_snapshot!(after_greeting(b"\x05"), @"a frame begins with 0x05");
    insta::assert_snapshot!(after_greeting(b"\x01\x00\x04\x01\x00"), @"a frame begins with 0x04");
    insta::assert_snapshot!(after_greeting(b"\x02\x7f\xff\xff\xff\xff\xff\xff\xff"), @"9223372036854775807 bytes were announced, 134217728 are allowed");
    insta::assert_snapshot!(after_greeting(b"\x06\0\0\0\0\0\xff\0\0"), @"16711680 bytes were announced, 8192 are allowed");
    insta::assert_snapshot!(after_greeting(&b"\x01\x00".repeat(MOST_FRAMES)), @"a message of more than 10000 frames");
    insta::assert_snapshot!(after_greeting(b"\x04\x00"), @"a command cannot be read: it is cut off");
    insta::assert_snapshot!(after_greeting(b"\x04\x02\x05R"), @"a command cannot be read: it is cut off");
    let property = |data: &'static [u8]| Ready::parse(data.into()).unwrap_err().to_string();
    insta::assert_snapshot!(property(b"\x08Iden"), @"a command cannot be read: it is cut off");
    insta::assert_snapshot!(property(b"\x08Identity\0\0\0\x09x"), @"a command cannot be read: it is cut off");
}

#[test]
fn an_announced_length_takes_no_memory() {
    let mut decoder = greeted();
    let announced = (LONGEST_REQUEST as u64).to_be_bytes();
    assert_eq!(
        feed(&mut decoder, &[&[2_u8][..], &announced].concat()),
        Ok(vec![])
    );
    decoder.room();
    assert!(
        decoder.buffer.capacity() <= 2 << 20,
        "{}",
        decoder.buffer.capacity()
    );
}

#[test]
fn the_memory_of_a_long_message_is_let_go() {
    let mut decoder = greeted();
    let units = feed(&mut decoder, &message(&[&vec![0; 4 << 20]])).unwrap();
    assert_eq!(units.len(), 1);
    assert!(decoder.buffer.capacity() <= USUAL_BUFFER);
}
