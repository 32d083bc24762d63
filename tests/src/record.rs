//! A forged session record: its envelope is valid, but its content is not what the framework would write.

use std::{fs, path::Path};

use ring::digest::{SHA256, digest};

/// Magic bytes, format and kind. The body's length and checksum follow.
const START: usize = 6;
const HEADER: usize = START + 4 + 16;
/// The numbers of a live record, in front of its texts.
const NUMBERS: usize = 7 * 8;
/// The length of a missing text.
const NONE: [u8; 4] = [0xff; 4];

/// Puts other keys and values into the record of a guest's session. Neither needs to be valid.
pub fn forge(file: &Path, entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) {
    let record = fs::read(file).expect("a record");
    let texts = HEADER + NUMBERS;
    let payload = texts + 3 * NONE.len();
    assert!(
        record[..4] == *b"SALN" && record[texts..payload] == [NONE; 3].concat(),
        "the format of records has changed"
    );
    // Not sealed, and without keys of the session itself.
    let mut body = [&record[HEADER..payload], &[0; 5]].concat();
    for (key, value) in entries {
        body.push(0);
        for part in [key, value] {
            body.extend(u32::try_from(part.len()).expect("the length fits").to_le_bytes());
            body.extend(part);
        }
    }
    let sum = digest(&SHA256, &[&digest_of(file), &record[5..START], &body].concat());
    let length = u32::try_from(body.len()).expect("the length fits").to_le_bytes();
    let forged = [&record[..START], &length, &sum.as_ref()[..16], &body].concat();
    fs::write(file, forged).expect("a file");
}

/// The digest that a record is stored under: the name of its folder followed by its own.
fn digest_of(file: &Path) -> Vec<u8> {
    let parts = [file.parent().and_then(Path::file_name), file.file_name()];
    let text: String = parts.iter().flatten().map(|part| part.to_string_lossy()).collect();
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(byte).collect()
}
