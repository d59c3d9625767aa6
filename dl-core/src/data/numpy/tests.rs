//! Headers that do not fit and files that were cut off. Files written by NumPy are read in `tests/foreign_files.rs`.

use super::*;
use crate::tensor;

/// An npy file of version 1.
fn npy(header: &str, content: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [MAGIC, &[1, 0], &length[..], header.as_bytes(), content].concat()
}

const TWO: &str = "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }";

#[test]
fn a_header_may_be_written_in_other_ways() {
    let read = |header: &str, content: &[u8]| array(&npy(header, content)[..], "a").unwrap();
    assert_eq!(read(TWO, &[1, 0, 0, 1]), tensor![1., 256.]);
    assert_eq!(
        read(
            "{'shape':(2,),'fortran_order':False,'descr':'>i2'}",
            &[0, 1, 1, 0]
        ),
        tensor![1., 256.]
    );
    assert_eq!(
        read(
            "{'descr': '|u1', 'fortran_order': True, 'shape': (2L, 2L)}",
            &[1, 2, 3, 4]
        ),
        tensor![[1., 3.], [2., 4.]]
    );
    assert_eq!(
        read("{'descr': '|b1', 'fortran_order': False, 'shape': ()}", &[1]),
        Tensor::from(1.0)
    );
    assert_eq!(
        read("{'descr': '<f8', 'fortran_order': True, 'shape': (0, 3)}", &[]).shape(),
        [0, 3]
    );
    let version_2 = [
        MAGIC,
        &[2, 0][..],
        &(TWO.len() as u32).to_le_bytes(),
        TWO.as_bytes(),
        &[3, 0, 4, 0],
    ]
    .concat();
    assert_eq!(array(&version_2[..], "a").unwrap(), tensor![3., 4.]);
}

#[test]
fn every_place_where_a_file_may_end_is_an_error() {
    let whole = npy(TWO, &[1, 0, 2, 0]);
    for length in 0..whole.len() {
        assert!(array(&whole[..length], "a").is_err(), "{length}");
    }
}

#[test]
fn damage_is_told_in_words() {
    let huge = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000), }";
    let large = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }";
    let rows: Vec<Vec<u8>> = vec![
        vec![],
        b"PK\x03\x04 a zip file".to_vec(),
        [MAGIC, &[9, 0, 1, 0]].concat(),
        [MAGIC, &[2, 0, 255, 255, 255, 255]].concat(),
        npy("{}", &[]),
        npy("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", &[]),
        npy(
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
            &[],
        ),
        npy("{'descr': '<f4', 'fortran_order': 7, 'shape': (2,), }", &[]),
        npy(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -1), }",
            &[],
        ),
        npy(huge, &[]),
        npy(large, &[0; 8]),
        npy(TWO, &[1, 0, 2]),
        npy(TWO, &[1, 0, 2, 0, 3]),
    ];
    let told = rows
        .iter()
        .map(|bytes| array(&bytes[..], "a.npy").unwrap_err().to_string());
    let told: Vec<String> = told
        .map(|text| text.lines().next().unwrap_or_default().to_string())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    a.npy: it ends within its header
    a.npy: it does not begin as an npy file does
    a.npy: version 9 of the format is not known
    a.npy: a header of 4294967295 bytes
    a.npy: its header does not tell the descr
    a.npy: its elements are "<c8", no real numbers
    a.npy: its elements are several fields, no real numbers
    a.npy: its header does not tell the fortran_order
    a.npy: its header does not tell the shape
    a.npy: its header claims the shape [1000000000, 1000000000]
    a.npy: it ends after 2 of 1000000000 numbers
    a.npy: it ends after 1 of 2 numbers
    a.npy: it goes on after the 2 numbers that its header announces
    "#);
}
